//! What is understood of a spec or MATURITY file (issue 3). Lines are zero-based in JSON, one-based for people.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use stagegate_core::component::{ComponentFile, DocumentKind, SectionKind, Standing};
use stagegate_core::name;
use stagegate_core::stage::{self, CLIMB, Stage};
use stagegate_core::text::{Source, TextRange};
use stagegate_workspace::Workspace;

use super::Inspected;
use crate::args::Format;
use crate::report::json::{Finding, number};
use crate::report::{Style, escaped};

/// Everything that is known of the file; schema `stagegate.inspect/1`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: &'static str,
    kind: &'static str,
    root: String,
    path: &'a str,
    excluded: bool,
    /// `component` for the spec of one, or a template of that; else `other`.
    dialect: &'static str,
    component: Option<&'a str>,
    component_source: &'static str,
    component_line: Option<u32>,
    current_stage: Option<&'static str>,
    current_stage_line: Option<u32>,
    target_stage: Option<&'static str>,
    target_stage_line: Option<u32>,
    status: Option<String>,
    status_line: Option<u32>,
    dependencies: Vec<Dependency>,
    coverage_targets: CoverageTargets,
    reported_coverage: Option<Value>,
    reported_coverage_line: Option<u32>,
    approvals: Approvals,
    criteria: Vec<Criterion<'a>>,
    sections: Vec<Section<'a>>,
    missing_sections: Vec<&'static str>,
    missing_recommended_sections: Vec<&'static str>,
    template: bool,
    moved: bool,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Dependency {
    component: String,
    /// As the file states it; null where it states none.
    stage: Option<&'static str>,
    /// `required` or `optional`.
    kind: &'static str,
    /// The stage that it is really in; null where that is not known.
    actual_stage: Option<&'static str>,
    line: u32,
}

/// In percent; null where the file asks for nothing.
#[derive(Debug, Serialize)]
struct CoverageTargets {
    development: Option<Value>,
    staging: Option<Value>,
    production: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Approvals {
    total: usize,
    checked: usize,
}

#[derive(Debug, Serialize)]
struct Criterion<'a> {
    line: u32,
    text: &'a str,
    checked: bool,
    gate: Option<&'static str>,
    /// The gates that prove it.
    gates: Vec<&'static str>,
    stage: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Section<'a> {
    title: &'a str,
    level: u8,
    line: u32,
    /// The section that it is read as.
    section: Option<&'static str>,
}

/// Reads the file as a spec or MATURITY file; also one that `files.exclude` names.
pub(super) fn read(file: &Inspected<'_>) -> Option<ComponentFile> {
    let root = &file.workspace.root;
    let source = Source::Str(file.text);
    if !file.is_excluded() {
        return ComponentFile::of_path(source, file.path, root);
    }
    // Nothing excluded is analysed; what it is can be told all the same.
    let mut open = Workspace::load(&file.workspace.path);
    Arc::get_mut(&mut open.root.config)?.exclude.clear();
    ComponentFile::of_path(source, file.path, &open.root)
}

/// Renders what is known of the file.
pub(super) fn render(file: &Inspected<'_>, document: &ComponentFile, format: Format) -> String {
    let report = understand(file, document);
    match format {
        Format::Json => format!("{}\n", serde_json::to_string(&report).unwrap_or_default()),
        Format::Text => text(file, document, &report),
    }
}

