//! Components and runs as they would be, made up; the same at every call.

#![allow(dead_code, reason = "tests, the example and the benchmark each use a part")]

use serde_json::json;
use stagegate_core::gates::{GateKind, GateName, Need, Verdict};
use stagegate_core::plan::{Backoff, Effect, FileChange, Plan, RunKind, Step, StepName};
use stagegate_core::run::{
    GateRecord, Outputs, Person, RunRecord, RunState, StepFailure, StepRecord, StepState,
};
use stagegate_core::stage::Stage;
use stagegate_core::status::{Coverage, CoverageSource};
use stagegate_pipeline::dashboard::{ComponentState, GateState, Made, MetricsDay};

/// 2026-11-21 03:45 UTC.
pub(crate) const NOW: i64 = 1_795_232_700_000;
const HOUR: i64 = 3_600_000;

pub(crate) const MADE: Made<'static> = Made { project: "demo", version: "0.1.0", now_ms: NOW };

const NAMES: [&str; 12] = [
    "calculator",
    "reporting",
    "ledger",
    "notifications",
    "auth_gateway",
    "search_index",
    "billing",
    "scheduler",
    "csv_import",
    "audit_log",
    "rate_limiter",
    "user_profile",
];

const PEOPLE: [(&str, &str); 3] = [
    ("Ada Lovelace", "ada@example.org"),
    ("Grace Hopper", "grace@example.org"),
    ("Lin Wei", "lin@example.org"),
];

const GATES: [GateKind; 11] = [
    GateKind::Specification,
    GateKind::Dependencies,
    GateKind::Documentation,
    GateKind::Lint,
    GateKind::Types,
    GateKind::Secrets,
    GateKind::Vulnerabilities,
    GateKind::Complexity,
    GateKind::Tests,
    GateKind::Coverage,
    GateKind::Flakiness,
];

const PROMOTION: [(StepName, u64); 11] = [
    (StepName::Validate, 40),
    (StepName::Specification, 120),
    (StepName::Testing, 48_000),
    (StepName::Refactoring, 21_000),
    (StepName::Criteria, 15),
    (StepName::Tracking, 30),
    (StepName::Metadata, 60),
    (StepName::Commit, 180),
    (StepName::Deploy, 12_500),
    (StepName::Verify, 7_400),
    (StepName::Reports, 90),
];

const ROLLBACK: [(StepName, u64); 6] = [
    (StepName::Validate, 35),
    (StepName::Notify, 400),
    (StepName::Undeploy, 5_200),
    (StepName::Revert, 210),
    (StepName::Verify, 6_900),
    (StepName::Reports, 80),
];

/// Numbers that look like chance, and are the same every time.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

pub(crate) fn name(at: usize) -> String {
    match at / NAMES.len() {
        0 => NAMES[at].to_owned(),
        round => format!("{}_{round}", NAMES[at % NAMES.len()]),
    }
}

pub(crate) fn components(count: usize) -> Vec<ComponentState> {
    (0..count).map(component).collect()
}

fn component(at: usize) -> ComponentState {
    let mut chance = Chance::new(at as u64 + 7);
    let stage = [None, Some(Stage::Development), Some(Stage::Staging), Some(Stage::Production)]
        [[1, 1, 2, 2, 3, 1, 2, 1, 0, 3, 2, 1][at % 12]];
    let aim = stage.map_or(Some(Stage::Development), Stage::next);
    let wanted = match aim {
        Some(Stage::Development) => 60.0,
        Some(Stage::Staging) => 70.0,
        _ => 80.0,
    };
    let is_ready = at.is_multiple_of(4);
    let percent = if is_ready { wanted + 3.0 } else { 48.0 + chance.below(380) as f64 / 10.0 };
    let gates = GATES.iter().map(|kind| gate(*kind, &mut chance, is_ready, percent, wanted));
    ComponentState {
        name: name(at),
        canonical: name(at),
        stage,
        target: Some(Stage::Production),
        aim,
        coverage: (at % 12 != 8).then_some(Coverage {
            percent,
            required: aim.map(|_| wanted),
            source: if at % 5 == 3 { CoverageSource::Reported } else { CoverageSource::Measured },
        }),
        gates: if aim.is_some() { gates.collect() } else { Vec::new() },
        blockers: match at % 12 {
            1 => vec!["ledger is in development; needed is staging".to_owned()],
            7 => vec!["no tests".to_owned(), "issue #42: jobs run twice after a restart".to_owned()],
            _ => Vec::new(),
        },
    }
}

