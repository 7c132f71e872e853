//! Components on the command line: `check`, `status`, `inspect` and `new spec` from outside.

use std::fmt::Write as _;
use std::time::Instant;

use expect_test::{Expect, expect, expect_file};
use serde_json::Value;
use stagegate_tests::cli::{Outcome, Sandbox};

/// The rules that these tests are not about are off, so that a new one changes nothing here.
const ONE_RULE: &str = "rules: { spec/*: off, maturity/*: off, maturity/stage-mismatch: warning }\n";

/// A spec with every required section.
fn spec(name: &str, status: &str, target: &str, rest: &str) -> String {
    format!(
        "# {name}\n\n**Component Name:** {name}\n**Status:** {status}\n**Target Stage:** {target}\n\n## Overview\n\nText.\n\n\
         ## Requirements\n\nText.\n\n## Acceptance Criteria\n\n### Staging\n- [x] All unit tests pass\n- [ ] Test coverage ≥75%\n{rest}"
    )
}

fn maturity(stage: &str, rest: &str) -> String {
    format!("# Maturity\n\n**Current Stage**: {stage}\n{rest}")
}

/// A workspace with a component in most columns.
fn workspace() -> Sandbox {
    let sandbox =
        Sandbox::new(&[("stagegate.yaml", ""), ("README.md", "# Shop\n"), ("docs/notes.md", "# Notes\n")]);
    let needs = "\n## Dependencies\n\n### Required Components\n- `outbox` (staging) - mails\n";
    sandbox.write("specs/shop.md", spec("shop", "Development", "staging", needs));
    sandbox.write("specs/outbox.md", spec("outbox", "Development", "staging", ""));
    sandbox.write("specs/idea.md", spec("idea", "Draft", "development", ""));
    sandbox.write("src/shop/__init__.py", "__maturity__ = \"development\"\n");
    sandbox.write("src/shop/MATURITY.md", maturity("Development", "**Current Coverage**: 72.5%\n"));
    sandbox.write("src/outbox/__init__.py", "");
    sandbox.write("src/outbox/MATURITY.md", maturity("Staging (Promoted)", ""));
    sandbox.write("src/search/x.py", "");
    sandbox.write("tests/test_shop.py", "");
    sandbox
}

fn check(sandbox: &Sandbox, arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&sandbox.run(arguments).all());
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

#[test]
fn check_points_to_other_files_and_counts_only_what_is_ours() {
    let sandbox = workspace();
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
            exit 0
            --- stdout
            warning[maturity/tests-missing]: `outbox` is in staging, but has no tests
             --> specs/outbox.md:3:21
              |
            3 | **Component Name:** outbox
              |                     ^^^^^^
              |
              = help: expected `tests/outbox`, `tests/test_outbox.py`, `tests/test_outbox_*.py` or another place; `components.tests` in stagegate.yaml says where to look

            warning[maturity/stage-mismatch]: `outbox` is in development here, but `src/outbox/MATURITY.md` says staging
             --> specs/outbox.md:4:13
              |
            4 | **Status:** Development
              |             ^^^^^^^^^^^
              |
             ::: src/outbox/MATURITY.md:3:20: `Staging` stands here
              = help: `src/outbox/MATURITY.md` counts first: it is taken to be in staging; correct what is wrong

            warning[maturity/stage-mismatch]: `outbox` is in staging here, but `specs/outbox.md` says development
             --> src/outbox/MATURITY.md:3:20
              |
            3 | **Current Stage**: Staging (Promoted)
              |                    ^^^^^^^^^^^^^^^^^^
              |
             ::: specs/outbox.md:4:13: `Development` stands here
              = help: this counts first: it is taken to be in staging; correct what is wrong

            Found 3 warnings in 2 of 7 files. 17 hints are not shown; see --verbose.
        "#]],
    );
    let found = json(&sandbox.run(&["check", "--format", "json"]));
    assert_eq!(found["files_checked"], 7, "README.md, notes.md and a silent __init__.py are not checked");
    let findings = found["diagnostics"].as_array().unwrap();
    let mismatch = findings.iter().find(|d| d["code"] == "maturity/stage-mismatch").unwrap();
    let related = &mismatch["related"][0];
    assert_eq!(
        (&mismatch["path"], &related["path"]),
        (&"specs/outbox.md".into(), &"src/outbox/MATURITY.md".into())
    );
    assert_eq!(related["range"]["start"], serde_json::json!({ "line": 2, "character": 19 }));
    check(
        &sandbox,
        &["check", "README.md", "src/outbox/__init__.py", "specs/idea.md"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file. 6 hints are not shown; see --verbose.
        --- stderr
        note: not checked, because it is not a file that Stagegate knows: `README.md`, `src/outbox/__init__.py`; see `stagegate inspect FILE`
    "#]],
    );
}

