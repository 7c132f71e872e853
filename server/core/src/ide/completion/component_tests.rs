use super::*;
use crate::diagnostic::apply_edits;
use crate::fixture::Fixture;
use crate::ide::testing::{both, cursor};
use expect_test::{Expect, expect};
use std::fmt::Write as _;

const OTHERS: &str = "\
//- specs/calc.md
# Calc

**Component Name:** calc
**Status:** Staging
**Target Stage:** staging
//- specs/calculator.md
# Calculator

**Component Name:** calculator
**Target Stage:** dev
//- src/price_list/MATURITY.md
# P

**Current Stage**: Production
";

/// Renders what is offered and fits what is typed: the label, the line after it was chosen.
fn check(path: &str, fixture: &str, expected: &Expect) {
    let (text, at) = cursor(fixture);
    let root = Fixture::new(&format!("{OTHERS}//- {path}\n{text}")).root;
    let mut items = both(&text, |source| completion(source, path, &root, at));
    items.sort_by(|a, b| a.sort.cmp(&b.sort));
    let mut out = String::new();
    for item in &items {
        // As a client does, which compares the label with what the edit replaces up to the cursor.
        let typed = &text[usize::from(item.edit.range.start())..at];
        if !item.label.to_lowercase().starts_with(&typed.to_lowercase()) {
            continue;
        }
        let after = apply_edits(&text, std::slice::from_ref(&item.edit));
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = after.len() - (text.len() - (text[at..].find('\n').map_or(text.len(), |end| at + end)));
        let detail = item.detail.as_deref().unwrap_or("-");
        writeln!(out, "{:?} {} | {:?} | {detail}", item.kind, item.label, &after[start..end]).unwrap();
    }
    if out.is_empty() {
        out.push_str("nothing\n");
    }
    expected.assert_eq(&out);
}

const SPEC: &str = "specs/app.md";
const MATURITY: &str = "src/app/MATURITY.md";

