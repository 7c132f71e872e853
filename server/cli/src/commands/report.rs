//! `stagegate report`: what a run came to; `stagegate dashboard`: where its page lies.

mod find;
mod text;

use std::path::PathBuf;

use stagegate_core::records::WorkflowReport;
use stagegate_pipeline::runs::pages;
use stagegate_workspace::Workspace;

use super::print;
use crate::args::{Dashboard, Format, Report};
use crate::exit_code;
use crate::failure::Failure;
use crate::report::Style;
use crate::target;

pub(super) fn report(args: &Report) -> Result<u8, Failure> {
    let workspace = workspace(args.path.as_ref())?;
    let found = find::find(&workspace, args.of.as_deref())?;
    let text = match args.format {
        Format::Json => found.text,
        Format::Text => {
            let report = WorkflowReport::read(&found.text).map_err(|error| {
                Failure::new(format_args!("{} is no report: {error}", found.path))
                    .help("remove it; the next run writes it again")
            })?;
            text::render(&report, &found, &Style::stdout())
        }
    };
    print(&text)?;
    Ok(exit_code::SUCCESS)
}

pub(super) fn dashboard(args: &Dashboard) -> Result<u8, Failure> {
    let workspace = workspace(args.path.as_ref())?;
    let config = &workspace.root.config.records.dashboard;
    let name = match &args.component {
        Some(component) => format!("workflow_dashboard_{}.html", find::valid(component)?),
        None => "dashboard.html".to_owned(),
    };
    let path = workspace.path.join(&config.folder).join(&name);
    if let Some(component) = args.component.as_ref().filter(|_| config.enabled) {
        write_page(&workspace, component)?;
    }
    if !path.is_file() {
        let failure = Failure::new(format_args!("there is no page {}/{name} yet", config.folder));
        return Err(match config.enabled && config.auto_generate {
            true => failure.help("the next run writes it"),
            false => failure.help("`observability.dashboard` in stagegate.yaml wants none"),
        });
    }
    print(&format!("{}\n", path.display()))?;
    Ok(exit_code::SUCCESS)
}

/// Writes the page about one component: runs write that of all of them.
fn write_page(workspace: &Workspace, component: &str) -> Result<(), Failure> {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let fresh = pages::fresh(&workspace.path, now_ms);
    let known = fresh.root.components.as_deref();
    let known = known.and_then(|all| Some(all.get(all.find(component)?).canonical.to_string()));
    let canonical = known.ok_or_else(|| {
        Failure::new(format_args!("there is no component `{component}`"))
            .help("`stagegate status` lists the components")
    })?;
    pages::write_about(&workspace.path, &fresh.root, None, Some(&canonical), now_ms)
        .map_err(|failure| Failure::new(failure.message).help(failure.help))?;
    Ok(())
}

/// Reads the configuration of a workspace, and nothing else of it.
fn workspace(path: Option<&PathBuf>) -> Result<Workspace, Failure> {
    let paths = path.map(std::slice::from_ref).unwrap_or_default();
    let root = target::find(paths)?.root;
    super::tell_misnamed(&root);
    Ok(Workspace::load(&root))
}
