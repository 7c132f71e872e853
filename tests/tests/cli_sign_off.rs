//! `stagegate sign-off` from outside: the list, signing, taking back, and what is refused.

use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use stagegate_tests::cli::{Outcome, Sandbox};

const SPEC: &str = "# Prices

**Component Name:** prices
**Status:** Staging
**Target Stage:** production

## Overview
Prices.

## Acceptance Criteria

### Production Stage
- [ ] Security review complete
- [ ] A month of baskets agrees

---

**Approval:**
- [x] Technical Lead: Mara Lindqvist, 2026-11-18
- [ ] Product Owner: Ines Duarte (for production)
";

struct Fixture {
    sandbox: Sandbox,
}

fn fixture() -> Fixture {
    let files = [
        ("stagegate.yaml", "rules: {}\n"),
        ("specs/prices.md", SPEC),
        ("src/prices/prices.py", "PRICE = 1\n"),
        ("tests/test_prices.py", ""),
    ];
    Fixture { sandbox: Sandbox::new(&files) }
}

impl Fixture {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(&[&["sign-off"], arguments].concat());
        // Whoever runs the tests is nobody here.
        let nobody = self.sandbox.path("nobody");
        command.env("GIT_CONFIG_GLOBAL", &nobody).env("GIT_CONFIG_SYSTEM", &nobody).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    fn run_as(&self, name: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        let values = [("user.name", name), ("user.email", "who@example.com")];
        command.env("GIT_CONFIG_COUNT", "2");
        for (at, (key, value)) in values.into_iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        outcome(&mut command)
    }

    fn spec(&self) -> String {
        std::fs::read_to_string(self.sandbox.path("specs/prices.md")).expect("the spec is there")
    }
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the binary can be started");
    let text = |bytes: &[u8]| plain(&String::from_utf8_lossy(bytes));
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Replaces the state and the day by words: they are others tomorrow.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("state=") {
        let end = at + "state=".len() + 26;
        out.push_str(&rest[..at]);
        out.push_str("state=[STATE]");
        rest = rest.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out.split_inclusive(' ').map(without_day).collect()
}

/// Replaces a day that is not one of the spec.
fn without_day(word: &str) -> String {
    let is_day = |at: &usize| {
        let day = word.as_bytes().get(*at..*at + 10).unwrap_or_default();
        day.len() == 10
            && day
                .iter()
                .enumerate()
                .all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() })
    };
    match (0..word.len()).find(is_day) {
        Some(at) if &word[at..at + 10] != "2026-11-18" => {
            format!("{}[TODAY]{}", &word[..at], &word[at + 10..])
        }
        _ => word.to_owned(),
    }
}

fn check(outcome: &Outcome, expected: &Expect) {
    expected.assert_eq(&outcome.all());
}

