//! The keys of environments.

use super::super::schema::{Key, Keys, Merge, Type};
use super::{duration, key, merged, number, plain, section};
use crate::config::schema::DefaultValue as D;

/// Where the components of each stage are deployed.
pub(in crate::config) static ENVIRONMENTS: &[Key] = &[
    section(
        "development",
        ENVIRONMENT,
        "Where components in development run. Without `folder` or `deploy` there is no such environment, and promotion to \
         development deploys nothing.",
    ),
    section("staging", ENVIRONMENT, "Where components in staging run."),
    section("production", ENVIRONMENT, "Where components in production run."),
];

static ENVIRONMENT: &[Key] = &[
    plain(
        "enabled",
        Type::Bool,
        "Whether there is the environment. By default there is one for staging and production.",
    ),
    plain(
        "folder",
        Type::Path,
        "The folder that releases are written to, below which each component has one of its own. By default \
         `.stagegate/environments/<stage>`. Not beside `deploy`.",
    ),
    plain(
        "deploy",
        Type::Commands,
        "What brings a release there, instead of writing it to a folder. `{component}`, `{stage}`, `{version}`, `{commit}`, \
         `{run}` (the number of the run) and `{release}` (the number of the release that is brought, or brought back) are \
         filled in, within arguments too; `{{run}}` is the text `{run}` itself.",
    ),
    plain("wait", Type::Commands, "What waits until the release runs, after `deploy` and after `undo`."),
    plain(
        "verify",
        Type::Commands,
        "What succeeds only where `{release}` is what runs there. Asked after `deploy` and `undo`, and before a deployment \
         whose answer was lost is repeated.",
    ),
    plain(
        "undo",
        Type::Commands,
        "What brings back the release before. Without it a deployment is not undone when a later step fails, and rollback is \
         refused.",
    ),
    merged(
        "env",
        Type::Map { keys: Keys::Variable, values: &Type::String },
        Merge::Entries,
        "Environment variables that are added for all commands of the environment. No secrets: those come from the \
         environment of Stagegate, and are taken out of all output.",
    ),
    duration(
        "timeout",
        0.1,
        600.0,
        "How long each command may take before it is stopped, with all that it started.",
    ),
    section("health", HEALTH, "What is asked over HTTP after a deployment."),
    plain(
        "smoke",
        Type::Commands,
        "What tests the release where it runs, instead of the tests that are found in `tests/smoke`. The exit code decides.",
    ),
    plain("notify", Type::Commands, "Rollback: what tells those who have to know, before anything changes."),
    plain("migration", Type::Commands, "Rollback: what undoes the migration of the database."),
    plain("caches", Type::Commands, "Rollback: what clears caches."),
    plain("monitor", Type::Commands, "Rollback: what looks at the component once more at its end."),
    section(
        "drill",
        DRILL,
        "How a rollback is rehearsed where `deploy` is written; a folder needs nothing for it.",
    ),
];

static HEALTH: &[Key] = &[
    plain(
        "url",
        Type::Url,
        "The address, with the placeholders of `deploy`. Redirects are followed on the same host only.",
    ),
    key(
        "status",
        Type::Integer { min: 100, max: Some(599), unit: "" },
        D::Number(200.0),
        "The status that a healthy component answers with.",
    ),
    plain("contains", Type::String, "Text that the answer has to contain, within its first MiB."),
    duration(
        "timeout",
        0.1,
        60.0,
        "How long it may take until the component is healthy; asked again until then.",
    ),
    number("interval", 0.05, Some(60.0), "s", 1.0, "How long to wait before it is asked again."),
];

static DRILL: &[Key] = &[
    plain(
        "deploy",
        Type::Commands,
        "What brings `{release}` to a place for rehearsals; run for two releases.",
    ),
    plain("undo", Type::Commands, "What brings back the first of them."),
    plain("verify", Type::Commands, "What succeeds only where `{release}` runs there; asked for the first."),
    plain(
        "clean",
        Type::Commands,
        "What removes the place for rehearsals; run at the end, whatever happened.",
    ),
];
