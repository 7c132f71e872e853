use expect_test::{Expect, expect};

use super::*;

const ALL_TOML: Form = Form::Toml { only: &[], except: &[] };
const ALL_JSON: Form = Form::Json { only: &[], except: &[] };

fn check(form: Form, text: &str, expected: &Expect) {
    expected.assert_eq(&canonical(form, text.as_bytes()).unwrap_or_else(|| "nothing".to_owned()));
}

fn of(form: Form, text: &str) -> Option<String> {
    canonical(form, text.as_bytes())
}

#[test]
fn toml_is_one_line_for_each_setting() {
    check(
        ALL_TOML,
        "# comment\n[tool.x]\nb = ['p', \"q\"]\na = 0x10\n[tool.x.'odd key']\nempty = []\nt = {}\nd = 1979-05-27\nf = nan\n\
         [[tool.y]]\nn = 1\n[[tool.y]]\nm = { z = \"x\\ny\", a = [[1]] }\n",
        &expect![[r#"
            tool.x.a = 16
            tool.x.b[] = "p"
            tool.x.b[] = "q"
            tool.x."odd key".d."(toml)" = "1979-05-27"
            tool.x."odd key".empty = []
            tool.x."odd key".f."(toml)" = "NaN"
            tool.x."odd key".t = {}
            tool.y[] = {n = 1}
            tool.y[] = {m = {a = [[1]], z = "x\ny"}}
        "#]],
    );
}

#[test]
fn another_layout_is_the_same_and_another_meaning_is_not() {
    let same = ["[a.b]\nc = 'x'\n", "a.b.c = \"x\"\r\n", "a = { b = { c = 'x' } } # why\n"];
    for text in same {
        assert_eq!(of(ALL_TOML, text), of(ALL_TOML, same[0]), "{text}");
    }
    let different = [
        "a = [{ b = 1, c = 2 }]",
        "a = [{ b = 1 }, { c = 2 }]",
        "a = ['1']",
        "a = [1]",
        "a = 1",
        "a = [[1]]",
        "a = [['1', '2']]",
        "a = [['1'], ['2']]",
        "a = [\"1', '2\"]",
        "a.b = 1",
        "'a.b' = 1",
        "'a[]' = 1",
        "a = 1979-05-27",
        "a = '1979-05-27'",
        "a = '1\\nb = 2'",
        "a = 1\nb = 2",
        "a = {}",
        "a = []",
    ];
    for (at, one) in different.iter().enumerate() {
        for other in &different[at + 1..] {
            assert_ne!(of(ALL_TOML, one), of(ALL_TOML, other), "{one} / {other}");
        }
    }
}

#[test]
fn only_what_counts_is_left() {
    let form =
        Form::Toml { only: &["tool", "project.scripts"], except: &["tool.ruff", "tool.poetry.version"] };
    check(
        form,
        "[project]\nversion = '2'\nscripts.x = 'a:b'\n[tool.ruff.lint]\nselect = ['E']\n[tool.poetry]\nversion = '2'\n\
         packages = 'x'\n",
        &expect![[r#"
            project.scripts.x = "a:b"
            tool.poetry.packages = "x"
        "#]],
    );
    check(form, "[project]\nversion = '2'\n", &expect!["nothing"]);
    check(
        form,
        "tool = 3\nproject = 4\n",
        &expect![[r#"
        tool = 3
    "#]],
    );
}

#[test]
fn what_cannot_be_read_counts_whole() {
    let form = Form::Toml { only: &["tool"], except: &[] };
    check(
        form,
        "[tool\nx = 1\n",
        &expect![[r#"
        [tool
        x = 1
    "#]],
    );
    check(ALL_JSON, "{\"a\": 1,}", &expect![[r#"{"a": 1,}"#]]);
    check(ALL_JSON, "[1]", &expect!["[1]"]);
    check(
        Form::Yaml { except: &["rules"] },
        "rules: [\n",
        &expect![[r#"
        rules: [
    "#]],
    );
    assert_eq!(
        canonical(Form::Whole, b"a\xffb").unwrap(),
        "3 bytes, SHA-256 01ce0241d2a0e71a4fecd5a8d71157fe2787197732fc15d889cbcf36c38e3c68"
    );
    for text in ["[".repeat(200_000), "{\"a\":".repeat(200_000)] {
        assert_eq!(of(ALL_JSON, &text).unwrap(), text);
    }
    for text in
        [format!("a = {}", "[".repeat(100_000)), format!("a = {}1{}", "[".repeat(500), "]".repeat(500))]
    {
        assert_eq!(of(ALL_TOML, &text).unwrap(), text);
    }
}

#[test]
fn secrets_are_not_kept_and_programs_that_give_them_are() {
    check(
        ALL_TOML,
        "[registries.own]\ntoken = 'abc'\ncredential-provider = ['program']\n[env]\nPASSWORD = ''\n",
        &expect![[r#"
            env.PASSWORD = (hidden, SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)
            registries.own.credential-provider[] = "program"
            registries.own.token = (hidden, SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad)
        "#]],
    );
    check(
        Form::Npmrc,
        "//r.example/:_authToken=abc\r\n\r\n\"//r.example/:_password\" = def\n_auth=ghi\nscript-shell=/tmp/sh\n; x\n",
        &expect![[r#"
            //r.example/:_authToken = (hidden)
            //r.example/:_password = (hidden)
            _auth = (hidden)
            script-shell=/tmp/sh
            ; x
        "#]],
    );
}

#[test]
fn yaml_is_left_as_written_without_what_does_not_count() {
    let form = Form::Yaml { except: &["rules", "files"] };
    check(
        form,
        "# ours\nrules: { a/b: off }\nstages: !!map\n  staging:\n    timeout: 3 # s\nfiles:\n  exclude: [x]\nempty:\ncomponents:\n- a\n",
        &expect![[r#"
            components:
            - a
            empty
            stages: !!map
              staging:
                timeout: 3
        "#]],
    );
    check(form, "rules: {}\n", &expect!["nothing"]);
    let anchored = "rules: { a: &x evil }\nstages: *x\n";
    assert_eq!(of(form, anchored).unwrap(), anchored, "what is left out may be what is meant");
}

#[test]
fn a_package_version_does_not_count_and_nothing_hides_behind_it() {
    check(
        Form::SetupCfg,
        "[metadata]\nversion = 1\n[options]\ninstall_requires =\n  x\n[options.extras_require]\na = b\n\
         [options.entry_points]\npytest11 = x\n[bumpversion:file:a]\nx = 1\n[tool:pytest]\naddopts = -q\n",
        &expect![[r#"
            [options.entry_points]
            pytest11 = x
            [tool:pytest]
            addopts = -q

        "#]],
    );
    check(Form::SetupCfg, "[metadata]\nversion = 1\n", &expect!["nothing"]);
    let ends = ["\n", "\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2028}", "\u{2029}"];
    for end in ends {
        for indent in ["", "  ", "\t", "\u{a0}"] {
            let text = format!("[metadata]\nname = x{end}{indent}[tool:pytest]\naddopts = -p evil\n");
            assert!(of(Form::SetupCfg, &text).is_some_and(|kept| kept.contains("evil")), "{text:?}");
        }
    }
    let text = "[coverage:run]\nplugins =\n  [metadata]\n  evil\n";
    assert!(of(Form::SetupCfg, text).is_some_and(|kept| kept.contains("evil")), "no section, but a value");
}

#[test]
fn keys_of_any_depth_are_read_or_count_whole() {
    for depth in [50, 200, 100_000] {
        let keys = "a.".repeat(depth) + "a";
        for text in [
            format!("{keys} = 'evil'\n"),
            format!("[{keys}]\nx = 'evil'\n"),
            format!("[[{keys}]]\nx = 'evil'\n"),
        ] {
            assert!(of(ALL_TOML, &text).is_some_and(|kept| kept.contains("evil")), "{depth}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in r##"([\[\]{}:=,.&*'"#\\\- \n\ra-c1\x{85}]|rules|metadata|tool|"a"|\[metadata\])*"##) {
        let forms = [
            Form::Whole,
            Form::Toml { only: &["tool", "a.b"], except: &["tool.a", "a.b.c"] },
            Form::Json { only: &["a.b"], except: &["a.b.c"] },
            Form::Yaml { except: &["rules"] },
            Form::SetupCfg,
            Form::Npmrc,
        ];
        for form in forms {
            let _ = canonical(form, text.as_bytes());
        }
    }
}
