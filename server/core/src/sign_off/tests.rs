use expect_test::{Expect, expect};
use std::fmt::Write as _;

use super::*;
use crate::diagnostic::apply_edits;
use crate::fixture::Fixture;
use crate::text::Source;

const STATE: &str = "00000001-00000002-00000003";
const OTHER: &str = "00000001-0000000f-0000000f";

/// A spec of a component in staging, with criteria of production and approvals.
fn spec(criteria: &str, approvals: &str) -> String {
    format!(
        "//- specs/prices.md\n# Prices\n\n**Component Name:** prices\n**Status:** Staging\n**Target Stage:** production\n\n\
         ## Acceptance Criteria\n\n### Production Stage\n{criteria}\n---\n\n**Approval:**\n{approvals}//- src/prices/prices.py\n\
         //- .stagegate/evidence.json\n{{\"states\": {{\"prices\": \"{STATE}\"}}}}\n"
    )
}

fn of(fixture: &Fixture, to: Stage, drill: Option<&Drill>) -> Vec<SignOff> {
    let id = fixture.components().find("prices").unwrap();
    of_component(&fixture.root, id, to, drill)
}

fn check(text: &str, to: Stage, expected: &Expect) {
    let fixture = Fixture::new(text);
    let found = of(&fixture, to, None);
    let mut out = String::new();
    for sign_off in &found {
        let mark = if sign_off.holds() { "+" } else { "-" };
        let name = sign_off.given.name();
        writeln!(out, "{mark} {name} {}", sign_off.in_words()).unwrap();
        if !sign_off.holds() {
            writeln!(out, "    {}", sign_off.help("prices")).unwrap();
        }
    }
    let id = fixture.components().find("prices").unwrap();
    for note in notes(&fixture.root, id, to) {
        writeln!(out, "note {note}").unwrap();
    }
    expected.assert_eq(&out);
    let open = found.iter().filter(|sign_off| !sign_off.holds()).count();
    assert_eq!((refusals(&found, "prices").len(), effects(&found).len()), (open, found.len() - open));
}

