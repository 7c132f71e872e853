use super::*;
use crate::fixture::Fixture;
use crate::ide::testing::{WORKSPACE, both, quiet};
use expect_test::{Expect, expect};
use std::fmt::Write as _;

fn of(fixture: &Fixture, path: &str) -> Vec<DocumentLink> {
    both(fixture.text(path), |source| {
        let file = ComponentFile::of_path(source, path, &fixture.root);
        document_links(source, path, &fixture.root, file.as_ref())
    })
}

fn check(fixture: &str, path: &str, expected: &Expect) {
    let fixture = quiet(fixture);
    let mut out = String::new();
    for link in of(&fixture, path) {
        let here =
            link.here.map(|at| fixture.text(path)[at.into()..].lines().next().unwrap_or_default().to_owned());
        let (at, what) = (fixture.place(path, link.range), &fixture.text(path)[link.range]);
        writeln!(out, "{at} {what:?} => {} {here:?} {:?} | {}", link.path, link.fragment, link.tooltip)
            .unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn links_code_spans_and_wikilinks_lead_to_what_is_there() {
    check(
        WORKSPACE,
        "specs/reporting.md",
        &expect![[r##"
        7:42-7:72 "../src/notifications/outbox.py" => src/notifications/outbox.py None None | Open src/notifications/outbox.py
        7:81-7:88 "pricing" => specs/pricing.md None None | Open specs/pricing.md
        7:103-7:116 "#dependencies" => specs/reporting.md Some("Dependencies") None | Go to #dependencies
        10:9-10:35 "src/reporting/digest.py:12" => src/reporting/digest.py None Some("L12") | Open src/reporting/digest.py
    "##]],
    );
}

#[test]
fn what_leads_nowhere_is_no_link() {
    check(
        "//- specs/a.md\n# A \u{1f680}\n**Component Name:** a\n## \u{dc}ber uns!\n## Same\n## Same\n\
         [web](https://x.test/a.md) [mail](mailto:a@b) [gone](gone.md) [out](../../etc/passwd) [none](#nowhere)\n\
         [u](#%C3%BCber-uns) [s](#same-1) [b](b%20c.md#part) [root](/src/x.py) [folder](../src) ![image](./pic.png)\n\
         [[b c]] [[Guide#Some part|g]] [[nobody]] [[#Same]] `src/x.py` `x.py` `pic.png` `./pic.png` `a.md` `src` `x` `src/x.py:7` `is a.py b`\n\
         [ref]\n\n[ref]: b%20c.md\n\n```\n[no](b%20c.md)\n```\n\
         //- specs/b c.md\n//- src/x.py\n//- specs/pic.png\n//- docs/guide.md\n",
        "specs/a.md",
        &expect![[r##"
            6:4-6:18 "#%C3%BCber-uns" => specs/a.md Some("Über uns!") None | Go to #%C3%BCber-uns
            6:24-6:31 "#same-1" => specs/a.md Some("Same") None | Go to #same-1
            6:37-6:50 "b%20c.md#part" => specs/b c.md None Some("part") | Open specs/b c.md
            6:59-6:68 "/src/x.py" => src/x.py None None | Open src/x.py
            6:79-6:85 "../src" => src None None | Open src
            6:96-6:105 "./pic.png" => specs/pic.png None None | Open specs/pic.png
            7:2-7:5 "b c" => specs/b c.md None None | Open specs/b c.md
            7:10-7:25 "Guide#Some part" => docs/guide.md None Some("some-part") | Open docs/guide.md
            7:43-7:48 "#Same" => specs/a.md Some("Same") None | Go to #same
            7:52-7:60 "src/x.py" => src/x.py None None | Open src/x.py
            7:70-7:77 "pic.png" => specs/pic.png None None | Open specs/pic.png
            7:80-7:89 "./pic.png" => specs/pic.png None None | Open specs/pic.png
            7:109-7:119 "src/x.py:7" => src/x.py None Some("L7") | Open src/x.py
            8:0-8:5 "[ref]" => specs/b c.md None None | Open specs/b c.md
        "##]],
    );
}

#[test]
fn instruction_files_have_links_as_well() {
    check(
        "//- .github/instructions/x.instructions.md\n---\napplyTo: '**'\n---\r\n# X\r\nSee \u{1f680} [spec](../../specs/a.md) and `src/a.py`.\r\n//- specs/a.md\n//- src/a.py\n//- README.md\n[a](src/a.py)\n",
        ".github/instructions/x.instructions.md",
        &expect![[r#"
            4:14-4:30 "../../specs/a.md" => specs/a.md None None | Open specs/a.md
            4:37-4:45 "src/a.py" => src/a.py None None | Open src/a.py
        "#]],
    );
    let fixture = quiet("//- README.md\n[a](src/a.py)\n//- src/a.py\n");
    assert_eq!(of(&fixture, "README.md"), [], "other Markdown is the editor's");
}

#[test]
fn a_hostile_file_has_an_end() {
    let text = format!(
        "//- specs/a.md\n# A\n**Component Name:** a\n{}\n//- specs/b.md\n",
        "[x](b.md) [[b]] `b.md` [y](#a)\n".repeat(5000)
    );
    assert_eq!(of(&quiet(&text), "specs/a.md").len(), MAX_LINKS);
}
