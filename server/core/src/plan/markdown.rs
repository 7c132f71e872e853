//! A plan as a Markdown document: what the editor's dry run opens, and what `--format markdown` prints.

use std::fmt::Write as _;

use similar::TextDiff;

use super::{Effect, FileChange, Plan, RunKind, Step};
use crate::gates::Need;

impl Plan {
    /// Returns what it would do in a few words: `Promotion of calculator from development to staging`.
    #[must_use]
    pub fn title(&self) -> String {
        let (name, to) = (&self.component, self.to);
        let from = self.from.map_or(String::new(), |from| format!(" from {from}"));
        match self.kind {
            RunKind::Promotion => format!("Promotion of {name}{from} to {to}"),
            RunKind::Rollback => format!("Rollback of {name}{from} to {to}"),
            RunKind::Drill => format!("Rollback drill of {name} for {to}"),
        }
    }

    /// Renders the plan as a Markdown document.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", self.title());
        let possible = "Nothing was done yet: this is what would be done, in this order.";
        if self.refusals.is_empty() {
            let _ = writeln!(out, "{possible}");
        } else {
            let _ = writeln!(out, "**Refused.** This stands in the way:\n");
            for refusal in &self.refusals {
                let path = refusal.path.as_ref().map_or(String::new(), |path| format!(" ({})", code(path)));
                let (message, help) = (literal(&refusal.message), literal(&refusal.help));
                let _ = writeln!(out, "- {message}{path}  \n  {help}");
            }
        }
        if !self.notes.is_empty() {
            out += "\nWorth knowing:\n\n";
            self.notes.iter().for_each(|note| out += &format!("- {}\n", literal(note)));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let _ = write!(out, "\n## {}. {}\n\n", index + 1, step.name.title());
            out += &describe(step);
        }
        out
    }
}

fn describe(step: &Step) -> String {
    let mut out = String::new();
    let mut diffs = String::new();
    for effect in &step.effects {
        out += &format!("- {}\n", literal(&effect.sentence()));
        if let Effect::Edit(change) = effect {
            diffs += &format!("\n{}", fenced(&change.diff()));
        }
    }
    out += &diffs;
    let retries = step.backoff.retries;
    if retries > 0 {
        let times = if retries == 1 { "once".to_owned() } else { format!("{retries} times") };
        out += &format!("\nTried again up to {times} where it fails for a reason that may pass.\n");
    }
    if step.is_undone {
        out += "\nUndone where a later step fails.\n";
    }
    out
}

impl Effect {
    /// Returns the effect as a sentence of Markdown, without a final dot.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Effect::Check { what } => format!("check: {what}"),
            Effect::Gate { gate, need, known, commands } => {
                let need = if *need == Need::Optional { " (optional)" } else { "" };
                let known = known.map(|verdict| format!(": {} by evidence that holds", verdict.name()));
                let answer = known.unwrap_or_else(|| match commands.as_slice() {
                    [] if gate.kind().needs_no_run() => ": judged by reading".to_owned(),
                    [] => ": nothing is found that answers it".to_owned(),
                    commands => {
                        let commands: Vec<_> =
                            commands.iter().map(|command| code(&command.join(" "))).collect();
                        format!(": run {}", commands.join(", "))
                    }
                });
                format!("gate {}{need}{answer}", code(gate.as_str()))
            }
            Effect::SignOff { criterion, by } => format!("signed off: {criterion} ({by})"),
            Effect::Edit(change) => match (&change.before, &change.after) {
                (None, _) => format!("write {}", code(&change.path)),
                (_, None) => format!("remove {}", code(&change.path)),
                _ => format!("change {}", code(&change.path)),
            },
            Effect::Write { path, what } => format!("write {}: {what}", code(path)),
            Effect::Command { command, folder, what } => {
                let folder = if folder.is_empty() { String::new() } else { format!(" in {}", code(folder)) };
                format!("{what}: run {}{folder}", code(&command.join(" ")))
            }
            Effect::Request { method, url, expect } => format!("{method} {}: expect {expect}", code(url)),
            Effect::Commit { message, paths } => {
                let paths: Vec<_> = paths.iter().map(|path| code(path)).collect();
                format!("commit {} as “{message}”", paths.join(", "))
            }
            Effect::Release { environment, folder, sources } => {
                let sources: Vec<_> = sources.iter().map(|path| code(path)).collect();
                format!("copy {} to {} for {environment}", sources.join(", "), code(folder))
            }
            Effect::Switch { environment, before, after } => {
                let name = |release: &Option<String>| {
                    release.as_ref().map_or("nothing".to_owned(), |release| code(release))
                };
                format!("{environment} serves {} instead of {}", name(after), name(before))
            }
        }
    }
}

impl Effect {
    /// Returns the effect as a sentence for a terminal, without marks.
    #[must_use]
    pub fn plain(&self) -> String {
        self.sentence().replace('`', "")
    }
}

impl FileChange {
    /// Returns the change as a unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let (before, after) = (self.before.as_deref().unwrap_or(""), self.after.as_deref().unwrap_or(""));
        let name = |text: &Option<String>, side: &str| match text {
            Some(_) => format!("{side}/{}", self.path),
            None => "/dev/null".to_owned(),
        };
        let (old, new) = (name(&self.before, "a"), name(&self.after, "b"));
        TextDiff::from_lines(before, after).unified_diff().context_radius(2).header(&old, &new).to_string()
    }
}

/// Returns a sentence in which `<` outside of code is no HTML: `<run>` would be swallowed.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // The backticks that the code began with.
    let mut fence = 0;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches('`').len();
        if run > 0 {
            fence = match fence {
                0 => run,
                open if open == run => 0,
                open => open,
            };
            out.push_str(&rest[..run]);
            rest = &rest[run..];
            continue;
        }
        if c == '<' && fence == 0 {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Returns text as code, whatever backticks it holds.
fn code(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

/// Returns a fenced block that nothing in the text ends.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}diff\n{text}{end}{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn what_looks_like_html_is_literal_outside_of_code() {
        assert_eq!(literal("serves <run>, in `a/<run>`"), "serves \\<run>, in `a/<run>`");
        assert_eq!(literal("`` a ` <b> `` <c>"), "`` a ` <b> `` \\<c>");
    }
}
