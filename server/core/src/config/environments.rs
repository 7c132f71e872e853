//! What the configuration says about environments.

use serde_json::json;

use super::Config;
use super::value::Value;
use crate::plan::{Refusal, RefusalCode};
use crate::stage::Stage;

/// Argument lists, run in order; never a line for a shell.
pub type Commands = Vec<Vec<String>>;

/// Where the components of each stage are deployed (`environments`).
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentsConfig {
    /// Of development; usually none.
    pub development: EnvironmentConfig,
    /// Of staging.
    pub staging: EnvironmentConfig,
    /// Of production.
    pub production: EnvironmentConfig,
}

/// One environment.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// How a release gets there.
    pub target: Target,
    /// Environment variables that are added for all commands.
    pub env: Vec<(String, String)>,
    /// How long each command may take, in seconds.
    pub timeout: f64,
    /// What is asked over HTTP.
    pub health: Option<Health>,
    /// What tests the release, where that is not found from the repository.
    pub smoke: Commands,
    /// Rollback: what tells those who have to know.
    pub notify: Commands,
    /// Rollback: what undoes the migration of the database.
    pub migration: Commands,
    /// Rollback: what clears caches.
    pub caches: Commands,
    /// Rollback: what looks at the component once more.
    pub monitor: Commands,
    /// How a rollback is rehearsed where commands deploy.
    pub drill: Option<Drill>,
    /// The keys whose value cannot be read, so that nobody knows what is meant.
    pub unreadable: Vec<String>,
}

/// How a release gets to an environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// It is written to a folder, relative to the root.
    Local {
        /// The folder that holds those of the components.
        folder: String,
    },
    /// By commands.
    Commands {
        /// What brings it there.
        deploy: Commands,
        /// What waits until it runs.
        wait: Commands,
        /// What succeeds only where it is what runs.
        verify: Commands,
        /// What brings back the release before.
        undo: Commands,
    },
}

/// What is asked over HTTP after a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// The address, with placeholders.
    pub url: String,
    /// The status that is expected.
    pub status: u16,
    /// Text that the answer has to contain.
    pub contains: Option<String>,
    /// How long it may take until the component is healthy, in seconds.
    pub timeout: f64,
    /// How long to wait before it is asked again, in seconds.
    pub interval: f64,
}

/// How a rollback is rehearsed by commands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drill {
    /// What brings a release to a place for rehearsals.
    pub deploy: Commands,
    /// What brings back the one before.
    pub undo: Commands,
    /// What succeeds only where the release is what runs there.
    pub verify: Commands,
    /// What removes the place.
    pub clean: Commands,
}

impl EnvironmentsConfig {
    /// Returns the environment of `stage`; `None` where there is none.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Option<&EnvironmentConfig> {
        let environment = match stage {
            Stage::Development => &self.development,
            Stage::Staging => &self.staging,
            Stage::Production => &self.production,
            Stage::Experimental | Stage::Deprecated => return None,
        };
        environment.enabled.then_some(environment)
    }

    pub(super) fn read(merged: &Value) -> EnvironmentsConfig {
        let of = |stage: Stage| environment(stage, merged.get(&format!("environments.{}", stage.name())));
        EnvironmentsConfig {
            development: of(Stage::Development),
            staging: of(Stage::Staging),
            production: of(Stage::Production),
        }
    }
}

impl EnvironmentConfig {
    /// Whether releases are written to a folder.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.target, Target::Local { .. })
    }

    /// Returns every list of commands with the key that it is written under, empty ones too.
    #[must_use]
    pub fn lists(&self) -> Vec<(&'static str, &Commands)> {
        let mut lists = Vec::new();
        if let Target::Commands { deploy, wait, verify, undo } = &self.target {
            lists.extend([("deploy", deploy), ("wait", wait), ("verify", verify), ("undo", undo)]);
        }
        lists.extend([
            ("smoke", &self.smoke),
            ("notify", &self.notify),
            ("migration", &self.migration),
            ("caches", &self.caches),
            ("monitor", &self.monitor),
        ]);
        if let Some(drill) = &self.drill {
            lists.extend([
                ("drill.deploy", &drill.deploy),
                ("drill.undo", &drill.undo),
                ("drill.verify", &drill.verify),
                ("drill.clean", &drill.clean),
            ]);
        }
        lists
    }
}

/// Returns a hash of all that decides how a component is brought to `stage`, tested there and brought back. A drill holds as
/// long as this is what it was when the drill succeeded.
#[must_use]
pub fn deployment_definition(config: &Config, stage: Stage) -> String {
    let environment = config.environments.of(stage);
    let text = environment.map(|environment| {
        let target = match &environment.target {
            Target::Local { folder } => json!({ "folder": folder }),
            Target::Commands { .. } => json!("commands"),
        };
        let lists: serde_json::Map<String, serde_json::Value> = environment
            .lists()
            .into_iter()
            // Who is told, and who looks afterwards, changes nothing about what is deployed.
            .filter(|(key, _)| !matches!(*key, "notify" | "monitor"))
            .map(|(key, commands)| (key.to_owned(), json!(commands)))
            .collect();
        let health =
            environment.health.as_ref().map(|health| json!([health.url, health.status, health.contains]));
        json!({ "target": target, "commands": lists, "env": environment.env, "health": health })
    });
    let text = format!("{} {}", stage.name(), json!(text));
    blake3::hash(text.as_bytes()).to_hex().as_str()[..32].to_owned()
}

