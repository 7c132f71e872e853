//! Gates that are judged by reading alone, at the moment they are asked for: the spec, the documentation, what the
//! component needs. Nothing here opens a file: the index says which files are there, and the facts what specs say.

use super::{Board, Freshness, GateKind, Known, Observed, Problem, ProblemKind};
use crate::components::{ApiDocs, Component, Components, Id};
use crate::diagnostic::{Diagnostic, Severity};
use crate::name;
use crate::rules;
use crate::stage::Stage;
use crate::workspace::{FileIndex, Root};

/// Returns what reading shows of the gate; `None` for a gate that needs evidence.
#[must_use]
pub fn observe(kind: GateKind, root: &Root, id: Id, stage: Stage) -> Option<Observed> {
    let components = root.components.as_deref()?;
    let component = components.get(id);
    let (wanted, missing) = match kind {
        GateKind::Specification => specification(component),
        GateKind::Dependencies => dependencies(components, id, stage),
        GateKind::Documentation => documentation(components, id, root.files.as_deref()?),
        _ => return None,
    };
    Some(Observed::Checklist { wanted, missing })
}

/// Complete and free of conflicts (requirement 003, "Specification completeness check").
fn specification(component: &Component) -> (usize, Vec<String>) {
    match component.specs.as_slice() {
        [] => (1, vec!["there is no spec".to_owned()]),
        [spec] => {
            let missing = spec.facts.missing_sections.iter().filter(|kind| kind.is_required());
            let sections = missing.map(|kind| format!("the section `{}` is missing", kind.title()));
            let mistakes = spec.facts.mistakes.iter().map(|(code, number)| {
                let what = rules::find(code).map_or(*code, |rule| rule.summary);
                match number {
                    1 => format!("`{}`: {what} (`{code}`)", spec.path),
                    number => format!("`{}`: {what} (`{code}`, {number} times)", spec.path),
                }
            });
            (1, sections.chain(mistakes).collect())
        }
        [first, second, ..] => (1, vec![format!("`{}` and `{}` both describe it", first.path, second.path)]),
    }
}

/// What it cannot do without has reached the stage, and does not need it in turn. A longer circle has a rule of its own;
/// who is part of it is below the stage as long as it holds somebody up.
fn dependencies(components: &Components, id: Id, stage: Stage) -> (usize, Vec<String>) {
    let behind = components.behind(id, stage);
    let edges = components.get(id).dependencies.iter().filter(|edge| edge.required);
    let missing = edges.clone().filter_map(|edge| match edge.to {
        None => Some(format!("`{}` is unknown", edge.name)),
        Some(to) if to == id || needs(components.get(to), id) => {
            Some(format!("`{}` needs it in turn", components.get(to).name))
        }
        Some(to) => {
            let weakest = components.get(behind.as_ref()?.weakest(to)?);
            let at = weakest.stage.map_or("in no stage", Stage::in_words);
            Some(format!("`{}` is {at}", weakest.name))
        }
    });
    (edges.count().max(1), missing.collect())
}

fn needs(component: &Component, other: Id) -> bool {
    component.dependencies.iter().any(|edge| edge.required && edge.to == Some(other))
}

/// README, API and examples (requirements 000 to 003).
fn documentation(components: &Components, id: Id, files: &FileIndex) -> (usize, Vec<String>) {
    let component = components.get(id);
    let folders = folders(components, id, files);
    let mut missing = Vec::new();
    if !has_readme(component, &folders, files) {
        let in_folders = folders.iter().map(|folder| format!("`{folder}/README.md`"));
        let expected: Vec<_> = in_folders.chain([format!("`docs/{}.md`", component.canonical)]).collect();
        missing.push(format!("no README: expected {}", expected.join(" or ")));
    }
    let api = component.specs.iter().map(|spec| spec.facts.api);
    let api = api.fold(ApiDocs::default(), |all, api| ApiDocs {
        described: all.described || api.described,
        with_example: all.with_example || api.with_example,
    });
    if !api.described {
        missing.push("the API is not documented: expected text below `API Design` in the spec".to_owned());
    }
    if !api.with_example && !has_examples(component, &folders, files) {
        let in_folder = folders.first().map(|folder| format!("`{folder}/examples`"));
        let folder = in_folder.unwrap_or_else(|| format!("`examples/{}`", component.canonical));
        missing
            .push(format!("no examples: expected code below `API Design` in the spec, or files in {folder}"));
    }
    (3, missing)
}

