use expect_test::{Expect, expect};

use crate::fixture::Fixture;

const NOW: &str = "00000001-00000002-00000003";
const THEN: &str = "0000000f-00000002-00000003";

fn render(stage: &str, approvals: &str, states: &str, config: &str) -> String {
    let text = format!(
        "//- stagegate.yaml\nrules:\n  \"spec/*\": off\n  \"maturity/*\": off\n{config}//- specs/prices.md\n# Prices\n\n**Component Name:** prices\n\
         **Status:** {stage}\n**Target Stage:** production\n\n**Approval:**\n{approvals}//- src/prices/prices.py\n\
         //- .stagegate/evidence.json\n{{\"states\": {{{states}}}}}\n"
    );
    Fixture::new(&text).render("*")
}

fn check(stage: &str, approvals: &str, expected: &Expect) {
    expected.assert_eq(&render(stage, approvals, &format!("\"prices\": \"{NOW}\""), ""));
}

fn signed(criterion: &str, state: &str) -> String {
    format!("- [x] {criterion} — Mara <m@example.com>, 2026-11-20 <!-- stagegate: state={state} -->\n")
}

#[test]
fn sign_offs_that_are_out_of_date_or_missing_are_named_where_they_stand() {
    let approvals = signed("Security Review", THEN)
        + &signed("Monitoring", NOW)
        + "- [x] Technical Lead: Mara, 2026-11-20\n- [ ] Product Owner: Ines (for production)\n- [ ] QA (for staging)\n";
    check(
        "Staging",
        &approvals,
        &expect![[r#"
            specs/prices.md 4:18-4:28 hint gate/sign-off-missing "production": not signed off for production: `Rollback procedure tested`, `Stakeholder approval`
              help: `stagegate sign-off prices` shows what has to be
            specs/prices.md 7:6-7:56 warning gate/sign-off-outdated "Security Review — Mara <m@example.com>, 2026-11-20": `Security Review` was signed off by Mara <m@example.com>, 2026-11-20; since then the source changed
              help: look at it again, then `stagegate sign-off prices "Security Review"` signs it off anew
            specs/prices.md 9:6-9:38 hint gate/sign-off-missing "Technical Lead: Mara, 2026-11-20": `Technical Lead` is signed off by Mara, 2026-11-20, and nothing says for which state; production needs one for the files as they are
              help: look at it again, then `stagegate sign-off prices "Technical Lead"` signs it off anew
            specs/prices.md 10:6-10:42 hint gate/sign-off-missing "Product Owner: Ines (for production)": `Product Owner` is not signed off; expected before production: a sign-off by Ines
              help: `stagegate sign-off prices "Product Owner"` signs it off
        "#]],
    );
}

#[test]
fn what_is_not_the_next_step_is_no_matter_yet_and_what_was_reached_is_none_any_more() {
    let approvals = signed("Security Review", THEN) + "- [ ] Lead\n";
    check(
        "Development",
        &approvals,
        &expect![[r#"
            specs/prices.md 7:6-7:56 warning gate/sign-off-outdated "Security Review — Mara <m@example.com>, 2026-11-20": `Security Review` was signed off by Mara <m@example.com>, 2026-11-20; since then the source changed
              help: look at it again, then `stagegate sign-off prices "Security Review"` signs it off anew
        "#]],
    );
    check("Production", &approvals, &expect![[r#""#]]);
}

#[test]
fn without_evidence_and_sign_offs_nothing_is_said() {
    assert_eq!(render("Staging", "- [ ] Lead\n", "", ""), "");
}

#[test]
fn with_one_rule_off_the_other_says_it() {
    let off = "  gate/sign-off-outdated: off\nsign_offs: {production: []}\n";
    let text = render("Staging", &signed("Lead", THEN), &format!("\"prices\": \"{NOW}\""), off);
    expect![[r#"
        specs/prices.md 7:6-7:45 hint gate/sign-off-missing "Lead — Mara <m@example.com>, 2026-11-20": `Lead` was signed off by Mara <m@example.com>, 2026-11-20; since then the source changed
          help: look at it again, then `stagegate sign-off prices "Lead"` signs it off anew
    "#]].assert_eq(&text);
}
