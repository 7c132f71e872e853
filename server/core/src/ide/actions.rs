//! Code actions: the fixes of the findings in a range, silencing them, and all safe fixes at once.

mod diff;
mod fix_all;
mod gates;
mod ignore;
mod sign_off;

pub use gates::tick_from_evidence;
use text_size::TextRange;

use super::Command;
use crate::diagnostic::{Diagnostic, Fix, TextEdit};
use crate::text::Source;
use crate::workspace::Root;

/// A change that the user can choose.
#[derive(Clone, Debug)]
pub struct Action {
    /// What it does, as a command.
    pub title: String,
    /// What it is.
    pub kind: ActionKind,
    /// Disjoint, in order of their place.
    pub edits: Vec<TextEdit>,
    /// What it runs, after the edits; most actions run nothing.
    pub command: Option<Command>,
    /// The findings that it mends or silences; empty for [`ActionKind::FixAll`].
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it is the one to apply without choosing ("auto fix").
    pub preferred: bool,
}

/// What an [`Action`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Mends or silences a finding.
    QuickFix,
    /// Applies every safe fix of the file.
    FixAll,
    /// Runs gates, or writes what their evidence says into the file.
    Gates,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: [ActionKind; 3] = [ActionKind::QuickFix, ActionKind::FixAll, ActionKind::Gates];

    /// The name in the protocol (LSP 3.17, `CodeActionKind`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ActionKind::QuickFix => "quickfix",
            ActionKind::FixAll => "source.fixAll.stagegate",
            ActionKind::Gates => "stagegate.gates",
        }
    }

    /// Whether a client that asks for `wanted` asks for this kind: names are hierarchical, separated by dots.
    #[must_use]
    pub fn is_within(self, wanted: &str) -> bool {
        let rest = self.name().strip_prefix(wanted);
        wanted.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// Most findings that "Ignore ... on this line" is offered for: each costs an analysis, and nobody reads more.
const MAX_IGNORES: usize = 10;

/// Returns the actions of `kinds` for the findings that touch `range`: fixes, the safe ones first, then what concerns gates,
/// then what silences a finding, then all safe fixes of the file.
#[must_use]
pub fn actions(
    source: Source<'_>,
    path: &str,
    root: &Root,
    range: TextRange,
    kinds: &[ActionKind],
) -> Vec<Action> {
    if kinds.is_empty() {
        return Vec::new();
    }
    let file = root.analyses(path);
    let findings = crate::diagnostics(source, path, root);
    let mut actions = Vec::new();
    let touching: Vec<_> = findings
        .iter()
        .filter(|finding| finding.range.start() <= range.end() && range.start() <= finding.range.end())
        .collect();
    if kinds.contains(&ActionKind::QuickFix) {
        fixes(&touching, &mut actions);
    }
    actions.extend(gates::actions(source, path, root, range, &touching, kinds));
    actions.extend(sign_off::actions(source, path, root, range, &touching, kinds));
    if kinds.contains(&ActionKind::QuickFix) {
        // In other files it is not known how a comment is written.
        if let Some(file) = file.filter(|_| !touching.is_empty()) {
            let context = ignore::Context::read(source, file);
            for finding in touching.into_iter().take(MAX_IGNORES) {
                let Some(edit) = ignore::edit(source, &context, finding) else { continue };
                // In broken YAML a comment can be read as text; then it is not offered.
                let after = fix_all::applied(source, std::slice::from_ref(&edit));
                let left = crate::diagnostics(Source::Rope(&after), path, root);
                let count =
                    |all: &[Diagnostic]| all.iter().filter(|other| other.rule == finding.rule).count();
                if count(&left) < count(&findings) {
                    let title = format!("Ignore {} on this line", finding.rule.code);
                    add(&mut actions, title, vec![edit], finding, false);
                }
            }
        }
    }
    if kinds.contains(&ActionKind::FixAll) {
        let edits = fix_all::edits(source, path, root, &findings);
        if !edits.is_empty() {
            let title = "Apply all safe fixes of Stagegate".to_owned();
            let kind = ActionKind::FixAll;
            let diagnostics = Vec::new();
            actions.push(Action { title, kind, edits, command: None, diagnostics, preferred: false });
        }
    }
    actions
}

/// Adds the fixes of `findings`, the safe ones first.
fn fixes(findings: &[&Diagnostic], actions: &mut Vec<Action>) {
    for safe in [true, false] {
        for finding in findings {
            if let Some(Fix { title, edits, .. }) = finding.fix.as_ref().filter(|fix| fix.safe == safe) {
                add(actions, title.clone(), edits.clone(), finding, safe);
            }
        }
    }
}

/// Adds a quick fix. Two findings can have the same remedy, such as a key that is misspelt and missing for that.
fn add(
    actions: &mut Vec<Action>,
    title: String,
    edits: Vec<TextEdit>,
    finding: &Diagnostic,
    preferred: bool,
) {
    match actions.iter_mut().find(|action| action.title == title && action.edits == edits) {
        Some(action) => action.diagnostics.push(finding.clone()),
        None => {
            let (kind, diagnostics) = (ActionKind::QuickFix, vec![finding.clone()]);
            actions.push(Action { title, kind, edits, command: None, diagnostics, preferred });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::apply_edits;
    use crate::ide::testing::{PATH, both, cursor, root};
    use crate::text::range;
    use expect_test::{Expect, expect};
    use std::fmt::Write as _;

    fn check(fixture: &str, expected: &Expect) {
        check_in(PATH, fixture, expected);
    }

    fn check_in(path: &str, fixture: &str, expected: &Expect) {
        let (text, at) = cursor(fixture);
        let found = both(&text, |source| actions(source, path, &root(), range(at, at), &ActionKind::ALL));
        let mut out = String::new();
        for action in found {
            let preferred = if action.preferred { " (preferred)" } else { "" };
            let codes: Vec<_> = action.diagnostics.iter().map(|d| d.rule.name()).collect();
            writeln!(out, "{:?}{preferred}: {} {codes:?}", action.kind, action.title).unwrap();
            writeln!(out, "  {:?}", apply_edits(&text, &action.edits)).unwrap();
        }
        expected.assert_eq(&out);
    }

    /// Chooses every "Ignore" at the cursor, one after the other, and checks what is left of the text and the
    /// findings.
    fn check_ignored(fixture: &str, expected: &Expect) {
        let (mut text, at) = cursor(fixture);
        let mut line = LineOf(&text, at).number();
        let mut count = 0;
        loop {
            let at = LineOf::start(&text, line);
            let len = Source::Str(&text).line_at(at).1.len();
            let found =
                actions(Source::Str(&text), PATH, &root(), range(at, at + len), &[ActionKind::QuickFix]);
            let Some(action) = found.into_iter().find(|action| action.title.starts_with("Ignore")) else {
                break;
            };
            let after = apply_edits(&text, &action.edits);
            let (before_lines, after_lines) = (text.lines().count(), after.lines().count());
            let above = usize::from(action.edits[0].range.start()) <= at;
            line += if above { after_lines - before_lines } else { 0 };
            text = after;
            count += 1;
            assert!(count < 10, "ignoring never ends: {text:?}");
        }
        expected.assert_eq(&format!("{text:?}\n"));
    }

    struct LineOf<'a>(&'a str, usize);

    impl LineOf<'_> {
        fn number(&self) -> usize {
            self.0[..self.1].matches('\n').count()
        }

        fn start(text: &str, line: usize) -> usize {
            text.split_inclusive('\n').take(line).map(str::len).sum()
        }
    }

    const BODY: &str = "# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n";

    #[test]
    fn a_finding_offers_its_fix_and_to_be_ignored() {
        check(
            &format!("---\napplyTo: \"**\"\ndesc$0iptoin: b\n---\n{BODY}"),
            &expect![[r#"
            QuickFix (preferred): Rename `desciptoin` to `description` ["unknown-key"]
              "---\napplyTo: \"**\"\ndescription: b\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
            QuickFix: Ignore instructions/unknown-key on this line ["unknown-key"]
              "---\napplyTo: \"**\"\n# stagegate: ignore[instructions/unknown-key]\ndesciptoin: b\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
            FixAll: Apply all safe fixes of Stagegate []
              "---\napplyTo: \"**\"\ndescription: b\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
        "#]],
        );
    }

    #[test]
    fn where_nothing_is_found_nothing_is_offered() {
        check(&format!("---\napplyTo: \"**\"\ndescription: $0b\n---\n{BODY}"), &expect![]);
    }

    #[test]
    fn fix_all_is_offered_anywhere() {
        check(
            &format!("---\r\napplyto: \"**\"\r\ndesciption: b\r\n---\r\n$0\r\n{BODY}"),
            &expect![[r#"
            FixAll: Apply all safe fixes of Stagegate []
              "---\r\napplyTo: \"**\"\r\ndescription: b\r\n---\r\n\r\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
        "#]],
        );
    }

    #[test]
    fn a_key_is_ignored_by_a_comment_above_it() {
        check_ignored(
            "---\napplyTo: \"**\"\ndescription: b\nflav$0our: c\n---\n",
            &expect![[r#"
            "---\napplyTo: \"**\"\ndescription: b\n# stagegate: ignore[instructions/unknown-key]\nflavour: c\n---\n"
        "#]],
        );
        check_ignored(
            "---\r\nflav$0our: c\r\napplyTo: \"**\"\r\ndescription: b\r\n---\r\n",
            &expect![[r#"
            "---\r\n# stagegate: ignore[instructions/unknown-key]\r\nflavour: c\r\napplyTo: \"**\"\r\ndescription: b\r\n---\r\n"
        "#]],
        );
    }

    #[test]
    fn a_block_scalar_is_ignored_above_its_key() {
        check_ignored(
            &format!("---\napplyTo: >-\n  nope/**,$0\n  src/**\ndescription: b\n---\n{BODY}"),
            &expect![[r#"
                "---\n# stagegate: ignore[instructions/unmatched-glob]\napplyTo: >-\n  nope/**,\n  src/**\ndescription: b\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
            "#]],
        );
        check_ignored(
            &format!(
                "---\n# why\napplyTo:\n  - a.py\n  - \"nope/**,\n     src/[$0\"\ndescription: b\n---\n{BODY}"
            ),
            &expect![[r#"
                "---\n# why\napplyTo:\n  - a.py\n  # stagegate: ignore[instructions/invalid-glob, instructions/unmatched-glob]\n  - \"nope/**,\n     src/[\"\ndescription: b\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
            "#]],
        );
    }

    #[test]
    fn findings_on_the_fence_are_ignored_below_it() {
        check_ignored(
            &format!("-$0--\ntags: [a]\n---\n{BODY}"),
            &expect![[r#"
            "---\n# stagegate: ignore[instructions/missing-field]\ntags: [a]\n---\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
        "#]],
        );
        check_ignored(
            &format!("-$0--\ntags: [a]\n\n{BODY}"),
            &expect![[r#"
                "---\n# stagegate: ignore[instructions/missing-field, instructions/unclosed-frontmatter]\ntags: [a]\n\n# Title\n\nEnough text to be no stub: it goes on and on, and says what has to be said about it, twice, as one should.\n"
            "#]],
        );
    }

    #[test]
    fn a_byte_order_mark_stays_first() {
        check_ignored(
            "\u{feff}-$0--\n---",
            &expect![[r#"
            "\u{feff}---\n# stagegate: ignore[instructions/missing-field]\n---"
        "#]],
        );
    }

    #[test]
    fn one_comment_takes_several_rules() {
        check_ignored(
            "---\napplyTo: \"**\"\ndescription: b\n# stagegate: ignore[invalid-glob]\nflav$0our: c\n---\n",
            &expect![[r#"
                "---\napplyTo: \"**\"\ndescription: b\n# stagegate: ignore[invalid-glob, instructions/unknown-key]\nflavour: c\n---\n"
            "#]],
        );
        check_ignored(
            "---\napplyTo: \"**\"\ndescription: b\nflav$0our: c # stagegate: ignore[invalid-glob]\n---\n",
            &expect![[r#"
                "---\napplyTo: \"**\"\ndescription: b\nflavour: c # stagegate: ignore[invalid-glob, instructions/unknown-key]\n---\n"
            "#]],
        );
    }

    #[test]
    fn the_configuration_has_actions_too() {
        check_in(
            "stagegate.yaml",
            "instructions:\r\n  min_charakters$0: 50\r\n",
            &expect![[r#"
            QuickFix (preferred): Rename `min_charakters` to `min_characters` ["unknown-key"]
              "instructions:\r\n  min_characters: 50\r\n"
            QuickFix: Ignore config/unknown-key on this line ["unknown-key"]
              "instructions:\r\n  # stagegate: ignore[config/unknown-key]\r\n  min_charakters: 50\r\n"
            FixAll: Apply all safe fixes of Stagegate []
              "instructions:\r\n  min_characters: 50\r\n"
        "#]],
        );
        check_in("stagegate.yaml", "instructions:\n  min_characters$0: 50\n", &expect![]);
    }

    #[test]
    fn names_of_kinds_are_hierarchical() {
        assert!(ActionKind::FixAll.is_within("source") && ActionKind::FixAll.is_within("source.fixAll"));
        assert!(ActionKind::FixAll.is_within("source.fixAll.stagegate") && ActionKind::FixAll.is_within(""));
        assert!(
            !ActionKind::FixAll.is_within("source.fixAll.other") && !ActionKind::FixAll.is_within("sour")
        );
        assert!(ActionKind::QuickFix.is_within("quickfix") && !ActionKind::QuickFix.is_within("source"));
    }
}
