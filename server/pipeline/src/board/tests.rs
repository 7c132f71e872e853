use std::fs;

use stagegate_core::gates::{Exit, GateKind, Observed, Origin};
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;
use crate::inputs::KnownFiles;
use crate::store::New;

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

fn define(tool: &str) -> impl Fn(&str, &GateName) -> Option<Definition> + use<> {
    let tool = tool.to_owned();
    move |_, gate| {
        let text = format!("run {gate}");
        (gate.kind() != GateKind::Custom).then(|| Definition {
            text,
            tool: tool.clone(),
            inputs: Vec::new(),
            follows_imports: false,
        })
    }
}

/// Runs a gate of `calc`, as the executor does.
fn run(root: &Path, gate: &str, definition: &Definition, ended_ms: i64) {
    let workspace = workspace(root);
    let snapshot = Snapshot::scan(root, &workspace.root, &KnownFiles::default());
    let inputs = snapshot.inputs("calc", definition);
    let evidence = Evidence {
        gate: GateName::new(gate).unwrap(),
        component: "calc".to_owned(),
        origin: Origin::Run,
        started_ms: ended_ms,
        ended_ms,
        commit: None,
        inputs: inputs.hash.to_string(),
        commands: Vec::new(),
        exit: Some(Exit::Code(0)),
        tool: None,
        tool_version: None,
        report: None,
        observed: Ok(Observed::Issues { count: 0, files: Some(1) }),
        findings: Vec::new(),
        flaky: Vec::new(),
        output: String::new(),
        carried_by: None,
    };
    let files = [MeasuredFile {
        path: "src/components/calc/core.py".to_owned(),
        covered: 1,
        statements: 2,
        missing: vec![(2, 2)],
        content: snapshot.content("src/components/calc/core.py"),
        measured_ms: ended_ms,
    }];
    let mut store = Store::open(root).unwrap();
    store.insert(New { evidence: &evidence, inputs: Some(&inputs), files: &files, tests: None }).unwrap();
    store.keep_known_files(&snapshot.known()).unwrap();
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "specs/calc.md", "# calc\n\n**Component ID:** calc\n");
    lay(dir.path(), "src/components/calc/core.py", "a = 1\nb = 2\n");
    dir
}

