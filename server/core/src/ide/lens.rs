//! Code lenses: a component's stage, what its next stage asks for, and what stands in the way.

use rustc_hash::FxHashMap;
use text_size::TextRange;

use super::maturity::{Actual, View, count, percent};
use super::{Command, runs};
use crate::component::{ComponentFile, DocumentKind};
use crate::components::FileFacts;
use crate::diagnostic::Severity;
use crate::files::FileKind;
use crate::gates::Summary;
use crate::name;
use crate::stage::Stage;
use crate::text::{Source, range};
use crate::workspace::Root;

/// Most blocking issues that are named one by one.
const MAX_ISSUES: usize = 3;

/// A line of text above a line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The line it belongs to.
    pub range: TextRange,
    /// What it says.
    pub title: String,
    /// Where a click leads.
    pub leads_to: Option<Destination>,
    /// What a click runs.
    pub command: Option<Command>,
    /// Whether it says nothing but where it leads.
    pub is_link: bool,
    /// The page of the tracker that a click opens.
    pub page: Option<String>,
}

/// A place in a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Where in it, in bytes; its start where `None`.
    pub range: Option<TextRange>,
}

/// Returns the lenses of the file at `path`; `file` is what it says as a spec or MATURITY file.
#[must_use]
pub fn lenses(source: Source<'_>, path: &str, root: &Root, file: Option<&ComponentFile>) -> Vec<Lens> {
    let (view, at) = match (root.analyses(path), file) {
        (Some(FileKind::Code), _) => (View::of_code(source, path, root), range(0, 0)),
        (Some(_), Some(file)) => (View::of_file(file, path, root), file.headline(source)),
        _ => return Vec::new(),
    };
    let Some(view) = view else { return Vec::new() };
    let mut lenses = Vec::new();
    let mut say = |title: Option<String>, leads_to: Option<Destination>| {
        let is_link = false;
        lenses.extend(title.map(|title| Lens {
            range: at,
            title,
            leads_to,
            command: None,
            is_link,
            page: None,
        }));
    };
    say(climb(&view), None);
    say(criteria(&view), None);
    say(gates(&view), None);
    say(coverage(&view), None);
    let blockers = blockers(source, &view, root);
    let number = blockers.len();
    say((number > 0).then(|| count(number, "blocker")), blockers.into_iter().next());
    for (title, page) in blocking_issues(&view, root) {
        lenses.push(Lens {
            range: at,
            title,
            leads_to: None,
            command: None,
            is_link: false,
            page: Some(page),
        });
    }
    if let Some(command) = run_gates(&view) {
        let title = "Run gates".to_owned();
        lenses.push(Lens {
            range: at,
            title,
            leads_to: None,
            command: Some(command),
            is_link: false,
            page: None,
        });
    }
    for (title, command) in runs::lenses(&view, root) {
        lenses.push(Lens { range: at, title, leads_to: None, command, is_link: false, page: None });
    }
    for (title, path) in links(&view, root) {
        let leads_to = Some(Destination { path, range: None });
        lenses.push(Lens {
            range: at,
            title: title.to_owned(),
            leads_to,
            command: None,
            is_link: true,
            page: None,
        });
    }
    lenses
}

/// `Development → Staging`.
fn climb(view: &View<'_>) -> Option<String> {
    let actual = view.actual.title();
    match (view.actual, view.target) {
        (Actual::Unknown, _) => None,
        (_, None) => Some(actual.to_owned()),
        (Actual::At(stage), Some(target)) if target != Stage::Deprecated && stage.rank() >= target.rank() => {
            Some(format!("{actual} (target reached)"))
        }
        (_, Some(target)) => Some(format!("{actual} → {}", target.title())),
    }
}

/// `criteria 7/9`, with the stage where it is not the target.
fn criteria(view: &View<'_>) -> Option<String> {
    let aim = view.aim()?;
    let (ticked, all) = view.criteria(aim)?;
    let of = if view.target == Some(aim) { String::new() } else { format!(" for {}", aim.title()) };
    Some(format!("criteria {ticked}/{all}{of}"))
}

/// `gates 7/9`, with the stage where it is not the target: how many of the required ones are open.
fn gates(view: &View<'_>) -> Option<String> {
    let aim = view.aim()?;
    let (_, mut gates) = view.gates()?;
    let Summary { met, required } = Summary::of(gates.of_stage(aim));
    let of = if view.target == Some(aim) { String::new() } else { format!(" for {}", aim.title()) };
    (required > 0).then(|| format!("gates {met}/{required}{of}"))
}

/// Runs every gate of the next stage.
fn run_gates(view: &View<'_>) -> Option<Command> {
    let aim = view.aim()?;
    let (_, mut gates) = view.gates()?;
    let any = gates.of_stage(aim).iter().any(|gate| gate.name.kind().can_be_run());
    let component = view.component().filter(|_| any)?;
    Some(Command::run_gates(&component.name, aim, Vec::new()))
}