#[test]
fn markdown_is_a_spec_where_its_metadata_says_so() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", ""), (".gitignore", "hidden\n")]);
    sandbox.write("docs/api.md", "# API\n\n**Component Name:** api\n");
    sandbox.write("docs/other.md", "# Other\n");
    sandbox.write("docs/latin.md", b"# caf\xe9\n");
    sandbox.write("hidden/h.md", "# H\n\n**Component Name:** h\n");
    let checked = |arguments: &[&str]| json(&sandbox.run(arguments))["files_checked"].clone();
    assert_eq!(checked(&["check", "--format", "json"]), 2, "the configuration and api.md");
    assert_eq!(checked(&["check", "docs/api.md", "docs/other.md", "--format", "json"]), 1);
    assert_eq!(checked(&["check", "hidden/h.md", "--format", "json"]), 1, "named although git ignores it");
    assert_eq!(checked(&["check", "hidden", "--format", "json"]), 1);
}

#[test]
fn status_shows_every_component_by_its_stage() {
    let sandbox = workspace();
    check(
        &sandbox,
        &["status"],
        &expect![[r#"
            exit 0
            --- stdout
            Backlog (1)
              idea    to development · gates 2/4 · no source, no MATURITY.md

            Development (1)
              shop    to staging · coverage 72.5 of 75 % (reported) · gates 2/9 · criteria 1/2

            Staging (1)
              outbox  target staging · gates 2/9 · criteria 1/2 · no tests
                  3 warnings

            Production (0)

            Source without a spec: search. `stagegate new spec search` writes one.
            3 components: none is blocked; 3 warnings. `stagegate check` shows each on its line.
        "#]],
    );
    check(
        &sandbox,
        &["status", "--format", "table"],
        &expect![[r#"
            exit 0
            --- stdout
            Component  Stage        Target       Coverage            Gates  Criteria  Findings    Missing and below target
            idea       backlog      development  -                   2/4    -         -           no source, no MATURITY.md
            shop       development  staging      72.5/75 % reported  2/9    1/2       -           -
            outbox     staging      staging      -                   2/9    1/2       3 warnings  no tests

            Source without a spec: search. `stagegate new spec search` writes one.
            3 components: none is blocked; 3 warnings. `stagegate check` shows each on its line.
        "#]],
    );
    check(
        &sandbox,
        &["status", "src/shop", "--format", "markdown"],
        &expect![[r#"
            exit 0
            --- stdout
            | Component | Stage | Target | Coverage | Gates | Criteria | Findings | Missing and below target |
            | --- | --- | --- | --- | --- | --- | --- | --- |
            | `idea` | backlog | development | - | 2/4 | - | - | no source, no MATURITY.md |
            | `shop` | development | staging | 72.5/75 % reported | 2/9 | 1/2 | - | - |
            | `outbox` | staging | staging | - | 2/9 | 1/2 | 3 warnings | no tests |

            3 components: none is blocked; 3 warnings. `stagegate check` shows each on its line.
        "#]],
    );
}

/// README.md shows this; keep it in step.
#[test]
fn the_demo_has_a_component_in_most_columns() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/demo");
    expect_file!["cli/status-demo.txt"].assert_eq(&Sandbox::new(&[]).run(&["status", demo]).stdout);
}

#[test]
fn status_for_programs() {
    let sandbox = workspace();
    let outcome = sandbox.run(&["status", "--format", "json"]);
    let board = json(&outcome);
    assert_eq!((outcome.code, &board["schema"]), (0, &"stagegate.status/1".into()));
    let component = |name: &str| {
        board["components"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone()
    };
    expect![[r#"
        {
          "approvals": {
            "checked": 0,
            "total": 0
          },
          "below_target": [],
          "blockers": {
            "errors": 0,
            "first": [],
            "issues": [],
            "warnings": 0
          },
          "code": [
            "src/shop/__init__.py"
          ],
          "column": "development",
          "coverage": {
            "measured": null,
            "percent": 72.5,
            "reported": 72.5,
            "required": 75,
            "source": "reported"
          },
          "criteria": {
            "checked": 1,
            "total": 2
          },
          "dependencies": [
            {
              "component": "outbox",
              "known": true,
              "required": true,
              "stage": "staging"
            }
          ],
          "gates": {
            "list": [
              {
                "at": null,
                "expected": "nothing missing",
                "found": "nothing is missing",
                "gate": "specification",
                "need": "required",
                "stale": false,
                "verdict": "pass"
              },
              {
                "at": null,
                "expected": "nothing missing",
                "found": "nothing is missing",
                "gate": "dependencies",
                "need": "required",
                "stale": false,
                "verdict": "pass"
              },
              {
                "at": null,
                "expected": "nothing missing",
                "found": "no README: expected `src/shop/README.md` or `docs/shop.md`; the API is not documented: expected text below `API Design` in the spec; no examples: expected code below `API Design` in the spec, or files in `src/shop/examples`",
                "gate": "documentation",
                "need": "optional",
                "stale": false,
                "verdict": "fail"
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "instructions",
                "need": "optional",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "lint",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "types",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "secrets",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "vulnerabilities",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "complexity",
                "need": "optional",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "tests",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "coverage",
                "need": "required",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "integration_tests",
                "need": "optional",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "performance",
                "need": "optional",
                "stale": false,
                "verdict": null
              },
              {
                "at": null,
                "expected": null,
                "found": null,
                "gate": "flakiness",
                "need": "required",
                "stale": false,
                "verdict": null
              }
            ],
            "met": 2,
            "required": 9
          },
          "maturity": [
            "src/shop/MATURITY.md"
          ],
          "name": "shop",
          "next": "staging",
          "source": [
            "src/shop"
          ],
          "specs": [
            "specs/shop.md"
          ],
          "stage": "development",
          "target": "staging",
          "tests": [
            "tests/test_shop.py"
          ]
        }
    "#]]
    .assert_eq(&format!("{:#}\n", component("shop")));
    assert_eq!(component("outbox")["stage"], "staging", "MATURITY.md counts before the spec");
    assert_eq!(component("idea")["column"], "backlog");
    assert_eq!(board["without_spec"], serde_json::json!([{ "name": "search", "source": ["src/search"] }]));
}

#[test]
fn status_of_nothing_says_what_was_looked_for() {
    check(
        &Sandbox::new(&[]),
        &["status"],
        &expect![[r#"
        exit 0
        --- stdout
        Found no components in [ROOT].
        A component has a spec: a Markdown file below specs/, or one with a line `**Component Name:** NAME`;
        or its source folder, such as src/NAME, has a MATURITY.md or declares `__maturity__`.
        `stagegate new spec NAME` writes the first one.
    "#]],
    );
    check(
        &Sandbox::new(&[("src/a/x.py", ""), ("src/b.py", "")]),
        &["status"],
        &expect![[r#"
            exit 0
            --- stdout
            Found no components in [ROOT].
            A component has a spec: a Markdown file below specs/, or one with a line `**Component Name:** NAME`;
            or its source folder, such as src/NAME, has a MATURITY.md or declares `__maturity__`.
            Source without a spec: a, b. `stagegate new spec a` writes one.
        "#]],
    );
    check(
        &Sandbox::new(&[]),
        &["status", "no/such"],
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot look at `no/such`: no such file or folder
          = help: looked in [ROOT]
    "#]],
    );
    let empty = json(&Sandbox::new(&[]).run(&["status", "--format", "json"]));
    assert_eq!(empty["components"], serde_json::json!([]));
}

#[test]
fn status_names_blockers_on_their_line() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", &ONE_RULE.replace("warning", "error"))]);
    sandbox.write("specs/a.md", "# A\r\n\r\n**Component Name:** a\r\n**Status:** Staging\r\n");
    sandbox.write("src/a/MATURITY.md", maturity("Development", ""));
    sandbox.write("src/b/MATURITY.md", b"# caf\xe9\n");
    let shown = sandbox.run(&["status"]);
    assert_eq!(shown.code, 0, "a report is no verdict");
    for line in ["specs/a.md:4: ", "src/b/MATURITY.md:1: ", "1 component: 1 is blocked"] {
        assert!(shown.stdout.contains(line), "{line}: {}", shown.stdout);
    }
    let board = json(&sandbox.run(&["status", "--format", "json"]));
    assert_eq!(board["components"][0]["blockers"]["first"][0]["line"], 3);
    assert_eq!(board["problems"][0]["code"], "file/not-utf8");
}

#[test]
fn names_of_users_steer_neither_terminal_nor_table_nor_paths() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    for (file, name) in
        [("a", "../../etc"), ("b", "\u{1f680} rocket"), ("c", "a|b<img>@all"), ("d", "x\u{1b}[31m")]
    {
        sandbox.write(&format!("specs/{file}.md"), spec(name, "Development", "staging", ""));
    }
    let shown = sandbox.run(&["status"]).stdout + &sandbox.run(&["status", "--format", "table"]).stdout;
    // What cannot be a name is an error in its file, and no component.
    assert!(
        shown.contains("rocket") && !shown.contains("  ../../etc  ") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    let table = sandbox.run(&["status", "--format", "markdown"]).stdout;
    assert!(!table.contains("<img>") && table.contains("| `rocket` | development"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
    for format in ["text", "table", "markdown", "json"] {
        assert_eq!(sandbox.run(&["status", "--format", format]).code, 0);
    }
    assert!(sandbox.run(&["check"]).code < 2);
}

#[test]
fn status_does_not_flatter_and_agrees_with_the_rules() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    sandbox.write("specs/foo.md", spec("foo", "Draft", "development", ""));
    let manifest = "{\"stagegate\": {\"stage\": \"development\", \"component\": \"foo\"}}\n";
    sandbox.write("src/bar/package.json", manifest);
    sandbox.write(
        "src/bar/MATURITY.md",
        "# Bar\n\n**Component:** foo\n**Current Stage**: Development\n**Current Coverage**: 59.96%\n",
    );
    sandbox.write("tests/bar/a.py", "");
    let shown = sandbox.run(&["status"]).all();
    assert!(shown.contains("59.9 of 60 %"), "{shown}");
    assert!(!shown.contains("no source") && !shown.contains("without a spec"), "{shown}");
}

#[test]
fn two_specs_of_one_component_are_one_component() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    sandbox.write("specs/a.md", spec("price-list", "Development", "staging", ""));
    sandbox.write("specs/b.md", spec("Price List", "Staging", "production", ""));
    sandbox.write("specs/gone.md", "# Gone\n\nThis document has moved to another place.\n");
    sandbox.write("specs/templates/x.md", spec("[name]", "Development", "staging", ""));
    let board = json(&sandbox.run(&["status", "--format", "json"]));
    assert_eq!(board["components"].as_array().unwrap().len(), 1, "{board:#}");
    assert_eq!(board["components"][0]["specs"], serde_json::json!(["specs/a.md", "specs/b.md"]));
}

#[test]
fn a_chain_of_5000_components_is_shown() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    for i in 0..5000 {
        let next = format!("\n## Dependencies\n- `c{}` (staging) - next\n", i + 1);
        let stage = if i == 4999 { "Development" } else { "Staging" };
        let next = if i == 4999 { "" } else { &next };
        sandbox.write(&format!("specs/c{i}.md"), spec(&format!("c{i}"), stage, "staging", next));
    }
    let start = Instant::now();
    let board = json(&sandbox.run(&["status", "--format", "json"]));
    let all = board["components"].as_array().unwrap();
    assert_eq!(all.len(), 5000);
    let first = all.iter().find(|c| c["name"] == "c0").unwrap();
    assert_eq!(first["below_target"][0]["weakest"], "c4999");
    assert!(sandbox.run(&["check"]).code < 2);
    // A limit far above what it takes (a second, unoptimised) and below what anything quadratic in files would take.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn inspect_shows_a_spec() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", ONE_RULE)]);
    let rest = "- ✅ Reviewed\n\n## Dependencies\n\n### Required Components\n- `outbox` (development) - mails\n\n### Optional Components\n\
                - `search` - finds\n\n## Maturity Targets\n\n### Staging\n- Test coverage: ≥72.5%\n\n**Approval:**\n- [x] Lead\n- [ ] Owner\n";
    sandbox.write("specs/shop.md", spec("shop", "Development", "staging", rest).replace('\n', "\r\n"));
    sandbox.write("src/outbox/MATURITY.md", maturity("Staging", ""));
    check(
        &sandbox,
        &["inspect", "specs/shop.md"],
        &expect![[r#"
            exit 0
            --- stdout
            specs/shop.md
              workspace     [ROOT]
              kind          spec
              component     shop (Component Name, line 3)
              stage         development, line 4
              target        staging, line 5
              asks for      staging 72.5 %
              approvals     1 of 2

            Dependencies
                  25  outbox  required, in staging, said to be in development
                  28  search  optional, of unknown stage

            Criteria
                  18  [x] All unit tests pass  (staging, tests)
                  19  [ ] Test coverage ≥75%  (staging, coverage)
                  20  [x] ✅ Reviewed  (staging)

            Headings
                   1  # shop
                   7  ## Overview
                  11  ## Requirements
                  15  ## Acceptance Criteria
                  17  ### Staging
                  22  ## Dependencies
                  24  ### Required Components
                  27  ### Optional Components
                  30  ## Maturity Targets
                  32  ### Staging

            Findings
            No problems found in 1 file.
        "#]],
    );
    let outcome = sandbox.run(&["inspect", "specs/shop.md", "--format", "json"]);
    let mut report = json(&outcome);
    report.as_object_mut().unwrap().retain(|key, _| !["diagnostics", "sections"].contains(&key.as_str()));
    expect![[r#"
        {"approvals":{"checked":1,"total":2},"component":"shop","component_line":2,"component_source":"Component Name","coverage_targets":{"development":null,"production":null,"staging":72.5},"criteria":[{"checked":true,"gate":"tests","gates":["tests"],"line":17,"stage":"staging","text":"All unit tests pass"},{"checked":false,"gate":"coverage","gates":["coverage"],"line":18,"stage":"staging","text":"Test coverage ≥75%"},{"checked":true,"gate":null,"gates":[],"line":19,"stage":"staging","text":"✅ Reviewed"}],"current_stage":"development","current_stage_line":3,"dependencies":[{"actual_stage":"staging","component":"outbox","kind":"required","line":24,"stage":"development"},{"actual_stage":null,"component":"search","kind":"optional","line":27,"stage":null}],"dialect":"component","excluded":false,"kind":"spec","missing_recommended_sections":["API Design","Implementation Plan","Testing Strategy","Rollback Procedure"],"missing_sections":[],"moved":false,"path":"specs/shop.md","reported_coverage":null,"reported_coverage_line":null,"root":"[ROOT]","schema":"stagegate.inspect/1","status":"Development","status_line":3,"target_stage":"staging","target_stage_line":4,"template":false}
    "#]].assert_eq(&format!("{report}\n"));
}

#[test]
fn inspect_shows_what_else_is_about_components() {
    let sandbox =
        Sandbox::new(&[("stagegate.yaml", &format!("{ONE_RULE}files: {{ exclude: [\"specs/old/**\"] }}\n"))]);
    let criteria =
        "**Status**: waiting\n\n## Maturity Criteria\n\n### Development → Staging\n- [x] Linting clean\n";
    sandbox.write("src/shop/MATURITY.md", maturity("Development → Staging (in progress)", criteria));
    sandbox.write("src/shop/__init__.py", "\"\"\"Shop.\"\"\"\n__maturity__ = \"staging\"\n");
    sandbox.write("src/empty/__init__.py", "");
    sandbox.write("specs/templates/x.md", spec("[name]", "Draft", "[stage]", ""));
    sandbox.write("specs/gone.md", "# Gone\n\nThis document has moved to another place.\n");
    sandbox.write("specs/feature.md", "# A feature\n\n## Goals\n");
    sandbox.write("specs/old/a.md", spec("a", "Development", "staging", ""));
    check(
        &sandbox,
        &["inspect", "src/shop/MATURITY.md"],
        &expect![[r#"
            exit 0
            --- stdout
            src/shop/MATURITY.md
              workspace     [ROOT]
              kind          MATURITY file
              component     shop (folder)
              stage         development, line 3
              status        waiting, line 4
              target        staging, line 3

            Criteria
                   9  [x] Linting clean  (staging, lint)

            Headings
                   1  # Maturity
                   6  ## Maturity Criteria
                   8  ### Development → Staging

            Findings
            warning[maturity/stage-mismatch]: `shop` is in development here, but `src/shop/__init__.py` says staging
             --> src/shop/MATURITY.md:3:20
              |
            3 | **Current Stage**: Development → Staging (in progress)
              |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
             ::: src/shop/__init__.py:2:17: `staging` stands here
              = help: this counts first: it is taken to be in development; correct what is wrong

            Found 1 warning in 1 of 1 file.
        "#]],
    );
    check(
        &sandbox,
        &["inspect", "src/shop/__init__.py"],
        &expect![[r#"
            exit 0
            --- stdout
            src/shop/__init__.py
              workspace     [ROOT]
              kind          code that may declare the stage of its component
              component     shop
              stage         staging, line 2

            Findings
            warning[maturity/stage-mismatch]: `shop` is in staging here, but `src/shop/MATURITY.md` says development
             --> src/shop/__init__.py:2:17
              |
            2 | __maturity__ = "staging"
              |                 ^^^^^^^
              |
             ::: src/shop/MATURITY.md:3:20: `Development → Staging` stands here
              = help: `src/shop/MATURITY.md` counts first: it is taken to be in development; correct what is wrong

            Found 1 warning in 1 of 1 file.
        "#]],
    );
    let kinds = [
        "src/shop/MATURITY.md",
        "src/shop/__init__.py",
        "src/empty/__init__.py",
        "specs/templates/x.md",
        "specs/gone.md",
        "specs/feature.md",
        "specs/old/a.md",
    ];
    let mut out = String::new();
    for path in kinds {
        let report = json(&sandbox.run(&["inspect", path, "--format", "json"]));
        let keys = [
            "kind",
            "dialect",
            "template",
            "moved",
            "excluded",
            "component",
            "component_source",
            "current_stage",
            "target_stage",
            "current_stage_line",
            "status",
        ];
        let keys: Vec<_> = keys.iter().map(|key| format!("{key} {}", report[key])).collect();
        writeln!(out, "{path}: {}", keys.join(", ")).unwrap();
    }
    expect![[r#"
        src/shop/MATURITY.md: kind "maturity", dialect "other", template false, moved false, excluded false, component "shop", component_source "folder", current_stage "development", target_stage "staging", current_stage_line 2, status "waiting"
        src/shop/__init__.py: kind "code", dialect null, template null, moved null, excluded false, component "shop", component_source "folder", current_stage "staging", target_stage null, current_stage_line 1, status "staging"
        src/empty/__init__.py: kind "code", dialect null, template null, moved null, excluded false, component "empty", component_source "folder", current_stage null, target_stage null, current_stage_line null, status null
        specs/templates/x.md: kind "spec", dialect "component", template true, moved false, excluded false, component "x", component_source "file stem", current_stage null, target_stage null, current_stage_line null, status "Draft"
        specs/gone.md: kind "spec", dialect "other", template false, moved true, excluded false, component "gone", component_source "file stem", current_stage null, target_stage null, current_stage_line null, status null
        specs/feature.md: kind "spec", dialect "other", template false, moved false, excluded false, component "feature", component_source "file stem", current_stage null, target_stage null, current_stage_line null, status null
        specs/old/a.md: kind "spec", dialect "component", template false, moved false, excluded true, component "a", component_source "Component Name", current_stage "development", target_stage "staging", current_stage_line 3, status "Development"
    "#]].assert_eq(&out);
    for (path, kind) in [
        ("specs/templates/x.md", "template of a spec"),
        ("specs/gone.md", "spec that has moved"),
        ("specs/feature.md", "spec of another kind"),
        ("src/empty/__init__.py", "none is declared"),
    ] {
        let shown = sandbox.run(&["inspect", path]);
        assert!(shown.code == 0 && shown.stdout.contains(kind), "{}", shown.stdout);
    }
}

/// Today, wherever the test runs.
fn without_date(text: &str) -> String {
    let at = text.find("**Last Updated:** ").expect("a date is filled in") + "**Last Updated:** ".len();
    let date = &text[at..at + 10];
    assert!(date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-'), "{date}");
    text.replace(date, "[DATE]")
}

#[test]
fn a_new_spec_passes_the_check() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    check(
        &sandbox,
        &["new", "spec", "price_list", "--target", "staging", "--owner", "Mara Lindqvist"],
        &expect![[r#"
            exit 0
            --- stdout
            Wrote specs/price_list.md

            Say in it what Price List does, then: stagegate check specs/price_list.md
            It is in the backlog until its Status, or a MATURITY.md beside its source, states a stage.
        "#]],
    );
    let text = String::from_utf8(sandbox.read("specs/price_list.md")).unwrap();
    assert!(!text.contains(['{', '}']), "{text}");
    let head: String = without_date(&text).lines().take(9).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        # Component Specification: Price List

        **Component Name:** price_list
        **Status:** Draft
        **Target Stage:** staging
        **Owner:** Mara Lindqvist
        **Last Updated:** [DATE]

        ---
    "#]]
    .assert_eq(&head);
    check(
        &sandbox,
        &["check", "--verbose", "--deny", "warnings"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 2 files.
    "#]],
    );
    let report = json(&sandbox.run(&["inspect", "specs/price_list.md", "--format", "json"]));
    assert_eq!((&report["current_stage"], &report["target_stage"]), (&Value::Null, &"staging".into()));
    let board = json(&sandbox.run(&["status", "--format", "json"]));
    assert_eq!(board["components"][0]["column"], "backlog");
    // Names and titles as they may come.
    for (name, title) in
        [("api-v2", "The {date} & `API`"), ("README", "[x]"), ("x_", "**B**"), ("A9", "1. <b>")]
    {
        assert_eq!(sandbox.run(&["new", "spec", name, "--title", title]).code, 0, "{name}");
    }
    check(
        &sandbox,
        &["check", "-v", "specs"],
        &expect![[r#"
            exit 0
            --- stdout
            warning[spec/placeholder-left]: `[x]` is a placeholder of the template; expected a value
             --> specs/README.md:1:28
              |
            1 | # Component Specification: [x]
              |                            ^^^
              |
              = help: write the value, or delete the line

            warning[spec/placeholder-left]: `{date}` is a placeholder of the template; expected a value
             --> specs/api-v2.md:1:32
              |
            1 | # Component Specification: The {date} & `API`
              |                                ^^^^^^
              |
              = help: write the value, or delete the line

            Found 2 warnings in 2 of 5 files.
        "#]],
    );
}

#[test]
fn a_new_spec_never_replaces_or_leaves() {
    let sandbox = workspace();
    let before = sandbox.read("specs/shop.md");
    sandbox.write("docs/far.md", "# Far\n\n**Component Name:** far-away\n");
    sandbox.write("specs/taken.md", "# A feature\n\n## Goals\n");
    let mut out = String::new();
    for arguments in [
        &["../../etc"][..],
        &["a/b"],
        &["\u{1f680}"],
        &["naïve"],
        &[""],
        &["two words"],
        &["_private"],
        &["shop"],
        &["Far_Away"],
        &["taken"],
        &["new", "--target", "prod-ish"],
        &["new", "--target", "deprecated"],
        &["new", "--title", "a\nb"],
        &["new", "--owner", " "],
    ] {
        let all: Vec<_> = ["new", "spec"].iter().chain(arguments).copied().collect();
        let outcome = sandbox.run(&all);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{arguments:?}");
        out.push_str(&outcome.stderr);
    }
    expect![[r#"
        error: `../../etc` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `a/b` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `🚀` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `naïve` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `two words` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: `_private` is not a valid name of a component
          = help: expected letters (A to Z, without accents), digits, `_` and `-`, at most 100, and no `_` first
          = help: a title for people goes beside it: `--title "Price List"`
        error: the component `shop` has a spec already: specs/shop.md
          = help: `stagegate inspect specs/shop.md` shows what is understood of it; nothing was written
        error: the component `Far_Away` has a spec already: docs/far.md
          = help: `stagegate inspect docs/far.md` shows what is understood of it; nothing was written
        error: specs/taken.md exists already; nothing was written
          = help: `stagegate inspect specs/taken.md` shows what is understood of it
        error: `prod-ish` is not a stage that a component can aim for
          = help: expected `development`, `staging` or `production` (or `experimental`)
        error: `deprecated` is not a stage that a component can aim for
          = help: expected `development`, `staging` or `production` (or `experimental`)
        error: `a␊b` is no value for --title
          = help: expected one line of text
        error: ` ` is no value for --owner
          = help: expected one line of text
    "#]]
    .assert_eq(&out);
    assert_eq!(sandbox.read("specs/shop.md"), before);
    assert!(!sandbox.path("specs/new.md").exists());
    let long = "a".repeat(101);
    assert_eq!(sandbox.run(&["new", "spec", &long]).code, 2);
}

#[test]
fn a_new_spec_is_written_from_the_template_of_the_repository() {
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    let template = "specs/templates/component.spec.template.md";
    sandbox.write(
        template,
        "# {Component Name}\r\n\r\n**Component Name:** {component_name}\r\n\r\n{owner}, {date}, {other}\r\n",
    );
    assert_eq!(sandbox.run(&["new", "spec", "a-b"]).code, 0);
    let text = String::from_utf8(sandbox.read("specs/a-b.md")).unwrap();
    assert!(
        text.starts_with("# A B\r\n\r\n**Component Name:** a-b\r\n\r\nunassigned, 20")
            && text.ends_with(", {other}\r\n"),
        "{text}"
    );
    check(
        &sandbox,
        &["new", "spec", "c", "--target", "staging"],
        &expect![[r#"
        exit 2
        --- stderr
        error: the template has no line `**Target Stage:** ...` for --target
          = help: add one to specs/templates/component.spec.template.md; nothing was written
    "#]],
    );
    sandbox.write(template, "# {Component Name}: {component_name}\n");
    check(
        &sandbox,
        &["new", "spec", "c"],
        &expect![[r#"
        exit 2
        --- stderr
        error: the template gives no spec of a component
          = help: let it say `**Component Name:** {component_name}` above its first `##`
          = help: nothing was written; a template of the repository is specs/templates/component.spec.template.md
    "#]],
    );
    sandbox.write(template, "# Spec\n");
    check(
        &sandbox,
        &["new", "spec", "d"],
        &expect![[r#"
        exit 0
        --- stdout
        Wrote specs/d.md

        Say in it what D does, then: stagegate check specs/d.md
        It is in the backlog until its Status, or a MATURITY.md beside its source, states a stage.
        --- stderr
        note: specs/templates/component.spec.template.md has no {component_name} to fill in; the template built in was taken
    "#]],
    );
    check(
        &sandbox,
        &["new", "spec", "mail", "--title", "Mail Template"],
        &expect![[r#"
        exit 2
        --- stderr
        note: specs/templates/component.spec.template.md has no {component_name} to fill in; the template built in was taken
        error: the spec would be taken for a template
          = help: its title or status says that it is one; choose another --title
          = help: nothing was written; a template of the repository is specs/templates/component.spec.template.md
    "#]],
    );
    sandbox.write(template, b"# \xff {component_name}\n");
    check(
        &sandbox,
        &["new", "spec", "e"],
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot use the template specs/templates/component.spec.template.md: the file is not UTF-8 text: byte 0xff in line 1 (offset 2) belongs to no character
          = help: mend it, or remove it: there is one built in; nothing was written
    "#]],
    );
    sandbox.write("stagegate.yaml", "specs: { exclude: [\"specs/**\"] }\n");
    check(
        &sandbox,
        &["new", "spec", "f"],
        &expect![[r#"
        exit 2
        --- stderr
        error: specs/f.md would be no spec by the configuration; nothing was written
          = help: look at `specs.include`, `specs.exclude`, `specs.templates` and `files.exclude` there
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_new_spec_does_not_follow_a_link_out_of_the_workspace() {
    let outside = Sandbox::new(&[]);
    let sandbox = Sandbox::new(&[("stagegate.yaml", "")]);
    std::os::unix::fs::symlink(outside.path(""), sandbox.path("specs")).unwrap();
    let outcome = sandbox.run(&["new", "spec", "a"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("leads out of the workspace"), "{}", outcome.stderr);
    assert_eq!(std::fs::read_dir(outside.path("")).unwrap().count(), 0);
}