#[test]
fn names_of_components_in_lists_of_dependencies() {
    let list = "# App\n\n**Component Name:** app\n\n## Dependencies\n\n### Required Components\n\n";
    check(
        SPEC,
        &format!("{list}- `cal$0\n"),
        &expect![[r#"
        Component calc | "- `calc` (staging) - " | staging
        Component calculator | "- `calculator` - " | no stage stated
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- $0\n"),
        &expect![[r#"
        Component calc | "- `calc` (staging) - " | staging
        Component calculator | "- `calculator` - " | no stage stated
        Component price_list | "- `price_list` (production) - " | production
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- `calc` (staging) - 🎉\n- `cal$0` - why\n"),
        &expect![[r#"
        Component calculator | "- `calculator` - why" | no stage stated
        Component calc | "- `calc` (staging) - why" | staging
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- `c$0alc` (dev) - why\n"),
        &expect![[r#"
        Component calculator | "- `calculator` (dev) - why" | no stage stated
        Component calc | "- `calc` (dev) - why" | staging
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- `calc` (dev) - $0\n"),
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        &format!("{list}### External Dependencies\n\n- cal$0\n"),
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        &format!("{list}```\n- `cal$0\n"),
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        &format!("{list}```\n```\n- `calcu$0"),
        &expect![[r#"
        Component calculator | "- `calculator` - " | no stage stated
    "#]],
    );
    check(
        SPEC,
        "# App\n\n- cal$0\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn maturity_files_have_their_own_style() {
    let list = "# App Maturity Status\r\n\r\n**Current Stage**: dev\r\n\r\n## Component Overview\r\n\r\n**Dependencies**:\r\n";
    check(
        MATURITY,
        &format!("{list}- $0\r\n"),
        &expect![[r#"
        Component calc | "- Calc (Current Stage: Staging)\r" | staging
        Component calculator | "- Calculator\r" | no stage stated
        Component price_list | "- Price List (Current Stage: Production)\r" | production
    "#]],
    );
    check(
        MATURITY,
        &format!("{list}- Calc (Current Stage: $0)\r\n"),
        &expect![[r#"
        Value Staging | "- Calc (Current Stage: Staging)\r" | the stage that Calc is in
        Value Experimental | "- Calc (Current Stage: Experimental)\r" | -
        Value Development | "- Calc (Current Stage: Development)\r" | -
        Value Production | "- Calc (Current Stage: Production)\r" | -
        Value Deprecated | "- Calc (Current Stage: Deprecated)\r" | -
    "#]],
    );
    check(
        MATURITY,
        &format!("{list}\r\n**Blockers**:\r\n- $0\r\n"),
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn stages_in_parentheses_the_actual_one_first() {
    let list = "# App\n\n**Component Name:** app\n\n## Dependencies\n\n";
    check(
        SPEC,
        &format!("{list}- `calc` ($0\n"),
        &expect![[r#"
        Value staging | "- `calc` (staging)" | the stage that calc is in
        Value experimental | "- `calc` (experimental)" | -
        Value development | "- `calc` (development)" | -
        Value production | "- `calc` (production)" | -
        Value deprecated | "- `calc` (deprecated)" | -
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- `calculator` (st$0aging) - why\n"),
        &expect![[r#"
        Value staging | "- `calculator` (staging) - why" | -
    "#]],
    );
    check(
        SPEC,
        &format!("{list}- `calc` - text ($0\n"),
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn stages_of_metadata() {
    check(
        "specs/calc.md",
        "# C\n\n**Component Name:** calc\n**Target Stage:** $0\n",
        &expect![[r#"
        Value production | "**Target Stage:** production" | the next stage
        Value experimental | "**Target Stage:** experimental" | -
        Value development | "**Target Stage:** development" | -
        Value staging | "**Target Stage:** staging" | -
        Value deprecated | "**Target Stage:** deprecated" | -
    "#]],
    );
    check(
        SPEC,
        "# C\n\n**Target Stage**:$0\n",
        &expect![[r#"
        Value development | "**Target Stage**: development" | the next stage
        Value experimental | "**Target Stage**: experimental" | -
        Value staging | "**Target Stage**: staging" | -
        Value production | "**Target Stage**: production" | -
        Value deprecated | "**Target Stage**: deprecated" | -
    "#]],
    );
    check(
        MATURITY,
        "# C\n\n**Current Stage**: Dev$0\n",
        &expect![[r#"
        Value Development | "**Current Stage**: Development" | -
    "#]],
    );
    check(
        SPEC,
        "---\ntarget_stage: $0\n---\n# C\n",
        &expect![[r#"
        Value development | "target_stage: development" | the next stage
        Value experimental | "target_stage: experimental" | -
        Value staging | "target_stage: staging" | -
        Value production | "target_stage: production" | -
        Value deprecated | "target_stage: deprecated" | -
    "#]],
    );
    check(
        SPEC,
        "---\nowner: $0\n---\n# C\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        "# C\n\n## Overview\n\n**Target Stage:** $0\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn keys_that_are_missing() {
    check(
        SPEC,
        "# C\n\n**Status:** dev\n**$0\n**Owner**: x\n\n## Overview\n",
        &expect![[r#"
        Key **Component Name:** | "**Component Name:** " | -
        Key **Target Stage:** | "**Target Stage:** " | -
        Key **Last Updated:** | "**Last Updated:** " | -
    "#]],
    );
    check(
        SPEC,
        "# C\n\n**Comp$0**\n",
        &expect![[r#"
        Key **Component Name:** | "**Component Name:** " | -
    "#]],
    );
    check(
        MATURITY,
        "# C\r\n\r\n**$0",
        &expect![[r#"
        Key **Current Stage**: | "**Current Stage**: " | -
        Key **Last Updated**: | "**Last Updated**: " | -
        Key **Owner**: | "**Owner**: " | -
    "#]],
    );
    check(
        SPEC,
        "# C\n\n## Overview\n\n**Own$0\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn sections_that_are_missing_come_first() {
    check(
        SPEC,
        "# C\n\n## Purpose\n\n## $0\n\n## Dependencies\n",
        &expect![[r###"
        Snippet ## Requirements | "## Requirements\n\n### Functional Requirements\n\n#### FR1: ${1:Title}\n**Priority:** ${2:High}\n**Description:** ${3:What it has to do}\n$0" | required
        Snippet ## API Design | "## API Design\n\n```${1:python}\n${2:def name() -> None: ...}\n```\n$0" | -
        Snippet ## Implementation Plan | "## Implementation Plan\n\n### Phase 1: ${1:Title}\n- [ ] ${2:Task}\n$0" | -
        Snippet ## Testing Strategy | "## Testing Strategy\n\n${1:What is tested, how, and where the tests lie}\n$0" | -
        Snippet ## Acceptance Criteria | "## Acceptance Criteria\n\n### Development Stage\n- [ ] All unit tests pass\n- [ ] Test coverage ≥60%\n\n### Staging Stage\n- [ ] Test coverage ≥70%\n\n### Production Stage\n- [ ] Test coverage ≥80%\n$0" | required
        Snippet ## Maturity Targets | "## Maturity Targets\n\n### Development\n- Test coverage: ≥60%\n\n### Staging\n- Test coverage: ≥70%\n\n### Production\n- Test coverage: ≥80%\n$0" | -
        Snippet ## Rollback Procedure | "## Rollback Procedure\n\n1. ${1:Revert the commit of the promotion}\n$0" | -
        Value ## Overview | "## Overview" | already there
        Value ## Dependencies | "## Dependencies" | already there
    "###]],
    );
    check(
        SPEC,
        "# C\r\n\r\n##$0\r\n",
        &expect![[r###"
        Snippet ## Overview | "## Overview\r\n\r\n${1:What the component does, and why it exists}\r\n$0\r" | required
        Snippet ## Requirements | "## Requirements\r\n\r\n### Functional Requirements\r\n\r\n#### FR1: ${1:Title}\r\n**Priority:** ${2:High}\r\n**Description:** ${3:What it has to do}\r\n$0\r" | required
        Snippet ## Dependencies | "## Dependencies\r\n\r\n### Required Components\r\n\r\n${1:None.}\r\n\r\n### External Dependencies\r\n\r\n- ${2:None}\r\n$0\r" | -
        Snippet ## API Design | "## API Design\r\n\r\n```${1:python}\r\n${2:def name() -> None: ...}\r\n```\r\n$0\r" | -
        Snippet ## Implementation Plan | "## Implementation Plan\r\n\r\n### Phase 1: ${1:Title}\r\n- [ ] ${2:Task}\r\n$0\r" | -
        Snippet ## Testing Strategy | "## Testing Strategy\r\n\r\n${1:What is tested, how, and where the tests lie}\r\n$0\r" | -
        Snippet ## Acceptance Criteria | "## Acceptance Criteria\r\n\r\n### Development Stage\r\n- [ ] All unit tests pass\r\n- [ ] Test coverage ≥60%\r\n\r\n### Staging Stage\r\n- [ ] Test coverage ≥70%\r\n\r\n### Production Stage\r\n- [ ] Test coverage ≥80%\r\n$0\r" | required
        Snippet ## Maturity Targets | "## Maturity Targets\r\n\r\n### Development\r\n- Test coverage: ≥60%\r\n\r\n### Staging\r\n- Test coverage: ≥70%\r\n\r\n### Production\r\n- Test coverage: ≥80%\r\n$0\r" | -
        Snippet ## Rollback Procedure | "## Rollback Procedure\r\n\r\n1. ${1:Revert the commit of the promotion}\r\n$0\r" | -
    "###]],
    );
    check(
        MATURITY,
        "# C\n\n## Next Steps\n\n## Ma$0\n",
        &expect![[r###"
        Snippet ## Maturity Criteria | "## Maturity Criteria\n\n### Development → Staging\n\n- [ ] ${1:Core features complete}\n$0" | -
    "###]],
    );
    check(
        SPEC,
        "# C\n\n### $0\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        SPEC,
        "# C\n\n```\n## $0\n```\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn templates_and_other_files_are_left_alone() {
    check(
        "specs/templates/x.template.md",
        "# C\n\n## $0\n",
        &expect![[r#"
        nothing
    "#]],
    );
    check(
        "README.md",
        "# C\n\n## $0\n",
        &expect![[r#"
        nothing
    "#]],
    );
}

/// The threshold of the configuration is the one that a new section asks for.
#[test]
fn new_sections_ask_for_the_configured_coverage() {
    let fixture =
        format!("//- stagegate.yaml\nquality_gates:\n  test_coverage:\n    staging_threshold: 77\n{OTHERS}");
    let root = Fixture::new(&fixture).root;
    let text = "# C\n\n## Mat";
    let items = completion(Source::Str(text), SPEC, &root, text.len());
    let item = items.iter().find(|item| item.label == "## Maturity Targets").unwrap();
    expect![[r#"
        ## Maturity Targets

        ### Development
        - Test coverage: ≥60%

        ### Staging
        - Test coverage: ≥77%

        ### Production
        - Test coverage: ≥80%
    "#]]
    .assert_eq(&item.plain_text());
}

#[test]
fn a_large_spec_is_answered() {
    let mut text = "# C\n\n**Component Name:** c\n\n## Dependencies\n\n".to_owned();
    text.push_str(&"- `calc` (staging) - 🎉 words that fill a line\n".repeat(20_000));
    text.push_str("- `cal");
    let items = completion(Source::Str(&text), SPEC, &Fixture::new(OTHERS).root, text.len());
    assert_eq!(items.len(), 3);
}
