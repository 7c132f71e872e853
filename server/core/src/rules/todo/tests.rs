use std::sync::Arc;

use expect_test::expect;

use crate::fixture::{Fixture, check, check_fixed};
use crate::issues::{Answer, IssueBook, IssueState, OpenState};

#[test]
fn a_word_without_an_issue_is_a_hint() {
    check(
        "//- src/a.py\n# TODO: raise the coverage\n# FIXME(alice)\nx = 'TODO'  # HACK(#3)\n# XXX(PROJ-7) y\n//- a.md\n<!-- TODO -->\n",
        "*",
        &expect![[r#"
            src/a.py 0:2-0:6 hint todo/bare-todo "TODO": this TODO names no issue
              help: write `TODO(#123)` with the number of the issue that it belongs to
            src/a.py 1:2-1:7 hint todo/bare-todo "FIXME": this FIXME names no issue
              help: write `FIXME(#123)` with the number of the issue that it belongs to
            src/a.py 3:2-3:5 hint todo/bare-todo "XXX": this XXX names no issue
              help: if `PROJ-7` is the key of an issue, say so in `todo.patterns` of stagegate.yaml
            a.md 0:5-0:9 hint todo/bare-todo "TODO": this TODO names no issue
              help: write `TODO(#123)` with the number of the issue that it belongs to
        "#]],
    );
}

#[test]
fn words_and_patterns_are_those_of_the_configuration() {
    check(
        "//- stagegate.yaml\ntodo:\n  words: [TBD]\n  patterns: ['[A-Z]+-\\d+']\n  exclude: [lib/**]\n//- a.py\n# TBD\n# TBD(PROJ-7)\n# TODO\n//- lib/a.py\n# TBD\n",
        "*",
        &expect![[r#"
            a.py 0:2-0:5 hint todo/bare-todo "TBD": this TBD names no issue
              help: write `TBD(#123)` with the number of the issue that it belongs to
        "#]],
    );
    check(
        "//- stagegate.yaml\ntodo:\n  words: ['', 'a b', '(']\n  patterns: ['(', 'x*', '\\d{1000000}']\n  max_bytes: 0\n",
        "*",
        &expect![[r#"
            stagegate.yaml 1:10-1:12 error config/bad-value "''": `` is no word; expected letters or digits at both ends, and no blanks
              field: todo.words[0]
            stagegate.yaml 1:14-1:19 error config/bad-value "'a b'": `a b` is no word; expected letters or digits at both ends, and no blanks
              field: todo.words[1]
            stagegate.yaml 1:21-1:24 error config/bad-value "'('": `(` is no word; expected letters or digits at both ends, and no blanks
              field: todo.words[2]
            stagegate.yaml 2:13-2:16 error config/bad-value "'('": `(` is not a regular expression that finds keys: unclosed group
              field: todo.patterns[0]
              help: write a pattern such as `[A-Z]+-[0-9]+`
            stagegate.yaml 2:18-2:22 error config/bad-value "'x*'": `x*` is not a regular expression that finds keys: it matches text of no length
              field: todo.patterns[1]
              help: write a pattern such as `[A-Z]+-[0-9]+`
            stagegate.yaml 2:24-2:37 error config/bad-value "'\\d{1000000}'": `\d{1000000}` is not a regular expression that finds keys: it is too large
              field: todo.patterns[2]
              help: write a pattern such as `[A-Z]+-[0-9]+`
            stagegate.yaml 3:13-3:14 error config/bad-value "0": `0` is out of range; expected 1 to 10485760 bytes
              field: todo.max_bytes
        "#]],
    );
}

#[test]
fn what_cannot_be_read_as_an_issue_is_said() {
    check(
        "//- a.py\n# TODO(): a\n# TODO(#): a\n# TODO(#12a): a\n# TODO(#0): a\n# TODO(#99999999999999999999): a\n# TODO(12): a\n# TODO(repo#12): a\n# TODO(#12 a\n# TODO #12: a\n# TODO [#12] a\n",
        "todo/malformed-reference",
        &expect![[r##"
            a.py 0:6-0:8 warning todo/malformed-reference "()": the parentheses behind TODO are empty; expected an issue
              help: write `TODO(#123)` with the number of the issue
            a.py 1:7-1:8 warning todo/malformed-reference "#": `#` has no number; expected one, such as `#123`
              help: write `TODO(#123)` with the number of the issue
            a.py 2:7-2:11 warning todo/malformed-reference "#12a": `#12a` is not the number of an issue; expected digits, such as `#123`
              help: write `TODO(#123)` with the number of the issue
            a.py 3:7-3:9 warning todo/malformed-reference "#0": `#0` is no issue; numbers start at 1
              help: write `TODO(#123)` with the number of the issue
            a.py 4:7-4:28 warning todo/malformed-reference "#99999999999999999999": the number of `#99999999999999999999` is too large; expected at most 18446744073709551615
              help: write `TODO(#123)` with the number of the issue
            a.py 5:7-5:9 warning todo/malformed-reference "12": `12` is not marked as an issue; expected `#` before the number
              review fix: Write `#12` [("12", "#12")]
            a.py 6:7-6:14 warning todo/malformed-reference "repo#12": `repo#12` names a repository without its owner; expected `owner/repo#123`
              help: write `TODO(#123)` with the number of the issue
            a.py 7:6-7:10 warning todo/malformed-reference "(#12": `(#12` has no closing parenthesis; expected `)` behind it
              safe fix: Close the parenthesis [("", ")")]
            a.py 8:7-8:10 warning todo/malformed-reference "#12": `#12` is not in parentheses behind TODO; expected `TODO(#123)`
              safe fix: Write `TODO(#12)` [(" #12", "(#12)")]
            a.py 9:7-9:12 warning todo/malformed-reference "[#12]": `[#12]` is not in parentheses behind TODO; expected `TODO(#123)`
              safe fix: Write `TODO(#12)` [(" [#12]", "(#12)")]
        "##]],
    );
    check_fixed(
        "//- a.py\n# TODO(12): a\n# TODO(#12 a\n# TODO #12: a\n# TODO [#12] a\n# FIXME (#1)\n",
        "a.py",
        &expect![[r#"
            # TODO(12): a
            # TODO(#12) a
            # TODO(#12): a
            # TODO(#12) a
            # FIXME(#1)
        "#]],
    );
}

#[test]
fn comments_of_any_language_silence() {
    for (name, text) in [
        ("a.py", "# TODO: a  # stagegate: ignore[bare-todo]\n"),
        ("a.py", "# stagegate: ignore[todo/*] TODO: a\n"),
        ("a.py", "# stagegate: ignore[bare-todo]\n# TODO: a\n"),
        ("a.py", "# stagegate: ignore[bare-todo]\n# why\n\u{20}  # TODO: a\n"),
        ("a.rs", "// stagegate: ignore[bare-todo]\n// TODO: a\n"),
        ("a.c", "/* stagegate: ignore[bare-todo] */\n/* TODO: a */\n"),
        ("a.c", "/*\n * stagegate: ignore[bare-todo]\n * TODO: a\n */\n"),
        ("a.sql", "-- stagegate: ignore[bare-todo]\n-- TODO: a\n"),
        ("a.el", ";; TODO: a ; stagegate: ignore\n"),
        ("a.tex", "% stagegate: ignore[bare-todo]\n% TODO: a\n"),
        ("a.ml", "(* stagegate: ignore[bare-todo] *)\n(* TODO: a *)\n"),
        ("a.jsx", "const a = <p>\n{/* stagegate: ignore[bare-todo] */}\n{/* TODO: a */}</p>;\n"),
        ("a.html", "<!-- stagegate: ignore[bare-todo] -->\n<!-- TODO: a -->\n"),
        ("a.md", "<!-- stagegate: ignore[bare-todo] -->\n<!-- TODO: a -->\n"),
        ("a.vim", "\" stagegate: ignore[bare-todo]\n\" TODO: a\n"),
        ("a.bat", "REM stagegate: ignore[bare-todo]\nREM TODO: a\n"),
    ] {
        let fixture = Fixture::new(&format!("//- {name}\n{text}"));
        assert_eq!(fixture.render("*"), "", "{name}: {text}");
        let loud = text.replace("stagegate: ignore", "stagegate: ignored");
        let fixture = Fixture::new(&format!("//- {name}\n{loud}"));
        assert_ne!(fixture.render("*"), "", "{name}: {loud}");
    }
}

#[test]
fn issues_are_judged_by_the_book_alone() {
    let text = "//- a.py\n# TODO(#1): a\n# TODO(#2): b\n# TODO(acme/other#3, #4): c\n# TODO: see https://github.com/acme/shop/issues/2\n";
    let mut fixture = Fixture::new(text);
    assert_eq!(fixture.render("*"), "", "nothing is known without a book");
    let mut book = IssueBook::new("github.com", "acme/shop");
    let issue = |state| {
        Answer::Found(IssueState {
            title: "Raise the coverage".into(),
            state,
            labels: vec!["component:cart".into()],
            assignee: None,
            milestone: None,
            url: "https://github.com/acme/shop/issues/2".into(),
            updated_at: None,
            fetched_at: None,
        })
    };
    book.insert("acme/shop", 1, issue(OpenState::Open));
    book.insert("Acme/Shop", 2, issue(OpenState::Closed));
    book.insert("acme/other", 3, Answer::Missing);
    fixture.root.issues = Some(Arc::new(book));
    expect![[r##"
        a.py 1:7-1:9 warning todo/closed-issue "#2": issue #2 is closed: Raise the coverage
          help: remove the comment if the work is done; else open the issue again, or name another one
        a.py 2:7-2:19 warning todo/unknown-issue "acme/other#3": acme/other has no issue #3
          help: correct the number, or create the issue
        a.py 3:12-3:49 warning todo/closed-issue "https://github.com/acme/shop/issues/2": issue acme/shop#2 is closed: Raise the coverage
          help: remove the comment if the work is done; else open the issue again, or name another one
    "##]].assert_eq(&fixture.render("*"));
}
