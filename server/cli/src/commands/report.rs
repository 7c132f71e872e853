//! `stagegate report`: what a run came to; `stagegate dashboard`: where its page lies.

mod find;
mod text;

use std::path::PathBuf;

use stagegate_core::records::WorkflowReport;
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

/// Reads the configuration of a workspace, and nothing else of it.
fn workspace(path: Option<&PathBuf>) -> Result<Workspace, Failure> {
    let paths = path.map(std::slice::from_ref).unwrap_or_default();
    let root = target::find(paths)?.root;
    super::tell_misnamed(&root);
    Ok(Workspace::load(&root))
}
