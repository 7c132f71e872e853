use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::text::LineIndex;

fn scanner() -> Scanner {
    let words: Vec<Box<str>> = DEFAULT_WORDS.iter().map(|word| Box::from(*word)).collect();
    Scanner::new(&words, &[r"\b[A-WYZ][A-Z]+-[0-9]+".into()])
}

/// Renders one TODO as `shapes.txt` writes it.
fn render(todo: &Todo) -> String {
    let issue = |issue: &IssueId| format!("{}#{}", issue.repo.as_deref().unwrap_or_default(), issue.number);
    let references = todo.references.iter().map(|reference| match &reference.kind {
        ReferenceKind::Issue(id) => issue(id),
        ReferenceKind::Key(key) => key.to_string(),
        ReferenceKind::Url { issue: Some(id), .. } => format!("<{}>", issue(id)),
        ReferenceKind::Url { url, issue: None } => format!("<{url}>"),
    });
    let mut out = format!("{}({}", todo.word, references.collect::<Vec<_>>().join(", "));
    for malformed in &todo.malformed {
        let blank = if out.ends_with('(') { "" } else { " " };
        write!(out, "{blank}!{:?}", malformed.kind).unwrap();
    }
    write!(out, ") {}", todo.text).unwrap();
    out.trim_end().to_owned()
}

