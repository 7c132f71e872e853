//! 50 components in 5,000 files that did not change: what `gates` and the editor wait for.
//!
//! `cargo bench -p stagegate-pipeline --bench inputs`

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use stagegate_core::gates::{Evidence, Exit, GateKind, GateName, Observed, Origin};
use stagegate_pipeline::board::{self, BoardLoader};
use stagegate_pipeline::inputs::{Definition, KnownFiles, Snapshot};
use stagegate_pipeline::store::{New, Store};
use stagegate_workspace::{WalkOptions, Workspace, walk};

const COMPONENTS: usize = 50;
const FILES: usize = 100;
const GATES: [GateKind; 6] = [
    GateKind::Tests,
    GateKind::Coverage,
    GateKind::Lint,
    GateKind::Types,
    GateKind::Secrets,
    GateKind::Complexity,
];

struct Repository {
    dir: tempfile::TempDir,
    workspace: Workspace,
    known: KnownFiles,
}

static REPOSITORY: LazyLock<Repository> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a folder");
    let lay = |path: String, text: String| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    for at in 0..COMPONENTS {
        let spec = format!(
            "# c{at}\n\n**Component ID:** c{at}\n\n## Dependencies\n\n- `c{}` (staging) - x\n",
            at / 2
        );
        lay(format!("specs/c{at}.md"), spec);
        for file in 0..FILES {
            let text = format!("VALUE = {at}\n").repeat(50);
            lay(format!("src/components/c{at}/part{}/f{file}.py", file % 7), text);
        }
    }
    let mut workspace = Workspace::load(dir.path());
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    // Files that were written a moment ago are read again: that is another figure.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let snapshot = Snapshot::scan(dir.path(), &workspace.root, &KnownFiles::default());
    let mut store = Store::open(dir.path()).expect("a store");
    for at in 0..COMPONENTS {
        for gate in GATES {
            let component = format!("c{at}");
            let gate = GateName::from(gate);
            let inputs = snapshot.inputs(&component, &define(&component, &gate).expect("a definition"));
            let evidence = evidence(component, gate);
            let new = New { evidence: &evidence, inputs: Some(&inputs), files: &[], tests: None };
            store.insert(new).expect("inserted");
        }
    }
    store.keep_known_files(&snapshot.known()).expect("kept");
    let known = (*snapshot.known()).clone();
    Repository { dir, workspace, known }
});

fn evidence(component: String, gate: GateName) -> Evidence {
    Evidence {
        gate,
        component,
        origin: Origin::Run,
        started_ms: 0,
        ended_ms: 1,
        commit: None,
        inputs: String::new(),
        commands: Vec::new(),
        exit: Some(Exit::Code(0)),
        tool: None,
        tool_version: None,
        report: None,
        observed: Ok(Observed::Issues { count: 0, files: None }),
        findings: Vec::new(),
        flaky: Vec::new(),
        output: "x".repeat(500),
        carried_by: None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what the board asks for")]
fn define(component: &str, gate: &GateName) -> Option<Definition> {
    let text = format!("uv run tool {component} {gate}");
    Some(Definition { text, tool: "tool 1.2.3".to_owned(), inputs: Vec::new(), follows_imports: false })
}

fn folder() -> &'static Path {
    REPOSITORY.dir.path()
}

/// To compare with: only the names.
#[divan::bench]
fn bare_walk() -> usize {
    walk(folder(), &WalkOptions::default()).files.len()
}

/// The first time, from a warm disk cache.
#[divan::bench]
fn scan_everything() -> usize {
    Snapshot::scan(folder(), &REPOSITORY.workspace.root, &KnownFiles::default()).len()
}

#[divan::bench]
fn scan_unchanged() -> usize {
    Snapshot::scan(folder(), &REPOSITORY.workspace.root, &REPOSITORY.known).len()
}

/// Scan, and the inputs of six gates of all components.
#[divan::bench]
fn scan_and_inputs_unchanged() {
    let snapshot = Snapshot::scan(folder(), &REPOSITORY.workspace.root, &REPOSITORY.known);
    for at in 0..COMPONENTS {
        for gate in GATES {
            let component = format!("c{at}");
            let definition = define(&component, &gate.into()).expect("a definition");
            black_box(snapshot.inputs(&component, &definition));
        }
    }
}

/// All that `gates` reads: store, files, what still holds.
#[divan::bench]
fn whole_board() {
    let board = board::load(folder(), &REPOSITORY.workspace.root, None, &define);
    assert_eq!(board.expect("a board").components().count(), COMPONENTS);
}

/// After one file was saved in the editor.
#[divan::bench]
fn board_after_one_saved_file(bencher: Bencher<'_, '_>) {
    let mut loader = BoardLoader::new(folder());
    let root = &REPOSITORY.workspace.root;
    loader.load(root, &define);
    let path = "src/components/c7/part0/f0.py";
    let before = fs::read_to_string(folder().join(path)).expect("a file");
    let mut at = 0;
    bencher.bench_local(|| {
        at += 1;
        fs::write(folder().join(path), format!("{before}# {at}\n")).expect("written");
        loader.update(root, &[path], &define)
    });
    fs::write(folder().join(path), before).expect("written");
}

fn main() {
    divan::main();
}
