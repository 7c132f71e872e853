use std::fs;

use serde_json::{Value, json};
use stagegate_core::records::metrics::Status;
use stagegate_core::run::RunState;
use stagegate_workspace::{WalkOptions, Workspace};

use super::*;

/// 2026-11-21 03:45:00 UTC.
const START: i64 = 1_795_232_700_000;
const DAY: i64 = 24 * 60 * 60 * 1000;
const SESSION: &str = ".augment/context/sessions/calculator-workflow-2026-11-21";

/// A workspace with a run that failed.
struct Bench {
    _dir: tempfile::TempDir,
    workspace: Workspace,
    run: RunRecord,
    redactor: Redactor,
    now_ms: i64,
}

impl Bench {
    fn new(config: &str) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(dir.path()).unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("stagegate.yaml", config);
        write("specs/calculator.md", "# Calculator\n\n**Component Name:** calculator\n");
        write("src/calculator/core.py", "a = 1\n");
        write("calc.instructions.md", "---\napplyTo: 'src/calculator/**'\ndescription: x\n---\n# A\n");
        let mut workspace = Workspace::load(&folder);
        workspace.scan(&WalkOptions::default());
        workspace.read_components(&WalkOptions::default());
        let redactor = Redactor::from_env([("MY_TOKEN".into(), "canary-4711-canary".into())]);
        let run = serde_json::from_value(run()).unwrap();
        Bench { _dir: dir, workspace, run, redactor, now_ms: START + 5000 }
    }

    fn leaving(&self) -> Leaving<'_> {
        Leaving {
            folder: &self.workspace.path,
            root: &self.workspace.root,
            plan: None,
            run: &self.run,
            redactor: &self.redactor,
            now_ms: self.now_ms,
        }
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.workspace.path.join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.workspace.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn days(&self, days: u32) -> Vec<String> {
        let config = &self.workspace.root.config.records.metrics;
        let metrics = read_days(&self.workspace.path, config, days, self.now_ms);
        metrics.into_iter().map(|metric| metric.name).collect()
    }
}

fn run() -> Value {
    let step = |name: &str, state: &str, at: i64| {
        json!({
            "name": name, "state": state, "attempts": 1, "started_ms": START + at, "ended_ms": START + at + 1000,
            "summary": null, "failure": null, "outputs": {},
        })
    };
    let mut testing = step("testing", "failed", 1000);
    testing["failure"] =
        json!({ "message": "the token canary-4711-canary is wrong", "help": "", "transient": false });
    let gate = json!({
        "gate": "tests", "step": "testing", "need": "required", "verdict": "fail", "found": "1 passed, 1 failed: canary-4711-canary",
        "wanted": "every test passes", "next": null, "value": null, "threshold": null, "cached": false, "duration_ms": 700,
        "evidence": null,
    });
    json!({
        "id": "20261121-034500-ab12cd", "kind": "promotion", "component": "calculator", "canonical": "calculator",
        "from": "development", "to": "staging", "state": "failed", "reason": null, "undoes": null, "undone_by": null,
        "by": null, "started_ms": START, "ended_ms": null, "resumed": 0, "version": null,
        "steps": [step("validate", "done", 0), testing, step("commit", "pending", 0)], "gates": [gate],
    })
}

#[test]
fn metrics_are_written_once_and_without_secrets() {
    let bench = Bench::new("");
    assert_eq!(metrics(&bench.leaving()).unwrap(), 4);
    let text = bench.text(".metrics/2026-11-21.jsonl");
    assert_eq!(metrics(&bench.leaving()).unwrap(), 0);
    assert_eq!(bench.text(".metrics/2026-11-21.jsonl"), text);
    assert!(text.contains("[redacted MY_TOKEN]") && !text.contains("4711"), "{text}");
    assert_eq!(text.lines().count(), 4);
    assert!(
        text.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["metadata"]["run"].is_string())
    );
    let names = ["stage_validate", "quality_gate_test_pass_rate", "stage_testing", "workflow_complete"];
    assert_eq!(bench.days(1), names);
}

#[test]
fn a_run_that_goes_on_adds_only_what_is_new() {
    let mut bench = Bench::new("");
    bench.run.state = RunState::Running;
    assert_eq!(metrics(&bench.leaving()).unwrap(), 3);
    bench.run.state = RunState::Failed;
    assert_eq!(metrics(&bench.leaving()).unwrap(), 1);
}

#[test]
fn a_torn_line_spoils_no_other() {
    let bench = Bench::new("");
    let whole = "{\"name\": \"theirs\", \"status\": \"success\"}";
    for before in [
        format!("{whole}\n{{\"name\": \"torn\", \"sta"),
        whole.to_owned(),
        format!("{whole}\n"),
        String::new(),
    ] {
        bench.write(".metrics/2026-11-21.jsonl", &before);
        assert_eq!(metrics(&bench.leaving()).unwrap(), 4);
        let text = bench.text(".metrics/2026-11-21.jsonl");
        assert!(text.starts_with(&before) && text.ends_with('\n'), "{text}");
        let theirs = usize::from(!before.is_empty());
        assert_eq!(bench.days(1).len(), 4 + theirs, "{text}");
    }
}

