//! `stagegate check`.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use stagegate_core::config::{DEFAULT_INCLUDE, DEFAULT_SPECS};
use stagegate_core::diagnostic::Severity;
use stagegate_core::fix::fix;
use stagegate_pipeline::write;
use stagegate_workspace::{Checked, Checklist, WalkOptions, Workspace};

use crate::args::{Check, Deny, Format};
use crate::evidence;
use crate::exit_code;
use crate::failure::{Failure, note};
use crate::issues;
use crate::report::text::{Counts, Options, count, summary};
use crate::report::{Style, json, text};
use crate::target;

/// Named files that are not checked are listed up to this many.
const NOTED: usize = 5;

pub(super) fn run(args: &Check) -> Result<u8, Failure> {
    let target = target::find(&args.paths)?;
    let mut workspace = Workspace::load(&target.root);
    issues::know_from_cache(&mut workspace);
    let options = WalkOptions::default();
    let list = Checklist::collect(&mut workspace, &target.selection, &options);
    evidence::know(&mut workspace);
    tell_what_is_not_ours(&workspace, &list.not_ours);
    tell_that_the_configuration_is_wrong(&workspace, &list);
    let settings = Settings {
        format: args.format,
        fix: args.fix,
        text: Options { root: &target.root, style: Style::stdout(), hints: args.verbose },
    };
    let mut out = Output::stdout();
    let counts = report(&mut workspace, &list, &settings, &mut out)?;
    let denied = args.deny == Some(Deny::Warnings) && counts.warnings > 0;
    Ok(if counts.errors > 0 || denied { exit_code::ERRORS_FOUND } else { exit_code::SUCCESS })
}

/// How to check and show.
pub(super) struct Settings<'a> {
    pub(super) format: Format,
    pub(super) fix: bool,
    pub(super) text: Options<'a>,
}

/// What is kept of one file.
struct Kept {
    rendered: String,
    counts: Counts,
}

/// Checks the list, mends if asked to, and writes the report.
pub(super) fn report(
    workspace: &mut Workspace,
    list: &Checklist,
    settings: &Settings<'_>,
    out: &mut Output,
) -> Result<Counts, Failure> {
    let fixer = Fixer::default();
    if settings.fix {
        fixer.mend_all(workspace, list);
        if fixer.fixed().1 > 0 {
            // What was mended may be an input of a gate.
            evidence::know_again(workspace);
        }
    }
    let workspace = &*workspace;
    if settings.format == Format::Json {
        out.write(&format!(
            "{{\"schema\":{},\"root\":{},\"files_checked\":{},\"diagnostics\":[",
            json!(json::CHECK_SCHEMA),
            json!(workspace.path.to_string_lossy()),
            list.len()
        ));
    }
    let mut total = Counts::default();
    let mut first = true;
    list.run(
        workspace,
        &WalkOptions::default(),
        |file| {
            if file.findings.is_empty() {
                return None;
            }
            let rendered = match settings.format {
                Format::Text => text::render(file, &settings.text),
                Format::Json => json::render(file, &workspace.path),
            };
            Some(Kept { rendered, counts: Counts::of(file.findings, settings.text.hints) })
        },
        |kept| {
            if settings.format == Format::Json {
                out.write(if first { "\n" } else { ",\n" });
                first = false;
            }
            out.write(&kept.rendered);
            total.add(kept.counts);
        },
    );
    match settings.format {
        Format::Json => end_json(out, first, settings.fix.then_some(&fixer)),
        Format::Text => end_text(out, &total, workspace, list, settings, &fixer),
    }
    out.finish()?;
    fixer.finish()?;
    Ok(total)
}

/// Closes the JSON object; `empty` says that no finding was written.
fn end_json(out: &mut Output, empty: bool, fixer: Option<&Fixer>) {
    out.write(if empty { "]" } else { "\n]" });
    if let Some(fixer) = fixer {
        let (findings, files) = fixer.fixed();
        out.write(&format!(",\"fixed\":{}", json!({ "findings": findings, "files": files })));
    }
    out.write("}\n");
}

/// Writes the last lines for people.
fn end_text(
    out: &mut Output,
    total: &Counts,
    workspace: &Workspace,
    list: &Checklist,
    settings: &Settings<'_>,
    fixer: &Fixer,
) {
    if settings.fix {
        let Style { good, reset, .. } = settings.text.style;
        let (findings, files) = fixer.fixed();
        let (findings, files) = (count(findings, "finding"), count(files, "file"));
        out.write(&format!("{good}Fixed {findings}{reset} in {files}.\n"));
    }
    if !list.is_empty() {
        out.write(&summary(total, list.len(), &settings.text));
    } else if list.not_ours.is_empty() {
        out.write(&nothing_to_check(&workspace.path, &list.searched));
    } else {
        out.write("Nothing was checked.\n");
    }
}