fn understand<'a>(file: &Inspected<'a>, document: &'a ComponentFile) -> Report<'a> {
    let line = |range: TextRange| file.line(range);
    let name = |stage: Option<Stage>| stage.map(Stage::name);
    let components = file.workspace.root.components.as_deref();
    let actual = |name: &str| components.and_then(|known| known.get(known.find(name)?).stage);
    let dependencies = document.dependencies.iter().map(|dependency| Dependency {
        component: name::displayed(&dependency.name),
        stage: dependency.stage.as_ref().and_then(|stated| name(stated.stage)),
        kind: if dependency.required { "required" } else { "optional" },
        actual_stage: name(actual(&dependency.name)),
        line: line(dependency.name_range),
    });
    let asked = |stage| document.coverage_target(stage).map(|target| number(target.percent));
    let criteria = document.criteria.iter().map(|criterion| Criterion {
        line: line(criterion.range),
        text: &criterion.text,
        checked: criterion.checked,
        gate: criterion.gate.map(stagegate_core::component::Gate::name),
        gates: criterion.gates().iter().map(|gate| gate.name()).collect(),
        stage: name(criterion.stage),
    });
    let sections = document.sections.iter().filter(|section| section.level <= 6).map(|section| Section {
        title: &section.title,
        level: section.level,
        line: line(section.range),
        section: section.kind.map(SectionKind::title),
    });
    let missing = |required: bool| {
        let asked = document.kind == DocumentKind::Spec && document.standing == Standing::Component;
        let kinds = SectionKind::ALL.into_iter().filter(|kind| asked && kind.is_required() == required);
        kinds.filter(|kind| document.section(*kind).is_none()).map(SectionKind::title).collect()
    };
    let stated = |stated: &Option<stagegate_core::component::Stated>| {
        let stated = stated.as_ref();
        (stated.and_then(|stated| name(stated.stage)), stated.map(|stated| line(stated.range)))
    };
    let (current_stage, current_stage_line) = stated(&document.current);
    let (target_stage, target_stage_line) = stated(&document.target);
    // The status of a MATURITY file states no stage, but says something to people.
    let status = document.status.as_ref().filter(|status| !status.placeholder);
    let status = status.map(|status| (status.text.to_string(), line(status.range))).or_else(|| {
        let field = document.field("Status").filter(|_| document.kind == DocumentKind::Maturity)?;
        Some((stage::plain(&field.value), line(field.value_range)))
    });
    let (status, status_line) = status.unzip();
    Report {
        schema: "stagegate.inspect/1",
        kind: match document.kind {
            DocumentKind::Spec => "spec",
            DocumentKind::Maturity => "maturity",
        },
        root: file.workspace.path.to_string_lossy().into_owned(),
        path: file.path,
        excluded: file.is_excluded(),
        dialect: if is_of_component(document) { "component" } else { "other" },
        component: Some(&*document.component.name).filter(|name| !name.is_empty()),
        component_source: document.component.source.name(),
        component_line: document.component.range.map(line),
        current_stage,
        current_stage_line,
        target_stage,
        target_stage_line: target_stage_line.filter(|_| target_stage.is_some()),
        status,
        status_line,
        dependencies: dependencies.collect(),
        coverage_targets: CoverageTargets {
            development: asked(Stage::Development),
            staging: asked(Stage::Staging),
            production: asked(Stage::Production),
        },
        reported_coverage: document.reported_coverage.as_ref().map(|reported| number(reported.percent)),
        reported_coverage_line: document.reported_coverage.as_ref().map(|reported| line(reported.range)),
        approvals: Approvals {
            total: document.approvals.len(),
            checked: document.approvals.iter().filter(|approval| approval.checked).count(),
        },
        criteria: criteria.collect(),
        sections: sections.collect(),
        missing_sections: missing(true),
        missing_recommended_sections: missing(false),
        template: document.standing == Standing::Template,
        moved: document.standing == Standing::Moved,
        diagnostics: file.diagnostics(),
    }
}

/// Whether the file is a spec of our dialect. A template or a moved document is by the keys of its metadata.
fn is_of_component(document: &ComponentFile) -> bool {
    let keys = ["Component ID", "Component Name", "Component", "Target Stage"];
    let has_keys = || keys.iter().any(|key| document.field(key).is_some());
    document.kind == DocumentKind::Spec
        && match document.standing {
            Standing::Component => true,
            Standing::Other => false,
            Standing::Template | Standing::Moved => has_keys(),
        }
}

