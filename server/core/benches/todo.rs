//! What TODO comments cost: nothing but one search where no word stands, one parse where one does.

use std::hint::black_box;

use divan::Bencher;
use ropey::Rope;
use stagegate_core::config::Config;
use stagegate_core::text::Source;
use stagegate_core::todo::{Memory, reread};
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
    let _ = reread(&rope, path, scanner, &mut memory);
    let at = rope.line_to_char(rope.len_lines() / 2) + 4;
    bencher.bench_local(move || {
        rope.insert(at, "x");
        reread(&rope, path, scanner, &mut memory)
    });
}
