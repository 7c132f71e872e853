//! What a run changed in files of the repository.

use similar::{ChangeTag, TextDiff};
use stagegate_core::plan::{Effect, FileChange, Plan, StepName};
use stagegate_core::run::RunRecord;

use crate::dashboard::text::{Text, count};

/// How many lines of a diff are shown of one file, and of all.
const LINES: usize = 300;
const ALL_LINES: usize = 1500;
/// Largest text that is compared, in bytes.
const MAX_BYTES: usize = 512 * 1024;
/// How many files are listed.
const FILES: usize = 100;

/// A file.
pub(super) struct File {
    pub(super) path: Text,
    pub(super) what: String,
    /// A class and a line, with its sign.
    pub(super) lines: Vec<(&'static str, Text)>,
    pub(super) left_out: usize,
}

/// Returns what the run changed: as its steps wrote it down, else as the plan shows it.
pub(super) fn files(run: &RunRecord, plan: &Plan) -> Vec<File> {
    let mut changes: Vec<FileChange> = Vec::new();
    for step in &plan.steps {
        let known = written_down(run, step.name);
        let planned = || {
            step.effects.iter().filter_map(|effect| match effect {
                Effect::Edit(change) => Some(change.clone()),
                _ => None,
            })
        };
        changes.extend(known.unwrap_or_else(|| planned().collect()));
    }
    let mut left = ALL_LINES;
    let shown = changes.iter().filter(|change| change.before != change.after).take(FILES);
    shown.map(|change| file(change, &mut left)).collect()
}

/// What a step remembered before it wrote.
fn written_down(run: &RunRecord, step: StepName) -> Option<Vec<FileChange>> {
    let step = run.steps.iter().find(|known| known.name == step)?;
    serde_json::from_value(step.outputs.get("changes")?.clone()).ok()
}

fn file(change: &FileChange, left: &mut usize) -> File {
    let (before, after) =
        (change.before.as_deref().unwrap_or_default(), change.after.as_deref().unwrap_or_default());
    let path = Text::sentence(&change.path);
    if before.len().max(after.len()) > MAX_BYTES {
        return File { path, what: "too large to be shown".to_owned(), lines: Vec::new(), left_out: 0 };
    }
    let diff = TextDiff::from_lines(before, after);
    let (mut added, mut removed, mut left_out) = (0, 0, 0);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            lines.push(("hunk", Text::line("…")));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Insert => ("add", '+'),
                ChangeTag::Delete => ("del", '-'),
                ChangeTag::Equal => ("", '\u{a0}'),
            };
            added += usize::from(sign == '+');
            removed += usize::from(sign == '-');
            if *left == 0 || lines.len() >= LINES {
                left_out += 1;
                continue;
            }
            *left -= 1;
            lines.push((
                class,
                Text::line(&format!("{sign} {}", change.value().trim_end_matches(['\n', '\r']))),
            ));
        }
    }
    let what = match (&change.before, &change.after) {
        (None, _) => format!("new, {}", count(added, "line")),
        (_, None) => "removed".to_owned(),
        _ => format!("+{added} −{removed}"),
    };
    File { path, what, lines, left_out }
}