#[test]
fn many_may_append_at_the_same_time() {
    let bench = Bench::new("");
    let run = |number: usize| RunRecord { id: format!("run-{number}"), ..bench.run.clone() };
    std::thread::scope(|scope| {
        for number in 0..16 {
            let run = run(number);
            let leaving = bench.leaving();
            scope.spawn(move || metrics(&Leaving { run: &run, ..leaving }).unwrap());
        }
    });
    assert_eq!(bench.days(1).len(), 64);
    assert_eq!(bench.text(".metrics/2026-11-21.jsonl").lines().filter(|line| !line.is_empty()).count(), 64);
}

#[test]
fn only_days_of_ours_that_are_too_old_are_removed() {
    let bench = Bench::new("observability: {metrics: {retention_days: 2}}");
    let names = [
        "2026-11-18.jsonl",
        "2026-11-19.jsonl",
        "2026-11-20.jsonl",
        "2001-01-01.jsonl",
        "2001-01-01.json",
        "2001-13-01.jsonl",
        "notes.jsonl",
        "2001-01-01-old.jsonl",
        "2999-01-01.jsonl",
    ];
    for name in names {
        bench.write(&format!(".metrics/{name}"), "{\"name\": \"theirs\"}\n");
    }
    fs::create_dir(bench.workspace.path.join(".metrics/2001-01-02.jsonl")).unwrap();
    metrics(&bench.leaving()).unwrap();
    let mut left: Vec<_> = fs::read_dir(bench.workspace.path.join(".metrics"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "2001-01-01-old.jsonl",
            "2001-01-01.json",
            "2001-01-02.jsonl",
            "2001-13-01.jsonl",
            "2026-11-19.jsonl",
            "2026-11-20.jsonl",
            "2026-11-21.jsonl",
            "2999-01-01.jsonl",
            "notes.jsonl",
        ]
    );
    assert_eq!(bench.days(3).len(), 6);
    assert_eq!(bench.days(2).len(), 5);
    assert!(bench.days(0).is_empty());
}

#[test]
fn nothing_is_written_where_the_configuration_wants_none() {
    let bench = Bench::new(
        "observability: {metrics: {enabled: false}}\ncontext_management: {session: {enabled: false}}",
    );
    assert_eq!(metrics(&bench.leaving()).unwrap(), 0);
    assert_eq!(session(&bench.leaving()).unwrap(), None);
    assert!(
        !bench.workspace.path.join(".metrics").exists() && !bench.workspace.path.join(".augment").exists()
    );
    assert!(bench.days(9).is_empty());
}

#[test]
fn whoever_reads_metrics_takes_what_is_there() {
    let mut bench = Bench::new("");
    bench.write(
        ".metrics/2026-11-20.jsonl",
        "\u{0}\u{1}nonsense\n{\"name\": \"old\", \"status\": \"failed\"}\n",
    );
    fs::write(bench.workspace.path.join(".metrics/2026-11-19.jsonl"), b"\xff\xfe\n{\"name\": \"older\"}\n")
        .unwrap();
    fs::create_dir(bench.workspace.path.join(".metrics/2026-11-18.jsonl")).unwrap();
    assert_eq!(bench.days(30), ["older", "old"]);
    bench.now_ms += 40 * DAY;
    assert!(bench.days(30).is_empty());
    let config = &bench.workspace.root.config.records.metrics;
    let metrics = read_days(&bench.workspace.path, config, u32::MAX >> 12, i64::MAX);
    assert!(metrics.iter().all(|metric| metric.status != Status::Running));
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new("");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("precious"), "text").unwrap();
    for folder in [".metrics", ".augment", ".stagegate"] {
        symlink(outside.path(), bench.workspace.path.join(folder)).unwrap();
    }
    let said = |failure: StepFailure| failure.message.replace(&*bench.workspace.path.to_string_lossy(), "");
    assert!(said(metrics(&bench.leaving()).unwrap_err()).contains("leads out of the workspace"));
    assert!(said(session(&bench.leaving()).unwrap_err()).contains("leads out of the workspace"));
    assert!(said(reports(&bench.leaving(), None, None).unwrap_err()).contains("it is no folder"));
    assert!(bench.days(3).is_empty());
    for folder in [".metrics", ".augment"] {
        fs::remove_file(bench.workspace.path.join(folder)).unwrap();
        fs::create_dir_all(bench.workspace.path.join(folder)).unwrap();
    }
    symlink(outside.path().join("precious"), bench.workspace.path.join(".metrics/2026-11-21.jsonl")).unwrap();
    assert!(
        said(metrics(&bench.leaving()).unwrap_err())
            .contains("cannot write .metrics/2026-11-21.jsonl: it is no regular file")
    );
    fs::create_dir_all(bench.workspace.path.join(".augment/context/sessions")).unwrap();
    symlink(outside.path().join("precious"), bench.workspace.path.join(format!("{SESSION}.json"))).unwrap();
    let left = session(&bench.leaving()).unwrap().unwrap();
    assert_eq!(left.path, format!("{SESSION}-2.json"));
    assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"text");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn the_session_is_told_once_and_keeps_what_is_there() {
    let bench = Bench::new("");
    let theirs = r#"{"session_id": "theirs", "messages": [{"role": "system", "content": "é", "timestamp": "2026-11-21T03:00:00", "metadata": {}, "tokens": 3, "importance": 1}], "max_tokens": 8000, "current_tokens": 3, "metadata": {}, "more": {"a": 1}}"#;
    bench.write(&format!("{SESSION}.json"), theirs);
    let left = session(&bench.leaving()).unwrap().unwrap();
    assert_eq!((left.added, &*left.id, left.note), (4, "calculator-workflow-2026-11-21", None));
    let text = bench.text(&format!("{SESSION}.json"));
    assert_eq!(session(&bench.leaving()).unwrap().unwrap().added, 0);
    assert_eq!(bench.text(&format!("{SESSION}.json")), text);
    assert!(!text.contains("4711") && text.contains("[redacted MY_TOKEN]"));
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((json["messages"].as_array().unwrap().len(), &json["more"]["a"]), (5, &json!(1)));
    assert_eq!(json["session_id"], "theirs");
}