#[test]
fn what_is_named_in_spec_and_configuration_counts_once() {
    check(
        &spec(
            "- [ ] Test coverage ≥80%\n- [ ] Security review complete\n- [ ] Rollback tested\n- [ ] A month of baskets agrees\n",
            "- [x] Technical Lead: Mara Lindqvist, 2026-11-18\n- [ ] Security Review: Tomasz Bielak (for production)\n- [ ] QA (for staging)\n",
        ),
        Stage::Production,
        &expect![[r#"
            - missing `Security Review` is not signed off; expected before production (`sign_offs.production`): a sign-off by Tomasz Bielak
                `stagegate sign-off prices "Security Review"` signs it off
            - missing `Monitoring configured` is not signed off; expected before production (`sign_offs.production`): a sign-off
                `stagegate sign-off prices "Monitoring configured"` signs it off
            - missing `Rollback tested` is not signed off; expected before production (`sign_offs.production`): a sign-off
                `stagegate sign-off prices "Rollback tested"` signs it off; `stagegate drill prices` proves it, too
            - missing `Stakeholder approval` is not signed off; expected before production (`sign_offs.production`): a sign-off
                `stagegate sign-off prices "Stakeholder approval"` signs it off
            - unbound `Technical Lead` is signed off by Mara Lindqvist, 2026-11-18, and nothing says for which state; production needs one for the files as they are
                look at it again, then `stagegate sign-off prices "Technical Lead"` signs it off anew
            note `A month of baskets agrees` is not ticked in `specs/prices.md`
        "#]],
    );
}

#[test]
fn below_production_a_line_by_hand_is_enough() {
    let text = spec(
        "",
        "- [x] QA: Mara, 2026-11-18 (for staging)\n- [x] Legal (for staging)\n- [ ] Lead (for staging)\n",
    );
    check(
        &text,
        Stage::Staging,
        &expect![[r#"
        + unbound `QA` is signed off by Mara, 2026-11-18, for no certain state
        - unsigned `Legal` is ticked, but not signed; expected before staging: who did that, and when
            `stagegate sign-off prices "Legal"` signs it off
        - missing `Lead` is not signed off; expected before staging: a sign-off
            `stagegate sign-off prices "Lead"` signs it off
    "#]],
    );
}

#[test]
fn a_sign_off_is_bound_to_a_state_and_to_a_person() {
    let by = |name: &str, state: &str| {
        format!("{name} <x@example.com>, 2026-11-20 <!-- stagegate: state={state} -->")
    };
    check(
        &format!(
            "//- stagegate.yaml\nsign_offs:\n  production: [One, Two, Three, Four]\n{}",
            spec(
                &format!(
                    "- [x] One — {}\n- [x] Two — {}\n- [x] Three\n- [ ] Four — {}\n",
                    by("Mara", STATE),
                    by("Mara", OTHER),
                    by("Mara", STATE)
                ),
                &format!(
                    "- [x] Lead: Ines Duarte — {}\n- [x] Reviewer: Ann — {}\n- [ ] Reviewer: Bob\n",
                    by("Mara", STATE),
                    by("ann", STATE)
                ),
            )
        ),
        Stage::Production,
        &expect![[r#"
            + signed `One` is signed off by Mara <x@example.com>, 2026-11-20
            - outdated `Two` was signed off by Mara <x@example.com>, 2026-11-20; since then the tests and the spec changed
                look at it again, then `stagegate sign-off prices "Two"` signs it off anew
            - unsigned `Three` is ticked, but not signed; expected before production: who did that, and when
                `stagegate sign-off prices "Three"` signs it off
            - missing `Four` is not signed off; expected before production (`sign_offs.production`): a sign-off
                `stagegate sign-off prices "Four"` signs it off
            - other-person `Lead` is signed off by Mara <x@example.com>, 2026-11-20; expected: by Ines Duarte
                let Ines Duarte sign it off, or change whom the file names
            + signed `Reviewer` is signed off by ann <x@example.com>, 2026-11-20
            - missing `Reviewer` is not signed off; expected before production: a sign-off by Bob
                `stagegate sign-off prices "Reviewer"` signs it off
        "#]],
    );
    // Nobody could read the files.
    let unread = spec(&format!("- [x] Monitoring — {}\n", by("Mara", STATE)), "")
        .replace("\"prices\": \"", "\"other\": \"");
    assert_eq!(of(&Fixture::new(&unread), Stage::Production, None)[1].given, Given::Unknown);
}

#[test]
fn a_drill_proves_that_a_rollback_was_tested() {
    let fixture = Fixture::new(&spec("- [ ] Rollback procedure tested\n", ""));
    let drill = Drill { run: "20261121-034500-ab12cd".to_owned(), ended_ms: 1_795_222_979_000 };
    let found = of(&fixture, Stage::Production, Some(&drill));
    let rollback = found.iter().find(|sign_off| sign_off.key == "rollback").unwrap();
    assert!(rollback.holds());
    assert_eq!(found.iter().filter(|sign_off| sign_off.holds()).count(), 1);
    expect![[r#"
        [
            SignOff {
                criterion: "Rollback procedure tested",
                by: "drill 20261121-034500-ab12cd, 2026-11-21 01:02 UTC",
            },
        ]
    "#]]
    .assert_debug_eq(&effects(&found));
}

#[test]
fn a_drill_that_the_evidence_knows_counts_wherever_sign_offs_are_shown() {
    let mut fixture = Fixture::new(&spec("- [ ] Rollback procedure tested\n", ""));
    let drill = Drill { run: "20261121-034500-ab12cd".to_owned(), ended_ms: 1_795_222_979_000 };
    let drills = [(("prices".into(), Stage::Production), drill.clone())];
    fixture.root.gates = Some(fixture.root.gates.take().unwrap_or_default().with_drills(drills));
    let rollback = |to| of(&fixture, to, None).into_iter().find(|sign_off| sign_off.key == "rollback");
    assert_eq!(rollback(Stage::Production).unwrap().given, Given::Drill(drill));
    // One of another stage says nothing.
    assert!(rollback(Stage::Staging).is_none_or(|sign_off| !sign_off.holds()));
}

/// Signs a criterion off, and checks the text and that it counts then.
fn check_signed(text: &str, criterion: &str, to: Stage, expected: &Expect) {
    let fixture = Fixture::new(text);
    let found = of(&fixture, to, None);
    let sign_off = found.iter().find(|sign_off| sign_off.key == key(criterion)).unwrap();
    let signature = Signature {
        name: "Tomasz Bielak".into(),
        email: Some("t@example.com".into()),
        date: "2026-11-21".into(),
        note: None,
        state: StateDigest::parse(STATE),
    };
    let before = fixture.text("specs/prices.md");
    let file =
        |text: &str| ComponentFile::of_path(Source::Str(text), "specs/prices.md", &fixture.root).unwrap();
    let signed = apply_edits(before, &sign(&file(before), Source::Str(before), sign_off, &signature));
    let changed: Vec<_> = signed.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    expected.assert_eq(&changed.join("\n"));
    let after = Fixture::new(&text.replace(before, &signed));
    let again = of(&after, to, None);
    let again = again.iter().find(|sign_off| sign_off.key == key(criterion)).unwrap();
    assert_eq!(again.given, Given::Holds, "{signed}");
    let twice = sign(&file(&signed), Source::Str(&signed), again, &signature);
    assert!(twice.is_empty(), "{twice:?}");
    let withdrawn = apply_edits(&signed, &withdraw(&file(&signed), Source::Str(&signed), again));
    let left = of(&Fixture::new(&text.replace(before, &withdrawn)), to, None);
    assert_eq!(left.iter().find(|sign_off| sign_off.key == key(criterion)).unwrap().given, Given::Missing);
}

#[test]
fn signing_changes_the_line_and_nothing_else() {
    let text = spec(
        "- [ ] Security review complete\n- [ ] Monitoring configured\n",
        "- [x] Technical Lead: Tomasz Bielak, 2026-11-18\n- [ ] Security Review: Tomasz Bielak (for production)\n",
    );
    check_signed(
        &text,
        "security review",
        Stage::Production,
        &expect![[r#"
        - [x] Security review complete
        - [x] Security Review: Tomasz Bielak (for production) — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"#]],
    );
    check_signed(
        &text,
        "monitoring",
        Stage::Production,
        &expect![
            "- [x] Monitoring configured — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"
        ],
    );
    check_signed(
        &text,
        "Technical Lead",
        Stage::Production,
        &expect![
            "- [x] Technical Lead: Tomasz Bielak — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"
        ],
    );
    check_signed(
        &text,
        "Stakeholder approval",
        Stage::Production,
        &expect![
            "- [x] Stakeholder approval — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"
        ],
    );
    check_signed(
        &text
            .replace('\n', "\r\n")
            .replace("//- specs/prices.md\r", "//- specs/prices.md")
            .replace("}}\r\n", "}}\n"),
        "Stakeholder approval",
        Stage::Production,
        &expect![
            "- [x] Stakeholder approval — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"
        ],
    );
}

#[test]
fn a_list_is_made_where_there_is_none() {
    let bare = "//- stagegate.yaml\nsign_offs: {staging: [Legal <!-- approval]}\n//- specs/prices.md\n# Prices\n\n**Component Name:** prices\n\n## Overview\ntext\n//- .stagegate/evidence.json\n{\"states\": {\"prices\": \"00000001-00000002-00000003\"}}\n";
    check_signed(
        bare,
        "Legal approval",
        Stage::Staging,
        &expect![[r#"
        ---
        **Approval:**
        - [x] Legal approval (for staging) — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"#]],
    );
    check_signed(
        bare,
        "Stakeholder approval",
        Stage::Production,
        &expect![[r#"
        ---
        **Approval:**
        - [x] Stakeholder approval — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"#]],
    );
    let empty = bare.replace("text\n", "text\n\n## Approvals\n\n## Notes\nmore\n");
    check_signed(
        &empty,
        "Stakeholder approval",
        Stage::Production,
        &expect![
            "- [x] Stakeholder approval — Tomasz Bielak <t@example.com>, 2026-11-21 <!-- stagegate: state=00000001-00000002-00000003 -->"
        ],
    );
}

#[test]
fn names_and_notes_cannot_leave_their_line() {
    let fixture = Fixture::new(&spec("", "- [ ] Lead\n"));
    let text = fixture.text("specs/prices.md");
    let found = of(&fixture, Stage::Production, None);
    let lead = found.iter().find(|sign_off| sign_off.criterion == "Lead").unwrap();
    let signature = Signature {
        name: "Eve\n- [x] QA <b>, 2026-01-01".into(),
        email: Some("e>@x\r\n".into()),
        date: "2026-11-21".into(),
        note: Some("--> done <!-- \u{7} — ok".into()),
        state: StateDigest::parse(STATE),
    };
    let file = ComponentFile::of_path(Source::Str(text), "specs/prices.md", &fixture.root).unwrap();
    let signed = apply_edits(text, &sign(&file, Source::Str(text), lead, &signature));
    expect!["- [x] Lead — Eve - [x] QA b 2026-01-01 <e@x>, 2026-11-21: done — ok <!-- stagegate: state=00000001-00000002-00000003 -->"].assert_eq(signed.lines().find(|line| line.contains("Lead")).unwrap());
    assert_eq!(signed.lines().count(), text.lines().count());
}

#[test]
fn names_of_people_do_not_make_a_criterion_one_of_a_gate() {
    let fixture = Fixture::new(&spec("- [x] Smoke test run by hand — Ann Green, 2026-11-18\n", ""));
    let file = ComponentFile::of_path(
        Source::Str(fixture.text("specs/prices.md")),
        "specs/prices.md",
        &fixture.root,
    );
    assert_eq!(file.unwrap().criteria[0].gate, None);
}

#[test]
fn any_open_criterion_can_be_chosen_by_its_words() {
    let fixture = Fixture::new(
        &spec(
            "- [ ] A month of baskets agrees\n- [ ] Test coverage ≥80%\n",
            "- [ ] Reviewer: Ann\n- [ ] Reviewer: Bob\n",
        )
        .replace("Status:** Staging", "Status:** Development"),
    );
    let all = candidates(&fixture.root, fixture.components().find("prices").unwrap(), None);
    let chosen = |wanted: &str, name: &str| match choose(&all, wanted, Some(name)) {
        Ok(chosen) => format!("{} for {} of {:?}", chosen.criterion, chosen.stage, chosen.expected),
        Err(near) => format!("did you mean {near:?}"),
    };
    assert_eq!(chosen("SECURITY REVIEW", "Ann"), "Security review complete for production of None");
    assert_eq!(chosen("reviewer", "bob"), "Reviewer for production of Some(\"Bob\")");
    assert_eq!(chosen("reviewer", "Eve"), "Reviewer for production of Some(\"Ann\")");
    assert_eq!(
        chosen("a month of baskets agrees", "Ann"),
        "A month of baskets agrees for production of None"
    );
    assert_eq!(chosen("test coverage", "Ann"), "did you mean []");
    assert_eq!(chosen("securty", "Ann"), "did you mean [\"Security review complete\"]");
    assert_eq!(chosen("", "Ann"), "did you mean []");
}