/// `coverage 59 % of 70 %`: what was measured, else what is reported.
fn coverage(view: &View<'_>) -> Option<String> {
    let in_production = (view.actual == Actual::At(Stage::Production)).then_some(Stage::Production);
    let threshold = view.threshold(in_production.or_else(|| view.aim())?)?;
    let (known, stale) = match view.measured() {
        Some((_, measured)) => (measured.percent, if measured.is_fresh() { "" } else { ", stale" }),
        None => (view.reported_coverage()?, ""),
    };
    Some(format!("coverage {} of {}{stale}", percent(known), percent(threshold)))
}

/// Returns the issues that block the component, each with its page: `blocked by #12`.
fn blocking_issues(view: &View<'_>, root: &Root) -> Vec<(String, String)> {
    let Some(book) = root.issues.as_deref() else { return Vec::new() };
    let blocking = book.blockers(&view.name);
    let more = blocking.len().saturating_sub(MAX_ISSUES);
    let shown = blocking.into_iter().take(MAX_ISSUES);
    let mut lenses: Vec<_> =
        shown.map(|(number, issue)| (format!("blocked by #{number}"), issue.url.to_string())).collect();
    if let Some((title, _)) = lenses.last_mut().filter(|_| more > 0) {
        title.push_str(&format!(" and {}", count(more, "other issue")));
    }
    lenses
}

/// Returns what stands in the way: errors in the document, and required components below the target.
fn blockers(source: Source<'_>, view: &View<'_>, root: &Root) -> Vec<Destination> {
    let path = view.path;
    let findings = match view.file {
        Some(file) => file.diagnostics(source, path, root),
        None => crate::diagnostics(source, path, root),
    };
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut here: Vec<TextRange> = errors.map(|finding| finding.range).collect();
    let mut elsewhere = Vec::new();
    for weak in below_target(view) {
        match weak {
            // A rule may have said so already.
            (None, at) if here.iter().any(|known| known.intersect(at).is_some()) => {}
            (None, at) => here.push(at),
            (Some(path), at) => elsewhere.push(Destination { path, range: Some(at) }),
        }
    }
    here.sort_by_key(|at| (at.start(), at.end()));
    let here = here.into_iter().map(|at| Destination { path: path.to_owned(), range: Some(at) });
    here.chain(elsewhere).collect()
}

/// Returns where each required component below the target is named: in the document, else in another file of the
/// component.
fn below_target(view: &View<'_>) -> Vec<(Option<String>, TextRange)> {
    let (Some((components, id)), Some(target)) = (view.node, view.target) else { return Vec::new() };
    let Some(behind) = components.behind(id, target) else { return Vec::new() };
    let component = components.get(id);
    let is_weak = |to| behind.weakest(to).is_some();
    let mut weak = component.dependencies.iter().filter(|edge| edge.required && edge.to.is_some_and(is_weak));
    let Some(first) = weak.next() else { return Vec::new() };
    let mut places: FxHashMap<String, (Option<&str>, TextRange)> = FxHashMap::default();
    let here = view.file.into_iter().flat_map(|file| &file.dependencies).map(|dependency| (None, dependency));
    let others = component.files().filter(|file| &*file.path != view.path);
    let others = others.flat_map(|file| file.facts.dependencies.iter().map(|d| (Some(&*file.path), d)));
    for (path, dependency) in here.chain(others) {
        let name = name::canonical(&dependency.name);
        places.entry(name).or_insert((path, dependency.name_range));
    }
    let places = std::iter::once(first).chain(weak).filter_map(|edge| places.get(&*edge.name));
    places.map(|(path, range)| (path.map(str::to_owned), *range)).collect()
}

/// Returns titles and paths of the component's other files.
fn links(view: &View<'_>, root: &Root) -> Vec<(&'static str, String)> {
    let Some(component) = view.component() else { return Vec::new() };
    let first = |files: &[FileFacts]| files.first().map(|file| file.path.to_string());
    let mut links = Vec::new();
    if view.file.is_none_or(|file| file.kind == DocumentKind::Maturity) {
        links.extend(first(&component.specs).map(|path| ("open spec", path)));
    }
    if view.file.is_none_or(|file| file.kind == DocumentKind::Spec) {
        links.extend(first(&component.maturity).map(|path| ("open MATURITY.md", path)));
    }
    if view.file.is_some() {
        let source = first(&component.code).or_else(|| main_file(view, root));
        links.extend(source.map(|path| ("open source", path)));
    }
    links
}

/// Returns the file that a reader of the component's source opens first.
fn main_file(view: &View<'_>, root: &Root) -> Option<String> {
    let (components, id) = view.node?;
    let files = root.files.as_deref()?;
    components.place(id)?.source.iter().find_map(|source| {
        let names = ["__init__.py", "Cargo.toml", "package.json"].map(|name| format!("{source}/{name}"));
        let main = names.into_iter().find(|path| files.contains(path));
        main.or_else(|| files.contains(source).then(|| source.to_string()))
    })
}

#[cfg(test)]
mod tests;
