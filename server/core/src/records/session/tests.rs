use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::gates::{Need, Verdict};
use crate::plan::StepName;
use crate::records::fixture::{START, failed, promotion};
use crate::run::RunState;

fn config() -> SessionConfig {
    Config::default().records.session
}

fn said(run: &RunRecord) -> Vec<Message> {
    of_run(run, &config().importance, START + 12_000)
}

#[test]
fn a_run_tells_what_happened() {
    let mut out = String::new();
    for run in [promotion(), failed()] {
        for message in said(&run) {
            out += &format!("{:.1} {}: {}\n", message.importance, message.step, message.content);
        }
        out += "\n";
    }
    expect![[r#"
        1.0 begin: Promotion of `calculator` from development to staging began. Asked for by Mara.
        1.0 validate: Validate: done.
        1.0 specification: Specification: done.
        0.7 auto_fix: Auto-fix: done.
        0.9 testing: Testing: done. Gates: tests pass, test coverage 91.2 %.
        0.7 refactoring: Refactoring: done. Gates: linter pass, type checker pass, secrets pass, vulnerabilities pass.
        1.0 criteria: Criteria and sign-offs: done.
        0.9 metadata: Metadata: done.
        0.9 commit: Commit: done.
        0.9 deploy: Deploy: done.
        0.9 verify: Verify: done.
        0.9 end: `calculator` is in staging now.

        1.0 begin: Promotion of `calculator` from development to staging began. Asked for by Mara.
        1.0 validate: Validate: done.
        1.0 specification: Specification: done.
        0.7 auto_fix: Auto-fix: done.
        0.9 testing:failed: Testing failed: 1 of 2 gates of staging is shut: test coverage. Gates: tests pass, test coverage fail (64.1 % (59 of 92 statements in 4 files)). What to do: see the gates.
        0.9 end: The promotion of `calculator` failed; what it had done is undone.

    "#]].assert_eq(&out);
}

/// What was only asked for is not said to have happened.
#[test]
fn verdicts_alone_promote_nothing() {
    let mut run = promotion();
    run.steps.retain(|step| matches!(step.name, StepName::Testing | StepName::Refactoring));
    let texts = |run: &RunRecord| said(run).into_iter().map(|message| message.content).collect::<Vec<_>>();
    let all = texts(&run);
    assert_eq!(all[0], "The gates of staging were asked for `calculator`. Asked for by Mara.");
    assert_eq!(all[3], "Every gate of staging that `calculator` needs is open.");
    run.gates[0].verdict = Verdict::Fail;
    run.gates[0].found = "é".repeat(999);
    run.gates[1].verdict = Verdict::Error;
    run.gates[1].need = Some(Need::Optional);
    run.state = RunState::Failed;
    let all = texts(&run);
    let found = "é".repeat(160);
    assert_eq!(
        all[1],
        format!("Testing: done. Gates: tests fail ({found}…), test coverage error, not required.")
    );
    assert_eq!(all[3], "Not every gate of staging that `calculator` needs is open.");
    // Refused after that.
    run.steps.push(crate::records::fixture::step(StepName::Criteria, START));
    assert_eq!(texts(&run)[4], "`calculator` was not promoted to staging.");
}

#[test]
fn a_new_session_is_as_the_incumbent_writes_it() {
    let run = promotion();
    let mut session = Session::new(&id(&run), 8000);
    session.add(&run.id, &said(&run)[..2], &config());
    expect![[r#"
        {
          "session_id": "calculator-workflow-2026-11-21",
          "messages": [
            {
              "content": "Promotion of `calculator` from development to staging began. Asked for by Mara.",
              "importance": 1.0,
              "metadata": {
                "run": "20261121-034500-ab12cd",
                "step": "begin"
              },
              "role": "user",
              "timestamp": "2026-11-21T03:45:00.000000+00:00",
              "tokens": 19
            },
            {
              "content": "Validate: done.",
              "importance": 1.0,
              "metadata": {
                "run": "20261121-034500-ab12cd",
                "step": "validate"
              },
              "role": "user",
              "timestamp": "2026-11-21T03:45:01.000000+00:00",
              "tokens": 3
            }
          ],
          "max_tokens": 8000,
          "current_tokens": 22,
          "metadata": {
            "runs": {
              "20261121-034500-ab12cd": [
                "begin",
                "validate"
              ]
            }
          }
        }
    "#]]
    .assert_eq(&session.to_json());
    assert_eq!(Session::read(&session.to_json()).unwrap(), session);
}

#[test]
fn messages_that_are_there_stay_and_times_are_of_one_kind() {
    let text = r#"{"extra": [1], "session_id": "calculator-workflow-2026-11-21", "messages": [
        {"role": "system", "content": "how we work", "timestamp": "2026-11-21T03:00:00.000001", "metadata": {"type": "x"}, "tokens": 337, "importance": 1},
        {"role": "user", "content": "eight ch", "timestamp": "2026-11-21T03:00:01", "odd": true}],
        "max_tokens": 8000, "current_tokens": 5, "metadata": {"kept": 1}}"#;
    let run = promotion();
    let mut session = Session::read(text).unwrap();
    assert_eq!(session.add(&run.id, &said(&run)[..1], &config()), 1);
    assert_eq!(session.add(&run.id, &said(&run)[..1], &config()), 0, "it is there");
    expect![[r#"
        {
          "session_id": "calculator-workflow-2026-11-21",
          "messages": [
            {
              "content": "how we work",
              "importance": 1,
              "metadata": {
                "type": "x"
              },
              "role": "system",
              "timestamp": "2026-11-21T03:00:00.000001",
              "tokens": 337
            },
            {
              "content": "eight ch",
              "odd": true,
              "role": "user",
              "timestamp": "2026-11-21T03:00:01"
            },
            {
              "content": "Promotion of `calculator` from development to staging began. Asked for by Mara.",
              "importance": 1.0,
              "metadata": {
                "run": "20261121-034500-ab12cd",
                "step": "begin"
              },
              "role": "user",
              "timestamp": "2026-11-21T03:45:00.000000",
              "tokens": 19
            }
          ],
          "max_tokens": 8000,
          "current_tokens": 358,
          "metadata": {
            "kept": 1,
            "runs": {
              "20261121-034500-ab12cd": [
                "begin"
              ]
            }
          },
          "extra": [
            1
          ]
        }
    "#]]
    .assert_eq(&session.to_json());
}

#[test]
fn what_is_no_session_is_said() {
    for (text, expected) in [
        ("{\"messages\": [", "it is no JSON: EOF while parsing a list at line 1 column 14"),
        ("[]", "it is no JSON object"),
        ("{}", "it has no list `messages`"),
    ] {
        assert_eq!(Session::read(text).unwrap_err(), expected);
    }
}

#[test]
fn a_full_session_keeps_the_system_the_newest_and_the_important() {
    let mut session = Session::new("x", 100);
    let message = |role: &str, name: String, importance: f64| json!({ "role": role, "content": name, "timestamp": "2026-11-21T03:00:00", "metadata": {}, "tokens": 9, "importance": importance });
    let mut messages =
        vec![message("system", "system".into(), 0.1), message("user", "important".into(), 0.9)];
    messages.extend((1..=6).map(|at| message("user", format!("old {at}"), 0.8)));
    session.object.insert("messages".into(), messages.into());
    let one =
        |step: &str| Message { step: step.into(), content: "x".repeat(36), at_ms: START, importance: 0.5 };
    // Up to 80 % nothing goes.
    session.add("r", &[Message { content: "x".repeat(32), ..one("fits") }], &config());
    assert_eq!(session.messages().len(), 9);
    session.add("r", &[one("a")], &config());
    let names = |session: &Session| {
        let name = |message: &Value| match message["content"].as_str().unwrap() {
            text if text.starts_with('x') => message["metadata"]["step"].as_str().unwrap().to_owned(),
            text => text.to_owned(),
        };
        session.messages().iter().map(name).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names(&session), "system, important, old 3, old 4, old 5, old 6, fits, a");
    assert_eq!(session.object["current_tokens"], 71);
    session.add("r", &[one("b"), one("c")], &config());
    assert_eq!(names(&session), "system, important, old 5, old 6, fits, a, b, c");
    // What was pruned is not written again.
    session.add("r", &(0..9).map(|at| one(&at.to_string())).collect::<Vec<_>>(), &config());
    assert_eq!(names(&session), "system, important, 3, 4, 5, 6, 7, 8");
    assert_eq!(session.add("r", &[one("a"), one("1")], &config()), 0);
    // One that is larger than the session.
    session.add("r", &[Message { content: "x".repeat(4000), ..one("huge") }], &config());
    assert_eq!(names(&session), "system, huge");
}

#[test]
fn pruning_is_as_configured() {
    let mut config = config();
    config.pruning = Pruning {
        preserve_system_messages: false,
        preserve_high_importance: false,
        preserve_recent_count: 1,
    };
    let mut session = Session::new("x", 10);
    let system = json!({ "role": "system", "content": "s", "tokens": 5, "importance": 1 });
    session
        .object
        .insert("messages".into(), json!([system, { "role": "user", "content": "u", "tokens": 2 }]));
    session.add(
        "r",
        &[Message { step: "a".into(), content: "12345678".into(), at_ms: START, importance: 1.0 }],
        &config,
    );
    assert_eq!(session.messages().len(), 2);
    assert_eq!(session.object["current_tokens"], 4);
}

proptest! {
    #[test]
    fn every_message_of_a_run_is_written_once(most in 0u64..400, sizes in prop::collection::vec((0usize..200, 0f64..1.0), 0..30)) {
        let mut session = Session::new("x", most);
        let messages: Vec<Message> = sizes
            .iter()
            .enumerate()
            .map(|(at, (size, importance))| Message { step: at.to_string(), content: "é".repeat(*size), at_ms: START, importance: *importance })
            .collect();
        prop_assert_eq!(session.add("r", &messages, &config()), messages.len());
        prop_assert_eq!(session.add("r", &messages, &config()), 0);
        let sum: u64 = session.messages().iter().map(tokens_of).sum();
        prop_assert_eq!(session.object["current_tokens"].as_u64(), Some(sum));
        if let Some(last) = messages.last() {
            prop_assert_eq!(session.messages().last().unwrap()["content"].as_str(), Some(&*last.content));
        }
    }
}