fn gate(kind: GateKind, chance: &mut Chance, is_ready: bool, percent: f64, least: f64) -> GateState {
    let roll = if is_ready { 0 } else { chance.below(20) };
    let verdict = match roll {
        0..14 => Some(Verdict::Pass),
        14..16 => Some(Verdict::Fail),
        16 => Some(Verdict::Error),
        17 => Some(Verdict::Inconclusive),
        _ => None,
    };
    let verdict = if kind == GateKind::Coverage && !is_ready {
        Some(if percent >= least { Verdict::Pass } else { Verdict::Fail })
    } else {
        verdict
    };
    let (found, wanted, next) = words(kind, verdict, percent, least);
    let opens = verdict == Some(Verdict::Pass);
    GateState {
        name: kind.into(),
        need: if kind == GateKind::Complexity { Need::Optional } else { Need::Required },
        verdict,
        is_stale: verdict == Some(Verdict::Inconclusive),
        opens,
        found,
        wanted,
        next: (!opens).then_some(next),
    }
}

fn words(kind: GateKind, verdict: Option<Verdict>, percent: f64, least: f64) -> (String, String, String) {
    let passed = verdict == Some(Verdict::Pass);
    let (found, wanted, next) = match kind {
        GateKind::Coverage => (
            format!("{percent} % ({} of 1240 statements in 14 files)", (percent * 12.4) as u32),
            format!("at least {least} %"),
            "test what is not run through: src/ledger/postings.py lines 88-131 first".to_owned(),
        ),
        GateKind::Tests if passed => {
            ("212 passed".to_owned(), "at least 100 % pass".to_owned(), String::new())
        }
        GateKind::Tests => (
            "209 passed, 3 failed".to_owned(),
            "at least 100 % pass".to_owned(),
            "mend tests/test_postings.py::test_rounding first".to_owned(),
        ),
        GateKind::Lint => (
            if passed { "none in 14 files" } else { "7 issues in 3 files" }.to_owned(),
            "none".to_owned(),
            "run `ruff check --fix src/ledger`".to_owned(),
        ),
        GateKind::Types => (
            if passed { "none in 14 files" } else { "2 errors in 1 file" }.to_owned(),
            "none".to_owned(),
            "mend src/ledger/postings.py:41 first".to_owned(),
        ),
        GateKind::Vulnerabilities => (
            if passed {
                "0 critical, 0 high, 1 medium, 2 low"
            } else {
                "0 critical, 1 high, 1 medium, 2 low"
            }
            .to_owned(),
            "at most 0 critical, 0 high, 5 medium".to_owned(),
            "mend the vulnerabilities, the worst first".to_owned(),
        ),
        _ => (
            if passed { "nothing missing" } else { "1 of 6 missing: examples" }.to_owned(),
            "nothing missing".to_owned(),
            "add what is missing".to_owned(),
        ),
    };
    match verdict {
        None => (String::new(), wanted, "run the gate".to_owned()),
        Some(Verdict::Error) => (
            "the tool did not start: no module named `mypy`".to_owned(),
            wanted,
            "install it, and run the gate again".to_owned(),
        ),
        Some(Verdict::Inconclusive) => (found, wanted, "run the gate again: its inputs changed".to_owned()),
        _ => (found, wanted, next),
    }
}

/// Returns runs, newest first.
pub(crate) fn runs(count: usize, components: usize) -> Vec<RunRecord> {
    (0..count).map(|at| run(at, count, components)).collect()
}

