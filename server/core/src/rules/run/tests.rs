use expect_test::expect;

use crate::fixture::check;

const SPEC: &str = "\
//- stagegate.yaml
rules:
  \"spec/*\": off
  \"maturity/*\": off
//- specs/prices.md
# Prices

**Component Name:** prices
**Status:** Development
**Target Stage:** staging
//- specs/other.md
# Other

**Component Name:** other
//- src/prices/MATURITY.md
# Maturity of prices

**Current Stage:** Development
//- src/prices/prices.py
//- .stagegate/runs.json
";

#[test]
fn what_no_other_rule_shows_stands_at_the_title_of_the_file_that_says_so() {
    let runs = r#"{"components": {"prices": {"refused": [
        {"code": "gate-not-met", "message": "the gate is shut", "help": "h", "gate": "tests"},
        {"code": "dependency-below-target", "message": "needs other", "help": "h", "path": "specs/prices.md"},
        {"code": "detached-head", "message": "no branch is checked out", "help": "check out a branch"},
        {"code": "dirty-files", "message": "`src/prices/MATURITY.md` has changes", "help": "commit them", "path": "src/prices/MATURITY.md"},
        {"code": "dirty-files", "message": "`README.md` has changes", "help": "commit them", "path": "README.md"},
        {"code": "untrusted", "message": "the workspace is not trusted", "help": "trust it"},
        {"code": "stale-plan", "message": "another plan was shown", "help": "look at it again"}
    ]}}}"#;
    check(
        &format!("{SPEC}{runs}"),
        "*",
        &expect![[r#"
            specs/prices.md 0:2-0:8 warning run/refused "Prices": no branch is checked out
              field: detached-head
              help: check out a branch
            specs/prices.md 0:2-0:8 warning run/refused "Prices": `README.md` has changes
              field: dirty-files
              help: commit them
            src/prices/MATURITY.md 0:2-0:20 warning run/refused "Maturity of prices": `src/prices/MATURITY.md` has changes
              field: dirty-files
              help: commit them
        "#]],
    );
}

#[test]
fn a_plan_that_is_possible_says_nothing() {
    check(&format!("{SPEC}{{\"components\": {{\"prices\": {{}}}}}}"), "*", &expect![[r#""#]]);
    check(SPEC.trim_end_matches("//- .stagegate/runs.json\n"), "*", &expect![[r#""#]]);
}
