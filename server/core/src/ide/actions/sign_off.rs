//! Actions that sign a criterion off. Who does is asked when they are run.

use text_size::TextRange;

use super::{Action, ActionKind};
use crate::component::ComponentFile;
use crate::diagnostic::Diagnostic;
use crate::ide::command::{Command, SignOff};
use crate::ide::maturity::View;
use crate::sign_off::{self, Given};
use crate::text::Source;
use crate::workspace::Root;

/// Most criteria that are offered where none is named.
const MAX_UNNAMED: usize = 6;

/// Returns an action for each criterion in `range` that can be signed off; where the stage of the file stands, for those
/// that it needs and no file names. `touching` are the findings there.
pub(super) fn actions(
    source: Source<'_>,
    path: &str,
    root: &Root,
    range: TextRange,
    touching: &[&Diagnostic],
    kinds: &[ActionKind],
) -> Vec<Action> {
    let is_asked = kinds.contains(&ActionKind::Gates) || kinds.contains(&ActionKind::QuickFix);
    if !is_asked || !root.may_state_facts(path) {
        return Vec::new();
    }
    let Some(file) = ComponentFile::of_path(source, path, root) else { return Vec::new() };
    let Some(view) = View::of_file(&file, path, root) else { return Vec::new() };
    let Some((_, id)) = view.node else { return Vec::new() };
    let touches = |at: TextRange| at.start() <= range.end() && range.start() <= at.end();
    let keys: Vec<_> =
        sign_off::items(&file).into_iter().filter(|item| touches(item.range)).map(|item| item.key).collect();
    let is_finding = |finding: &Diagnostic| finding.rule.name().starts_with("sign-off-");
    let is_stage = touching.iter().any(|finding| is_finding(finding)) && keys.is_empty();
    if keys.is_empty() && !is_stage {
        return Vec::new();
    }
    let aim = view.aim();
    let candidates = sign_off::candidates(root, id, None);
    let wanted = candidates.iter().filter(|candidate| match &candidate.place {
        Some(_) => keys.iter().any(|key| **key == *candidate.key),
        None => is_stage && Some(candidate.stage) == aim,
    });
    // Who signed it off for these very files has nothing to sign.
    let open = wanted.filter(|candidate| candidate.given != Given::Holds);
    let mut actions: Vec<Action> = Vec::new();
    for candidate in open.take(MAX_UNNAMED) {
        let diagnostics: Vec<_> =
            touching.iter().filter(|finding| is_finding(finding)).map(|finding| (*finding).clone()).collect();
        let kind = if diagnostics.is_empty() { ActionKind::Gates } else { ActionKind::QuickFix };
        let title = format!("Sign off \"{}\" of {}...", candidate.criterion, view.name);
        if !kinds.contains(&kind) || actions.iter().any(|known| known.title == title) {
            continue;
        }
        let sign =
            SignOff { component: view.name.to_string(), criterion: candidate.criterion.clone(), uri: None };
        let command = Some(Command::SignOff(sign));
        actions.push(Action { title, kind, edits: Vec::new(), command, diagnostics, preferred: false });
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::text::range;
    use expect_test::{Expect, expect};

    const TEXT: &str = "\
//- stagegate.yaml
rules:
  \"spec/*\": off
  \"maturity/*\": off
//- specs/prices.md
# Prices

**Component Name:** prices
**Status:** Staging
**Target Stage:** production

## Acceptance Criteria

### Production Stage
- [ ] Test coverage ≥80%
- [ ] Security review complete

**Approval:**
- [x] Lead — Mara <m@example.com>, 2026-11-20 <!-- stagegate: state=00000001-00000002-00000003 -->
- [x] QA — Mara <m@example.com>, 2026-11-20 <!-- stagegate: state=0000000f-00000002-00000003 -->
//- src/prices/prices.py
//- .stagegate/evidence.json
{\"states\": {\"prices\": \"00000001-00000002-00000003\"}}
";

    fn check(at: &str, expected: &Expect) {
        let fixture = Fixture::new(TEXT);
        let text = fixture.text("specs/prices.md");
        let at = text.find(at).unwrap();
        let found = crate::ide::actions(
            Source::Str(text),
            "specs/prices.md",
            &fixture.root,
            range(at, at),
            &ActionKind::ALL,
        );
        let signs = found.iter().filter_map(|action| match &action.command {
            Some(command @ Command::SignOff(_)) => Some(format!(
                "{:?} {} {}",
                action.kind,
                action.title,
                command.argument("file:///w/specs/prices.md")
            )),
            _ => None,
        });
        expected.assert_eq(&signs.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn what_is_open_or_out_of_date_can_be_signed_off() {
        check(
            "Security",
            &expect![[
                r#"QuickFix Sign off "Security review complete" of prices... {"component":"prices","criterion":"Security review complete","uri":"file:///w/specs/prices.md"}"#
            ]],
        );
        check(
            "QA",
            &expect![[
                r#"QuickFix Sign off "QA" of prices... {"component":"prices","criterion":"QA","uri":"file:///w/specs/prices.md"}"#
            ]],
        );
        check(
            "production",
            &expect![[r#"
            QuickFix Sign off "Monitoring configured" of prices... {"component":"prices","criterion":"Monitoring configured","uri":"file:///w/specs/prices.md"}
            QuickFix Sign off "Rollback procedure tested" of prices... {"component":"prices","criterion":"Rollback procedure tested","uri":"file:///w/specs/prices.md"}
            QuickFix Sign off "Stakeholder approval" of prices... {"component":"prices","criterion":"Stakeholder approval","uri":"file:///w/specs/prices.md"}"#]],
        );
    }

    #[test]
    fn what_holds_or_a_gate_proves_is_left_alone() {
        for at in ["Lead", "Test coverage", "# Prices"] {
            check(at, &expect![""]);
        }
    }
}