#[test]
fn a_file_that_is_no_session_is_left_alone() {
    let bench = Bench::new("");
    bench.write(&format!("{SESSION}.json"), "{\"messages\": [");
    bench.write(&format!("{SESSION}-2.json"), "[]");
    let left = session(&bench.leaving()).unwrap().unwrap();
    assert_eq!((&*left.id, left.added), ("calculator-workflow-2026-11-21-3", 4));
    assert_eq!(
        left.note.as_deref(),
        Some(&*format!("`{SESSION}-2.json` was left alone: it is no JSON object"))
    );
    assert_eq!(
        (bench.text(&format!("{SESSION}.json")), bench.text(&format!("{SESSION}-2.json"))),
        ("{\"messages\": [".into(), "[]".into())
    );
    let json: Value = serde_json::from_str(&bench.text(&left.path)).unwrap();
    assert_eq!(json["session_id"], "calculator-workflow-2026-11-21-3");
    assert_eq!(session(&bench.leaving()).unwrap().unwrap().added, 0);
}

#[test]
fn reports_lie_where_they_are_looked_for_and_name_no_secret() {
    let bench = Bench::new("");
    let left = reports(&bench.leaving(), Some("s"), Some("page.html")).unwrap();
    assert_eq!(left.workflow, ".stagegate/reports/calculator/workflow_report_calculator.json");
    assert_eq!(
        left.promotion.as_deref(),
        Some(".stagegate/reports/calculator/promotion_report_calculator.json")
    );
    let text = bench.text(&left.workflow);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["success"], &json["total_execution_time_ms"]), (&json!(false), &json!(5000)));
    assert_eq!((&json["context_session_id"], &json["metrics_dashboard"]), (&json!("s"), &json!("page.html")));
    assert_eq!(json["stage_results"]["testing"]["outputs"]["component_path"], "src/calculator");
    for file in ["workflow_report_calculator.json", "promotion_report_calculator.json"] {
        let copy = bench.text(&format!(".stagegate/runs/20261121-034500-ab12cd/{file}"));
        assert_eq!(copy, bench.text(&format!(".stagegate/reports/calculator/{file}")));
        assert!(!copy.contains("4711"), "{copy}");
    }
    assert_eq!(bench.text(".stagegate/.gitignore"), "*\n");
    assert_eq!(reports(&bench.leaving(), Some("s"), Some("page.html")).unwrap(), left);
    assert_eq!(bench.text(&left.workflow), text);
    assert_eq!(bench.leaving().about().instructions, ["calc.instructions.md"]);
}

#[test]
fn a_name_that_is_no_part_of_a_path_is_refused() {
    let mut bench = Bench::new("");
    (bench.run.component, bench.run.canonical) = ("../x".into(), "../x".into());
    let failure = reports(&bench.leaving(), None, None).unwrap_err();
    assert_eq!(failure.message, "`../x` cannot be part of a file name");
    assert!(session(&bench.leaving()).is_err());
    bench.run.canonical = "x".into();
    assert_eq!(
        reports(&bench.leaving(), None, None).unwrap().workflow,
        ".stagegate/reports/x/workflow_report_x.json"
    );
}

#[test]
fn a_secret_whose_name_ends_a_text_leaves_the_json_whole() {
    let redactor = Redactor::from_env([("A\"TOKEN".into(), "canary-4711-canary".into())]);
    let clean = redacted(&redactor, "{\"error\": \"canary-4711-canary\"}\n");
    let json: Value = serde_json::from_str(&clean).unwrap();
    assert_eq!(json["error"], "[redacted A\"TOKEN]");
    assert!(clean.ends_with('\n'));
}
