//! What the command is about: the spec has to be that of the component.

use std::path::Path;

use stagegate_core::run::StepFailure;
use stagegate_workspace::{Workspace, relative};

use crate::args::SpecToProduction;
use crate::failure::Failure;
use crate::target;

/// The spec that was named.
pub(super) struct Spec {
    /// Relative to the root where it lies there, else as it was named.
    pub(super) shown: String,
    /// How many characters it has; `None` where it could not be read.
    pub(super) characters: Option<usize>,
    /// Why nothing can be done with it.
    pub(super) problem: Option<StepFailure>,
}

/// Looks at the spec and the component. What is wrong there is no wrong usage: it is reported, as a stage that failed.
pub(super) fn spec(workspace: &Workspace, args: &SpecToProduction) -> Result<Spec, Failure> {
    let named = args.spec.display().to_string();
    let here = target::current_folder()?;
    let full = here.join(&args.spec);
    let inside = target::absolute(&here, &args.spec).ok().and_then(|path| relative(&workspace.path, &path));
    let problem =
        |message: String, help: &str| Some(StepFailure { message, help: help.to_owned(), transient: false });
    let (characters, unread) = match stagegate_workspace::read(&full) {
        Ok(text) => (Some(text.chars().count()), None),
        Err(_) if !full.exists() => (
            None,
            problem(format!("there is no spec `{named}`"), "name the spec of the component with `--spec`"),
        ),
        Err(why) => (None, problem(format!("the spec `{named}` cannot be read: {why}"), "mend the file")),
    };
    let shown = inside.as_deref().unwrap_or(&named).to_owned();
    let problem = unread.or_else(|| of_component(workspace, &args.component, inside.as_deref(), &args.spec));
    Ok(Spec { shown, characters, problem })
}

/// Returns what is wrong with the component, or with its having this spec.
fn of_component(workspace: &Workspace, name: &str, spec: Option<&str>, named: &Path) -> Option<StepFailure> {
    let problem = |message: String, help: String| Some(StepFailure { message, help, transient: false });
    let named = named.display();
    let Some(spec) = spec else {
        return problem(
            format!("the spec `{named}` lies outside of the workspace {}", workspace.path.display()),
            "call the command in the workspace of the spec".to_owned(),
        );
    };
    let components = workspace.root.components.as_deref()?;
    let Some(id) = components.find(name) else {
        return problem(
            format!("there is no component `{name}`"),
            "`stagegate status` lists the components".to_owned(),
        );
    };
    let component = components.get(id);
    if component.specs.iter().any(|file| *file.path == *spec) {
        return None;
    }
    let about = components.iter().find(|(_, other)| other.specs.iter().any(|file| *file.path == *spec));
    let own: Vec<String> = component.specs.iter().map(|file| format!("`{}`", file.path)).collect();
    let help = match own.as_slice() {
        [] => format!("`{name}` has no spec; `stagegate new spec {name}` writes one"),
        own => format!("the spec of `{name}` is {}", own.join(" or ")),
    };
    match about {
        Some((_, other)) => {
            problem(format!("`{spec}` is the spec of `{}`, not of `{name}`", other.name), help)
        }
        None => problem(format!("`{spec}` is no spec of `{name}`"), help),
    }
}
