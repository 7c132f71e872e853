//! `stagegate trust`: what would be run in a workspace, and whether the user allows it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;
use stagegate_pipeline::gates::trust_items;
use stagegate_pipeline::trust::{Change, Item, State, TrustError, TrustStore, diff, shown};
use stagegate_workspace::{WalkOptions, Workspace};

use super::print;
use crate::args::{Format, Trust};
use crate::exit_code::{ERRORS_FOUND, SUCCESS};
use crate::failure::Failure;
use crate::report::Style;
use crate::target;

/// Most lines of the difference in one item.
const MAX_DIFF: usize = 40;

/// Most lines that are shown of one gate.
const MAX_GATE: usize = 40;

pub(super) fn run(args: &Trust) -> Result<u8, Failure> {
    let root = target::find(args.path.as_slice())?.root;
    let store = TrustStore::open().map_err(failure)?;
    if args.revoke {
        return revoke(&store, &root, args.format);
    }
    let items = executed_items(&root).map_err(failure)?;
    let mut state = store.state(&root, &items).map_err(failure)?;
    let ask = !args.show && !args.yes && !state.is_trusted();
    if ask && (args.format == Format::Json || !can_ask()) {
        return Err(Failure::new(format_args!("cannot ask whether you trust {}", shown_path(&root)))
            .help("`stagegate trust --show` shows what would be run; `stagegate trust --yes` trusts it without asking"));
    }
    if ask {
        print(&(told(&root, &state, Style::stdout()) + &listed(&items, Style::stdout())))?;
        if !confirmed()? {
            print("Not trusted.\n")?;
            return Ok(ERRORS_FOUND);
        }
    }
    if args.yes && args.format == Format::Text && matches!(state, State::Lapsed { .. }) {
        print(&(told(&root, &state, Style::stdout()) + "\n"))?;
    }
    if !args.show && !state.is_trusted() {
        // The very items that were shown, and not what they may have become meanwhile.
        store.grant(&root, &items).map_err(failure)?;
        state = store.state(&root, &items).map_err(failure)?;
    }
    print(&match args.format {
        Format::Json => json(&root, &state, &items),
        Format::Text if args.show => told(&root, &state, Style::stdout()) + &listed(&items, Style::stdout()),
        Format::Text => told(&root, &state, Style::stdout()),
    })?;
    Ok(if state.is_trusted() { SUCCESS } else { ERRORS_FOUND })
}

/// Returns all that decides what is executed in the workspace at `root`.
fn executed_items(root: &Path) -> Result<Vec<Item>, TrustError> {
    let mut workspace = Workspace::load(root);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    trust_items(&workspace.path, &workspace.root)
}

fn revoke(store: &TrustStore, root: &Path, format: Format) -> Result<u8, Failure> {
    let was_trusted = store.revoke(root).map_err(failure)?;
    let path = shown_path(root);
    print(&match format {
        Format::Json => json(root, &State::Untrusted { problem: None }, &[]),
        Format::Text if was_trusted => format!("{path} is trusted no longer.\n"),
        Format::Text => format!("{path} was not trusted.\n"),
    })?;
    Ok(SUCCESS)
}

fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks on the terminal. Everything but a clear yes is a no.
fn confirmed() -> Result<bool, Failure> {
    print("\nTrust it? [y/N] ")?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if !answer.ends_with('\n') {
        let _ = io::stdout().write_all(b"\n");
    }
    Ok(read.is_ok() && is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

/// Says how far a workspace is trusted, and what changed since.
fn told(root: &Path, state: &State, style: Style) -> String {
    let path = shown_path(root);
    let Style { bold, good, warning, reset, .. } = style;
    match state {
        State::Trusted { since } => format!("{good}Trusted{reset}: {path}, since {}.\n", time(*since)),
        State::Untrusted { problem } => {
            let mut text = format!("{warning}Not trusted{reset}: {path}.\n");
            if let Some(problem) = problem {
                text.push_str(&format!("  {}; trust it again to replace it\n", shown(problem)));
            }
            text
        }
        State::Lapsed { since, changes } => {
            let mut text = format!(
                "{warning}Not trusted any more{reset}: {path}. What decides what is run changed since {}:\n",
                time(*since)
            );
            for change in changes {
                let (kind, label) = (kind(change), shown(change.label()));
                text.push_str(&format!("\n{bold}{label}{reset} {kind}\n"));
                let (before, after) = change.texts();
                for line in diff(before, after, MAX_DIFF).lines() {
                    let colour = match line.as_bytes().first() {
                        Some(b'+') => style.good,
                        Some(b'-') => style.error,
                        Some(b'@') => style.gutter,
                        _ => "",
                    };
                    let end = if colour.is_empty() { "" } else { reset };
                    text.push_str(&format!("  {colour}{line}{end}\n"));
                }
            }
            text
        }
    }
}

/// Lists what would be run, and what else decides about it.
fn listed(items: &[Item], style: Style) -> String {
    let Style { bold, reset, .. } = style;
    let is_gate = |item: &&Item| item.label.starts_with("gate ");
    let mut text = String::new();
    for gate in items.iter().filter(is_gate) {
        text.push_str(&format!("\n{bold}{}{reset}\n", shown(&gate.label)));
        let lines: Vec<_> = gate.text.lines().collect();
        for line in lines.iter().take(MAX_GATE) {
            text.push_str(&format!("  {}\n", shown(line)));
        }
        if lines.len() > MAX_GATE {
            text.push_str(&format!("  ... {} more lines\n", lines.len() - MAX_GATE));
        }
    }
    let files: Vec<_> = items.iter().filter(|item| !is_gate(item)).map(|item| shown(&item.label)).collect();
    if files.is_empty() {
        text.push_str("\nNo settings in it name programs or plug-ins. Its code would be run: its tests, and what it imports.\n");
    } else {
        text.push_str("\nThese name programs, arguments or plug-ins for what is run:\n");
        for file in files {
            text.push_str(&format!("  {file}\n"));
        }
        text.push_str("Its code would be run, too: its tests, and what they import.\n");
    }
    text
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Added(_) => "is new",
        Change::Removed(_) => "is gone",
        Change::Changed { .. } => "changed",
    }
}

/// Returns the object that programs read, on one line.
fn json(root: &Path, state: &State, items: &[Item]) -> String {
    let (name, since, problem) = match state {
        State::Untrusted { problem } => ("untrusted", None, problem.as_deref()),
        State::Trusted { since } => ("trusted", Some(*since), None),
        State::Lapsed { since, .. } => ("lapsed", Some(*since), None),
    };
    let changes = match state {
        State::Lapsed { changes, .. } => changes.as_slice(),
        _ => &[],
    };
    let changes = changes.iter().map(|change| {
        let (before, after) = match change {
            Change::Added(item) => (None, Some(&*item.text)),
            Change::Removed(item) => (Some(&*item.text), None),
            Change::Changed { before, after, .. } => (Some(&**before), Some(&**after)),
        };
        ChangeJson { label: change.label(), before, after }
    });
    let object = TrustJson {
        schema: "stagegate.trust/1",
        root: root.display().to_string(),
        state: name,
        since: since.map(time),
        problem,
        changes: changes.collect(),
        items,
    };
    serde_json::to_string(&object).unwrap_or_default() + "\n"
}

#[derive(Serialize)]
struct TrustJson<'a> {
    schema: &'static str,
    root: String,
    state: &'static str,
    since: Option<String>,
    problem: Option<&'a str>,
    changes: Vec<ChangeJson<'a>>,
    items: &'a [Item],
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    label: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

/// Returns a time as RFC 3339, in UTC.
fn time(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "an unknown time".to_owned(), |time| time.to_string())
}

fn shown_path(path: &Path) -> String {
    shown(&path.display().to_string())
}

/// Says why trust is neither known nor given; the help is part of the message.
#[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
fn failure(error: TrustError) -> Failure {
    let text = shown(&error.to_string());
    match text.split_once("; ") {
        Some((message, help)) => Failure::new(message).help(help),
        None => Failure::new(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        assert!(["y\n", "Y", " yes \r\n", "YES\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yn", "yeah", "ja", "y y"].into_iter().any(is_yes));
    }

    #[test]
    fn gates_are_shown_with_their_commands_and_nothing_in_them_steers_the_terminal() {
        let items = [
            Item::new("gate `tests`", "pytest -q\n\u{1b}[2Jtimeout 60 s\n"),
            Item::new("pytest.ini", "[pytest]\n"),
        ];
        let text = listed(&items, Style::none());
        assert_eq!(
            text,
            "\ngate `tests`\n  pytest -q\n  \\u{1b}[2Jtimeout 60 s\n\nThese name programs, arguments or plug-ins for \
             what is run:\n  pytest.ini\nIts code would be run, too: its tests, and what they import.\n"
        );
    }
}
