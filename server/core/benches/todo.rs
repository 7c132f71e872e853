//! What TODO comments cost: nothing but one search where no word stands, one parse where one does.

use std::hint::black_box;

use divan::Bencher;
use ropey::Rope;
use stagegate_core::config::Config;
use stagegate_core::text::Source;
use stagegate_core::todo::{Effort, Memory, reread};
use stagegate_core::workspace::Root;

fn main() {
    divan::main();
}

/// Text of `size` bytes in the form of a language; one word at its end where wanted.
fn text(line: &str, size: usize, end: &str) -> String {
    let mut text = line.repeat(size / line.len());
    text.push_str(end);
    text
}

const PROSE: &str = "Prices are rounded to the cent, and every caller relies on that; see the table.\n";
const PYTHON: &str = "    total = sum(price(item, 'net') for item in cart.items)  # of all items\n";
const CPP: &str = "  const auto total = std::accumulate(items.begin(), items.end(), Price{0}); // all\n";

/// A megabyte without a word: the price that every keystroke would pay.
#[divan::bench]
fn search_in_a_rope_of_a_megabyte(bencher: Bencher<'_, '_>) {
    let (rope, root) = (Rope::from_str(&text(PROSE, 1_000_000, "")), Root::default());
    bencher.bench(|| stagegate_core::todo::diagnostics(Source::Rope(black_box(&rope)), "docs/a.md", &root));
}

/// A first look at a document with a few words.
#[divan::bench(args = [("a.py", PYTHON), ("a.cpp", CPP), ("a.md", PROSE)])]
fn parse_of_128_kib(bencher: Bencher<'_, '_>, (path, line): (&str, &str)) {
    let end = if path == "a.md" { "<!-- TODO: x -->\n" } else { "# TODO: x\n// TODO: x\n" };
    let (rope, root) = (Rope::from_str(&text(line, 128 * 1024, end)), Root::default());
    bencher.bench(|| stagegate_core::todo::diagnostics(Source::Rope(black_box(&rope)), path, &root));
}

/// A keystroke in a large source file with a few TODOs: what is read again with the help of the last version.
#[divan::bench(args = ["a.py", "a.rs", "a.ts"])]
fn keystroke_in_half_a_mebibyte(bencher: Bencher<'_, '_>, path: &str) {
    let block = match path {
        "a.py" => {
            "def f(value, other):\n    total = value + other\n    if total > 10:\n        return str(total)\n    return [x for x in range(total)]\n\n"
        }
        "a.rs" => {
            "fn f(value: u64, other: u64) -> u64 {\n    let total = value + other;\n    if total > 10 { return total; }\n    total\n}\n\n"
        }
        _ => {
            "function f(value: number, other: number): number {\n  const total = value + other;\n  return total > 10 ? total : 1;\n}\n\n"
        }
    };
    let mark = if path == "a.py" { "#" } else { "//" };
    let part = format!("{mark} TODO(#12): later\n{}", block.repeat(400));
    let text = part.repeat(500 * 1024 / part.len());
    let config = Config::default();
    let scanner = config.todo.scanner();
    let mut rope = Rope::from_str(&text);
    let mut memory = Memory::default();
    let _ = reread(&rope, path, scanner, &mut memory, Effort::Keystroke);
    let at = rope.line_to_char(rope.len_lines() / 2) + 4;
    bencher.bench_local(move || {
        rope.insert(at, "x");
        reread(&rope, path, scanner, &mut memory, Effort::Keystroke)
    });
}

/// A file that repeats a block with a TODO, and where a key is struck in the middle one.
struct Many {
    name: &'static str,
    path: &'static str,
    block: &'static str,
    line: usize,
    column: usize,
}

impl std::fmt::Display for Many {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn many(
    name: &'static str,
    path: &'static str,
    block: &'static str,
    line: usize,
    column: usize,
) -> Many {
    Many { name, path, block, line, column }
}

const PY: &str = "def f(a):\n    # TODO(#12): mend\n    return a + 1\n\n";
const RS: &str = "fn f(a: u32) -> u32 {\n    // TODO(#12): mend\n    a + 1\n}\n\n";
const TS: &str = "function f(a) {\n  // TODO(#12): mend\n  return a + 1;\n}\n\n";
const MD: &str = "A line of text.\n\n<!-- TODO(#12): mend -->\n\n";

static MANY: [Many; 12] = [
    many("py, right", "a.py", PY, 2, 12),
    many("py, no indent", "a.py", PY, 2, 0),
    many("py, wrong", "a.py", PY, 0, 0),
    many("py, comment", "a.py", PY, 1, 18),
    many("rs, right", "a.rs", RS, 2, 5),
    many("rs, wrong", "a.rs", RS, 0, 0),
    many("rs, comment", "a.rs", RS, 1, 18),
    many("ts, right", "a.ts", TS, 2, 10),
    many("ts, wrong", "a.ts", TS, 0, 0),
    many("kt, right", "a.kt", TS, 2, 10),
    many("md, prose", "a.md", MD, 0, 4),
    many("md, comment", "a.md", MD, 2, 18),
];

/// A keystroke in the middle of a file that has a TODO on every third line.
#[divan::bench(args = &MANY)]
fn keystroke_among_many_todos(bencher: Bencher<'_, '_>, many: &Many) {
    let config = Config::default();
    let scanner = config.todo.scanner();
    let mut rope = Rope::from_str(&many.block.repeat(500 * 1024 / many.block.len()));
    let mut memory = Memory::default();
    let _ = reread(&rope, many.path, scanner, &mut memory, Effort::Keystroke);
    let lines = many.block.lines().count();
    let at = rope.line_to_char(rope.len_lines() / lines / 2 * lines + many.line) + many.column;
    bencher.bench_local(move || {
        rope.insert(at, "x");
        reread(&rope, many.path, scanner, &mut memory, Effort::Keystroke)
    });
}

/// All of such a file, read for the first time.
#[divan::bench(args = &MANY)]
fn first_read_of_many_todos(bencher: Bencher<'_, '_>, many: &Many) {
    let config = Config::default();
    let text = many.block.repeat(500 * 1024 / many.block.len());
    bencher.bench(|| stagegate_core::todo::read(black_box(&text), many.path, config.todo.scanner()));
}