#[test]
fn what_is_needed_is_listed_and_signed_off_one_by_one() {
    let f = fixture();
    check(
        &f.run(&["prices"]),
        &expect![[r#"
        exit 1
        --- stdout
        prices: 0 of 6 sign-offs for production

           CRITERION                  STATE                 BY              DATE
        ·  Security review complete   not signed off
        ·  Monitoring configured      not signed off
        ·  Rollback procedure tested  not signed off
        ·  Stakeholder approval       not signed off
        ✗  Technical Lead             for no certain state  Mara Lindqvist  2026-11-18
        ·  Product Owner              not signed off        (Ines Duarte)

        `Security review complete` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Security review complete"` signs it off
        `Monitoring configured` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Monitoring configured"` signs it off
        `Rollback procedure tested` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Rollback procedure tested"` signs it off; `stagegate drill prices` proves it, too
        `Stakeholder approval` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Stakeholder approval"` signs it off
        `Technical Lead` is signed off by Mara Lindqvist, 2026-11-18, and nothing says for which state; production needs one for the files as they are
          = help: look at it again, then `stagegate sign-off prices "Technical Lead"` signs it off anew
        `Product Owner` is not signed off; expected before production: a sign-off by Ines Duarte
          = help: `stagegate sign-off prices "Product Owner"` signs it off
    "#]],
    );
    check(
        &f.run_as("Tomasz Bielak", &["prices", "SECURITY review", "--note", "read the parser"]),
        &expect![[r#"
            exit 0
            --- stdout
            Signed off: `Security review complete` for production by Tomasz Bielak <who@example.com>, [TODAY] in specs/prices.md
              -- [ ] Security review complete
              +- [x] Security review complete — Tomasz Bielak <who@example.com>, [TODAY]: read the parser <!-- stagegate: state=[STATE] -->
        "#]],
    );
    check(
        &f.run_as("Tomasz Bielak", &["prices", "monitoring"]),
        &expect![[r#"
        exit 0
        --- stdout
        Signed off: `Monitoring configured` for production by Tomasz Bielak <who@example.com>, [TODAY] in specs/prices.md
          +- [x] Monitoring configured — Tomasz Bielak <who@example.com>, [TODAY] <!-- stagegate: state=[STATE] -->
    "#]],
    );
    check(
        &f.run(&["prices", "product owner", "--as", "Ines Duarte <ines@example.com>"]),
        &expect![[r#"
        exit 0
        --- stdout
        Signed off: `Product Owner` for production by Ines Duarte <ines@example.com>, [TODAY] in specs/prices.md
          -- [ ] Product Owner: Ines Duarte (for production)
          +- [x] Product Owner: Ines Duarte (for production) — Ines Duarte <ines@example.com>, [TODAY] <!-- stagegate: state=[STATE] -->
    "#]],
    );
    let before = f.spec();
    check(
        &f.run_as("Mara Lindqvist", &["prices", "technical lead", "--dry-run"]),
        &expect![[r#"
        exit 0
        --- stdout
        Would be written: `Technical Lead` for production by Mara Lindqvist <who@example.com>, [TODAY] in specs/prices.md
          -- [x] Technical Lead: Mara Lindqvist, 2026-11-18
          +- [x] Technical Lead: Mara Lindqvist — Mara Lindqvist <who@example.com>, [TODAY] <!-- stagegate: state=[STATE] -->
    "#]],
    );
    assert_eq!(f.spec(), before, "a dry run changes no byte");
    assert_eq!(f.run_as("Mara Lindqvist", &["prices", "technical lead"]).code, 0);
    check(
        &f.run(&["prices"]),
        &expect![[r#"
        exit 1
        --- stdout
        prices: 4 of 6 sign-offs for production

           CRITERION                  STATE           BY              DATE
        ✓  Security review complete   signed off      Tomasz Bielak   [TODAY]
        ✓  Monitoring configured      signed off      Tomasz Bielak   [TODAY]
        ·  Rollback procedure tested  not signed off
        ·  Stakeholder approval       not signed off
        ✓  Technical Lead             signed off      Mara Lindqvist  [TODAY]
        ✓  Product Owner              signed off      Ines Duarte     [TODAY]

        `Rollback procedure tested` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Rollback procedure tested"` signs it off; `stagegate drill prices` proves it, too
        `Stakeholder approval` is not signed off; expected before production (`sign_offs.production`): a sign-off
          = help: `stagegate sign-off prices "Stakeholder approval"` signs it off
    "#]],
    );

    let source = f.sandbox.path("src/prices/prices.py");
    std::fs::write(source, "PRICE = 2\n").expect("the source can be written");
    check(
        &f.run(&["prices", "--format", "json"]),
        &expect![[r#"
        exit 1
        --- stdout
        {"schema":"stagegate.sign-offs/1","action":"listed","component":"prices","stage":"production","given":0,"total":6,"sign_offs":[{"criterion":"Security review complete","holds":false,"state":"outdated","says":"`Security review complete` was signed off by Tomasz Bielak <who@example.com>, [TODAY]; since then the source changed","expected":null,"by":{"name":"Tomasz Bielak","email":"who@example.com","date":"[TODAY]","note":"read the parser","state":"2ac3efe8-ffa3626d-8e10b965"},"changed":["the source"],"drill":null,"asked_by":["sign_offs.production"],"path":"specs/prices.md"},{"criterion":"Monitoring configured","holds":false,"state":"outdated","says":"`Monitoring configured` was signed off by Tomasz Bielak <who@example.com>, [TODAY]; since then the source changed","expected":null,"by":{"name":"Tomasz Bielak","email":"who@example.com","date":"[TODAY]","note":null,"state":"2ac3efe8-ffa3626d-8e10b965"},"changed":["the source"],"drill":null,"asked_by":["sign_offs.production"],"path":"specs/prices.md"},{"criterion":"Rollback procedure tested","holds":false,"state":"missing","says":"`Rollback procedure tested` is not signed off; expected before production (`sign_offs.production`): a sign-off","expected":null,"by":null,"changed":[],"drill":null,"asked_by":["sign_offs.production"],"path":null},{"criterion":"Stakeholder approval","holds":false,"state":"missing","says":"`Stakeholder approval` is not signed off; expected before production (`sign_offs.production`): a sign-off","expected":null,"by":null,"changed":[],"drill":null,"asked_by":["sign_offs.production"],"path":null},{"criterion":"Technical Lead","holds":false,"state":"outdated","says":"`Technical Lead` was signed off by Mara Lindqvist <who@example.com>, [TODAY]; since then the source changed","expected":"Mara Lindqvist","by":{"name":"Mara Lindqvist","email":"who@example.com","date":"[TODAY]","note":null,"state":"2ac3efe8-ffa3626d-8e10b965"},"changed":["the source"],"drill":null,"asked_by":[],"path":"specs/prices.md"},{"criterion":"Product Owner","holds":false,"state":"outdated","says":"`Product Owner` was signed off by Ines Duarte <ines@example.com>, [TODAY]; since then the source changed","expected":"Ines Duarte","by":{"name":"Ines Duarte","email":"ines@example.com","date":"[TODAY]","note":null,"state":"2ac3efe8-ffa3626d-8e10b965"},"changed":["the source"],"drill":null,"asked_by":[],"path":"specs/prices.md"}]}
    "#]],
    );
    let found = f.sandbox.run(&["check"]).stdout;
    assert_eq!(found.matches("warning[gate/sign-off-outdated]").count(), 4, "{found}");

    check(
        &f.run(&["prices", "security review", "--withdraw"]),
        &expect![[r#"
        exit 0
        --- stdout
        Withdrawn: `Security review complete` for production in specs/prices.md
          -- [x] Security review complete — Tomasz Bielak <who@example.com>, [TODAY]: read the parser <!-- stagegate: state=[STATE] -->
          +- [ ] Security review complete
    "#]],
    );
    check(
        &f.run(&["prices", "security review", "--withdraw"]),
        &expect![[r#"
        exit 0
        --- stderr
        note: nobody signed `Security review complete` off; nothing was changed
    "#]],
    );
    check(
        &f.run(&["prices", "--to", "staging"]),
        &expect![[r#"
        exit 0
        --- stdout
        Nothing has to be signed off before prices is promoted to staging.
    "#]],
    );
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let f = fixture();
    check(
        &f.run(&["price", "security review"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: there is no component `price`
          = help: `stagegate status` lists the components
    "#]],
    );
    check(
        &f.run(&["prices", "security review"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: git does not know who you are: `user.name` is not set
          = help: tell it with `git config user.name NAME` and `git config user.email MAIL`, or use `--as "NAME <MAIL>"`
    "#]],
    );
    check(
        &f.run(&["prices", "security review", "--as", "Mara"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: `Mara` names nobody
          = help: expected a name and an address: `--as "Mara Lindqvist <mara@example.com>"`
    "#]],
    );
    check(
        &f.run_as("Mara", &["prices", "product owner"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: `Product Owner` is to be signed off by Ines Duarte; you are Mara
          = help: let them sign it off, or change whom the file names
    "#]],
    );
    check(
        &f.run_as("Mara", &["prices", "securty"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: `prices` has no criterion `securty` that people sign off
          = help: did you mean `Security review complete`?
    "#]],
    );
    check(
        &f.run_as("Mara", &["prices", "coffee"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: `prices` has no criterion `coffee` that people sign off
          = help: there are `Security review complete`, `Monitoring configured`, `Rollback procedure tested`, `Stakeholder approval`, `Technical Lead`, `Product Owner`, `A month of baskets agrees`
    "#]],
    );
    check(
        &f.run(&["prices", "--to", "moon"]),
        &expect![[r#"
        exit 2
        --- stderr
        error: `moon` is no stage with sign-offs
          = help: expected development, staging or production
    "#]],
    );
    assert_eq!(f.run(&["prices", "--withdraw"]).code, 2);
    assert_eq!(f.spec(), SPEC);
}
