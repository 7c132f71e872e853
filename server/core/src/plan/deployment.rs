//! What deploying, testing and taking back a release would do (requirement 000, steps 5 and 6; requirement 001, "Rollback
//! Procedures").

use serde::{Deserialize, Serialize};

use super::Effect;
use super::filling::{Filling, shown_url};
use crate::components::Id;
use crate::config::{Commands, Config, EnvironmentConfig, Target};
use crate::stage::Stage;
use crate::workspace::Root;

/// What is known of a component and an environment before a plan is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeploymentState {
    /// What a release holds: folders and files, relative to the root ([`release_sources`]).
    pub sources: Vec<String>,
    /// The release that is served, where one is known.
    pub current: Option<String>,
    /// The release that was served before it.
    pub previous: Option<String>,
    /// The smoke tests.
    pub smoke: SmokeTests,
    /// Why it is not known what is served, where it is not: a sentence without a final dot.
    pub problem: Option<String>,
}

/// The smoke tests of a component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SmokeTests {
    /// Where they lie, relative to the root; empty where they are commands of the configuration, or there are none.
    pub tests: Vec<String>,
    /// The commands, as a plan shows them; empty where there are no smoke tests.
    pub commands: Vec<Vec<String>>,
    /// Why they cannot be run, where they cannot.
    pub problem: Option<String>,
}

/// A component and an environment, for the effects of the steps that concern both.
#[derive(Clone, Debug)]
pub struct Deployment<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The stage of the environment.
    pub stage: Stage,
    /// The canonical name of the component.
    pub component: &'a str,
    /// The version that the code states.
    pub version: Option<&'a str>,
    /// What is known.
    pub state: &'a DeploymentState,
}

/// What stands for the number of the run in a plan.
const RUN: &str = "<run>";

