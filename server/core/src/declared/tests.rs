use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

type Read = fn(&str) -> Option<Declared>;

/// Writes what is read of each text on one line; checks every range.
fn check(read: Read, texts: &[&str], expected: &Expect) {
    let mut out = String::new();
    for text in texts {
        let found = match read(text) {
            None => "-".to_owned(),
            Some(found) => {
                assert_eq!(text[found.range], found.stage);
                let mut line = format!("{}={:?}", &text[found.key_range], found.stage);
                if let Some((component, range)) = found.component {
                    assert_eq!(text[range], component);
                    let _ = write!(line, " of {component:?}");
                }
                line + &format!(" at {:?}", found.range)
            }
        };
        let _ = writeln!(out, "{found} <- {text:?}");
    }
    expected.assert_eq(&out);
}

#[test]
fn python_assignments() {
    check(
        python::read,
        &[
            "__maturity__ = \"staging\"\n",
            "__maturity__='staging'",
            "__maturity__: str = 'staging'  # since May\r\n",
            "__maturity__: Final[Literal[\"a\", 'b=c']] = r'staging'",
            "__maturity__ = u\"staging\"; x = 1",
            "__maturity__ = \"\"\"staging\"\"\"",
            "__maturity__ = ''",
            "__maturity__ = \\\n    'staging'",
            "\u{feff}__maturity__ = 'staging'",
            "__version__ = '1'\r__maturity__ = 'staging'\r",
            "# \u{e9}\u{1f680}\n__maturity__ = '\u{1f680} staging'",
            "__maturity__ = 'sta\\'ging'",
        ],
        &expect![[r##"
            __maturity__="staging" at 16..23 <- "__maturity__ = \"staging\"\n"
            __maturity__="staging" at 14..21 <- "__maturity__='staging'"
            __maturity__="staging" at 21..28 <- "__maturity__: str = 'staging'  # since May\r\n"
            __maturity__="staging" at 45..52 <- "__maturity__: Final[Literal[\"a\", 'b=c']] = r'staging'"
            __maturity__="staging" at 17..24 <- "__maturity__ = u\"staging\"; x = 1"
            __maturity__="staging" at 18..25 <- "__maturity__ = \"\"\"staging\"\"\""
            __maturity__="" at 16..16 <- "__maturity__ = ''"
            __maturity__="staging" at 22..29 <- "__maturity__ = \\\n    'staging'"
            __maturity__="staging" at 19..26 <- "\u{feff}__maturity__ = 'staging'"
            __maturity__="staging" at 34..41 <- "__version__ = '1'\r__maturity__ = 'staging'\r"
            __maturity__="🚀 staging" at 25..37 <- "# é🚀\n__maturity__ = '🚀 staging'"
            __maturity__="sta\\'ging" at 16..25 <- "__maturity__ = 'sta\\'ging'"
        "##]],
    );
}

#[test]
fn python_of_several_assignments_the_last_one_counts() {
    check(
        python::read,
        &[
            "__maturity__ = 'development'\n__maturity__ = 'staging'\n",
            "__maturity__ = 'development'\n__maturity__ = stage()\n",
            "__maturity__ = 'development'\n__maturity__ == 'staging'\n__maturity__: str\n",
            "__maturity__ = 'development'\ndef f():\n    __maturity__ = 'staging'\n",
        ],
        &expect![[r#"
            __maturity__="staging" at 45..52 <- "__maturity__ = 'development'\n__maturity__ = 'staging'\n"
            - <- "__maturity__ = 'development'\n__maturity__ = stage()\n"
            __maturity__="development" at 16..27 <- "__maturity__ = 'development'\n__maturity__ == 'staging'\n__maturity__: str\n"
            __maturity__="development" at 16..27 <- "__maturity__ = 'development'\ndef f():\n    __maturity__ = 'staging'\n"
        "#]],
    );
}

#[test]
fn python_that_declares_nothing() {
    check(
        python::read,
        &[
            "",
            "\u{feff}",
            "\"\"\"\nMaturity Stage: staging\n__maturity__ = 'staging'\n\"\"\"\n",
            "r'''\\'''\n__maturity__ = 'staging'\n'''\n",
            "# __maturity__ = 'staging'",
            "if True:\n    __maturity__ = 'staging'\n",
            " __maturity__ = 'staging'",
            "f(\n__maturity__ = 'staging'\n)",
            "x = 1 + \\\n__maturity__ = 'staging'",
            "__maturity__ = f'staging'",
            "__maturity__ = b'staging'",
            "__maturity__ = 'stag' + 'ing'",
            "__maturity__ = 'stag' 'ing'",
            "__maturity__ = 'staging'.lower()",
            "__maturity__ = 'a', 'b'",
            "__maturity__ = 'staging",
            "__maturity__ = \"\"\"staging",
            "__maturity__ =",
            "__maturity__",
            "__maturity__x = 'staging'",
            "__maturity__.x = 'staging'",
            "x.__maturity__ = 'staging'",
            "__maturity__[0] = 'staging'",
        ],
        &expect![[r##"
            - <- ""
            - <- "\u{feff}"
            - <- "\"\"\"\nMaturity Stage: staging\n__maturity__ = 'staging'\n\"\"\"\n"
            - <- "r'''\\'''\n__maturity__ = 'staging'\n'''\n"
            - <- "# __maturity__ = 'staging'"
            - <- "if True:\n    __maturity__ = 'staging'\n"
            - <- " __maturity__ = 'staging'"
            - <- "f(\n__maturity__ = 'staging'\n)"
            - <- "x = 1 + \\\n__maturity__ = 'staging'"
            - <- "__maturity__ = f'staging'"
            - <- "__maturity__ = b'staging'"
            - <- "__maturity__ = 'stag' + 'ing'"
            - <- "__maturity__ = 'stag' 'ing'"
            - <- "__maturity__ = 'staging'.lower()"
            - <- "__maturity__ = 'a', 'b'"
            - <- "__maturity__ = 'staging"
            - <- "__maturity__ = \"\"\"staging"
            - <- "__maturity__ ="
            - <- "__maturity__"
            - <- "__maturity__x = 'staging'"
            - <- "__maturity__.x = 'staging'"
            - <- "x.__maturity__ = 'staging'"
            - <- "__maturity__[0] = 'staging'"
        "##]],
    );
}

#[test]
fn cargo_metadata() {
    check(
        cargo::read,
        &[
            "[package.metadata.stagegate]\nstage = \"staging\"\n",
            "[package.metadata.stagegate]\r\nstage = 'staging' # so\r\ncomponent = \"core\"\r\n",
            "[package.metadata.stagegate]\nmaturity = \"staging\"\n",
            "[package.metadata.stagegate]\nmaturity = \"development\"\nstage = \"staging\"\n",
            "[package.metadata]\nstagegate = { stage = \"staging\", component = 'core' }\n",
            "[package.metadata]\nstagegate = \"staging\"\n",
            "[package]\nmetadata.stagegate.stage = \"staging\"\n",
            "package = { metadata = { stagegate = { \"stage\" = \"staging\" } } }",
            "\u{feff}[package.metadata.stagegate]\nstage = \"staging\"",
            "[package.metadata.stagegate]\nstage = \"\"\"\r\nstaging\"\"\"",
            "[package.metadata.stagegate]\nstage = \"\"",
            "[package.metadata.stagegate]\nstage = \"st\\u0061ging\"",
            "# \u{1f680}\n[package.metadata.stagegate]\nstage = \"\u{1f680}\"",
        ],
        &expect![[r##"
            stage="staging" at 38..45 <- "[package.metadata.stagegate]\nstage = \"staging\"\n"
            stage="staging" of "core" at 39..46 <- "[package.metadata.stagegate]\r\nstage = 'staging' # so\r\ncomponent = \"core\"\r\n"
            maturity="staging" at 41..48 <- "[package.metadata.stagegate]\nmaturity = \"staging\"\n"
            stage="staging" at 63..70 <- "[package.metadata.stagegate]\nmaturity = \"development\"\nstage = \"staging\"\n"
            stage="staging" of "core" at 42..49 <- "[package.metadata]\nstagegate = { stage = \"staging\", component = 'core' }\n"
            stagegate="staging" at 32..39 <- "[package.metadata]\nstagegate = \"staging\"\n"
            stage="staging" at 38..45 <- "[package]\nmetadata.stagegate.stage = \"staging\"\n"
            "stage"="staging" at 50..57 <- "package = { metadata = { stagegate = { \"stage\" = \"staging\" } } }"
            stage="staging" at 41..48 <- "\u{feff}[package.metadata.stagegate]\nstage = \"staging\""
            stage="staging" at 42..49 <- "[package.metadata.stagegate]\nstage = \"\"\"\r\nstaging\"\"\""
            stage="" at 38..38 <- "[package.metadata.stagegate]\nstage = \"\""
            stage="st\\u0061ging" at 38..50 <- "[package.metadata.stagegate]\nstage = \"st\\u0061ging\""
            stage="🚀" at 45..49 <- "# 🚀\n[package.metadata.stagegate]\nstage = \"🚀\""
        "##]],
    );
}

#[test]
fn cargo_manifests_that_declare_nothing() {
    check(
        cargo::read,
        &[
            "",
            "\u{feff}",
            "[package]\nname = \"stagegate\"\n",
            "[package.metadata.stagegate]\n",
            "[package.metadata.stagegate]\nstage = 5\n",
            "[package.metadata.stagegate]\ncomponent = \"core\"\n",
            "[package.metadata.stagegate]\nstage = \"a\"\nstage = \"b\"\n",
            "[package.metadata.stagegate]\nstage = \"staging\"\n[package",
            "[metadata.stagegate]\nstage = \"staging\"\n",
            "[[package.metadata.stagegate]]\nstage = \"staging\"\n",
            "package = 'stagegate'",
        ],
        &expect![[r#"
            - <- ""
            - <- "\u{feff}"
            - <- "[package]\nname = \"stagegate\"\n"
            - <- "[package.metadata.stagegate]\n"
            - <- "[package.metadata.stagegate]\nstage = 5\n"
            - <- "[package.metadata.stagegate]\ncomponent = \"core\"\n"
            - <- "[package.metadata.stagegate]\nstage = \"a\"\nstage = \"b\"\n"
            - <- "[package.metadata.stagegate]\nstage = \"staging\"\n[package"
            - <- "[metadata.stagegate]\nstage = \"staging\"\n"
            - <- "[[package.metadata.stagegate]]\nstage = \"staging\"\n"
            - <- "package = 'stagegate'"
        "#]],
    );
}

#[test]
fn node_manifests() {
    check(
        node::read,
        &[
            "{\"name\": \"x\", \"stagegate\": {\"stage\": \"staging\", \"component\": \"x\"}}",
            "{\r\n\t\"stagegate\" :\r\n\t{\r\n\t\t\"stage\":\"staging\"\r\n\t}\r\n}\r\n",
            "\u{feff}{\"stagegate\": \"staging\"}",
            "{\"stagegate\": {\"maturity\": \"staging\"}}",
            "{\"stagegate\": {\"stage\": \"development\"}, \"stagegate\": {\"stage\": \"staging\"}}",
            "{\"stagegate\": {\"stage\": \"development\", \"stage\": \"staging\"}}",
            "{\"stagegate\": {\"st\\u0061ge\": \"st\\u0061ging\"}}",
            "{\"author\": \"\u{e9}\u{1f680}\", \"stagegate\": \"\u{1f680}\"}",
            "{\"stagegate\": \"\"}",
        ],
        &expect![[r#"
            stage="staging" of "x" at 38..45 <- "{\"name\": \"x\", \"stagegate\": {\"stage\": \"staging\", \"component\": \"x\"}}"
            stage="staging" at 34..41 <- "{\r\n\t\"stagegate\" :\r\n\t{\r\n\t\t\"stage\":\"staging\"\r\n\t}\r\n}\r\n"
            stagegate="staging" at 18..25 <- "\u{feff}{\"stagegate\": \"staging\"}"
            maturity="staging" at 28..35 <- "{\"stagegate\": {\"maturity\": \"staging\"}}"
            stage="staging" at 64..71 <- "{\"stagegate\": {\"stage\": \"development\"}, \"stagegate\": {\"stage\": \"staging\"}}"
            stage="staging" at 49..56 <- "{\"stagegate\": {\"stage\": \"development\", \"stage\": \"staging\"}}"
            st\u0061ge="st\\u0061ging" at 30..42 <- "{\"stagegate\": {\"st\\u0061ge\": \"st\\u0061ging\"}}"
            stagegate="🚀" at 35..39 <- "{\"author\": \"é🚀\", \"stagegate\": \"🚀\"}"
            stagegate="" at 15..15 <- "{\"stagegate\": \"\"}"
        "#]],
    );
}

#[test]
fn node_manifests_that_declare_nothing() {
    check(
        node::read,
        &[
            "",
            "\u{feff}",
            "{}",
            "{\"name\": \"stagegate\"}",
            "{\"stagegate\": null}",
            "{\"stagegate\": 5}",
            "{\"stagegate\": {}}",
            "{\"stagegate\": {\"stage\": 5}}",
            "{\"stagegate\": [\"staging\"]}",
            "{\"x\": {\"stagegate\": \"staging\"}}",
            "{\"stagegate\": \"staging\"",
            "{\"stagegate\": \"staging\",}",
            "{\"stagegate\": \"staging\"} // so",
            "[\"stagegate\"]",
        ],
        &expect![[r#"
            - <- ""
            - <- "\u{feff}"
            - <- "{}"
            - <- "{\"name\": \"stagegate\"}"
            - <- "{\"stagegate\": null}"
            - <- "{\"stagegate\": 5}"
            - <- "{\"stagegate\": {}}"
            - <- "{\"stagegate\": {\"stage\": 5}}"
            - <- "{\"stagegate\": [\"staging\"]}"
            - <- "{\"x\": {\"stagegate\": \"staging\"}}"
            - <- "{\"stagegate\": \"staging\""
            - <- "{\"stagegate\": \"staging\",}"
            - <- "{\"stagegate\": \"staging\"} // so"
            - <- "[\"stagegate\"]"
        "#]],
    );
}

/// Ten megabytes of what could make a reader slow or deep; the tests of a slow reader would not end.
#[test]
fn hostile_texts_are_read_in_linear_time() {
    let size = 10 * 1024 * 1024;
    for part in [
        "\"\"\"",
        "'''a'",
        "\"",
        "\\",
        "(",
        ")",
        "__maturity__\n",
        "__maturity__ = '",
        "__maturity__: ",
        "\\\r",
    ] {
        let text = "__maturity__ = 'staging'\n".to_owned() + &part.repeat(size / part.len());
        let _ = python::read(&text);
    }
    for part in ["[", "{\"stagegate\":", "\"", "{\"a\":{},"] {
        let _ = node::read(&("{\"stagegate\":".to_owned() + &part.repeat(size / part.len())));
    }
    for part in ["[", "a={", "a.", "[[package]]\n", "\"", "[package.metadata.stagegate]\n"] {
        let _ = cargo::read(
            &("stagegate = 1\n".to_owned() + &part.repeat(cargo::MAX_MANIFEST_BYTES / part.len() - 20)),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// Any text is survived, and every range holds what is said to stand there.
    #[test]
    fn ranges_hold_what_is_read(
        head in "(__maturity__ = ''\n|\\[package.metadata.stagegate\\]\n|\\{\"stagegate\": |\u{feff}|\n){0,3}",
        text in "(__maturity__|stage|stagegate|component|package|metadata|\\.| = |: |=|'|\"|'''|\"\"\"|\\\\|\\[|\\]|\\{|\\}|,|;|#|\\(|\\)|r|f|\r\n|\n|\r| |a|\u{e9}|\u{1f680}){0,25}",
    ) {
        let text = head + &text;
        for read in [python::read as Read, cargo::read, node::read] {
            let Some(found) = read(&text) else { continue };
            prop_assert_eq!(text.get(found.range.start().into()..found.range.end().into()), Some(&*found.stage));
            prop_assert!(text.get(found.key_range.start().into()..found.key_range.end().into()).is_some());
            if let Some((component, range)) = found.component {
                prop_assert_eq!(&text[range], component);
            }
        }
    }

    /// What is written is read.
    #[test]
    fn what_is_written_is_read(
        stage in "[a-z \u{e9}\u{1f680}]{0,9}", noise in "[a-z\u{1f680}=:]{0,5}", crlf in any::<bool>(), bom in any::<bool>(),
    ) {
        let files = [
            (python::read as Read, format!("'''{noise}\n'''\nx = \"{noise}\" # {noise}\n\n__maturity__: str = '{stage}' # {noise}\n")),
            (cargo::read, format!("# {noise}\n[package]\nname = '{noise}'\n[package.metadata.stagegate]\nstage = \"{stage}\" # {noise}\n")),
            (node::read, format!("{{\n  \"name\": \"{noise}\",\n  \"stagegate\": {{\"stage\": \"{stage}\"}},\n  \"x\": []\n}}\n")),
        ];
        for (read, text) in files {
            let text = if crlf { text.replace('\n', "\r\n") } else { text };
            let text = if bom { format!("\u{feff}{text}") } else { text };
            prop_assert_eq!(read(&text).map(|found| found.stage), Some(stage.clone()), "{:?}", text);
        }
    }
}