pub(crate) fn run(at: usize, count: usize, components: usize) -> RunRecord {
    let mut chance = Chance::new(at as u64 + 31);
    let component = name(chance.below(components as u64) as usize);
    let started_ms =
        NOW - at as i64 * 6 * HOUR - chance.below(4 * HOUR as u64) as i64 - if at == 0 { 0 } else { HOUR };
    let started_ms = if at == 0 { NOW - 52_000 } else { started_ms };
    let kind = match chance.below(14) {
        0 => RunKind::Rollback,
        1 => RunKind::Drill,
        _ => RunKind::Promotion,
    };
    let kind = if at < 2 { RunKind::Promotion } else { kind };
    let (from, to) = match (kind, chance.below(3)) {
        (RunKind::Rollback, _) => (Stage::Staging, Stage::Development),
        (_, 0) => (Stage::Development, Stage::Staging),
        (_, 1) => (Stage::Staging, Stage::Production),
        _ => (Stage::Development, Stage::Staging),
    };
    let age = (count - at) as f64 / count as f64;
    let state = match (at, chance.below(20)) {
        (0, _) => RunState::Running,
        (3, _) => RunState::Interrupted,
        (_, 0..14) => RunState::Succeeded,
        (_, 14..18) => RunState::Failed,
        (_, 18) => RunState::Cancelled,
        _ => RunState::Stuck,
    };
    let person = PEOPLE[chance.below(3) as usize];
    let mut run = RunRecord {
        id: format!("{}-{:06x}", stamp(started_ms), chance.below(0xff_ffff)),
        kind,
        canonical: component.clone(),
        component,
        from: Some(from),
        to,
        state,
        reason: (kind == RunKind::Rollback).then(|| "latency doubled after the release".to_owned()),
        undoes: None,
        undone_by: None,
        by: Some(Person { name: person.0.to_owned(), email: person.1.to_owned() }),
        started_ms,
        ended_ms: None,
        resumed: u32::from(chance.below(12) == 0),
        version: Some("1.4.2".to_owned()),
        steps: Vec::new(),
        gates: Vec::new(),
    };
    fill(&mut run, &mut chance, age);
    run
}

fn fill(run: &mut RunRecord, chance: &mut Chance, age: f64) {
    let steps: &[(StepName, u64)] = if run.kind == RunKind::Rollback { &ROLLBACK } else { &PROMOTION };
    let gates = gates(run, chance, age);
    let stops_at = match run.state {
        RunState::Succeeded => usize::MAX,
        RunState::Running => 3,
        _ if gates.iter().any(|gate| gate.verdict != Verdict::Pass && gate.step == StepName::Testing) => 2,
        _ if gates.iter().any(|gate| gate.verdict != Verdict::Pass) => 3,
        _ if run.kind == RunKind::Rollback => 2,
        _ => 8,
    };
    let mut at = run.started_ms + 20;
    for (index, (name, usual)) in steps.iter().enumerate() {
        let mut step = StepRecord {
            name: *name,
            state: StepState::Pending,
            attempts: 0,
            started_ms: None,
            ended_ms: None,
            summary: None,
            failure: None,
            outputs: Outputs::new(),
        };
        if index <= stops_at {
            let took = usual * (70 + chance.below(60)) / 100
                + if *name == StepName::Testing { (age * 9000.0) as u64 } else { 0 };
            let took = if chance.below(25) == 0 { took * 3 } else { took };
            step.attempts = if chance.below(15) == 0 && *usual > 5000 { 2 } else { 1 };
            step.started_ms = Some(at);
            at += took as i64;
            step.ended_ms = Some(at);
            step.state = StepState::Done;
            step.summary = Some(summary(*name, run).to_owned());
            step.outputs = outputs(*name, run);
        }
        if index == stops_at {
            at = stop(run.state, &mut step, at, &gates, chance);
        } else if index < stops_at && stops_at == 8 && matches!(name, StepName::Metadata | StepName::Commit) {
            step.state = StepState::Undone;
        }
        run.steps.push(step);
    }
    if run.state.has_ended() {
        run.ended_ms = Some(at + 15);
    }
    run.gates = gates;
}