/// Renders the report for people.
fn text(file: &Inspected<'_>, document: &ComponentFile, report: &Report<'_>) -> String {
    let Style { bold, reset, gutter, .. } = Style::stdout();
    let mut out = String::new();
    file.render_head(
        &mut out,
        match (document.kind, document.standing) {
            (DocumentKind::Maturity, Standing::Template) => "template of a MATURITY file: left alone",
            (DocumentKind::Maturity, Standing::Moved) => "MATURITY file that has moved: left alone",
            (DocumentKind::Maturity, _) => "MATURITY file",
            (DocumentKind::Spec, Standing::Template) => "template of a spec: left alone",
            (DocumentKind::Spec, Standing::Moved) => "spec that has moved: left alone",
            (DocumentKind::Spec, Standing::Other) => {
                "spec of another kind: it describes no component as a whole"
            }
            (DocumentKind::Spec, Standing::Component) => "spec",
        },
    );
    let at = |line: Option<u32>| line.map_or(String::new(), |line| format!(", line {}", line + 1));
    if let Some(component) = report.component {
        let (source, at) = (report.component_source, at(report.component_line));
        let _ = writeln!(out, "  component     {} ({source}{at})", escaped(component));
    }
    if let Some(current) = &document.current {
        let stage = report
            .current_stage
            .map_or_else(|| format!("`{}` is no stage", escaped(&current.text)), str::to_owned);
        let at = at(report.current_stage_line);
        let _ = writeln!(out, "  stage         {stage}{at}");
    }
    if let Some(status) = report.status.as_ref().filter(|_| report.current_stage_line != report.status_line) {
        let at = at(report.status_line);
        let _ = writeln!(out, "  status        {}{at}", escaped(status));
    }
    if let Some(target) = report.target_stage {
        let _ = writeln!(out, "  target        {target}{}", at(report.target_stage_line));
    }
    if let Some(reported) = &report.reported_coverage {
        let _ =
            writeln!(out, "  coverage      {reported} %, as reported{}", at(report.reported_coverage_line));
    }
    let asked = CLIMB.into_iter().filter_map(|stage| Some((stage, document.coverage_target(stage)?.percent)));
    let asked: Vec<_> = asked.map(|(stage, percent)| format!("{stage} {percent} %")).collect();
    if !asked.is_empty() {
        let _ = writeln!(out, "  asks for      {}", asked.join(", "));
    }
    if report.approvals.total > 0 {
        let Approvals { total, checked } = report.approvals;
        let _ = writeln!(out, "  approvals     {checked} of {total}");
    }
    if !report.dependencies.is_empty() {
        let _ = writeln!(out, "\n{bold}Dependencies{reset}");
        for dependency in &report.dependencies {
            let Dependency { component, stage, kind, actual_stage, line } = dependency;
            let words = |stage: &str| Stage::from_word(stage).map_or("", Stage::in_words).to_owned();
            let said = stage.map_or(String::new(), |stage| format!(", said to be {}", words(stage)));
            let is = actual_stage.map_or("of unknown stage".to_owned(), words);
            let _ =
                writeln!(out, "  {:>6}  {gutter}{}{reset}  {kind}, {is}{said}", line + 1, escaped(component));
        }
    }
    if !report.criteria.is_empty() {
        let _ = writeln!(out, "\n{bold}Criteria{reset}");
        for Criterion { line, text, checked, gates, stage, .. } in &report.criteria {
            let mark = if *checked { 'x' } else { ' ' };
            let facts: Vec<_> = stage.iter().chain(gates).copied().collect();
            let facts = if facts.is_empty() { String::new() } else { format!("  ({})", facts.join(", ")) };
            let _ = writeln!(out, "  {:>6}  [{mark}] {}{facts}", line + 1, escaped(text));
        }
    }
    if !report.sections.is_empty() {
        let _ = writeln!(out, "\n{bold}Headings{reset}");
        for section in &report.sections {
            let marks = "#".repeat(section.level.into());
            let _ = writeln!(out, "  {:>6}  {marks} {}", section.line + 1, escaped(section.title));
        }
    }
    if !report.excluded {
        file.render_findings(&mut out);
    }
    out
}
