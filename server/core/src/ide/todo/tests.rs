use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::config::Config;
use crate::diagnostic::apply_edits;
use crate::ide::testing::{both, cursor, place};
use crate::issues::IssueState;

const PATH: &str = "src/app/a.py";
const NOW: i64 = 1_000_000;

fn issue(title: &str, state: OpenState, labels: &[&str]) -> Answer {
    Answer::Found(IssueState {
        title: title.into(),
        state,
        labels: labels.iter().map(|label| Box::from(*label)).collect(),
        assignee: Some("mara".into()),
        milestone: Some("June".into()),
        url: "https://github.com/acme/shop/issues/1".into(),
        updated_at: None,
        fetched_at: Some(NOW - 3 * 3600),
    })
}

fn root() -> Root {
    let mut book = IssueBook::new("github.com", "acme/shop");
    book.insert("acme/shop", 12, issue("Raise the coverage of *carts*", OpenState::Open, &["bug"]));
    book.insert("acme/shop", 13, issue("Retry payments", OpenState::Closed, &[]));
    book.insert("acme/shop", 14, Answer::Missing);
    book.insert("acme/shop", 120, issue("Retry deliveries", OpenState::Open, &[]));
    Root { issues: Some(Arc::new(book)), ..crate::ide::testing::root() }
}

fn todos(text: &str, path: &str) -> Vec<Todo> {
    todo::read(text, path, Config::default().todo.scanner())
}

fn check_hover(fixture: &str, path: &str, root: &Root, expected: &Expect) {
    let (text, at) = cursor(fixture);
    let todos = todos(&text, path);
    let shown = match both(&text, |source| todo_hover(&todos, source, path, root, at, NOW)) {
        None => "nothing\n".to_owned(),
        Some(hover) => {
            format!("{} {:?}\n{}\n", place(&text, hover.range), &text[hover.range], hover.markdown)
        }
    };
    expected.assert_eq(&shown);
}

