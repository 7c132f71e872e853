//! `stagegate todo`, and TODO comments in `stagegate check`, from outside.

use expect_test::{Expect, expect};
use stagegate_tests::cli::Sandbox;

fn check(sandbox: &Sandbox, arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&sandbox.run(arguments).all());
}

/// A workspace with promises in several languages.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("stagegate.yaml", "todo:\n  patterns: ['[A-Z]+-[0-9]+']\n"),
        (".gitignore", "build/\n"),
        (
            "src/cart/price.py",
            "# TODO(#123): Increase test coverage to 70%\n#   for staging promotion\ndef price():\n    return 'TODO(#9)'\n\n\n\
             # FIXME: round\n",
        ),
        ("src/cart/util.ts", "const a = 1; // HACK(acme/shop#7, PROJ-8) é | x\n"),
        ("src/order/main.rs", "// TODO #12: retry\nfn main() {}\n"),
        ("tools/run.sh", "#!/bin/sh\n# XXX\n"),
        (
            "docs/a.md",
            "# Notes\n\n<!-- TODO: https://github.com/acme/shop/issues/5 -->\n\n```\n# TODO(#1)\n```\n",
        ),
        ("build/x.py", "# TODO(#99): hidden\n"),
    ]);
    sandbox.write("src/cart/data.py", b"# TODO(#1)\0\n");
    sandbox.write("src/cart/latin.py", b"# TODO(#1) \xe9\n");
    sandbox
}