fn stop(state: RunState, step: &mut StepRecord, at: i64, gates: &[GateRecord], chance: &mut Chance) -> i64 {
    match state {
        RunState::Running => {
            step.state = StepState::Started;
            step.ended_ms = None;
            step.started_ms = Some(NOW - 9000);
            step.summary = None;
            return at;
        }
        RunState::Interrupted => {
            step.state = StepState::Started;
            step.ended_ms = None;
            step.summary = None;
            return at;
        }
        RunState::Stuck => step.state = StepState::UndoFailed,
        _ => step.state = StepState::Failed,
    }
    step.summary = None;
    let shut = gates.iter().filter(|gate| gate.verdict != Verdict::Pass).count();
    let (message, help) = match step.name {
        _ if shut > 0 => (format!("{shut} of {} gates are not met", gates.len()), "see the gates".to_owned()),
        StepName::Deploy if state == RunState::Cancelled => {
            ("it was cancelled".to_owned(), "promote it again".to_owned())
        }
        _ => (
            format!(
                "`./deploy.sh --release r{}` ended with exit code {} after {} attempts",
                chance.below(900),
                [1, 1, 2, 124][chance.below(4) as usize],
                step.attempts.max(3)
            ),
            "read its output in the log of the run, then promote again".to_owned(),
        ),
    };
    step.failure = Some(StepFailure { message, help, transient: false });
    at
}

fn summary(name: StepName, run: &RunRecord) -> &'static str {
    match name {
        StepName::Validate => "the plan still holds",
        StepName::Specification => "the spec is complete",
        StepName::Testing => "212 tests passed, coverage 84.2 %",
        StepName::Refactoring => "7 gates passed",
        StepName::Criteria => "6 criteria, 2 sign-offs",
        StepName::Tracking => "an issue was written to a file",
        StepName::Metadata => "4 files state the new stage",
        StepName::Commit => "commit 4f1c2d9",
        StepName::Deploy if run.to == Stage::Production => "production serves 20261121-034500-ab12cd",
        StepName::Deploy => "staging serves 20261121-034500-ab12cd",
        StepName::Verify => "12 smoke tests passed, /health answered 200",
        _ => "done",
    }
}

fn outputs(name: StepName, run: &RunRecord) -> Outputs {
    let value = match name {
        StepName::Commit => json!({ "commit": "4f1c2d9b7a3e5f60718293a4b5c6d7e8f9012345", "branch": "main" }),
        StepName::Deploy => json!({ "environment": run.to.name(), "release": run.id }),
        StepName::Tracking => {
            json!({ "path": format!(".stagegate/tracking/{}/promotion.md", run.canonical) })
        }
        _ => json!({}),
    };
    value.as_object().cloned().unwrap_or_default()
}

fn gates(run: &RunRecord, chance: &mut Chance, age: f64) -> Vec<GateRecord> {
    if run.kind != RunKind::Promotion {
        return Vec::new();
    }
    let fails = matches!(run.state, RunState::Failed) && chance.below(3) > 0;
    let least = if run.to == Stage::Production { 80.0 } else { 70.0 };
    let broken =
        [GateKind::Coverage, GateKind::Tests, GateKind::Lint, GateKind::Types, GateKind::Vulnerabilities]
            [chance.below(5) as usize];
    let base = run.canonical.len() as f64;
    GATES
        .iter()
        .map(|kind| {
            let verdict = match fails && *kind == broken {
                true if chance.below(4) == 0 => Verdict::Error,
                true => Verdict::Fail,
                false => Verdict::Pass,
            };
            let mut percent = 68.0 + base + (age * 14.0).floor() + chance.below(30) as f64 / 10.0;
            percent = (percent * 10.0).round() / 10.0;
            if *kind == GateKind::Coverage {
                percent = if verdict == Verdict::Pass { percent.max(least) } else { least - 4.5 };
            }
            let (found, wanted, next) = words(*kind, Some(verdict), percent, least);
            let cached = chance.below(5) == 0;
            GateRecord {
                gate: GateName::from(*kind),
                step: if matches!(kind, GateKind::Tests | GateKind::Coverage) {
                    StepName::Testing
                } else {
                    StepName::Refactoring
                },
                need: Some(if *kind == GateKind::Complexity { Need::Optional } else { Need::Required }),
                verdict,
                found,
                wanted,
                next: (verdict != Verdict::Pass).then_some(next),
                value: (*kind == GateKind::Coverage).then_some(percent),
                threshold: (*kind == GateKind::Coverage).then_some(least),
                cached,
                duration_ms: if cached || kind.needs_no_run() { 0 } else { 800 + chance.below(20_000) },
                evidence: Some(json!({ "tool": "ruff", "tool_version": "0.14.1" })),
            }
        })
        .collect()
}

