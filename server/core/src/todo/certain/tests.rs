use super::*;
use crate::todo::budget::Effort;
use crate::todo::grammar::{self, Outcome};
use crate::todo::language::{self, Language};
use crate::todo::near;

/// Returns what is certain of a text as a whole, and what its grammar says; each comment as it is written.
fn both(name: &str, text: &str) -> Option<(Option<Vec<String>>, Vec<String>)> {
    let Some(Language::Grammar(grammar, _)) = language::of_name(name) else { return None };
    let end = text.len();
    let written = |found: Vec<Comment>| -> Vec<String> {
        found.iter().map(|comment| text[comment.start..comment.end].to_owned()).collect()
    };
    let certain = comments(text, grammar, &[(end, end)]).map(written);
    let Outcome::Parsed(tree) = grammar::parse(text, grammar, None, Effort::WHOLE) else { return None };
    Some((certain, written(near::comments(&tree, text, &[(0, end)], &[(0, end)]))))
}

#[test]
fn what_is_certain_is_what_the_grammar_says() {
    let (mut certain_ones, mut all) = (0, 0);
    for line in
        include_str!("../shapes.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (shape, _) = line.split_once(" =>").unwrap();
        let (name, text) = shape.split_once(": ").unwrap();
        let text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        let Some((certain, parsed)) = both(name, &text) else { continue };
        all += 1;
        if let Some(certain) = certain {
            assert_eq!(certain, parsed, "{name}: {text:?}");
            certain_ones += 1;
        }
    }
    assert!(certain_ones * 10 > all * 7, "{certain_ones} of {all}");
}

#[test]
fn strings_and_expressions_hold_no_comments() {
    for (name, text) in [
        ("a.py", "x = r'\\' # no' # yes\ny = '''\n# no\n''' # yes\nz = f'{a}#{{' # yes\n"),
        ("a.py", "x = 'a\\\n# no' # yes\n"),
        ("a.rs", "let a = r#\"// no \"#; let b = br\"\\\"; let c = '\"'; // yes\n"),
        (
            "a.rs",
            "fn f<'a>(a: &'a str) { g('\\'', b'\"', '\\u{1F680}', '\u{e9}') } /* yes /* in */ */ // yes\n",
        ),
        ("a.rs", "#![allow(a)] // yes\n"),
        ("a.js", "#!/usr/bin/env node '\nconst a = `// no ${b({ c: `}` })} /* no`; // yes\n"),
        ("a.ts", "const a = x / y; const b = /[/'\"]\\//.test(c); /* yes */\n"),
        ("a.ts", "return /'/; // yes\n"),
        ("a.go", "a := `\\` // yes\nb := '\\'' + '\"' // yes\n"),
        ("A.java", "var a = \"\"\"\n// no \"\n\"\"\"; // yes\nchar b = '\"'; // yes\n"),
        ("a.c", "char a = '\"'; const char *b = \"\\\"// no \\\n// no\"; // yes\n"),
        ("a.cpp", "auto a = R\"x(// no )\" // no )x\"; int b = 1'000'000; // yes\nauto c = L'\"'; // yes\n"),
        ("a.toml", "a = \"# no\"\nb = '''\n# no\n''' # yes\nc = '\\' # yes\n"),
        ("a.yaml", "# yes\na: don't # yes\nb: \"# no\" # yes\nc: ['it''s', b]\nd: a#b # yes\n"),
        ("a.sh", "# yes\na='# no' # yes\necho \"# no ${b#c}\" $# \\' # yes\n"),
    ] {
        let (certain, parsed) = both(name, text).unwrap();
        let certain = certain.unwrap_or_else(|| panic!("{name}: {text}"));
        assert_eq!(certain.len(), text.matches("yes").count(), "{name}: {text}{certain:?}");
        // The grammar of Java finds comments in blocks of text.
        assert!(certain == parsed || name == "A.java", "{name}: {text}{parsed:?}");
    }
}

/// What may mean two things is left to the grammar.
#[test]
fn doubts() {
    for (name, text) in [
        ("a.py", "x = 'a\n"),
        ("a.py", "x = '''a\n"),
        ("a.py", "x = f'{a['#']}'\n"),
        ("a.rs", "let a = \"a\n"),
        ("a.rs", "/* /* */\n"),
        ("a.js", "const a = <p>It's // no</p>;\n"),
        ("a.js", "if (a) /'/.test(b) // c\n"),
        ("a.ts", "const a = `${b\n"),
        ("a.go", "a := \"a\n"),
        ("a.c", "// a \\\nb\n"),
        ("a.c", "#error don't\n"),
        ("a.cpp", "auto a = R\"x(a)\";\n"),
        ("a.toml", "a = 'a\n"),
        ("a.yaml", "a: |\n  # no\n"),
        ("a.yaml", "a: 'b\n  # no'\n"),
        ("a.yaml", "a: b, 'c # d'\n"),
        ("a.sh", "cat <<E\n# no\nE\n"),
        ("a.sh", "a=\"$(b \"# no\")\"\n"),
        ("a.sh", "a=$'\\' # no'\n"),
        ("a.sh", "`a # b`\n"),
    ] {
        let (certain, _) = both(name, text).unwrap();
        assert_eq!(certain, None, "{name}: {text}");
    }
}

/// Behind the last word only its own comment is read, and those that go on.
#[test]
fn what_follows_the_last_word_raises_no_doubt() {
    let text = "# a\n# b TODO\n# c\nx = 'a\n";
    let word = text.find("TODO").unwrap();
    let found = comments(text, Grammar::Python, &[(word, word + 4)]).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(comments(text, Grammar::Python, &[(text.len(), text.len())]), None);
}

/// The grammar of C takes what follows a definition for its value, comments and all; that of Java finds comments in blocks of
/// text.
#[test]
fn what_grammars_read_otherwise() {
    let certain = |name: &str, text: &str| both(name, text).unwrap().0;
    assert_eq!(certain("a.c", "#define A 1 // TODO\n"), Some(vec!["// TODO".to_owned()]));
    assert_eq!(certain("A.java", "var a = \"\"\"\n// TODO\n\"\"\";\n"), Some(Vec::new()));
}