#[test]
fn todos_are_listed_with_place_and_issues() {
    check(
        &workspace(),
        &["todo"],
        &expect![[r#"
        exit 0
        --- stdout
        docs/a.md:3: TODO(https://github.com/acme/shop/issues/5) https://github.com/acme/shop/issues/5
        src/cart/price.py:1: TODO(#123) Increase test coverage to 70% for staging promotion
        src/cart/price.py:7: FIXME round
        src/cart/util.ts:1: HACK(acme/shop#7, PROJ-8) é | x
        src/order/main.rs:1: TODO(#12) retry
        tools/run.sh:2: XXX

        6 TODO comments in 5 files; 2 name no issue.
    "#]],
    );
    check(
        &workspace(),
        &["todo", "--format", "table"],
        &expect![[r#"
        exit 0
        --- stdout
        Component  Place                Word   Issues                            State  Text
        -          docs/a.md:3          TODO   https://github.com/acme/shop/is…  -      https://github.com/acme/shop/issues/5
        cart       src/cart/price.py:1  TODO   #123                              -      Increase test coverage to 70% for staging promotion
        cart       src/cart/price.py:7  FIXME  -                                 -      round
        cart       src/cart/util.ts:1   HACK   acme/shop#7, PROJ-8               -      é | x
        order      src/order/main.rs:1  TODO   #12                               -      retry
        -          tools/run.sh:2       XXX    -                                 -

        6 TODO comments in 5 files; 2 name no issue.
    "#]],
    );
    check(
        &workspace(),
        &["todo", "--format", "markdown"],
        &expect![[r#"
        exit 0
        --- stdout
        | Component | Place | Word | Issues | State | Text |
        | --- | --- | --- | --- | --- | --- |
        | - | docs/a.md:3 | TODO | https://github.com/acme/shop/issues/5 | - | https://github.com/acme/shop/issues/5 |
        | cart | src/cart/price.py:1 | TODO | #123 | - | Increase test coverage to 70% for staging promotion |
        | cart | src/cart/price.py:7 | FIXME | - | - | round |
        | cart | src/cart/util.ts:1 | HACK | acme/shop#7, PROJ-8 | - | é \| x |
        | order | src/order/main.rs:1 | TODO | #12 | - | retry |
        | - | tools/run.sh:2 | XXX | - | - |  |

        6 TODO comments in 5 files; 2 name no issue.
    "#]],
    );
}

#[test]
fn todos_are_chosen_by_path_component_and_state() {
    check(
        &workspace(),
        &["todo", "src/order"],
        &expect![[r#"
        exit 0
        --- stdout
        src/order/main.rs:1: TODO(#12) retry

        1 TODO comment in 1 file.
    "#]],
    );
    check(
        &workspace(),
        &["todo", "build/x.py"],
        &expect![[r#"
        exit 0
        --- stdout
        build/x.py:1: TODO(#99) hidden

        1 TODO comment in 1 file.
    "#]],
    );
    check(
        &workspace(),
        &["todo", "--component", "Cart"],
        &expect![[r#"
        exit 0
        --- stdout
        src/cart/price.py:1: TODO(#123) Increase test coverage to 70% for staging promotion
        src/cart/price.py:7: FIXME round
        src/cart/util.ts:1: HACK(acme/shop#7, PROJ-8) é | x

        3 TODO comments in 2 files; 1 names no issue.
    "#]],
    );
    check(
        &workspace(),
        &["todo", "--component", "basket"],
        &expect![[r#"
        exit 2
        --- stderr
        error: there is no component `basket`
          = help: there are `cart`, `order`
    "#]],
    );
    check(
        &workspace(),
        &["todo", "--state", "closed"],
        &expect![[r#"
            exit 0
            --- stdout
            Found no TODO comments in [ROOT].
            --- stderr
            note: it is not known which issues are open; nothing can be fetched: no git remote names a repository; add one called `origin`, or set `issues.repository: owner/name`
        "#]],
    );
    check(
        &workspace(),
        &["todo", "tools", "--state", "unknown"],
        &expect![[r#"
        exit 0
        --- stdout
        tools/run.sh:2: XXX

        1 TODO comment in 1 file; 1 names no issue.
    "#]],
    );
}

#[test]
fn todos_are_json_for_programs() {
    let outcome = workspace().run(&["todo", "src/cart", "--format", "json"]);
    expect![[r##"
        exit 0
        --- stdout
        {"schema":"stagegate.todo/1","root":"[ROOT]","todos":[
        {"component":"cart","malformed":false,"path":"src/cart/price.py","range":{"end":{"character":25,"line":1},"start":{"character":2,"line":0}},"references":[{"assignee":null,"fetched_at":null,"kind":"issue","labels":null,"milestone":null,"number":123,"range":{"end":{"character":11,"line":0},"start":{"character":7,"line":0}},"repo":null,"state":"unknown","text":"#123","title":null,"url":null}],"text":"Increase test coverage to 70% for staging promotion","word":"TODO"},
        {"component":"cart","malformed":false,"path":"src/cart/price.py","range":{"end":{"character":14,"line":6},"start":{"character":2,"line":6}},"references":[],"text":"round","word":"FIXME"},
        {"component":"cart","malformed":false,"path":"src/cart/util.ts","range":{"end":{"character":47,"line":0},"start":{"character":16,"line":0}},"references":[{"assignee":null,"fetched_at":null,"kind":"issue","labels":null,"milestone":null,"number":7,"range":{"end":{"character":32,"line":0},"start":{"character":21,"line":0}},"repo":"acme/shop","state":"unknown","text":"acme/shop#7","title":null,"url":null},{"assignee":null,"fetched_at":null,"kind":"key","labels":null,"milestone":null,"number":null,"range":{"end":{"character":40,"line":0},"start":{"character":34,"line":0}},"repo":null,"state":"unknown","text":"PROJ-8","title":null,"url":null}],"text":"é | x","word":"HACK"}
        ]}
    "##]].assert_eq(&outcome.all());
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["schema"], "stagegate.todo/1");
    let empty = Sandbox::new(&[("a.py", "")]).run(&["todo", "--format", "json"]);
    assert_eq!(empty.stdout, "{\"schema\":\"stagegate.todo/1\",\"root\":\"[ROOT]\",\"todos\":[]}\n");
}

#[test]
fn check_includes_todo_comments_and_mends_them() {
    let sandbox = workspace();
    check(
        &sandbox,
        &["check", "--verbose"],
        &expect![[r#"
        exit 0
        --- stdout
        hint[todo/bare-todo]: this FIXME names no issue
         --> src/cart/price.py:7:3
          |
        7 | # FIXME: round
          |   ^^^^^
          |
          = help: write `FIXME(#123)` with the number of the issue that it belongs to

        warning[todo/malformed-reference]: `#12` is not in parentheses behind TODO; expected `TODO(#123)`
         --> src/order/main.rs:1:9
          |
        1 | // TODO #12: retry
          |         ^^^
          |
          = fix: Write `TODO(#12)`

        hint[todo/bare-todo]: this XXX names no issue
         --> tools/run.sh:2:3
          |
        2 | # XXX
          |   ^^^
          |
          = help: write `XXX(#123)` with the number of the issue that it belongs to

        Found 1 warning, 2 hints in 3 of 6 files. 1 fixable with --fix.
    "#]],
    );
    check(
        &sandbox,
        &["check", "src/order/main.rs", "--fix"],
        &expect![[r#"
        exit 0
        --- stdout
        Fixed 1 finding in 1 file.
        No problems found in 1 file.
    "#]],
    );
    assert_eq!(sandbox.read("src/order/main.rs"), b"// TODO(#12): retry\nfn main() {}\n");
    sandbox.write("stagegate.yaml", "rules:\n  todo/*: off\n");
    check(
        &sandbox,
        &["check"],
        &expect![[r#"
        exit 0
        --- stdout
        No problems found in 1 file.
    "#]],
    );
}