fn stamp(ms: i64) -> String {
    let utc = stagegate_core::gates::utc(ms);
    let digits: String = utc.chars().filter(char::is_ascii_digit).collect();
    format!("{}-{}00", &digits[..8], &digits[8..])
}

/// Returns the plan of a promotion.
pub(crate) fn plan(run: &RunRecord) -> Plan {
    let change = |path: &str, before: Option<&str>, after: Option<&str>| {
        Effect::Edit(FileChange {
            path: path.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        })
    };
    let component = &run.canonical;
    let effects = vec![
        change(
            &format!("src/{component}/__init__.py"),
            Some(
                "\"\"\"Sums, products and powers.\n\nMaturity Stage: Development\nCoverage: 71%\nLast Updated: 2026-10-02\n\"\"\"\n\n__maturity__ = \"development\"\n__version__ = \"1.4.2\"\n\nfrom .core import add\n",
            ),
            Some(
                "\"\"\"Sums, products and powers.\n\nMaturity Stage: Staging\nCoverage: 84%\nLast Updated: 2026-11-21\n\"\"\"\n\n__maturity__ = \"staging\"\n__version__ = \"1.4.2\"\n\nfrom .core import add\n",
            ),
        ),
        change(
            &format!("src/{component}/MATURITY.md"),
            Some("# Maturity\n\n- **Current Stage**: Development\n- **Last Updated**: 2026-10-02\n"),
            Some(
                "# Maturity\n\n- **Current Stage**: Staging\n- **Last Updated**: 2026-11-21\n- **Last Promoted**: 2026-11-21\n",
            ),
        ),
        change(
            &format!("docs/{component}.md"),
            None,
            Some("# Quality\n\n| gate | value |\n| --- | --- |\n| coverage | 84 % |\n"),
        ),
    ];
    let steps = run.steps.iter().map(|step| Step {
        name: step.name,
        effects: if step.name == StepName::Metadata { effects.clone() } else { Vec::new() },
        backoff: Backoff::NONE,
        timeout_ms: 600_000,
        environment: None,
        is_undone: false,
    });
    Plan {
        kind: run.kind,
        component: run.component.clone(),
        canonical: run.canonical.clone(),
        from: run.from,
        to: run.to,
        spec: Some(format!("specs/{component}.md")),
        version: run.version.clone(),
        head: Some("9b1f0e2c3d4a5b6978877665544332211009f8e7".to_owned()),
        undoes: None,
        reason: run.reason.clone(),
        steps: steps.collect(),
        refusals: Vec::new(),
        notes: vec!["The optional dependency exporter is in development".to_owned()],
    }
}

/// Returns the last days of the metrics files.
pub(crate) fn metrics(days: usize) -> Vec<MetricsDay> {
    let mut chance = Chance::new(5);
    (0..days)
        .map(|at| {
            let executions = chance.below(9) as u32;
            let ms = NOW - (days - 1 - at) as i64 * 24 * HOUR;
            MetricsDay {
                date: stagegate_core::gates::utc(ms)[..10].to_owned(),
                executions,
                successes: executions.saturating_sub(chance.below(3) as u32),
                duration_ms: u64::from(executions) * 40_000,
            }
        })
        .collect()
}