#[test]
fn links_need_a_repository_and_nothing_else() {
    let text = "# TODO(#12, other/one#3, GH-13): a\n# TODO: https://github.com/acme/shop/issues/14\n# TODO(#99): b\n";
    let shown = |root: &Root| -> String {
        let links = todo_links(&todos(text, PATH), root);
        links.iter().map(|link| format!("{:?} {} {}\n", &text[link.range], link.url, link.tooltip)).collect()
    };
    expect![[r##"
        "#12" https://github.com/acme/shop/issues/12 Issue #12 (open): Raise the coverage of *carts*
        "other/one#3" https://github.com/other/one/issues/3 Issue other/one#3
        "GH-13" https://github.com/acme/shop/issues/13 Issue #13 (closed): Retry payments
        "https://github.com/acme/shop/issues/14" https://github.com/acme/shop/issues/14 Issue acme/shop#14 (does not exist)
        "#99" https://github.com/acme/shop/issues/99 Issue #99
    "##]].assert_eq(&shown(&root()));
    expect![[r#"
        "https://github.com/acme/shop/issues/14" https://github.com/acme/shop/issues/14 Issue acme/shop#14
    "#]]
    .assert_eq(&shown(&Root::default()));
}

#[test]
fn a_hover_says_what_is_known_and_how_old_that_is() {
    let root = root();
    check_hover(
        "x = 1  # TODO(#1$02): a\n",
        PATH,
        &root,
        &expect![[r##"
        0:14-0:17 "#12"
        **\#12** Raise the coverage of \*carts\* — open

        Labels: `bug`  
        Assignee: mara  
        Milestone: June

        As of 3 hours ago. [Open](https://github.com/acme/shop/issues/12)
    "##]],
    );
    check_hover(
        "# TO$0DO(#14): a\n",
        PATH,
        &root,
        &expect![[r#"
        0:2-0:6 "TODO"
        **\#14**: does not exist [Open](https://github.com/acme/shop/issues/14)
    "#]],
    );
    check_hover(
        "# TODO(#9$09): a\n",
        PATH,
        &root,
        &expect![[r##"
        0:7-0:10 "#99"
        **\#99**: nothing is known of it yet [Open](https://github.com/acme/shop/issues/99)
    "##]],
    );
    check_hover(
        "# TO$0DO: a\n",
        PATH,
        &root,
        &expect![[r#"
        0:2-0:6 "TODO"
        **todo/bare-todo**: a TODO comment that names no issue

        A promise without an issue is in no list, has no owner, and nobody learns when it is due.

        `stagegate explain todo/bare-todo` says more.
    "#]],
    );
    check_hover(
        "# TODO(#12): $0a\n",
        PATH,
        &root,
        &expect![[r#"
        nothing
    "#]],
    );
    check_hover(
        "# TODO(#1$02): a\n",
        PATH,
        &Root::default(),
        &expect![[r#"
        nothing
    "#]],
    );
    // In a spec also in running text; in code only in comments.
    check_hover(
        "# A\n\nWaits for #1$03.\n",
        "specs/a.md",
        &root,
        &expect![[r##"
        2:10-2:13 "#13"
        **\#13** Retry payments — closed

        Assignee: mara  
        Milestone: June

        As of 3 hours ago. [Open](https://github.com/acme/shop/issues/13)
    "##]],
    );
    check_hover(
        "x = '#1$03'\n",
        PATH,
        &root,
        &expect![[r#"
        nothing
    "#]],
    );
}

fn proposals(fixture: &str) -> Vec<String> {
    let (text, at) = cursor(fixture);
    let todos = todos(&text, PATH);
    let found = both(&text, |source| issue_completions(&todos, source, &root(), at));
    found
        .iter()
        .map(|it| {
            let applied = apply_edits(&text, std::slice::from_ref(&it.edit));
            format!("{} {}", applied.lines().next().unwrap(), it.detail.as_deref().unwrap())
        })
        .collect()
}

#[test]
fn open_issues_are_proposed_by_number_and_words() {
    assert_eq!(
        proposals("# TODO(#$0\n"),
        ["# TODO(#120 Retry deliveries", "# TODO(#12 Raise the coverage of *carts*"]
    );
    assert_eq!(proposals("# TODO(#12$0): a\n").len(), 2);
    assert_eq!(proposals("# TODO(#cov carts$0): a\n"), ["# TODO(#12): a Raise the coverage of *carts*"]);
    assert_eq!(proposals("# TODO(#13, #del$0)\n"), ["# TODO(#13, #120) Retry deliveries"]);
    for none in [
        "# TODO(#13$0\n",
        "x = 'TODO(#$0'\n",
        "# (#$0\n",
        "# TODO(a) #$0\n",
        "# TODO(#12) (#$0\n",
        "# TODO($0\n",
    ] {
        assert!(proposals(none).is_empty(), "{none}");
    }
}

#[test]
fn drafts() {
    let shown = |text: &str| {
        let todos = todos(text, PATH);
        let Draft { title, body, labels } = draft(&todos[0], PATH, &root());
        format!("{title}\n{body}{labels:?}\n\n")
    };
    let long = format!("# TODO: {}\n", "word ".repeat(40));
    let texts = [
        "# TODO: raise the coverage. It is low\n#   since @mara left <b>\n",
        "# FIXME\n",
        "# TODO(alice): useCart() is slow;\n",
        &long,
    ];
    let all: String = texts.into_iter().map(shown).collect();
    expect![[r#"
        Raise the coverage
        From a TODO comment in `src/app/a.py`, line 1.

        > raise the coverage. It is low since @<!-- -->mara left &lt;b>
        ["component:app"]

        FIXME in src/app/a.py:1
        From a FIXME comment in `src/app/a.py`, line 1.
        ["component:app"]

        useCart() is slow
        From a TODO comment in `src/app/a.py`, line 1.

        > useCart() is slow;
        ["component:app"]

        Word word word word word word word word word word word word word word word word…
        From a TODO comment in `src/app/a.py`, line 1.

        > word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word
        ["component:app"]

    "#]]
    .assert_eq(&all);
}

#[test]
fn a_number_is_written_where_none_stands() {
    let written = |text: &str| {
        let todos = todos(text, PATH);
        let edit = both(text, |source| numbered(&todos[0], source, 7));
        edit.map(|edit| apply_edits(text, &[edit]))
    };
    for (text, expected) in [
        ("# TODO: a", Some("# TODO(#7): a")),
        ("# TODO", Some("# TODO(#7)")),
        ("# TODO(): a", Some("# TODO(#7): a")),
        ("# TODO(alice): a", Some("# TODO(#7, alice): a")),
        ("# TODO (a) b", Some("# TODO(#7) (a) b")),
        ("# TODO(#): a", Some("# TODO(#7): a")),
        ("# TODO(12): a", None),
        ("# TODO(repo#12): a", None),
    ] {
        assert_eq!(written(text).as_deref(), expected, "{text}");
        assert_eq!(wants_issue(&todos(text, PATH)[0]), expected.is_some(), "{text}");
    }
    assert!(!wants_issue(&todos("# TODO(#1): a", PATH)[0]));
}

#[test]
fn an_issue_about_the_same_is_one_click_away() {
    let titles = |text: &str| -> Vec<String> {
        let todos = todos(text, PATH);
        let at = text::range(3, 3);
        both(text, |source| {
            todo_actions(&todos, source, &root(), at).into_iter().map(|it| it.title).collect()
        })
    };
    assert_eq!(titles("# TODO: raise coverage\n"), ["Link to #12: Raise the coverage of *carts*"]);
    assert!(titles("# TODO(#1): raise coverage\n").is_empty());
    assert!(titles("# TODO: something else\n").is_empty());
}

#[test]
fn references_that_are_written_otherwise_are_the_same() {
    let root = root();
    let key = |text: &str| {
        let todos = todos(&format!("# TODO({text})"), PATH);
        IssueKey::of(&todos[0].references[0].kind, root.issues.as_deref())
    };
    let same = ["#12", "GH-12", "acme/shop#12", "Acme/Shop#12", "https://github.com/ACME/shop/issues/12"];
    for text in same {
        assert_eq!(key(text), key("#12"), "{text}");
    }
    for text in ["#13", "acme/other#12", "https://gitlab.com/acme/shop/issues/12"] {
        assert_ne!(key(text), key("#12"), "{text}");
    }
}