/// Returns why nothing can be deployed to the environment of `stage` as it is configured.
#[must_use]
pub fn environment_refusal(config: &Config, stage: Stage) -> Option<Refusal> {
    let environment = config.environments.of(stage)?;
    let key = environment.unreadable.first()?;
    Some(wrong(
        format!("`environments.{}.{key}` cannot be read, so nobody knows how to deploy", stage.name()),
        "correct it; `stagegate check` says what is wrong".to_owned(),
    ))
}

/// Returns why a release cannot be taken back from the environment of `stage`.
#[must_use]
pub fn undo_refusal(config: &Config, stage: Stage) -> Option<Refusal> {
    let environment = config.environments.of(stage)?;
    match &environment.target {
        Target::Commands { undo, .. } if undo.is_empty() => Some(wrong(
            format!("nothing says how a deployment to {} is undone", stage.name()),
            format!(
                "write the commands that bring the release before back as `environments.{}.undo`",
                stage.name()
            ),
        )),
        _ => environment_refusal(config, stage),
    }
}

/// Returns why a rollback from `stage` cannot be rehearsed.
#[must_use]
pub fn drill_refusal(config: &Config, stage: Stage) -> Option<Refusal> {
    let Some(environment) = config.environments.of(stage) else {
        return Some(wrong(
            format!("{} has no environment, so there is no deployment to rehearse", stage.name()),
            format!("write `environments.{}.folder` or `deploy`, or choose another stage", stage.name()),
        ));
    };
    let key = |name: &str| format!("environments.{}.drill.{name}", stage.name());
    if let Target::Commands { .. } = environment.target {
        let drill = environment.drill.as_ref();
        let lists = [
            ("deploy", drill.map(|drill| &drill.deploy)),
            ("undo", drill.map(|drill| &drill.undo)),
            ("verify", drill.map(|drill| &drill.verify)),
        ];
        let missing = lists.into_iter().find(|(_, list)| list.is_none_or(Vec::is_empty));
        if let Some((name, _)) = missing {
            return Some(wrong(
                format!(
                    "commands deploy to {}, and nothing says where a rollback is rehearsed",
                    stage.name()
                ),
                format!("write `{}`, with a place of its own for rehearsals", key(name)),
            ));
        }
    }
    environment_refusal(config, stage)
}

fn wrong(message: String, help: String) -> Refusal {
    Refusal {
        code: RefusalCode::WrongConfiguration,
        message,
        help,
        path: Some("stagegate.yaml".into()),
        gate: None,
    }
}

fn environment(stage: Stage, value: Option<&Value>) -> EnvironmentConfig {
    let get = |key: &str| value.and_then(|value| value.get(key));
    let text = |key: &str| get(key).and_then(Value::text).map(str::to_owned);
    let number = |key: &str, default: f64| get(key).and_then(Value::number).unwrap_or(default);
    let commands = |key: &str| get(key).map(list).unwrap_or_default();
    let (folder, deploy) = (text("folder"), commands("deploy"));
    let is_written = folder.is_some() || get("deploy").is_some();
    let by_default = stage != Stage::Development || is_written;
    let keys = [
        "deploy",
        "wait",
        "verify",
        "undo",
        "smoke",
        "notify",
        "migration",
        "caches",
        "monitor",
        "health.url",
        "drill.deploy",
        "drill.undo",
        "drill.verify",
        "drill.clean",
    ];
    let unreadable =
        keys.into_iter().filter(|key| get(key).is_some_and(|value| matches!(value, Value::Bool(_))));
    let target = if deploy.is_empty() {
        let folder = folder.unwrap_or_else(|| format!(".stagegate/environments/{}", stage.name()));
        Target::Local { folder: folder.trim_end_matches('/').to_owned() }
    } else {
        Target::Commands {
            deploy,
            wait: commands("wait"),
            verify: commands("verify"),
            undo: commands("undo"),
        }
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 100 to 599")]
    let status = number("health.status", 200.0) as u16;
    let health = text("health.url").map(|url| Health {
        url,
        status,
        contains: text("health.contains"),
        timeout: number("health.timeout", 60.0),
        interval: number("health.interval", 1.0),
    });
    let drill = Drill {
        deploy: commands("drill.deploy"),
        undo: commands("drill.undo"),
        verify: commands("drill.verify"),
        clean: commands("drill.clean"),
    };
    let variables = get("env").map(Value::entries).unwrap_or_default();
    EnvironmentConfig {
        enabled: match get("enabled") {
            Some(Value::Bool(enabled)) => *enabled,
            _ => by_default,
        },
        target,
        env: variables
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned())))
            .collect(),
        timeout: number("timeout", 600.0),
        health,
        smoke: commands("smoke"),
        notify: commands("notify"),
        migration: commands("migration"),
        caches: commands("caches"),
        monitor: commands("monitor"),
        drill: (drill != Drill::default()).then_some(drill),
        unreadable: unreadable.map(str::to_owned).collect(),
    }
}

