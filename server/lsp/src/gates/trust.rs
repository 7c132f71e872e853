//! What the user is shown of what would be run, before it is trusted (DESIGN.md section 8).

use std::fmt::Write as _;
use std::path::Path;

use crate::host::{Item, Trust, TrustState};

/// Most commands or changes in a question; all of them are in the listing.
const MAX_LINES: usize = 8;

/// Most characters of a line in a question.
const MAX_LINE: usize = 120;

/// What the label of a gate's commands begins with.
const GATE: &str = "gate ";

/// Returns the question whether the folder is to be trusted.
pub(crate) fn question(folder: &Path, trust: &Trust) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let mut lines: Vec<String> = Vec::new();
    let mut text = match &trust.state {
        TrustState::Lapsed { changes } => {
            lines.extend(changes.iter().map(|change| format!("changed: {}", change.label)));
            format!("What the gates of `{}` run has changed since you trusted it.", plain(&name))
        }
        TrustState::Untrusted { .. } | TrustState::Trusted => {
            let gates = trust.items.iter().filter(|item| item.label.starts_with(GATE));
            lines.extend(
                gates.map(|item| format!("{}: {}", item.label.trim_start_matches(GATE), command(&item.text))),
            );
            format!("The gates of `{}` run commands and its code. You have not trusted it yet.", plain(&name))
        }
    };
    for line in lines.iter().take(MAX_LINES) {
        let line = plain(line);
        let mut chars = line.chars();
        let mut shown: String = chars.by_ref().take(MAX_LINE).collect();
        shown.extend(chars.next().map(|_| '\u{2026}'));
        let _ = write!(text, "\n\u{2022} {shown}");
    }
    if lines.len() > MAX_LINES {
        let _ = write!(text, "\n... and {} more", lines.len() - MAX_LINES);
    }
    text
}

/// Returns the first command of a gate.
fn command(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// Returns everything that would be run, and what changed, for a log or a document.
pub(crate) fn listing(folder: &Path, trust: &Trust) -> String {
    let state = match &trust.state {
        TrustState::Trusted => "Trusted",
        TrustState::Untrusted { .. } => "Not trusted",
        TrustState::Lapsed { .. } => "Not trusted any more",
    };
    let mut text = format!("{state}: {}\n", plain(&folder.to_string_lossy()));
    match &trust.state {
        TrustState::Untrusted { problem: Some(problem) } => {
            let _ = writeln!(text, "{}", plain(problem));
        }
        TrustState::Lapsed { changes } => {
            for change in changes {
                let _ = writeln!(text, "\nchanged: {}", plain(&change.label));
                indented(&mut text, &change.diff);
            }
        }
        _ => {}
    }
    let is_gate = |item: &&Item| item.label.starts_with(GATE);
    for item in trust.items.iter().filter(is_gate) {
        let _ = writeln!(text, "\n{}", plain(&item.label));
        indented(&mut text, &item.text);
    }
    let others: Vec<_> = trust.items.iter().filter(|item| !is_gate(item)).collect();
    if !others.is_empty() {
        text.push_str("\nThese name programs, arguments or plug-ins for what is run:\n");
        for item in others {
            let _ = writeln!(text, "  {}", plain(&item.label));
        }
    }
    text.push_str("\nThe code of the workspace would be run, too: its tests, and what they import.\n");
    text
}

fn indented(text: &mut String, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "  {}", plain(line));
    }
}

/// Nothing in what a workspace says steers whoever shows it, or looks like something else.
fn plain(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hides(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Change;

    fn item(label: &str, text: &str) -> Item {
        Item { label: label.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_question_names_commands_and_hides_nothing() {
        let mut items = vec![
            item("gate lint", "\nruff check \u{202e}evil\u{1b}[2J\ntimeout 60 s"),
            item("pytest.ini", "[pytest]"),
        ];
        let state = TrustState::Untrusted { problem: None };
        let asked = |items: &[Item]| {
            question(Path::new("/w/demo"), &Trust { state: state.clone(), items: items.to_vec() })
        };
        assert_eq!(
            asked(&items),
            "The gates of `demo` run commands and its code. You have not trusted it yet.\n\u{2022} lint: ruff check \u{fffd}evil\u{fffd}[2J"
        );
        items.extend((0..20).map(|number| item(&format!("gate g{number}"), &"x".repeat(500))));
        let text = asked(&items);
        assert_eq!(text.lines().count(), 1 + MAX_LINES + 1);
        assert!(text.ends_with("... and 13 more"));
        assert!(text.lines().all(|line| line.chars().count() < 140));
    }

    #[test]
    fn the_listing_shows_everything_and_what_changed() {
        let changes = vec![Change { label: "gate lint".to_owned(), diff: "-ruff\n+sh -c x".to_owned() }];
        let trust = Trust {
            state: TrustState::Lapsed { changes },
            items: vec![item("gate lint", "sh -c x"), item("tox.ini", "")],
        };
        assert_eq!(
            listing(Path::new("/w/demo"), &trust),
            "Not trusted any more: /w/demo\n\nchanged: gate lint\n  -ruff\n  +sh -c x\n\ngate lint\n  sh -c x\n\nThese name \
             programs, arguments or plug-ins for what is run:\n  tox.ini\n\nThe code of the workspace would be run, too: its \
             tests, and what they import.\n"
        );
        assert_eq!(
            question(Path::new("/w/demo"), &trust),
            "What the gates of `demo` run has changed since you trusted it.\n\u{2022} changed: gate lint"
        );
    }
}
