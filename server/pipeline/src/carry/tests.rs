use std::fs;

use stagegate_core::gates::{Board, Freshness, GateKind, Observed, Origin};
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;
use crate::inputs::{Definition, KnownFiles};
use crate::store::New;

const PACKAGE: &str = "src/components/calc/__init__.py";
const BEFORE: &str = "__maturity__ = 'development'\n";
const AFTER: &str = "__maturity__ = 'staging'\n";
const CORE: &str = "src/components/calc/core.py";

fn lay(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn workspace(root: &Path) -> Workspace {
    let mut workspace = Workspace::load(root);
    workspace.scan(&WalkOptions::default());
    workspace.read_components(&WalkOptions::default());
    workspace
}

/// Of `lint` its own files alone count, of `types` those of every component.
fn define(_: &str, gate: &GateName) -> Option<Definition> {
    let follows_imports = gate.kind() == GateKind::Types;
    Some(Definition {
        text: format!("run {gate}"),
        tool: "x 1".to_owned(),
        inputs: Vec::new(),
        follows_imports,
    })
}

/// Runs a gate, as the executor does.
fn run(root: &Path, component: &str, kind: GateKind) {
    let gate = GateName::from(kind);
    let snapshot = Snapshot::scan(root, &workspace(root).root, &KnownFiles::default());
    let inputs = snapshot.inputs(component, &define(component, &gate).unwrap());
    let evidence = Evidence {
        gate,
        component: component.to_owned(),
        origin: Origin::Run,
        started_ms: 1000,
        ended_ms: 2000,
        commit: Some("ab".repeat(20)),
        inputs: inputs.hash.to_string(),
        commands: Vec::new(),
        exit: None,
        tool: None,
        tool_version: None,
        report: None,
        observed: Ok(Observed::Issues { count: 0, files: None }),
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    };
    let file = |path: &str| MeasuredFile {
        path: path.to_owned(),
        covered: 1,
        statements: 1,
        missing: Vec::new(),
        content: snapshot.content(path),
        measured_ms: 2000,
    };
    let files = [file(PACKAGE), file(CORE)];
    let mut store = Store::open(root).unwrap();
    store.insert(New { evidence: &evidence, inputs: Some(&inputs), files: &files, tests: None }).unwrap();
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["calc", "other"] {
        lay(dir.path(), &format!("specs/{name}.md"), &format!("# {name}\n\n**Component ID:** {name}\n"));
    }
    lay(dir.path(), PACKAGE, BEFORE);
    lay(dir.path(), CORE, "a = 1\n");
    lay(dir.path(), "src/components/other/core.py", "b = 1\n");
    dir
}

fn promotion() -> Vec<FileChange> {
    let change = |path: &str, before: &str, after: &str| FileChange {
        path: path.to_owned(),
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
    };
    vec![change(PACKAGE, BEFORE, AFTER)]
}

fn back() -> Vec<FileChange> {
    let back = |change: FileChange| FileChange { before: change.after, after: change.before, ..change };
    promotion().into_iter().map(back).collect()
}

fn carry_over(root: &Path, changes: &[FileChange], run: &str) -> usize {
    carried(root, &workspace(root).root, changes, run, &define).unwrap()
}

fn board(root: &Path) -> Board {
    board::load(root, &workspace(root).root, None, &define).unwrap()
}

/// What is said of each gate.
fn shown(root: &Path) -> String {
    let board = board(root);
    let of = |component: &str| {
        let gates = board.of(component).iter().map(|known| {
            let state = match &known.freshness {
                Freshness::Fresh => "fresh".to_owned(),
                Freshness::Stale(names) => format!("stale ({})", names.join(", ")),
            };
            let by = known.evidence.carried_by.as_ref().map(|run| format!(" by {run}")).unwrap_or_default();
            format!("{component} {} {state}{by}", known.evidence.gate)
        });
        gates.collect::<Vec<_>>()
    };
    [of("calc"), of("other")].concat().join("; ")
}

#[test]
fn what_held_before_the_edit_holds_behind_it() {
    let dir = repository();
    let root = dir.path();
    for (component, kind) in [
        ("calc", GateKind::Lint),
        ("calc", GateKind::Types),
        ("other", GateKind::Lint),
        ("other", GateKind::Types),
    ] {
        run(root, component, kind);
    }
    let all = "calc lint fresh; calc types fresh; other lint fresh; other types fresh";
    assert_eq!(shown(root), all);
    lay(root, PACKAGE, AFTER);
    assert_eq!(carry_over(root, &promotion(), "r1"), 3);
    assert_eq!(
        shown(root),
        "calc lint fresh by r1; calc types fresh by r1; other lint fresh; other types fresh by r1"
    );
    let board = board(root);
    let evidence = &board.of("calc")[0].evidence;
    assert_eq!((evidence.started_ms, evidence.ended_ms), (1000, 2000));
    assert_eq!(evidence.commit, Some("ab".repeat(20)));
    assert!([PACKAGE, CORE].iter().all(|path| !board.file(path).unwrap().is_stale));
    // Doing it twice does no harm; taking the edit back brings the evidence back.
    assert_eq!(carry_over(root, &promotion(), "r1"), 0);
    lay(root, PACKAGE, BEFORE);
    assert_eq!(carry_over(root, &back(), "r2"), 3);
    assert_eq!(
        shown(root),
        "calc lint fresh by r2; calc types fresh by r2; other lint fresh; other types fresh by r2"
    );
}

#[test]
fn what_changed_besides_leaves_evidence_stale() {
    let dir = repository();
    let root = dir.path();
    run(root, "calc", GateKind::Lint);
    run(root, "other", GateKind::Types);
    lay(root, PACKAGE, AFTER);
    lay(root, CORE, "a = 2\n");
    assert_eq!(carry_over(root, &promotion(), "r1"), 0);
    assert_eq!(
        shown(root),
        format!("calc lint stale ({PACKAGE}, {CORE}); other types stale ({PACKAGE}, {CORE})")
    );
    // Also where the edit itself is not what the run wrote.
    lay(root, CORE, "a = 1\n");
    lay(root, PACKAGE, "__maturity__ = 'staging'\nimport evil\n");
    assert_eq!(carry_over(root, &promotion(), "r1"), 0);
    assert_eq!(shown(root), format!("calc lint stale ({PACKAGE}); other types stale ({PACKAGE})"));
}

#[test]
fn what_was_stale_before_the_edit_stays_so() {
    let dir = repository();
    let root = dir.path();
    run(root, "calc", GateKind::Lint);
    lay(root, CORE, "a = 2\n");
    run(root, "calc", GateKind::Types);
    lay(root, PACKAGE, AFTER);
    assert_eq!(carry_over(root, &promotion(), "r1"), 1);
    assert_eq!(shown(root), format!("calc lint stale ({PACKAGE}, {CORE}); calc types fresh by r1"));
}

#[test]
fn newer_evidence_of_another_process_stays_the_newest() {
    let dir = repository();
    let root = dir.path();
    run(root, "calc", GateKind::Lint);
    let mut store = Store::open(root).unwrap();
    let old = store.newest_all().unwrap().remove(0);
    lay(root, PACKAGE, AFTER);
    run(root, "calc", GateKind::Lint);
    let snapshot = Snapshot::scan(root, &workspace(root).root, &KnownFiles::default());
    let inputs = snapshot.inputs("calc", &define("calc", &GateKind::Lint.into()).unwrap());
    let row = CarriedRow { of: old.id, evidence: &old.evidence, inputs: &inputs };
    assert_eq!(store.carry(&[row], &[]).unwrap(), 0);
    assert_eq!(shown(root), "calc lint fresh");
}

#[test]
fn without_evidence_nothing_is_made() {
    let dir = repository();
    lay(dir.path(), PACKAGE, AFTER);
    assert_eq!(carry(dir.path(), &workspace(dir.path()).root, &promotion(), "r1"), 0);
    assert!(!dir.path().join(".stagegate").exists());
}

#[test]
fn files_that_the_run_made_or_removed() {
    let dir = repository();
    let root = dir.path();
    fs::remove_file(root.join(PACKAGE)).unwrap();
    run(root, "calc", GateKind::Lint);
    lay(root, PACKAGE, AFTER);
    let made = vec![FileChange { path: PACKAGE.to_owned(), before: None, after: Some(AFTER.to_owned()) }];
    assert_eq!(carry_over(root, &made, "r1"), 1);
    fs::remove_file(root.join(PACKAGE)).unwrap();
    let removed = vec![FileChange { path: PACKAGE.to_owned(), before: Some(AFTER.to_owned()), after: None }];
    assert_eq!(carry_over(root, &removed, "r2"), 1);
    assert_eq!(shown(root), "calc lint fresh by r2");
}
