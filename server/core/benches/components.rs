//! What one keystroke in a spec costs step by step, and what a changed file costs the graph of components:
//! `cargo bench -p stagegate-core --bench components`.

use std::sync::Arc;

use divan::{Bencher, black_box};
use ropey::Rope;
use stagegate_core::component::ComponentFile;
use stagegate_core::components::{Components, FileFacts, affected};
use stagegate_core::frontmatter::{self, Head};
use stagegate_core::layout::Layout;
use stagegate_core::markdown::Body;
use stagegate_core::text::{Change, Source};
use stagegate_core::workspace::Root;

fn main() {
    divan::main();
}

/// A spec of this many bytes, with a heading every so many.
#[derive(Debug)]
struct Shape(usize, usize);

const SHAPES: [Shape; 3] = [Shape(10_000, 500), Shape(1_000_000, 100), Shape(1_000_000, 100_000)];

const PATH: &str = "specs/calculator.md";

fn spec(Shape(size, section): &Shape) -> String {
    let mut text = "# Component Specification: Calculator\n\n**Component Name:** calculator\n**Status:** Development\n**Target Stage:** staging\n\n## Overview\n\nIt adds.\n\n## Dependencies\n\n- `pricing` (staging) - prices\n\n## Acceptance Criteria\n\n### Staging\n\n- [ ] Test coverage ≥70%\n- [x] All unit tests pass\n\n".to_owned();
    let lines =
        ["Words go on and on, é and 🚀 included.\n", "- an item with `code` in it\n", "**Priority:** high\n"];
    let mut line = 0;
    while text.len() < *size {
        text.push_str(&format!("\n#### FR{line}: Something\n\n"));
        let end = text.len() + section.saturating_sub(22);
        while text.len() < end {
            text.push_str(lines[line % lines.len()]);
            line += 1;
        }
    }
    text
}

/// The text before and after a letter was typed in its middle.
fn typed(shape: &Shape) -> (Rope, Rope) {
    let old = Rope::from_str(&spec(shape));
    let mut new = old.clone();
    new.insert_char(old.len_chars() / 2, 'x');
    (old, new)
}

fn parts(rope: &Rope) -> (Arc<Head>, Arc<Body>) {
    let head = frontmatter::read(Source::Rope(rope));
    let body = Body::read(Source::Rope(rope), head.body_start(Source::Rope(rope)));
    (Arc::new(head), Arc::new(body))
}

#[divan::bench(args = SHAPES)]
fn finding_the_change(bencher: Bencher<'_, '_>, shape: &Shape) {
    let (old, new) = typed(shape);
    bencher.bench(|| Change::between(black_box(&old), &new));
}

#[divan::bench(args = SHAPES)]
fn reading_the_body_again(bencher: Bencher<'_, '_>, shape: &Shape) {
    let (old, new) = typed(shape);
    let (_, body) = parts(&old);
    bencher.bench(|| body.reread(black_box(&old), &new, 0));
}

#[divan::bench(args = SHAPES)]
fn understanding_the_elements(bencher: Bencher<'_, '_>, shape: &Shape) {
    let (_, new) = typed(shape);
    let (head, body) = parts(&new);
    let root = Root::default();
    let source = Source::Rope(&new);
    bencher.bench(|| ComponentFile::of_body(source, PATH, &root, Arc::clone(&head), Arc::clone(&body)));
}

#[divan::bench(args = SHAPES)]
fn rules(bencher: Bencher<'_, '_>, shape: &Shape) {
    let (_, new) = typed(shape);
    let root = Root::default();
    let source = Source::Rope(&new);
    let file = ComponentFile::of_path(source, PATH, &root).expect("a spec");
    bencher.bench(|| black_box(&file).diagnostics(source, PATH, &root));
}

#[divan::bench(args = SHAPES)]
fn facts(bencher: Bencher<'_, '_>, shape: &Shape) {
    let (_, new) = typed(shape);
    let root = Root::default();
    let source = Source::Rope(&new);
    let file = ComponentFile::of_path(source, PATH, &root).expect("a spec");
    bencher.bench(|| stagegate_core::component_facts(black_box(&file), source, PATH, &root));
}

#[divan::bench(args = SHAPES)]
fn a_spec_just_opened(bencher: Bencher<'_, '_>, shape: &Shape) {
    let text = spec(shape);
    let root = Root::default();
    bencher.bench(|| stagegate_core::diagnostics(Source::Str(black_box(&text)), PATH, &root));
}

/// What 5,000 components with three dependencies each say, in the order in which the graph is built.
fn workspace(changed: Option<usize>) -> Vec<FileFacts> {
    let root = Root::default();
    let mut files = Vec::new();
    for i in 0..5_000 {
        let mut spec =
            format!("# C\n\n**Component Name:** c_{i:04}\n**Target Stage:** staging\n\n## Dependencies\n\n");
        for k in 1..4 {
            spec.push_str(&format!("- `c_{:04}` (staging)\n", (i * 7 + k * 613) % i.max(1)));
        }
        let stage = if changed == Some(i) { "Development" } else { "Staging" };
        let maturity = format!("# C\n\n**Current Stage**: {stage}\n");
        for (path, text) in
            [(format!("specs/c_{i:04}.md"), spec), (format!("src/c_{i:04}/MATURITY.md"), maturity)]
        {
            let facts = stagegate_core::facts(Source::Str(&text), &path, &root).expect("facts");
            files.push(FileFacts { path: path.into(), facts: Arc::new(facts) });
        }
    }
    files.sort_by(|a, b| (&a.facts.canonical, &a.path).cmp(&(&b.facts.canonical, &b.path)));
    files
}

#[divan::bench]
fn building_the_graph(bencher: Bencher<'_, '_>) {
    let files = workspace(None);
    let layout = Arc::new(Layout::default());
    bencher.bench(|| Components::build(black_box(&files).iter().cloned(), Arc::clone(&layout)));
}

#[divan::bench]
fn finding_what_a_change_affects(bencher: Bencher<'_, '_>) {
    let layout = Arc::new(Layout::default());
    let old = workspace(None);
    let mut new = old.clone();
    // All but one are the same facts, as in a running server.
    for (known, other) in new.iter_mut().zip(workspace(Some(4_000))) {
        if known.facts != other.facts {
            *known = other;
        }
    }
    let (old, new) = (Components::build(old, Arc::clone(&layout)), Components::build(new, layout));
    assert!(!affected(&old, &new).is_empty());
    bencher.bench(|| affected(black_box(&old), &new));
}