fn list(value: &Value) -> Commands {
    let arguments = |command: &Value| -> Vec<String> {
        command.items().iter().filter_map(Value::text).map(str::to_owned).collect()
    };
    value.items().iter().map(arguments).filter(|command| !command.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;

    use super::*;
    use crate::config::resolve;
    use crate::stage::CLIMB;
    use crate::text::Source;

    fn config(text: &str) -> Config {
        resolve(Some(("stagegate.yaml", Source::Str(text))), None).config
    }

    #[test]
    fn folders_are_the_default_and_development_has_none() {
        let mut lines = String::new();
        for text in [
            "",
            "environments: {development: {folder: dev/}, staging: {enabled: false}}",
            "environments: {development: {deploy: [a, b]}, production: {deploy: [[a], [b, c]], undo: [[u]]}}",
        ] {
            let config = config(text);
            for stage in CLIMB {
                let target = config.environments.of(stage).map(|environment| &environment.target);
                let _ = writeln!(lines, "{stage}: {target:?}");
            }
        }
        expect![[r#"
            development: None
            staging: Some(Local { folder: ".stagegate/environments/staging" })
            production: Some(Local { folder: ".stagegate/environments/production" })
            development: Some(Local { folder: "dev" })
            staging: None
            production: Some(Local { folder: ".stagegate/environments/production" })
            development: Some(Commands { deploy: [["a", "b"]], wait: [], verify: [], undo: [] })
            staging: Some(Local { folder: ".stagegate/environments/staging" })
            production: Some(Commands { deploy: [["a"], ["b", "c"]], wait: [], verify: [], undo: [["u"]] })
        "#]]
        .assert_eq(&lines);
    }

    #[test]
    fn what_cannot_be_read_is_not_something_else() {
        let mut lines = String::new();
        for text in [
            "environments: {staging: {deploy: 5}}",
            "environments: {staging: {deploy: [[a, '{relase}']], undo: [[b]]}}",
            "environments: {staging: {health: {url: nowhere}}}",
            "environments: {staging: {deploy: [[a]]}}",
            "",
        ] {
            let config = config(text);
            let said = |refusal: Option<Refusal>| {
                refusal.map_or("-".to_owned(), |r| format!("{}; {}", r.message, r.help))
            };
            let _ = writeln!(lines, "{text}");
            let _ = writeln!(lines, "  promotion: {}", said(environment_refusal(&config, Stage::Staging)));
            let _ = writeln!(lines, "  rollback: {}", said(undo_refusal(&config, Stage::Staging)));
            let _ = writeln!(lines, "  drill: {}", said(drill_refusal(&config, Stage::Staging)));
        }
        let _ = writeln!(
            lines,
            "{:?}",
            drill_refusal(&config(""), Stage::Development).map(|refusal| refusal.message)
        );
        expect![[r#"
            environments: {staging: {deploy: 5}}
              promotion: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              rollback: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              drill: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
            environments: {staging: {deploy: [[a, '{relase}']], undo: [[b]]}}
              promotion: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              rollback: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              drill: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
            environments: {staging: {health: {url: nowhere}}}
              promotion: `environments.staging.health.url` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              rollback: `environments.staging.health.url` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
              drill: `environments.staging.health.url` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
            environments: {staging: {deploy: [[a]]}}
              promotion: -
              rollback: nothing says how a deployment to staging is undone; write the commands that bring the release before back as `environments.staging.undo`
              drill: commands deploy to staging, and nothing says where a rollback is rehearsed; write `environments.staging.drill.deploy`, with a place of its own for rehearsals

              promotion: -
              rollback: -
              drill: -
            Some("development has no environment, so there is no deployment to rehearse")
        "#]].assert_eq(&lines);
    }

    #[test]
    fn a_definition_changes_with_what_deploys_and_tests() {
        let of = |text: &str| deployment_definition(&config(text), Stage::Staging);
        let base = "environments: {staging: {deploy: [[a]], undo: [[b]]}}";
        assert_eq!(
            of(base),
            of("environments:\n  staging:\n    undo: [[b]]\n    deploy: [a]\n    notify: [[x]]\n")
        );
        assert_eq!(of(""), of("environments: {staging: {folder: .stagegate/environments/staging}}"));
        for other in [
            "",
            "environments: {staging: {folder: x}}",
            "environments: {staging: {enabled: false}}",
            "environments: {staging: {deploy: [[a, c]], undo: [[b]]}}",
            "environments: {staging: {deploy: [[a], [c]], undo: [[b]]}}",
            "environments: {staging: {deploy: [[a]], undo: [[b]], smoke: [[s]]}}",
            "environments: {staging: {deploy: [[a]], undo: [[b]], env: {A: b}}}",
            "environments: {staging: {deploy: [[a]], undo: [[b]], health: {url: 'http://x'}}}",
        ] {
            assert_ne!(of(base), of(other), "{other}");
        }
        assert_ne!(of(""), deployment_definition(&config(""), Stage::Production));
    }
}
