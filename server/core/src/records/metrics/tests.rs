use expect_test::expect;

use super::*;
use crate::records::fixture::{START, failed, promotion};

const ALL: Tracked = Tracked {
    stage_execution_time: true,
    quality_gate_results: true,
    retry_count: true,
    error_types: true,
    success_rate: true,
};

#[test]
fn each_step_each_gate_and_the_whole_has_a_line() {
    let mut run = failed();
    run.gates[0].cached = true;
    let lines: String = of_run(&run, ALL, START).iter().map(Metric::line).collect();
    expect![[r#"
        {"name":"stage_validate","started_at":"2026-11-21T03:45:00.000000","ended_at":"2026-11-21T03:45:01.000000","duration_ms":1000.0,"status":"success","metadata":{"component":"calculator","kind":"promotion","retries":0,"run":"20261121-034500-ab12cd","step":"validate","target_stage":"staging"},"error":null}
        {"name":"stage_specification_parsing","started_at":"2026-11-21T03:45:01.000000","ended_at":"2026-11-21T03:45:02.000000","duration_ms":1000.0,"status":"success","metadata":{"component":"calculator","kind":"promotion","retries":0,"run":"20261121-034500-ab12cd","step":"specification","target_stage":"staging"},"error":null}
        {"name":"stage_auto_fix","started_at":"2026-11-21T03:45:02.000000","ended_at":"2026-11-21T03:45:03.000000","duration_ms":1000.0,"status":"success","metadata":{"component":"calculator","kind":"promotion","retries":0,"run":"20261121-034500-ab12cd","step":"auto_fix","target_stage":"staging"},"error":null}
        {"name":"quality_gate_test_pass_rate","started_at":"2026-11-21T03:45:03.000000","ended_at":"2026-11-21T03:45:03.400000","duration_ms":400.0,"status":"success","metadata":{"cached":true,"component":"calculator","gate":"tests","kind":"promotion","required":true,"run":"20261121-034500-ab12cd","step":"testing/tests","target_stage":"staging","verdict":"pass"},"error":null}
        {"name":"quality_gate_test_coverage","started_at":"2026-11-21T03:45:03.100000","ended_at":"2026-11-21T03:45:03.500000","duration_ms":400.0,"status":"failed","metadata":{"cached":false,"component":"calculator","gate":"coverage","kind":"promotion","required":true,"run":"20261121-034500-ab12cd","step":"testing/coverage","target_stage":"staging","threshold":70.0,"value":64.13,"verdict":"fail"},"error":"test coverage: 64.1 % (59 of 92 statements in 4 files); expected at least 70 %"}
        {"name":"stage_testing","started_at":"2026-11-21T03:45:03.000000","ended_at":"2026-11-21T03:45:04.000000","duration_ms":1000.0,"status":"failed","metadata":{"component":"calculator","error_type":"permanent","kind":"promotion","retries":0,"run":"20261121-034500-ab12cd","step":"testing","target_stage":"staging"},"error":"1 of 2 gates of staging is shut: test coverage"}
        {"name":"workflow_complete","started_at":"2026-11-21T03:45:00.000000","ended_at":"2026-11-21T03:45:04.000000","duration_ms":4000.0,"status":"failed","metadata":{"component":"calculator","failed_step":"testing","from_stage":"development","kind":"promotion","resumed":0,"retries":0,"run":"20261121-034500-ab12cd","state":"failed","step":"run","target_stage":"staging"},"error":"1 of 2 gates of staging is shut: test coverage"}
    "#]].assert_eq(&lines);
    assert_eq!(read(&lines), of_run(&run, ALL, START));
    let whole = of_run(&promotion(), ALL, START).pop().unwrap();
    assert_eq!(
        (&*whole.name, whole.status, whole.duration_ms),
        ("workflow_complete", Status::Success, Some(12_000.0))
    );
    assert_eq!((whole.day(), whole.key()), ("2026-11-21", Some(("20261121-034500-ab12cd", "run"))));
}

#[test]
fn only_what_is_tracked_is_written() {
    let names = |tracked| {
        of_run(&promotion(), tracked, START).into_iter().map(|metric| metric.name).collect::<Vec<_>>()
    };
    let none = Tracked {
        stage_execution_time: false,
        quality_gate_results: false,
        retry_count: false,
        error_types: false,
        success_rate: false,
    };
    assert!(names(none).is_empty());
    assert_eq!(names(Tracked { success_rate: true, ..none }), ["workflow_complete"]);
    assert_eq!(names(Tracked { quality_gate_results: true, ..none }).len(), 6);
    let whole = of_run(&failed(), Tracked { success_rate: true, ..none }, START).pop().unwrap();
    assert!(!whole.metadata.contains_key("retries") && whole.error.is_some());
}

#[test]
fn each_line_is_of_one_run_and_step() {
    let metrics = of_run(&promotion(), ALL, START);
    let mut keys: Vec<_> = metrics.iter().map(|metric| metric.key().unwrap()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), metrics.len());
}

#[test]
fn whatever_a_file_holds_is_read_as_far_as_it_can_be() {
    let text = concat!(
        "\u{feff}{\"name\": \"a\", \"started_at\": \"2026-11-21T03:45:00.000001\", \"ended_at\": null, \"duration_ms\": null, \"status\": \"running\", \"metadata\": {}, \"error\": null}\r\n",
        "\n",
        "{\"name\": \"a\", \"status\": \"success\", \"duration_ms\": 3}\n",
        "{\"name\": \"a\", \"status\": \"failed\", \"duration_ms\": 1.5, \"metadata\": [1], \"error\": {\"x\": 1}}\n",
        "{\"name\": \"b\", \"status\": \"odd\", \"duration_ms\": -4}\n",
        "[1]\nnull\n{\"name\": 3}\n{\"status\": \"success\"}\nnonsense\n",
        "{\"name\": \"torn\", \"status\": \"suc",
    );
    let metrics = read(text);
    assert_eq!(metrics.iter().map(|metric| &*metric.name).collect::<Vec<_>>(), ["a", "a", "a", "b"]);
    expect![[r#"
        {
          "a": {
            "total_executions": 3,
            "successes": 1,
            "failures": 1,
            "success_rate": 0.3333333333333333,
            "avg_duration_ms": 2.25,
            "min_duration_ms": 1.5,
            "max_duration_ms": 3.0
          },
          "b": {
            "total_executions": 1,
            "successes": 0,
            "failures": 0,
            "success_rate": 0.0,
            "avg_duration_ms": 0.0,
            "min_duration_ms": 0.0,
            "max_duration_ms": 0.0
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&summary(&metrics)).unwrap());
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(MAX_LINE));
    assert!(read(&long).is_empty());
    assert!(summary(&[]).is_empty());
}

#[test]
fn what_was_undone_is_no_success_and_counts_the_time_of_doing_it() {
    let mut run = failed();
    let at = run.steps.iter().position(|step| step.name == StepName::AutoFix).unwrap();
    run.steps[at].state = StepState::Undone;
    let metrics = of_run(&run, ALL, START);
    let metric = metrics.iter().find(|metric| metric.name == "stage_auto_fix").unwrap();
    assert_eq!(
        (metric.status, metric.duration_ms, metric.error.as_deref(), metric.metadata["undone"].as_bool()),
        (Status::Failed, Some(1000.0), Some("undone"), Some(true))
    );
}