impl Deployment<'_> {
    /// Returns the environment; `None` where nothing is deployed.
    #[must_use]
    pub fn environment(&self) -> Option<&EnvironmentConfig> {
        self.config.environments.of(self.stage)
    }

    /// The effects of `deploy`; none where there is no environment.
    #[must_use]
    pub fn deploy(&self) -> Vec<Effect> {
        let Some(environment) = self.environment() else { return Vec::new() };
        match &environment.target {
            Target::Local { folder } => vec![
                Effect::Release {
                    environment: self.stage.name().to_owned(),
                    folder: format!("{}/releases/{RUN}", component_folder(folder, self.component)),
                    sources: self.state.sources.clone(),
                },
                Effect::Switch {
                    environment: self.stage.name().to_owned(),
                    before: self.state.current.clone(),
                    after: Some(RUN.to_owned()),
                },
            ],
            Target::Commands { deploy, wait, verify, .. } => [
                self.commands(deploy, "deploy", Some(RUN)),
                self.commands(wait, "wait for the rollout", Some(RUN)),
                self.commands(verify, "verify the deployment", Some(RUN)),
            ]
            .concat(),
        }
    }

    /// The effects of `undeploy`.
    #[must_use]
    pub fn undeploy(&self) -> Vec<Effect> {
        let Some(environment) = self.environment() else { return Vec::new() };
        let before = self.state.previous.as_deref();
        match &environment.target {
            Target::Local { .. } => vec![Effect::Switch {
                environment: self.stage.name().to_owned(),
                before: self.state.current.clone(),
                after: self.state.previous.clone(),
            }],
            Target::Commands { wait, verify, undo, .. } => [
                self.commands(undo, "undo the deployment", before),
                self.commands(wait, "wait for the rollout", before),
                // Which release it has to be is known only where one of ours was there before.
                before.map(|_| self.commands(verify, "verify the deployment", before)).unwrap_or_default(),
            ]
            .concat(),
        }
    }

    /// The effects of `verify` after a deployment; for a rollback see [`Deployment::verify_before`].
    #[must_use]
    pub fn verify(&self) -> Vec<Effect> {
        self.verifying(Some(RUN))
    }

    /// The effects of `verify` after a rollback: of the release before.
    #[must_use]
    pub fn verify_before(&self) -> Vec<Effect> {
        match (self.environment(), &self.state.previous) {
            (Some(environment), None) if environment.is_local() => vec![Effect::Check {
                what: format!("{} serves no release of `{}`", self.stage.name(), self.component),
            }],
            (_, previous) => self.verifying(previous.as_deref()),
        }
    }

    fn verifying(&self, release: Option<&str>) -> Vec<Effect> {
        let Some(environment) = self.environment() else { return Vec::new() };
        let mut effects = Vec::new();
        if environment.is_local() {
            let release = release.unwrap_or(RUN);
            effects.push(Effect::Check {
                what: format!("{} serves the release {release} as it was written", self.stage.name()),
            });
        }
        effects.extend(self.commands(&self.state.smoke.commands, "smoke tests", release));
        if let Some(health) = &environment.health {
            let contains = health.contains.as_ref().map(|text| format!(" with `{text}`")).unwrap_or_default();
            effects.push(Effect::Request {
                method: "GET".to_owned(),
                url: shown_url(&self.filling(release).shown(&health.url)),
                expect: format!("status {}{contains} within {} s", health.status, health.timeout),
            });
        }
        effects
    }

    /// The effects of `notify`; none where nothing is configured, as for the three below.
    #[must_use]
    pub fn notify(&self) -> Vec<Effect> {
        self.list(|environment| &environment.notify, "tell who has to know")
    }

    /// The effects of `migration`.
    #[must_use]
    pub fn migration(&self) -> Vec<Effect> {
        self.list(|environment| &environment.migration, "undo the migration of the database")
    }

    /// The effects of `caches`.
    #[must_use]
    pub fn caches(&self) -> Vec<Effect> {
        self.list(|environment| &environment.caches, "clear caches")
    }

    /// The effects of `monitor`.
    #[must_use]
    pub fn monitor(&self) -> Vec<Effect> {
        self.list(|environment| &environment.monitor, "look at the component again")
    }

    /// The effects of `rehearse`: a release is brought to a place that is thrown away, then the working tree.
    #[must_use]
    pub fn rehearse(&self) -> Vec<Effect> {
        let Some(environment) = self.environment() else { return Vec::new() };
        let before = self.before();
        match &environment.target {
            Target::Local { .. } => [before, RUN]
                .into_iter()
                .flat_map(|release| {
                    let from = (release == before).then_some(before);
                    let scratch = scratch(RUN);
                    let sources = match (from, &self.state.current) {
                        (Some(_), Some(current)) => {
                            vec![format!("{}/releases/{current}", self.folder().unwrap_or_default())]
                        }
                        _ => self.state.sources.clone(),
                    };
                    [
                        Effect::Release {
                            environment: "drill".to_owned(),
                            folder: format!(
                                "{}/releases/{release}",
                                component_folder(&scratch, self.component)
                            ),
                            sources,
                        },
                        Effect::Switch {
                            environment: "drill".to_owned(),
                            before: (release == RUN).then(|| before.to_owned()),
                            after: Some(release.to_owned()),
                        },
                    ]
                })
                .collect(),
            Target::Commands { .. } => {
                let deploy = environment.drill.as_ref().map(|drill| drill.deploy.clone()).unwrap_or_default();
                [
                    self.commands(&deploy, "rehearsal: deploy the release before", Some(before)),
                    self.commands(&deploy, "rehearsal: deploy the next one", Some(RUN)),
                ]
                .concat()
            }
        }
    }

    /// The effects of `restore`: the second release is undone, the first verified, the place removed.
    #[must_use]
    pub fn restore(&self) -> Vec<Effect> {
        let Some(environment) = self.environment() else { return Vec::new() };
        let before = self.before();
        match &environment.target {
            Target::Local { .. } => {
                let mut effects = vec![
                    Effect::Switch {
                        environment: "drill".to_owned(),
                        before: Some(RUN.to_owned()),
                        after: Some(before.to_owned()),
                    },
                    Effect::Check { what: format!("the release {before} is there again as it was written") },
                ];
                let what = "smoke tests of the release before";
                effects.extend(self.commands(&self.state.smoke.commands, what, Some(before)));
                effects
            }
            Target::Commands { .. } => {
                let drill = environment.drill.clone().unwrap_or_default();
                [
                    self.commands(&drill.undo, "rehearsal: bring back the release before", Some(before)),
                    self.commands(&drill.verify, "rehearsal: verify that it is back", Some(before)),
                    self.commands(&drill.clean, "remove the place for rehearsals", Some(before)),
                ]
                .concat()
            }
        }
    }

    /// Returns what is worth knowing about a deployment to the environment, and hinders nothing.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let stage = self.stage.name();
        let Some(environment) = self.environment() else {
            return vec![format!("{stage} has no environment, so nothing is deployed")];
        };
        let mut notes = Vec::new();
        if let Target::Commands { undo, .. } = &environment.target
            && undo.is_empty()
        {
            notes.push(format!(
                "`environments.{stage}.undo` is not written, so a deployment stays when a later step fails"
            ));
        }
        if self.state.smoke.commands.is_empty() && self.state.smoke.problem.is_none() {
            notes.push(format!(
                "`{}` has no smoke tests; looked for `tests/smoke`; `environments.{stage}.smoke` names commands",
                self.component
            ));
        }
        notes.extend(self.state.problem.clone());
        if let Some(problem) = &self.state.smoke.problem {
            notes.push(format!("smoke tests cannot be run: {problem}"));
        }
        notes
    }

    /// Returns the folder of the component in a local environment, relative to the root.
    #[must_use]
    pub fn folder(&self) -> Option<String> {
        match &self.environment()?.target {
            Target::Local { folder } => Some(component_folder(folder, self.component)),
            Target::Commands { .. } => None,
        }
    }

    /// What a drill calls the first of its two releases.
    fn before(&self) -> &str {
        self.state.current.as_deref().unwrap_or("before")
    }

    fn list(&self, list: impl Fn(&EnvironmentConfig) -> &Commands, what: &str) -> Vec<Effect> {
        let commands = self.environment().map(|environment| list(environment).clone());
        self.commands(&commands.unwrap_or_default(), what, self.state.current.as_deref())
    }

    fn commands(&self, commands: &Commands, what: &str, release: Option<&str>) -> Vec<Effect> {
        let filling = self.filling(release);
        let effect = |command: &Vec<String>| Effect::Command {
            command: command.iter().map(|argument| filling.shown(argument)).collect(),
            folder: String::new(),
            what: what.to_owned(),
        };
        commands.iter().map(effect).collect()
    }

    fn filling(&self, release: Option<&str>) -> Filling {
        Filling {
            component: self.component.to_owned(),
            stage: Some(self.stage),
            version: self.version.map(str::to_owned),
            run: Some(RUN.to_owned()),
            release: release.map(str::to_owned),
            commit: None,
        }
    }
}

