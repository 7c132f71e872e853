//! What one keystroke and one file cost, without any protocol: `cargo bench -p stagegate-core`.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::{Bencher, black_box};
use ropey::Rope;
use stagegate_core::component::ComponentFile;
use stagegate_core::components::{Components, FileFacts, affected};
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

/// 5,000 components with spec, MATURITY file, code and test, each with three dependencies.
struct Workspace {
    files: Vec<(String, String)>,
    facts: Vec<FileFacts>,
    layout: Arc<Layout>,
    root: Root,
}

const COMPONENTS: usize = 5_000;

fn maturity(at: usize, stage: &str) -> String {
    format!(
        "# Component {at} Maturity Status\n\n**Current Stage**: {stage}\n**Owner**: somebody\n\n## Criteria\n\n- [x] one\n"
    )
}

fn workspace() -> Workspace {
    let mut files = Vec::new();
    for at in 0..COMPONENTS {
        let name = format!("component_{at}");
        // What is low is needed by much, as libraries are.
        let needs = |part: usize| format!("- `component_{}` (staging) - what it needs\n", at / part);
        let list = if at < 5 { String::new() } else { needs(2) + &needs(3) + &needs(5) };
        files.push((
            format!("specs/{name}.md"),
            format!(
                "# Component {at}\n\n**Component Name:** {name}\n**Status:** Staging\n**Target Stage:** staging\n\n\
                 ## Overview\n\nIt does something.\n\n## Requirements\n\n- One\n\n## Dependencies\n\n### Required Components\n\n{list}\n\
                 ## Acceptance Criteria\n\n- [x] Done\n"
            ),
        ));
        files.push((format!("src/{name}/MATURITY.md"), maturity(at, "Staging")));
        files.push((format!("src/{name}/__init__.py"), "__maturity__ = \"staging\"\n".to_owned()));
        files.push((format!("tests/test_{name}.py"), String::new()));
    }
    let index = FileIndex::new(files.iter().map(|(path, _)| path.as_str().into()).collect());
    let mut root = Root::default();
    let layout = Arc::new(Layout::new(&index, &root.config.components));
    root.files = Some(index.into());
    let facts = files.iter().filter_map(|(path, text)| facts_of(path, text, &root)).collect();
    Workspace { files, facts, layout, root }
}

fn facts_of(path: &str, text: &str, root: &Root) -> Option<FileFacts> {
    let facts = stagegate_core::facts(Source::Str(text), path, root)?;
    Some(FileFacts { path: path.into(), facts: facts.into() })
}

impl Workspace {
    fn components(&self) -> Components {
        Components::build(self.facts.iter().cloned(), Arc::clone(&self.layout))
    }

    /// Changes the MATURITY file of a component that nine others need.
    fn change(&mut self, stage: &str) {
        let path = "src/component_1000/MATURITY.md";
        let text = maturity(1000, stage);
        let known = self.facts.iter_mut().find(|file| &*file.path == path).expect("the file is there");
        *known = facts_of(path, &text, &self.root).expect("it says something");
    }
}

/// The graph of 5,000 components: what each change of a file that says something costs.
#[divan::bench]
fn graph_of_five_thousand_components(bencher: Bencher<'_, '_>) {
    let workspace = workspace();
    bencher.bench(|| black_box(&workspace).components());
}

/// Which files a changed MATURITY file concerns.
#[divan::bench]
fn affected_by_one_maturity_file(bencher: Bencher<'_, '_>) {
    let mut workspace = workspace();
    let old = workspace.components();
    workspace.change("Development");
    let new = workspace.components();
    bencher.bench(|| affected(black_box(&old), black_box(&new)));
}

/// From a changed MATURITY file to every finding that it concerns (issue 3: 5 ms).
#[divan::bench]
fn one_maturity_file_of_five_thousand_components(bencher: Bencher<'_, '_>) {
    let mut workspace = workspace();
    let mut old = Arc::new(workspace.components());
    let texts: std::collections::HashMap<_, _> = workspace.files.iter().cloned().collect();
    let mut stages = ["Development", "Staging"].into_iter().cycle();
    bencher.bench_local(|| {
        workspace.change(stages.next().expect("it never ends"));
        let new = Arc::new(workspace.components());
        let paths = affected(&old, &new);
        workspace.root.components = Some(Arc::clone(&new));
        old = new;
        let of = |path: &Arc<str>| {
            stagegate_core::diagnostics(Source::Str(&texts[&**path]), path, &workspace.root)
        };
        paths.iter().map(|path| of(path).len()).sum::<usize>()
    });
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
