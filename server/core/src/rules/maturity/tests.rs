//! Rules together, where names, folders and files do not fit.

use expect_test::expect;

use crate::fixture::{Fixture, check};

#[test]
fn a_folder_may_be_called_otherwise_than_its_component() {
    let both = "\
//- specs/payments.md
# Payments
**Component Name:** billing
**Status:** Development
//- src/payments/MATURITY.md
# Billing
**Component Name:** billing
**Current Stage**: Staging
//- src/payments/main.py
x
//- src/other/MATURITY.md
# Other
**Current Stage**: Staging
**Component Name:** billing
//- src/other/main.py
x
";
    let root = "//- stagegate.yaml\nrules:\n  \"spec/*\": off\n";
    check(
        &format!("{root}{both}"),
        "*",
        &expect![[r#"
            specs/payments.md 1:20-1:27 warning maturity/tests-missing "billing": `billing` is in staging, but has no tests
              help: expected `tests/billing`, `tests/test_billing.py`, `tests/test_billing_*.py` or another place; `components.tests` in stagegate.yaml says where to look
            specs/payments.md 2:12-2:23 warning maturity/stage-mismatch "Development": `billing` is in development here, but `src/other/MATURITY.md` and `src/payments/MATURITY.md` say staging
              help: `src/other/MATURITY.md` counts first: it is taken to be in staging; correct what is wrong
              related src/other/MATURITY.md 1:19-1:26 "Staging": `Staging` stands here
              related src/payments/MATURITY.md 2:19-2:26 "Staging": `Staging` stands here
            src/other/MATURITY.md 1:19-1:26 warning maturity/stage-mismatch "Staging": `billing` is in staging here, but `specs/payments.md` says development, and `src/payments/MATURITY.md` says staging as well
              help: this counts first: it is taken to be in staging; correct what is wrong
              related specs/payments.md 2:12-2:23 "Development": `Development` stands here
              related src/payments/MATURITY.md 2:19-2:26 "Staging": `Staging` stands here
        "#]],
    );
}

#[test]
fn what_was_looked_for_is_named_by_the_component_and_not_by_the_file() {
    check(
        "//- specs/payments.md\n# Payments\n**Component Name:** Billing-API\n**Status:** Development\n//- src/payments/main.py\nx\n",
        "maturity/source-missing",
        &expect![[r#"
            specs/payments.md 1:20-1:31 warning maturity/source-missing "Billing-API": `Billing_API` is in development, but has no source
              help: expected `src/billing_api` or `src/components/billing_api`; `components.source` in stagegate.yaml says where to look
        "#]],
    );
}

#[test]
fn a_manifest_at_the_root_belongs_to_no_component() {
    let fixture = Fixture::new(
        "//- stagegate.yaml\ncomponents:\n  source: ['<component>', 'server/<component>']\n\
         //- Cargo.toml\n[package.metadata.stagegate]\nstage = \"staging\"\n//- package.json\n{\"stagegate\": {\"stage\": \"staging\"}}\n\
         //- server/core/Cargo.toml\n[package.metadata.stagegate]\nstage = \"staging\"\n//- server/Cargo.toml\n[package.metadata.stagegate]\nstage = \"staging\"\n",
    );
    let names: Vec<_> = fixture.components().iter().map(|(_, component)| &*component.name).collect();
    assert_eq!(names, ["core"], "the folder `server` holds components, and is none");
}

const UNKNOWN: &str = "//- specs/a.md\n# A\n\n**Component Name:** a\n\n## Dependencies\n\n- `x` (staging)\n";

#[test]
fn comments_silence_rules_in_lists_maturity_files_and_code() {
    let silenced = |text: &str, rule: &str| Fixture::new(text).render(rule);
    let rule = "maturity/unknown-dependency";
    assert!(silenced(UNKNOWN, rule).contains(rule));
    for mark in [
        UNKNOWN.replace("- `x`", "<!-- stagegate: ignore[maturity/unknown-dependency] -->\n- `x`"),
        UNKNOWN.replace("(staging)\n", "(staging) <!-- stagegate: ignore[unknown-dependency] -->\n"),
        UNKNOWN.replace(
            "- `x`",
            "- `a1` (staging) <!-- stagegate: ignore -->\n  <!-- stagegate: ignore[maturity/*] -->\n- `x`",
        ),
        UNKNOWN
            .replace("specs/a.md", "src/a/MATURITY.md")
            .replace("- `x`", "<!-- stagegate: ignore[maturity/*] -->\n- `x`"),
    ] {
        assert_eq!(silenced(&mark, rule), "", "{mark}");
    }
    let code = "//- src/a/__init__.py\n__maturity__ = 'stagign'\n";
    assert!(silenced(code, "*").contains("maturity/unknown-stage"));
    let quiet =
        code.replace("'stagign'", "'stagign'  # stagegate: ignore[maturity/unknown-stage, spec-missing]");
    assert_eq!(silenced(&quiet, "*"), "");
}

#[test]
fn names_of_rules_in_comments_are_checked_in_code_and_not_in_prose() {
    check(
        "//- specs/a.md\n# A\n\n- x <!-- stagegate: ignore[maturity/stage-mismatch, spec/broken-lnk, maturity/nothing] -->\n\
         //- src/b/MATURITY.md\n# B\n\n<!-- stagegate: ignore[maturity/unknown-dependncy] -->\n\
         //- src/c/__init__.py\n__maturity__ = 'staging' # stagegate: ignore[maturity/tests-mising]\n",
        "file/unknown-suppression",
        &expect![[r#"
            src/c/__init__.py 0:45-0:66 warning file/unknown-suppression "maturity/tests-mising": there is no rule `maturity/tests-mising`, so this silences nothing
              help: did you mean `maturity/tests-missing`?
              review fix: Write `maturity/tests-missing` [("maturity/tests-mising", "maturity/tests-missing")]
        "#]],
    );
}