#[test]
fn shapes_of_comments() {
    let scanner = scanner();
    let mut wrong = String::new();
    let mut count = 0;
    for line in include_str!("shapes.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (shape, expected) = line.split_once(" =>").unwrap();
        let (name, text) = shape.split_once(": ").unwrap();
        let text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        let found: Vec<_> = read(&text, name, &scanner).iter().map(render).collect();
        let found = found.join(" & ");
        if found != expected.trim() {
            writeln!(wrong, "{name}: {text:?}\n  found    {found}\n  expected {}", expected.trim()).unwrap();
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 150, "{count}");
}

#[test]
fn lines_and_ranges_are_those_of_the_file() {
    let text = "a\r\nb\r\n# é TODO(#1, o/r#2): x\r\n# y\r\n\r\nz = 1 # FIXME\r\n";
    let todos = read(text, "a.py", &scanner());
    let shown: Vec<_> = todos
        .iter()
        .map(|todo| {
            let references: Vec<_> = todo.references.iter().map(|it| &text[it.range]).collect();
            (todo.line, &text[todo.word_range], &text[todo.range], references)
        })
        .collect();
    expect_test::expect![[r##"
        [
            (
                2,
                "TODO",
                "TODO(#1, o/r#2): x\r\n# y",
                [
                    "#1",
                    "o/r#2",
                ],
            ),
            (
                5,
                "FIXME",
                "FIXME",
                [],
            ),
        ]
    "##]]
    .assert_debug_eq(&shown);
}

#[test]
fn a_minified_line_is_read_by_its_comment_marks() {
    let line = "var a='//',b=\"/*\",c=1;".repeat(1_000_000);
    let text = format!("{line}/* TODO(#1): a */");
    assert!(text.len() > 20_000_000);
    let found: Vec<_> = read(&text, "a.min.js", &scanner()).iter().map(render).collect();
    assert_eq!(found, ["TODO(#1) a"]);
}

#[test]
fn hostile_text_costs_no_more_than_its_size() {
    let one = |text: &str| text.repeat(1_000_000 / text.len());
    for (name, text) in [
        ("a.kt", one("'\\'")),
        ("a.kt", one("\"\"\"")),
        ("a.kt", one("/*")),
        ("a.html", one("<script>")),
        ("a.html", one("<!--<style>")),
        ("a.md", one("<!-- ")),
        ("a.py", one("# TODO(")),
        ("a.py", one("# TODO(#1)\n")),
        ("a.py", one("#")),
        ("a.rs", one("(((((((((((\n")),
        ("a.ts", one("<T<T<\n")),
        ("a.cpp", one("a<b<c(\n{\n")),
        ("a.sh", one("<<A\n$((`\n")),
        ("a.yaml", one("- - - [\n")),
        ("a.bat", one("  ")),
    ] {
        let text = format!("{text}\n# TODO: x");
        let todos = read(&text, name, &scanner());
        assert!(todos.len() <= MAX_TODOS);
    }
}

/// Pieces that random files are made of: between them they open and close everything.
const PIECES: [&str; 44] = [
    "# ",
    "// ",
    "/* ",
    " */",
    "<!-- ",
    "-->",
    "-- ",
    "; ",
    "% ",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "{-",
    "-}",
    "\n",
    "\r\n",
    "\r",
    "TODO",
    "FIXME",
    "TODO(#1)",
    "TODO(",
    ")",
    "#",
    "#12",
    "#12a",
    "(#99999999999999999999)",
    "GH-3",
    "o/r#4",
    ": ",
    "https://github.com/o/r/issues/5",
    "PROJ-6",
    "é",
    "\u{1f680}",
    "\u{feff}",
    "```",
    "---\n",
    "<script>",
    "</script>",
    " ",
    "\t",
    "stagegate: ignore",
    "[",
];

const NAMES: [&str; 20] = [
    "a.py", "a.rs", "a.js", "a.tsx", "a.go", "a.java", "a.c", "a.cpp", "a.sh", "a.yaml", "a.toml", "a.md",
    "a.html", "a.kt", "a.sql", "a.hs", "a.bat", "a.vim", "a.rb", "run",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever a file holds: no panic, every range lies in the text, in order, and a rope and a string agree.
    #[test]
    fn any_text_is_read(pieces in prop::collection::vec(0..PIECES.len(), 0..40), name in 0..NAMES.len()) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let name = NAMES[name];
        let todos = read(&text, name, &scanner());
        let at = |range: TextRange| text.get(std::ops::Range::<usize>::from(range));
        let lines = LineIndex::new(&text);
        let mut last = 0;
        for todo in &todos {
            let start = usize::from(todo.word_range.start());
            prop_assert!(start >= last, "{todo:?}");
            last = usize::from(todo.word_range.end());
            prop_assert_eq!(at(todo.word_range), Some(&*todo.word));
            prop_assert!(at(todo.range).is_some() && todo.range.contains_range(todo.word_range), "{todo:?}");
            prop_assert_eq!(lines.position(start, crate::text::PositionEncoding::Utf8).line, todo.line);
            for reference in &todo.references {
                prop_assert!(at(reference.range).is_some_and(|it| !it.is_empty()), "{todo:?}");
                prop_assert!(todo.range.contains_range(reference.range), "{todo:?}");
            }
            for malformed in &todo.malformed {
                prop_assert!(at(malformed.range).is_some(), "{todo:?}");
                prop_assert!(malformed.fix.as_ref().is_none_or(|(range, ..)| at(*range).is_some()), "{todo:?}");
            }
        }
        let root = Root::default();
        let found = crate::diagnostics(Source::Str(&text), name, &root);
        let rope = Rope::from_str(&text);
        let in_rope = crate::diagnostics(Source::Rope(&rope), name, &root);
        prop_assert_eq!(format!("{found:?}"), format!("{in_rope:?}"));
        // What a safe fix leaves is read as what it fixed.
        if let Some(fixed) = crate::fix::fix(&text, name, &root, &found) {
            let left: Vec<_> = fixed.findings.iter().filter_map(|it| it.fix.as_ref()).filter(|fix| fix.safe).collect();
            prop_assert!(left.is_empty(), "{:?} {left:?}", fixed.text);
        }
    }
}

/// Random edits of real shapes: what is read with the help of the last version is what is read anew.
#[test]
fn rereading_gives_what_reading_anew_gives() {
    let texts = [
        (
            "a.py",
            "# TODO(#1): a\nx = \"# TODO: no\"\n\n\ndef f(a, b):\n    \"\"\"Doc.\n\n    # TODO: no\n    \"\"\"\n    # FIXME: b\n    # goes on\n    return a[b]\n",
        ),
        (
            "a.rs",
            "/// Doc.\n/// TODO(#2): c\nfn f() {\n    let s = r#\"// TODO: no\"#; /* XXX(#3) */\n    g(s); // HACK: d\n}\n",
        ),
        (
            "a.ts",
            "const s = `// TODO: no ${a /* TODO(#4): e */}`;\n/**\n * TODO(#5): f\n * more\n */\nfunction f() { return /\\/\\/ TODO/; }\n",
        ),
        ("a.yaml", "# TODO: a\nkey: |\n  # TODO: no\nother: 'x # no' # FIXME(#6): b\n"),
        (
            "a.md",
            "---\n# TODO(#8): d\ntitle: a\n---\n\n# Title TODO\n\nProse TODO(#1).\n\n<!-- FIXME(#2): e\nmore -->\n\n```\n<!-- TODO: no -->\n```\n\n- x <!-- XXX --> y\n",
        ),
        // The same, where something stands that only a parse is certain of.
        (
            "b.py",
            "x = f'{a['#']}'\n# TODO(#1): a\n\n\ndef f(a, b):\n    # FIXME: b\n    # goes on\n    return a[b]\n",
        ),
        (
            "b.rs",
            "const C: char = '\\u{0_0_0_0_4_1}';\n/// TODO(#2): c\nfn f() {\n    let s = r#\"// TODO: no\"#; /* XXX(#3) */\n    g(s); // HACK: d\n}\n",
        ),
        (
            "b.ts",
            "if (a) /'/.test(b) // TODO\n/**\n * TODO(#5): f\n * more\n */\nfunction f() { return /\\/\\/ TODO/; }\n// TODO(#6): g\n// h\n",
        ),
        ("b.md", "# TODO\n\nProse TODO(#1).\n\n- `<!-- TODO -->`\n"),
        ("a.sh", "cat <<EOF\n# TODO: no\nEOF\necho \"# TODO\" # TODO(#7): c \u{e9}\n"),
    ];
    let pieces = [
        "x",
        "#",
        "\"",
        "'",
        "\n",
        "//",
        "/*",
        "*/",
        "`",
        "(",
        ")",
        "# TODO(#9): n\n",
        "---\n",
        "<!--",
        "-->",
        "<!-- HACK -->",
        "```",
        "\u{e9}",
        "\u{1f680}",
        " ",
    ];
    let config = Config::default();
    let scanner = config.todo.scanner();
    for (path, text) in texts {
        let mut seed: usize = 7;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below.max(1)
        };
        let (mut rope, mut memory) = (Rope::from_str(text), Memory::default());
        for step in 0..2000 {
            // Undone now and then, lest it ends in nothing but ruins.
            if step % 12 == 0 {
                rope = Rope::from_str(text);
            }
            let at = next(rope.len_chars() + 1);
            if next(3) == 0 {
                rope.remove(at..(at + next(4)).min(rope.len_chars()));
            } else {
                rope.insert(at, pieces[next(pieces.len())]);
            }
            let fresh = read(&rope.to_string(), path, scanner);
            // Where it is stopped at once, what it guesses must do no harm.
            if next(4) == 0 {
                let guess = reread(&rope, path, scanner, &mut memory, Effort::While(&|| false));
                assert!(
                    guess.todos.iter().all(|todo| fresh_word(&rope, todo)),
                    "{path}, step {step}:\n{rope}"
                );
                continue;
            }
            let read = reread(&rope, path, scanner, &mut memory, Effort::WHOLE);
            assert_eq!(read, Reread::certain(fresh), "{path}, step {step}:\n{rope}");
        }
    }
}

/// Whether the word of `todo` stands where it is said to stand.
fn fresh_word(rope: &Rope, todo: &Todo) -> bool {
    *Source::Rope(rope).slice(todo.word_range.start().into(), todo.word_range.end().into()) == *todo.word
}

/// A comment that nothing but a parse is certain of.
const DOUBT: &str = "const C: char = '\\u{0_0_0_0_4_1}'; // TODO\n";

/// What an edit costs that breaks all of a large file is not paid at once: what was there is moved, what is edited inside of a
/// comment is read, and all of it is known later.
#[test]
fn what_would_take_too_long_is_guessed() {
    let block = "fn f(a: u32) -> u32 {\n    // TODO(#12): mend\n    a + 1\n}\n\n";
    let halves = [block.repeat(1000), block.repeat(1000)];
    let text = halves.join("const S: &str = r#\"\"#;\n") + DOUBT;
    let mut rope = Rope::from_str(&text);
    let config = Config::default();
    let scanner = config.todo.scanner();
    let mut memory = Memory::default();
    let read = reread(&rope, "a.rs", scanner, &mut memory, Effort::Keystroke);
    assert_eq!(read, Reread::certain(super::read(&rope.to_string(), "a.rs", scanner)));
    assert_eq!(read.todos.len(), 2001);
    rope.insert(block.len() * 500, "x");
    assert!(reread(&rope, "a.rs", scanner, &mut memory, Effort::Keystroke).is_guess);
    rope.insert(block.len() * 500 + 41, "more ");
    let guess = reread(&rope, "a.rs", scanner, &mut memory, Effort::Keystroke);
    assert!(guess.is_guess);
    assert_eq!(guess.todos.len(), 2001);
    let said: Vec<_> = guess.todos[499..502].iter().map(|todo| (&*todo.text, todo.line)).collect();
    assert_eq!(said, [("mend", 2496), ("more mend", 2501), ("mend", 2506)]);
    // A string that is opened swallows what follows.
    rope.insert(block.len() * 500, "r#\"");
    assert!(reread(&rope, "a.rs", scanner, &mut memory, Effort::Keystroke).is_guess);
    let known = reread(&rope, "a.rs", scanner, &mut memory, Effort::WHOLE);
    assert_eq!(known, Reread::certain(super::read(&rope.to_string(), "a.rs", scanner)));
    assert_eq!(known.todos.len(), 1501);
}
