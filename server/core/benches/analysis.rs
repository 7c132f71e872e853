//! What one keystroke and one file cost, without any protocol: `cargo bench -p stagegate-core`.

use std::fmt::Write as _;

use divan::{Bencher, black_box};
use ropey::Rope;
use stagegate_core::component::ComponentFile;
use stagegate_core::config::ComponentsConfig;
use stagegate_core::layout::Layout;
use stagegate_core::text::{ContentChange, Position, PositionEncoding, Range, Source, apply_change};
use stagegate_core::workspace::{FileIndex, Root};

fn main() {
    divan::main();
}

/// Sizes of the file, in bytes.
const SIZES: [usize; 3] = [2_000, 50_000, 1_000_000];

const PATH: &str = ".github/instructions/rules.instructions.md";

/// An instruction file with one misspelt key.
fn file(size: usize) -> String {
    let head = "---\napplyTo: \"src/**/*.py\"\ndescripton: \"Rules for the parser\"\n---\n# Rules\n\n";
    let line =
        "Every public function has a docstring that states its contract, \u{e9} and \u{1f680} included.\n";
    head.to_owned() + &line.repeat(size / line.len() + 1)
}

fn root() -> Root {
    let files = FileIndex::new((0..10_000).map(|i| format!("src/p{}/m{i}.py", i % 100).into()).collect());
    Root { files: Some(files.into()), ..Root::default() }
}

/// All findings of a file that was just read.
#[divan::bench(args = SIZES)]
fn diagnostics_of_a_string(bencher: Bencher<'_, '_>, size: usize) {
    let (text, root) = (file(size), root());
    bencher.bench(|| stagegate_core::diagnostics(Source::Str(black_box(&text)), PATH, &root));
}

/// One keystroke: the edit, then all findings.
#[divan::bench(args = SIZES)]
fn keystroke_in_a_rope(bencher: Bencher<'_, '_>, size: usize) {
    let (text, root) = (file(size), root());
    let line = u32::try_from(text.lines().count() / 2).expect("few lines");
    let at = Position { line, character: 20 };
    let change = ContentChange { range: Some(Range { start: at, end: at }), text: "x".to_owned() };
    let mut rope = Rope::from_str(&text);
    bencher.bench_local(|| {
        apply_change(&mut rope, black_box(&change), PositionEncoding::Utf16).expect("the place exists");
        stagegate_core::diagnostics(Source::Rope(&rope), PATH, &root)
    });
}

/// A text without a heading is scanned to its end at each keystroke: the worst case of the rules.
#[divan::bench(args = SIZES)]
fn diagnostics_without_a_heading(bencher: Bencher<'_, '_>, size: usize) {
    let (text, root) = (file(size).replace("# Rules", "Rules"), root());
    let rope = Rope::from_str(&text);
    bencher.bench(|| stagegate_core::diagnostics(Source::Rope(black_box(&rope)), PATH, &root));
}

/// A glob that was never asked for, against ten thousand files: what typing in `applyTo` costs.
#[divan::bench]
fn new_glob_over_ten_thousand_files(bencher: Bencher<'_, '_>) {
    let root = root();
    let files = root.files.as_ref().expect("an index");
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        let glob = stagegate_core::glob::Glob::new(&format!("src/p{n}/**/*.py")).expect("a valid glob");
        files.matches(&glob).count
    });
}

/// Where 5,000 components lie among 100,000 files: what each change of the file index costs.
#[divan::bench]
fn layout_of_five_thousand_components(bencher: Bencher<'_, '_>) {
    let component = |i: usize| format!("component_{}", i % 5_000);
    let path = |i: usize| match i % 10 {
        0 => format!("tests/test_{}_part{i}.py", component(i / 10)),
        1 => format!("tests/unit/{}/test_{i}.py", component(i / 10)),
        2 => format!("docs/page{i}.md"),
        _ => format!("src/components/{}/m{i}.py", component(i / 10)),
    };
    let files = FileIndex::new((0..100_000).map(|i| path(i).into()).collect());
    let config = ComponentsConfig::default();
    bencher.bench(|| Layout::new(black_box(&files), &config));
}

/// A spec with 10,000 headings and as many links, criteria and numbers.
#[divan::bench]
fn diagnostics_of_a_large_spec(bencher: Bencher<'_, '_>) {
    let text = spec(10_000);
    let root = root();
    bencher.bench(|| stagegate_core::diagnostics(Source::Str(black_box(&text)), "specs/large.md", &root));
}

/// The rules alone, as after an edit whose text was read already.
#[divan::bench]
fn rules_of_a_large_spec(bencher: Bencher<'_, '_>) {
    let (text, root) = (spec(10_000), root());
    let path = "specs/large.md";
    let file = ComponentFile::of_path(Source::Str(&text), path, &root).expect("it is a spec");
    bencher.bench(|| file.diagnostics(Source::Str(black_box(&text)), path, &root));
}

/// A spec in which one line holds everything.
#[divan::bench]
fn diagnostics_of_a_long_line(bencher: Bencher<'_, '_>) {
    let item = "[a](#no) ≥50% [b](b.md) **Owner:** `x` ";
    let text = format!(
        "# L\n\n**Component Name:** l\n\n## Acceptance Criteria\n\n### Staging\n- [ ] coverage {}\n",
        item.repeat(1_000_000 / item.len())
    );
    let root = root();
    bencher.bench(|| stagegate_core::diagnostics(Source::Str(black_box(&text)), "specs/long.md", &root));
}

/// A spec of about 100 bytes for each heading.
fn spec(headings: usize) -> String {
    let mut text =
        "# Large\n\n**Component Name:** large\n**Target Stage:** staging\n\n## Requirements\n".to_owned();
    for i in 0..headings {
        let _ = write!(
            text,
            "\n### FR{i}: Part {i}\n\n- [ ] Test coverage ≥{}% of [part](#fr{i}-part-{i}) or [other](other{i}.md#x)\n",
            i % 100
        );
    }
    text
}
