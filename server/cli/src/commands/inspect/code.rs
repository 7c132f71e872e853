//! What a file of code declares: `__maturity__`, or a manifest's `stagegate` section.

use std::fmt::Write as _;

use serde_json::json;
use stagegate_core::components::Facts;
use stagegate_core::declared;
use stagegate_core::name;
use stagegate_core::stage::Stage;

use super::Inspected;
use crate::args::Format;
use crate::report::escaped;

/// Renders what is known of the file.
pub(super) fn render(file: &Inspected<'_>, format: Format) -> String {
    let config = &file.workspace.root.config;
    let folder = config.component_of_top_file(file.path).unwrap_or_default();
    let reader = declared::reader(file.path.rsplit('/').next().unwrap_or_default());
    let facts = reader.and_then(|read| read(file.text)).map(|declared| Facts::of_code(folder, declared));
    let stated = facts.as_ref().and_then(|facts| facts.stage.as_ref());
    let component =
        facts.as_ref().map_or_else(|| name::displayed(folder), |facts| facts.component.to_string());
    let component_line = facts.as_ref().and_then(|facts| facts.name_range).map(|range| file.line(range));
    let stage = stated.and_then(|stated| stated.stage);
    let line = stated.map(|stated| file.line(stated.range));
    if format == Format::Json {
        let report = json!({
            "schema": "stagegate.inspect/1",
            "root": file.workspace.path.to_string_lossy(),
            "path": file.path,
            "kind": "code",
            "excluded": file.is_excluded(),
            "component": component,
            "component_source": if component_line.is_some() { "manifest" } else { "folder" },
            "component_line": component_line,
            "current_stage": stage.map(Stage::name),
            "current_stage_line": line,
            "status": stated.map(|stated| &stated.text),
            "diagnostics": file.diagnostics(),
        });
        return format!("{report}\n");
    }
    let mut out = String::new();
    file.render_head(&mut out, "code that may declare the stage of its component");
    let _ = writeln!(out, "  component     {}", escaped(&component));
    match (stated, line) {
        (Some(stated), Some(line)) => {
            let stage =
                stage.map_or_else(|| format!("`{}` is no stage", escaped(&stated.text)), |s| s.to_string());
            let _ = writeln!(out, "  stage         {stage}, line {}", line + 1);
        }
        _ => out.push_str("  stage         none is declared: `stagegate check` passes it over\n"),
    }
    if facts.is_some() && !file.is_excluded() {
        file.render_findings(&mut out);
    }
    out
}