/// Returns the folder of a component in the folder of an environment.
#[must_use]
pub fn component_folder(environment: &str, component: &str) -> String {
    format!("{environment}/{component}")
}

/// Returns the folder in which the run of that number rehearses, relative to the root.
#[must_use]
pub fn scratch(run: &str) -> String {
    format!(".stagegate/runs/{run}/scratch")
}

/// Returns what a release of a component holds, relative to the root, sorted: its source folders and files, the
/// `__init__.py` of the packages that they lie in, its specs and MATURITY files.
#[must_use]
pub fn release_sources(root: &Root, id: Id) -> Vec<String> {
    let Some(components) = root.components.as_deref() else { return Vec::new() };
    let mut sources: Vec<String> = Vec::new();
    for place in components.places(id) {
        sources.extend(place.source.iter().map(ToString::to_string));
        for source in &place.source {
            // A package around it is imported with it.
            let mut folder = source.rsplit_once('/').map(|(folder, _)| folder);
            while let Some(at) = folder {
                let init = format!("{at}/__init__.py");
                if root.files.as_deref().is_some_and(|files| files.contains(&init)) {
                    sources.push(init);
                }
                folder = at.rsplit_once('/').map(|(folder, _)| folder);
            }
        }
    }
    let component = components.get(id);
    sources.extend(component.specs.iter().chain(&component.maturity).map(|file| file.path.to_string()));
    sources.sort();
    sources.dedup();
    let all = sources.clone();
    sources.retain(|path| {
        !all.iter().any(|outer| path.strip_prefix(&**outer).is_some_and(|rest| rest.starts_with('/')))
    });
    sources
}
