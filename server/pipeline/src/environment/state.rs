//! What is known of an environment before a plan is made.

use std::path::Path;

use stagegate_core::components::Id;
use stagegate_core::config::EnvironmentConfig;
use stagegate_core::plan::deployment::{DeploymentState, SmokeTests, release_sources};
use stagegate_core::stage::Stage;
use stagegate_core::workspace::Root;

use super::local::Local;
use super::scene::place;
use super::smoke::trial;
use crate::tools::{smoke_check, smoke_tests};

/// Returns what is known of the component with the canonical name `component` and the environment of `stage`, for the
/// workspace at `folder`, an absolute path without links. Reads files only; changes and starts nothing.
#[must_use]
pub fn state(folder: &Path, root: &Root, component: &str, stage: Stage) -> DeploymentState {
    let id = root.components.as_deref().and_then(|components| components.find_canonical(component));
    let Some(id) = id else { return DeploymentState::default() };
    let Some(environment) = root.config.environments.of(stage) else {
        return DeploymentState { sources: release_sources(root, id), ..DeploymentState::default() };
    };
    let local = Local::new(folder, place(environment, stage, component));
    let known = local.current().and_then(|current| Ok((current, local.previous()?)));
    let problem = known.as_ref().err().map(|failure| failure.message.clone());
    let (current, previous) = known.unwrap_or_default();
    let smoke = smoke_plan(folder, root, id, environment, stage);
    DeploymentState { sources: release_sources(root, id), current, previous, smoke, problem }
}

fn smoke_plan(
    folder: &Path,
    root: &Root,
    id: Id,
    environment: &EnvironmentConfig,
    stage: Stage,
) -> SmokeTests {
    if !environment.smoke.is_empty() {
        return SmokeTests { commands: environment.smoke.clone(), ..SmokeTests::default() };
    }
    let tests = smoke_tests(root, id);
    if tests.is_empty() {
        return SmokeTests::default();
    }
    let check = smoke_check(folder, root, id, &tests, &trial(environment, stage));
    let problem = match &check {
        Ok(check) => check.missing().map(crate::tools::Missing::problem),
        Err(problem) => Some(problem.clone()),
    };
    SmokeTests {
        tests,
        commands: check.ok().map(|check| check.in_words(folder)).into_iter().flatten().collect(),
        problem: problem.map(|problem| format!("{}; {}", problem.message, problem.help)),
    }
}