/// The folders that the component lies in.
fn folders<'a>(components: &'a Components, id: Id, files: &FileIndex) -> Vec<&'a str> {
    let mut folders: Vec<&str> = Vec::new();
    for place in components.places(id) {
        for path in place.source.iter().chain(&place.docs_only) {
            // A file may be all that there is of a component.
            if !files.contains(path) && !folders.contains(&&**path) {
                folders.push(path);
            }
        }
    }
    folders
}

fn has_readme(component: &Component, folders: &[&str], files: &FileIndex) -> bool {
    let is_readme = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        ["README.md", "README.rst", "README.txt", "README"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    let directly_in = |folder: &str, path: &str| path.rsplit_once('/').is_some_and(|(of, _)| of == folder);
    let in_folder =
        |folder: &&str| files.below(folder).iter().any(|path| directly_in(folder, path) && is_readme(path));
    let is_page = |path: &str| {
        let stem = path.rsplit('/').next().and_then(|name| Some(name.rsplit_once('.')?.0));
        stem.is_some_and(|stem| name::canonical(stem) == *component.canonical)
    };
    let pages = files.below("docs").iter().filter(|path| path.ends_with(".md") || path.ends_with(".rst"));
    folders.iter().any(in_folder)
        || pages.clone().any(|path| is_page(path))
        || !files.below(&format!("docs/{}", component.canonical)).is_empty()
}

fn has_examples(component: &Component, folders: &[&str], files: &FileIndex) -> bool {
    let below_folder = |folder: &&str| {
        ["examples", "example"].iter().any(|name| !files.below(&format!("{folder}/{name}")).is_empty())
    };
    let of_root = files.below("examples").iter().any(|path| {
        let first = path.split('/').nth(1).unwrap_or_default();
        let stem = first.rsplit_once('.').map_or(first, |(stem, _)| stem);
        name::canonical(stem) == *component.canonical
    });
    folders.iter().any(below_folder) || of_root
}

/// Returns what the evidence of the tests says about flaky ones; `None` where no test was run. What is out of date comes
/// first, for it makes the whole out of date.
#[must_use]
pub fn flaky<'a>(board: &'a Board, component: &str) -> Option<(&'a Known, Result<Observed, &'a Problem>)> {
    board.known(component, &GateKind::Tests.into())?;
    let kinds = [GateKind::Tests, GateKind::IntegrationTests, GateKind::E2eTests];
    let known: Vec<_> = kinds.iter().filter_map(|kind| board.known(component, &(*kind).into())).collect();
    let stale = known.iter().find(|known| known.freshness != Freshness::Fresh);
    let first = stale.or(known.first())?;
    // A component may have no tests of a kind.
    let matters = |problem: &&Problem| {
        !matches!(problem.kind, ProblemKind::NothingChecked | ProblemKind::NotConfigured)
    };
    let problem = known.iter().filter_map(|known| known.evidence.observed.as_ref().err()).find(matters);
    let count = known.iter().map(|known| known.evidence.flaky.len()).sum();
    let observed = match problem {
        // What is flaky is so, whatever else went wrong.
        Some(problem) if count == 0 => Err(problem),
        _ => {
            // Where no test ran, none was seen to be steady.
            let ran = |known: &&Known| match &known.evidence.observed {
                Ok(Observed::Tests { passed, failed, errors, .. }) => passed + failed + errors > 0,
                _ => false,
            };
            let any = known.iter().any(ran);
            Ok(Observed::Issues { count, files: (!any).then_some(0) })
        }
    };
    Some((first, observed))
}

/// Returns what reading shows of instruction files: the paths of those that concern a component, each with its findings,
/// or why it cannot be read. Where none does, none is wrong.
#[must_use]
pub fn instructions_observed<'a>(
    files: impl IntoIterator<Item = (&'a str, Result<&'a [Diagnostic], &'a str>)>,
) -> Observed {
    let (mut wanted, mut missing) = (0, Vec::new());
    for (path, findings) in files {
        wanted += 1;
        let findings = match findings {
            Ok(findings) => findings,
            Err(reason) => {
                missing.push(format!("`{path}` cannot be read: {reason}"));
                continue;
            }
        };
        let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        let Some(first) = errors.next() else { continue };
        missing.push(match errors.count() {
            0 => format!("`{path}`: {}", first.message),
            more => format!("`{path}`: {}, and {more} more", first.message),
        });
    }
    Observed::Checklist { wanted, missing }
}

#[cfg(test)]
mod tests;
