//! What a step of a deployment is about.

use stagegate_core::components::Id;
use stagegate_core::config::{EnvironmentConfig, Target};
use stagegate_core::plan::deployment::component_folder;
use stagegate_core::plan::{Filling, StepName};
use stagegate_core::run::StepFailure;
use stagegate_core::stage::Stage;

use super::lasting;
use super::local::{Local, New};
use crate::runs::Context;

/// The component and the environment of a step.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) stage: Stage,
    pub(crate) environment: &'a EnvironmentConfig,
    pub(crate) id: Id,
    /// Its canonical name.
    pub(crate) component: &'a str,
    pub(crate) local: Local,
}

impl<'a> Scene<'a> {
    /// Returns what the step of `cx` is about.
    pub(crate) fn of(cx: &Context<'a>) -> Result<Scene<'a>, StepFailure> {
        let named = cx.step.environment.as_deref();
        let stage = match named {
            Some(name) => Stage::from_word(name).ok_or_else(|| {
                lasting(
                    format!("`{name}` is no environment"),
                    "make the plan again with this version of Stagegate",
                )
            })?,
            None => cx.plan.to,
        };
        let environment = cx.root.config.environments.of(stage).ok_or_else(|| {
            lasting(
                format!("{} has no environment any more", stage.name()),
                format!("write it again as `environments.{}`, or make the plan again", stage.name()),
            )
        })?;
        if let Some(refusal) = stagegate_core::config::environment_refusal(&cx.root.config, stage) {
            return Err(lasting(refusal.message, refusal.help));
        }
        let components = cx.root.components.as_deref();
        let id = components.and_then(|components| components.find_canonical(&cx.plan.canonical)).ok_or_else(
            || {
                lasting(
                    format!("there is no component `{}` any more", cx.plan.component),
                    "make the plan again",
                )
            },
        )?;
        let component = &*cx.plan.canonical;
        let local = Local::new(cx.folder, place(environment, stage, component));
        Ok(Scene { stage, environment, id, component, local })
    }

    /// Returns the values of placeholders; `release` is the one that the command is about.
    pub(crate) fn filling(&self, cx: &Context<'_>, release: Option<&str>) -> Filling {
        Filling {
            component: self.component.to_owned(),
            stage: Some(self.stage),
            version: cx.plan.version.clone(),
            run: Some(cx.run.id.clone()),
            release: release.map(str::to_owned),
            commit: commit(cx),
        }
    }

    /// Returns what is known of the release that this run makes.
    pub(crate) fn new_release<'s>(
        &'s self,
        cx: &'s Context<'_>,
        name: &'s str,
        previous: Option<&'s str>,
        commit: Option<&'s str>,
    ) -> New<'s> {
        New {
            component: self.component,
            stage: self.stage.name(),
            version: cx.plan.version.as_deref(),
            commit,
            name,
            previous,
            now_ms: cx.clock.now_ms(),
        }
    }
}

/// Returns the commit that is deployed: that of this run, else the one that was checked out when the plan was made.
pub(crate) fn commit(cx: &Context<'_>) -> Option<String> {
    let outputs = cx.outputs_of(StepName::Commit);
    let made = outputs.get("commit").and_then(|commit| commit.as_str()).map(str::to_owned);
    made.or_else(|| cx.plan.head.clone())
}

/// Returns the folder of the releases of a component, relative to the root. Where commands deploy, it only records them.
pub(super) fn place(environment: &EnvironmentConfig, stage: Stage, component: &str) -> String {
    match &environment.target {
        Target::Local { folder } => component_folder(folder, component),
        Target::Commands { .. } => {
            component_folder(&format!("{}/environments/{}", crate::store::FOLDER, stage.name()), component)
        }
    }
}