/// What is said of each gate of `calc`, and whether the coverage of its file is out of date.
fn shown(board: &Board) -> String {
    let gates = board.of("calc").iter().map(|known| {
        let origin = if known.evidence.origin == Origin::Run { "" } else { "reported " };
        match &known.freshness {
            Freshness::Fresh => format!("{} {origin}fresh", known.evidence.gate),
            Freshness::Stale(names) => {
                format!("{} {origin}stale ({})", known.evidence.gate, names.join(", "))
            }
        }
    });
    let file = board.file("src/components/calc/core.py").map(|file| format!("file stale {}", file.is_stale));
    gates.chain(file).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_board_says_what_still_holds() {
    let dir = repository();
    let root = dir.path();
    let define_now = define("ruff 1");
    run(root, "lint", &define_now("calc", &GateKind::Lint.into()).unwrap(), 1000);
    run(root, "own", &Definition::default(), 1000);
    let mut workspace = workspace(root);
    let mut loader = BoardLoader::new(root);
    let mut check = |paths: Option<&[&str]>, workspace: &Workspace, tool: &str, expected: &str| {
        let definitions = define(tool);
        let board = match paths {
            None => loader.load(&workspace.root, &definitions),
            Some(paths) => loader.update(&workspace.root, paths, &definitions),
        };
        assert_eq!(shown(&board), expected);
        assert_eq!(loader.problem(), None);
        let whole = load(root, &workspace.root, None, &definitions).unwrap();
        assert_eq!(shown(&whole), expected, "read anew");
    };
    let gone = "own stale (the definition of the gate)";
    let core = "src/components/calc/core.py";
    check(None, &workspace, "ruff 1", &format!("lint fresh; {gone}; file stale false"));
    check(
        Some(&[]),
        &workspace,
        "ruff 2",
        &format!("lint stale (the version of ruff); {gone}; file stale false"),
    );
    lay(root, core, "a = 1\nb = 3\n");
    check(Some(&[core]), &workspace, "ruff 1", &format!("lint stale ({core}); {gone}; file stale true"));
    lay(root, core, "a = 1\nb = 2\n");
    check(Some(&[core]), &workspace, "ruff 1", &format!("lint fresh; {gone}; file stale false"));
    lay(root, "conftest.py", "");
    workspace.scan(&WalkOptions::default());
    check(
        Some(&["conftest.py"]),
        &workspace,
        "ruff 1",
        &format!("lint stale (conftest.py (new)); {gone}; file stale false"),
    );
    run(root, "lint", &define_now("calc", &GateKind::Lint.into()).unwrap(), 2000);
    check(
        Some(&[".stagegate/evidence.db-wal"]),
        &workspace,
        "ruff 1",
        &format!("lint fresh; {gone}; file stale false"),
    );
    fs::remove_dir_all(root.join("src")).unwrap();
    workspace.scan(&WalkOptions::default());
    check(Some(&["src"]), &workspace, "ruff 1", &format!("lint stale ({core} (gone)); {gone}"));
}

#[test]
fn of_a_run_and_a_report_what_holds_counts_and_then_the_newer() {
    let dir = repository();
    let root = dir.path();
    let core = "src/components/calc/core.py";
    let set = |path: &str, seconds: i64| {
        filetime::set_file_mtime(root.join(path), filetime::FileTime::from_unix_time(seconds, 0)).unwrap();
    };
    set(core, 100);
    set("specs/calc.md", 100);
    let definitions = define("coverage 7");
    run(root, "coverage", &definitions("calc", &GateKind::Coverage.into()).unwrap(), 500_000);
    lay(root, "lcov.info", &format!("SF:{core}\nDA:1,1\nDA:2,1\nend_of_record\n"));
    let workspace = workspace(root);
    let said = || shown(&load(root, &workspace.root, None, &definitions).unwrap());
    set("lcov.info", 600);
    assert_eq!(said(), "coverage reported fresh; file stale false", "it is newer");
    set("lcov.info", 400);
    assert_eq!(said(), "coverage fresh; file stale false", "the run is newer");
    lay(root, "lcov.info", "SF:");
    assert_eq!(said(), "coverage fresh; file stale false", "a newer report that is cut off says nothing");
    lay(root, "lcov.info", &format!("SF:{core}\nDA:1,1\nDA:2,1\nend_of_record\n"));
    set("lcov.info", 700);
    lay(root, "conftest.py", "");
    set("conftest.py", 800);
    assert_eq!(said(), "coverage reported stale (conftest.py); file stale false");
    fs::remove_file(root.join("conftest.py")).unwrap();
    set(core, 800);
    assert_eq!(
        said(),
        "coverage fresh; file stale true",
        "its content is what was measured, as far as the run knows"
    );
}

#[test]
fn a_damaged_store_is_a_problem_and_no_evidence() {
    let dir = repository();
    let workspace = workspace(dir.path());
    lay(dir.path(), ".stagegate/evidence.db", "this is no database, whatever it is called here");
    let mut loader = BoardLoader::new(dir.path());
    let board = loader.load(&workspace.root, &define("x"));
    assert_eq!(shown(&board), "");
    assert!(loader.problem().unwrap().to_string().contains("damaged"));
    assert!(load(dir.path(), &workspace.root, None, &define("x")).is_err());
}

#[test]
fn without_evidence_no_file_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), "specs/calc.md", "**Component Name:** calc\n");
    lay(dir.path(), "src/components/calc/core.py", "A = 1\n");
    let workspace = workspace(dir.path());
    let mut loader = BoardLoader::new(dir.path());
    let board = loader.load(&workspace.root, &define("1"));
    assert!(loader.snapshot().is_none() && board.components().next().is_none());
    lay(dir.path(), "junit.xml", "<testsuites></testsuites>");
    loader.update(&workspace.root, &["junit.xml"], &define("1"));
    assert!(loader.snapshot().is_some(), "a report came");
}

#[test]
fn a_drill_that_held_is_part_of_the_board_until_the_deployment_is_defined_anew() {
    use stagegate_core::plan::{Backoff, Plan, RunKind, Step, StepName};
    use stagegate_core::run::{RunState, StepState};

    use crate::runs::Request;
    use crate::runs::journal::Change;

    let dir = repository();
    let root = workspace(dir.path()).root;
    let backoff = Backoff { retries: 0, base_ms: 0, factor: 1.0, max_ms: 0, jitter: false };
    let (name, effects, environment) = (StepName::Restore, Vec::new(), None);
    let plan = Plan {
        kind: RunKind::Drill,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Staging),
        to: Stage::Production,
        spec: None,
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: vec![Step { name, effects, backoff, timeout_ms: 1000, environment, is_undone: false }],
        refusals: Vec::new(),
        notes: Vec::new(),
    };
    let mut journal = Journal::open(dir.path()).unwrap();
    let mut hold = |id: &str, definition: &str| {
        let mut run = journal.create(id, &plan, &Request::default(), 1000).unwrap().unwrap();
        run.steps[0].state = StepState::Done;
        run.steps[0].outputs.insert("definition".to_owned(), definition.into());
        (run.state, run.ended_ms) = (RunState::Succeeded, Some(2000));
        let step = run.steps[0].clone();
        let change = Change { run: Some(&run), step: Some((0, &step)), ..Change::default() };
        journal.write(id, change).unwrap();
    };
    let board = || BoardLoader::new(dir.path()).load(&root, &define("1"));
    hold("20261121-034500-aaaaaa", "another definition");
    assert_eq!(board().drill("calc", Stage::Production), None);
    let definition = stagegate_core::config::deployment_definition(&root.config, Stage::Production);
    hold("20261121-034501-bbbbbb", &definition);
    let board = board();
    let held = board.drill("calc", Stage::Production).unwrap();
    assert_eq!((&*held.run, held.ended_ms), ("20261121-034501-bbbbbb", 2000));
    assert_eq!((board.drill("calc", Stage::Staging), board.drill("other", Stage::Production)), (None, None));
}
