//! A plan whose steps have effects on disk, for tests that kill their own processes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stagegate_core::plan::{Backoff, Plan, RunKind, Step, StepName};
use stagegate_core::run::{Outputs, StepFailure};
use stagegate_core::stage::Stage;
use stagegate_pipeline::process::{self, Cancel, Command, End};
use stagegate_pipeline::runs::{Action, Context, Done};

/// How many places were passed where this process may be killed.
static PASSED: AtomicUsize = AtomicUsize::new(0);
/// At which of them it is; none at 0.
static KILLED_AT: AtomicUsize = AtomicUsize::new(0);

/// Has this process killed at the place with this number, from 1.
pub(crate) fn kill_at(number: usize) {
    KILLED_AT.store(number, Ordering::SeqCst);
}

pub(crate) fn passed() -> usize {
    PASSED.load(Ordering::SeqCst)
}

/// What cancels the run of this process.
pub(crate) static CANCEL: OnceLock<Cancel> = OnceLock::new();

/// A place where this process may be killed.
pub(crate) fn place() {
    if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == KILLED_AT.load(Ordering::SeqCst) {
        kill_this();
    }
}

#[cfg(unix)]
fn kill_this() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

#[cfg(not(unix))]
fn kill_this() {
    std::process::abort();
}

/// A step that appends a line to `effects.log`, once. What it does besides is said by files in the workspace:
/// `fail-<step>` (it fails), `cancel-<step>` (it cancels the run), `wait-<step>` (it waits until that is gone), `tool-<step>` (it runs this shell script).
pub(crate) struct Effect;

impl Effect {
    fn log(context: &Context<'_>) -> PathBuf {
        context.folder.join("effects.log")
    }

    fn has(context: &Context<'_>, what: &str) -> bool {
        let text = fs::read_to_string(Self::log(context)).unwrap_or_default();
        text.lines().any(|line| line == what)
    }

    fn add(context: &Context<'_>, what: &str) {
        place();
        let mut file = fs::File::options().create(true).append(true).open(Self::log(context)).unwrap();
        file.write_all(format!("{what}\n").as_bytes()).unwrap();
        place();
    }

    fn done(context: &Context<'_>) -> Done {
        let mut outputs = Outputs::new();
        outputs.insert("effect".to_owned(), context.step.name.name().into());
        Done { summary: format!("{} is there", context.step.name), outputs }
    }
}

fn failed(message: String, transient: bool) -> StepFailure {
    StepFailure { message, help: "mend it".to_owned(), transient }
}

impl Action for Effect {
    fn already_done(&self, context: &mut Context<'_>) -> Result<Option<Done>, StepFailure> {
        Ok(Self::has(context, context.step.name.name()).then(|| Self::done(context)))
    }

    fn perform(&self, context: &mut Context<'_>) -> Result<Done, StepFailure> {
        let name = context.step.name.name();
        let file = |what: &str| context.folder.join(format!("{what}-{name}"));
        let (fails, waits, tool) = (file("fail"), file("wait"), file("tool"));
        context.remember("intends", name)?;
        if let (true, Some(cancel)) = (file("cancel").exists(), CANCEL.get()) {
            cancel.cancel();
            return Err(failed("it was stopped".to_owned(), false));
        }
        while waits.exists() {
            if context.cancel.is_cancelled() {
                return Err(failed("it was stopped".to_owned(), false));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        if tool.exists() {
            let mut command = Command::new("sh", context.folder).args([&tool]);
            command.redactor = context.redactor.clone();
            command.grace = Duration::from_millis(500);
            let cancel = context.cancel;
            let ran = process::run(&command, cancel, &mut |_, line| context.output(line));
            if ran.end != End::Exited(0) {
                return Err(failed(format!("the tool {}", ran.end), true));
            }
        }
        if context.step.effects.is_empty() && !fails.exists() {
            Self::add(context, name);
        }
        if fails.exists() {
            return Err(failed(fs::read_to_string(fails).unwrap(), false));
        }
        Ok(Self::done(context))
    }

    fn undo(&self, context: &mut Context<'_>) -> Result<String, StepFailure> {
        let name = context.step.name.name();
        let undone = format!("undo {name}");
        if Self::has(context, name) && !Self::has(context, &undone) {
            Self::add(context, &undone);
        }
        Ok(format!("{name} is gone"))
    }
}

pub(crate) fn action(_: StepName) -> &'static dyn Action {
    &Effect
}

pub(crate) fn plan() -> Plan {
    let step = |name, is_undone| Step {
        name,
        effects: Vec::new(),
        backoff: Backoff { retries: 1, base_ms: 1, factor: 1.0, max_ms: 1, jitter: true },
        timeout_ms: 60_000,
        environment: (name == StepName::Deploy).then(|| "staging".to_owned()),
        is_undone,
    };
    Plan {
        kind: RunKind::Promotion,
        component: "calc".to_owned(),
        canonical: "calc".to_owned(),
        from: Some(Stage::Development),
        to: Stage::Staging,
        spec: None,
        version: None,
        head: None,
        undoes: None,
        reason: None,
        steps: vec![
            step(StepName::Validate, false),
            step(StepName::Metadata, true),
            step(StepName::Commit, true),
            step(StepName::Deploy, true),
            step(StepName::Verify, false),
            step(StepName::Context, false),
            step(StepName::Reports, false),
        ],
        refusals: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn effects(folder: &Path) -> String {
    fs::read_to_string(folder.join("effects.log")).unwrap_or_default()
}

/// Runs these tests, or those that are named on the command line, as the usual harness would.
pub(crate) fn run_tests(tests: &[(&str, fn())]) {
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut failed = 0;
    for (name, test) in tests {
        if !named.is_empty() && !named.iter().any(|part| name.contains(part)) {
            continue;
        }
        let began = Instant::now();
        let passed = std::panic::catch_unwind(test).is_ok();
        failed += usize::from(!passed);
        println!("test {name} ... {} ({:?})", if passed { "ok" } else { "FAILED" }, began.elapsed());
    }
    if failed > 0 {
        println!("{failed} failed");
        std::process::exit(1);
    }
}
