//! What TODO comments cost: nothing but one search where no word stands, one parse where one does.

use std::hint::black_box;

use divan::Bencher;
use ropey::Rope;
use stagegate_core::text::Source;
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

/// The largest open document that is searched while edited.
#[divan::bench(args = [("a.py", PYTHON), ("a.cpp", CPP), ("a.md", PROSE)])]
fn parse_of_128_kib(bencher: Bencher<'_, '_>, (path, line): (&str, &str)) {
    let end = if path == "a.md" { "<!-- TODO: x -->\n" } else { "# TODO: x\n// TODO: x\n" };
    let (rope, root) = (Rope::from_str(&text(line, 128 * 1024, end)), Root::default());
    bencher.bench(|| stagegate_core::todo::diagnostics(Source::Rope(black_box(&rope)), path, &root));
}