/// Says that named files were not checked; silence would look like success.
fn tell_what_is_not_ours(workspace: &Workspace, paths: &[Box<str>]) {
    let paths = paths.iter().map(AsRef::as_ref);
    let (excluded, others): (Vec<&str>, Vec<&str>) =
        paths.partition(|path| workspace.root.config.is_excluded(path));
    let list = |paths: &[&str]| {
        let named: Vec<_> = paths.iter().take(NOTED).map(|path| format!("`{path}`")).collect();
        let more = paths.len().saturating_sub(NOTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", named.join(", "))
    };
    if !excluded.is_empty() {
        note(format_args!("not checked, because `files.exclude` says so: {}", list(&excluded)));
    }
    if !others.is_empty() {
        let list = list(&others);
        note(format_args!(
            "not checked, because it is not a file that Stagegate knows: {list}; see `stagegate inspect FILE`"
        ));
    }
}

/// Says that the configuration is not what it seems, where the check itself does not include it.
fn tell_that_the_configuration_is_wrong(workspace: &Workspace, list: &Checklist) {
    let Some(file) = workspace.config_file.as_ref().filter(|file| !list.contains(file.path)) else { return };
    let errors = workspace.config_findings().iter().filter(|d| d.severity == Severity::Error).count();
    if errors > 0 {
        let path = file.path;
        note(format_args!(
            "{path} has {}, so it may not do what it says; see `stagegate check {path}`",
            count(errors, "error")
        ));
    }
}

/// Says what would have been checked.
fn nothing_to_check(root: &Path, searched: &[Box<str>]) -> String {
    let folders: Vec<_> = searched.iter().map(|folder| root.join(&**folder).display().to_string()).collect();
    let folders = folders.iter().map(|folder| folder.trim_end_matches('/')).collect::<Vec<_>>().join(", ");
    let list =
        |patterns: &[&str]| patterns.iter().map(|pattern| format!("  {pattern}\n")).collect::<String>();
    format!(
        "Found no instruction files, specs or MATURITY files in {folders}.\n\
         Instruction files are called *.instructions.md, or match one of these:\n{}\
         Specs of components match one of these, or have a line `**Component Name:** NAME`:\n{}\
         A MATURITY.md lies in the folder with the source of a component. `stagegate new spec NAME` writes a spec.\n",
        list(&DEFAULT_INCLUDE),
        list(&DEFAULT_SPECS),
    )
}

/// Most rounds over all files. Mending one file may show what to mend in others that depend on it; real workspaces need
/// two.
const MAX_ROUNDS: usize = 10;

/// Applies safe fixes, from several threads.
#[derive(Default)]
struct Fixer {
    findings: AtomicUsize,
    files: Mutex<BTreeSet<String>>,
    failures: Mutex<BTreeSet<String>>,
}

impl Fixer {
    /// Mends the files of `list` on disk, and none else, until there is nothing left to mend.
    fn mend_all(&self, workspace: &mut Workspace, list: &Checklist) {
        for _ in 0..MAX_ROUNDS {
            let known = &*workspace;
            let (mut mended, mut stated) = (false, false);
            let each = |file: &Checked<'_>| self.mend(file, known);
            list.run(known, &WalkOptions::default(), each, |states_facts| {
                mended = true;
                stated |= states_facts;
            });
            if stated {
                workspace.read_components(&WalkOptions::default());
            }
            if !mended || !stated {
                break;
            }
        }
    }

    /// Mends one file; `None` where there was nothing to mend, or where it could not be written, else whether it may say
    /// something about a component.
    fn mend(&self, file: &Checked<'_>, workspace: &Workspace) -> Option<bool> {
        let fixed = fix(file.text.ok()?, file.path, &workspace.root, file.findings)?;
        if let Err(error) = write::atomic(&workspace.path, Path::new(file.path), fixed.text.as_bytes()) {
            lock(&self.failures).insert(error.to_string());
            return None;
        }
        self.findings.fetch_add(fixed.count, Ordering::Relaxed);
        lock(&self.files).insert(file.path.to_owned());
        Some(workspace.root.may_state_facts(file.path))
    }

    /// Returns how many findings were fixed, in how many files.
    fn fixed(&self) -> (usize, usize) {
        (self.findings.load(Ordering::Relaxed), lock(&self.files).len())
    }

    /// Says which files could not be written.
    fn finish(self) -> Result<(), Failure> {
        let failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failures: Vec<_> = failures.into_iter().collect();
        match failures.as_slice() {
            [] => Ok(()),
            [one] => Err(Failure::new(one)),
            [first, rest @ ..] => {
                let others = count(rest.len(), "other file");
                Err(Failure::new(format_args!("{first} (and {others} could not be written either)")))
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stdout in large pieces. After the first failure nothing more is written; [`Output::finish`] tells.
pub(super) struct Output {
    buffer: Vec<u8>,
    failed: Option<io::Error>,
}

/// Enough that a pipe is written in few calls, and small beside everything else.
const PIECE: usize = 64 * 1024;

impl Output {
    pub(super) fn stdout() -> Output {
        Output { buffer: Vec::with_capacity(PIECE), failed: None }
    }

    fn write(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
        if self.buffer.len() >= PIECE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = io::stdout().lock().write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.flush();
        let flushed = self.failed.take().map_or_else(|| io::stdout().lock().flush(), Err);
        flushed.map_err(|error| Failure::output(&error))
    }
}
