//! What the linter would mend, as changes that a plan can show (requirement 002, "Auto-Fix"; FORMATS.md, fault 5: it
//! happens before the gates that it could change, and nobody is surprised).
//!
//! ruff prints what it would do as a diff, and writes nothing. The changes are exactly what a run then writes.

use std::path::Path;
use std::time::Duration;

use stagegate_core::components::Id;
use stagegate_core::gates::{GateKind, GateName};
use stagegate_core::plan::FileChange;
use stagegate_core::workspace::Root;

use super::{Arg, Invocation, plan};
use crate::process::{self, Cancel, Capture, End};
use crate::redact::Redactor;

/// How long ruff may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Most bytes of a diff that are read; what is more needs a person.
const MAX_DIFF: usize = 8 << 20;

/// Returns what the linter of a component would mend, by asking it: only where the workspace is trusted. None for
/// linters other than ruff.
///
/// # Errors
/// Returns why that is not known, as a sentence.
pub fn auto_fixes(folder: &Path, root: &Root, id: Id) -> Result<Vec<FileChange>, String> {
    let lint = GateName::from(GateKind::Lint);
    let answers = plan(folder, root, id, &[lint]);
    let check = answers.checks.iter().find(|check| check.tool.name == "ruff");
    let Some(command) = check.and_then(|check| check.commands.last()) else { return Ok(Vec::new()) };
    let Ok(program) = &command.program else { return Ok(Vec::new()) };
    // The redactor would put stars into the diff; nothing of it is shown or kept before the journal redacts it.
    let mut asked =
        process::Command::new(program.as_os_str(), folder.join(&command.folder)).args(args(command, folder));
    asked.env =
        command.env.iter().map(|(name, value)| (name.into(), value.resolve(folder, folder))).collect();
    asked.env_remove = command.env_remove.iter().map(Into::into).collect();
    asked.timeout = TIMEOUT;
    asked.redactor = Redactor::default();
    asked.capture = Capture { head: MAX_DIFF, tail: 0 };
    let outcome = process::run(&asked, &Cancel::new(), &mut |_, _| {});
    match outcome.end {
        End::Exited(0 | 1) => {}
        end => return Err(format!("what ruff would mend is not known: it {end}")),
    }
    let diff = outcome.stdout.to_string();
    let changes = of_diff(&diff, &|path| {
        let path =
            if command.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", command.folder) };
        let text = std::fs::read_to_string(folder.join(&path)).ok()?;
        Some((path, text))
    });
    changes.ok_or_else(|| "what ruff would mend is not known: its diff does not fit the files".to_owned())
}

/// The arguments of the gate, with the diff instead of the report.
fn args(command: &Invocation, folder: &Path) -> Vec<std::ffi::OsString> {
    let is_report = |arg: &Arg| matches!(arg, Arg::Run { before, .. } if before.starts_with("--output-file"));
    let kept = command.args.iter().filter(|arg| !is_report(arg)).flat_map(|arg| match arg {
        Arg::Text(text) if text == "--no-fix" => vec!["--fix".into(), "--diff".into(), "--quiet".into()],
        Arg::Text(text) if text.starts_with("--output-format") => Vec::new(),
        arg => vec![arg.resolve(folder, folder)],
    });
    kept.collect()
}

/// Reads a diff of several files; `read` gives the path relative to the root and the text of a file that it names. `None`
/// where it does not fit.
fn of_diff(diff: &str, read: &dyn Fn(&str) -> Option<(String, String)>) -> Option<Vec<FileChange>> {
    let mut changes = Vec::new();
    for part in files(diff) {
        let patch = diffy::Patch::from_str(part).ok()?;
        let name = patch.original()?;
        let (path, before) = read(name.strip_prefix("./").unwrap_or(name))?;
        let after = diffy::apply(&before, &patch).ok()?;
        changes.push(FileChange { path, before: Some(before), after: Some(after) });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Some(changes)
}

/// Cuts a diff into those of single files, by the numbers of lines that the heads of hunks name: a line of code may look
/// like the head of a file.
fn files(diff: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut at = 0;
    let (mut old, mut new) = (0usize, 0usize);
    for line in diff.split_inclusive('\n') {
        if old > 0 || new > 0 {
            match line.as_bytes().first() {
                Some(b'-') => old = old.saturating_sub(1),
                Some(b'+') => new = new.saturating_sub(1),
                Some(b'\\') => {}
                _ => (old, new) = (old.saturating_sub(1), new.saturating_sub(1)),
            }
        } else if line.starts_with("--- ") {
            starts.push(at);
        } else if let Some(rest) = line.strip_prefix("@@ -") {
            (old, new) = lengths(rest).unwrap_or_default();
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    starts.iter().zip(ends).map(|(start, end)| &diff[*start..end]).collect()
}

/// Reads `12,3 +14,5 @@`: how many lines a hunk has on either side.
fn lengths(head: &str) -> Option<(usize, usize)> {
    let (old, rest) = head.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let length = |range: &str| match range.split_once(',') {
        Some((_, length)) => length.parse().ok(),
        None => Some(1),
    };
    Some((length(old)?, length(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_of_several_files_is_cut_by_the_lengths_of_its_hunks() {
        let a = "import os\n-- looks like a head\nx = 1\n";
        let b = "import sys\n";
        let diff = "--- src/a.py\n+++ src/a.py\n@@ -1,3 +1,1 @@\n-import os\n--- looks like a head\n x = 1\n--- src/b.py\n+++ src/b.py\n@@ -1 +0,0 @@\n-import sys\n";
        let read = |path: &str| {
            let text = match path {
                "src/a.py" => a,
                "src/b.py" => b,
                _ => return None,
            };
            Some((path.to_owned(), text.to_owned()))
        };
        let changes = of_diff(diff, &read).unwrap();
        let after: Vec<_> =
            changes.iter().map(|change| (change.path.as_str(), change.after.as_deref().unwrap())).collect();
        assert_eq!(after, [("src/a.py", "x = 1\n"), ("src/b.py", "")]);
        assert!(of_diff(&diff.replace("x = 1", "x = 2"), &read).is_none(), "another text");
        assert_eq!(of_diff("", &read), Some(Vec::new()));
        assert_eq!(of_diff("All checks passed!\n", &read), Some(Vec::new()));
    }
}
