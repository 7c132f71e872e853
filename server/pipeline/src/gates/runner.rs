//! Runs checks in two lanes, and keeps what they showed.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stagegate_core::components::Component;
use stagegate_core::gates::{Evidence, GateKind, Observed, OwnFiles, Problem, ProblemKind, Scope};
use stagegate_core::report::SecretsBaseline;

use super::alone;
use super::event::Event;
use super::execute::{self, Bench};
use super::failure::GatesError;
use super::kept::{Places, Runs, compare, concerns_secrets, failed, measured, ran_tests};
use super::run::Session;
use super::subject::{Answers, Subject};
use super::trusted::Trusted;
use crate::inputs::{self, Definition, Inputs, Snapshot};
use crate::process::Cancel;
use crate::store::{FOLDER, New, Store};
use crate::tools::Check;

/// One check with what it depends on.
pub(super) struct Job<'a> {
    pub(super) check: &'a Check,
    pub(super) definition: Definition,
    pub(super) inputs: Inputs,
}

/// What the threads that run tools say.
enum Said<'a> {
    Started(&'a Check),
    Line(&'a Check, String),
    /// With the files as they were then, and whether there is no other attempt.
    Ended(&'a Job<'a>, execute::Shown, Option<Snapshot>, bool),
}

/// Whether the tool executes the code of the repository, so that two such tools may disturb each other.
fn executes_code(check: &Check) -> bool {
    check.gates.iter().any(|gate| {
        use GateKind as K;
        matches!(
            gate.gate.kind(),
            K::Tests | K::Coverage | K::IntegrationTests | K::E2eTests | K::Performance | K::Custom
        )
    })
}

/// Returns the first command of a check as people write it.
fn in_words(check: &Check, folder: &Path) -> String {
    let Some(command) = check.commands.first() else { return check.tool.name.clone() };
    let args = command.args.iter().map(|arg| arg.resolve(folder, Path::new("{run}")));
    let words = std::iter::once(command.name.clone().into_os_string()).chain(args);
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Whether tests failed, so that another attempt tells whether they are flaky.
pub(super) fn has_failures(evidence: &Evidence) -> bool {
    matches!(&evidence.observed, Ok(Observed::Tests { failed, errors, .. }) if failed + errors > 0)
}

/// What tests are run alone with.
struct OneByOne<'r, 'j> {
    runner: &'r Runner<'r>,
    check: &'j Check,
    /// When the whole check began, whose time they share.
    began: Instant,
    runs: &'r Runs,
    says: &'r mpsc::Sender<Said<'j>>,
}

impl alone::Bench for OneByOne<'_, '_> {
    fn run(&mut self, one: &Check) -> Option<execute::Shown> {
        let folder = self.runs.alone().ok()?;
        let shown = self.runner.execute(one, &folder, &mut |line| {
            let _ = self.says.send(Said::Line(self.check, line.to_owned()));
        });
        // Nobody looks for it later, and what is left goes with the folder of the run.
        let _ = std::fs::remove_dir_all(&folder);
        Some(shown)
    }

    fn left(&self) -> Duration {
        match self.runner.cancel.is_cancelled() {
            true => Duration::ZERO,
            false => self.check.timeout.saturating_sub(self.began.elapsed()),
        }
    }

    fn is_file(&self, path: &str) -> bool {
        self.runner.session.folder.join(path).is_file()
    }

    fn say(&mut self, line: &str) {
        let line = self.runner.session.redactor.redact(line).into_owned();
        let _ = self.says.send(Said::Line(self.check, line));
    }
}

/// The first of the things that changed: `src/a.py`, `src/a.py, src/b.py and 3 more`.
fn in_a_row(changed: &[String]) -> String {
    let (first, rest) = changed.split_at(changed.len().min(3));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", first.join(", "))
}

/// Runs checks.
pub(super) struct Runner<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) trusted: &'a Trusted,
    pub(super) component: &'a Component,
    pub(super) cancel: &'a Cancel,
    pub(super) before: &'a Snapshot,
    pub(super) places: &'a Places,
    pub(super) baseline: &'a Result<Option<SecretsBaseline>, Problem>,
    pub(super) background: bool,
    /// Whether tests that failed are run again alone.
    pub(super) isolate: bool,
}

impl Runner<'_> {
    /// What executes code runs in one lane, what only reads it in another one beside it.
    pub(super) fn run_all(
        &self,
        jobs: &[&Job<'_>],
        store: &mut Store,
        head: Option<&str>,
        answers: &mut Answers<'_>,
    ) -> Result<Option<Snapshot>, GatesError> {
        let mut last = None;
        let component = || self.component.name.to_string();
        let runs = Runs::new(&self.session.folder.join(FOLDER))?;
        let (says, said) = mpsc::channel();
        std::thread::scope(|scope| {
            for lane in [true, false] {
                let (says, runs) = (says.clone(), &runs);
                let jobs: Vec<_> =
                    jobs.iter().copied().filter(|job| executes_code(job.check) == lane).collect();
                scope.spawn(move || {
                    for job in jobs {
                        self.run_one(job, runs, &says);
                    }
                });
            }
            drop(says);
            for said in said {
                match said {
                    Said::Started(check) => {
                        let command =
                            self.session.redactor.redact(&in_words(check, self.session.folder)).into_owned();
                        (answers.on_event)(&Event::Started {
                            component: component(),
                            gates: execute::names(check),
                            command,
                        });
                    }
                    Said::Line(check, line) => {
                        (answers.on_event)(&Event::Output {
                            component: component(),
                            gates: execute::names(check),
                            line,
                        });
                    }
                    Said::Ended(job, shown, after, is_last) => {
                        let kept = self.keep(job, shown, after.as_ref(), store, head, is_last, answers);
                        if let Err(error) = kept {
                            // Nothing that still runs can be kept either.
                            self.cancel.cancel();
                            return Err(error);
                        }
                        last = after.or(last.take());
                    }
                }
            }
            Ok(last)
        })
    }

    fn run_one<'j>(&self, job: &'j Job<'j>, runs: &Runs, says: &mpsc::Sender<Said<'j>>) {
        if self.cancel.is_cancelled() {
            return;
        }
        let check = job.check;
        let _ = says.send(Said::Started(check));
        for attempt in 0..=check.retries {
            let began = Instant::now();
            let shown = self.attempt(check, runs, says);
            // Whoever changes an input meanwhile has not been checked.
            let after = self.before.again(self.session.root);
            let again = attempt < check.retries
                && !self.cancel.is_cancelled()
                && shown.evidence.iter().any(has_failures);
            if again {
                let _ = says.send(Said::Ended(job, shown, Some(after), false));
                continue;
            }
            let alone = self.alone(job, &shown, &after, began, runs, says);
            let Some((at, alone)) = alone.filter(|(at, _)| *at < shown.evidence.len()) else {
                let _ = says.send(Said::Ended(job, shown, Some(after), true));
                return;
            };
            let (whole, rest) = shown.divide(at);
            let last = self.before.again(self.session.root);
            let _ = says.send(Said::Ended(job, rest, Some(after.clone()), true));
            let _ = says.send(Said::Ended(job, whole, Some(after), false));
            let _ = says.send(Said::Ended(job, alone, Some(last), true));
            return;
        }
    }

    /// Runs tests that failed again, each alone, where that was asked for. Returns which gate they are of, and what is
    /// known of it then.
    fn alone<'j>(
        &self,
        job: &'j Job<'j>,
        shown: &execute::Shown,
        after: &Snapshot,
        began: Instant,
        runs: &Runs,
        says: &mpsc::Sender<Said<'j>>,
    ) -> Option<(usize, execute::Shown)> {
        let at = job.check.alone_gate().filter(|_| self.isolate)?;
        let evidence = shown.evidence.get(at).filter(|evidence| has_failures(evidence))?;
        let report = shown.reports.get(at)?.as_ref()?;
        // Of other files nothing would be proved.
        if self.cancel.is_cancelled() || !self.changed(job, after).is_empty() {
            return None;
        }
        let mut bench = OneByOne { runner: self, check: job.check, began, runs, says };
        let alone::Alone { evidence, report } = alone::again(job.check, evidence, report, &mut bench)?;
        Some((at, execute::Shown { evidence: vec![evidence], reports: vec![Some(report)] }))
    }

    fn attempt<'j>(&self, check: &'j Check, runs: &Runs, says: &mpsc::Sender<Said<'j>>) -> execute::Shown {
        let folder = match runs.folder(&self.component.canonical, check) {
            Ok(folder) => folder,
            Err(error) => {
                let problem = Problem {
                    kind: ProblemKind::ToolFailed,
                    message: format!("cannot make a folder for the reports: {error}"),
                    help: "see who may write below `.stagegate`, and whether the disk is full".to_owned(),
                };
                return failed(check, &problem);
            }
        };
        if let (Err(problem), true) = (self.baseline, concerns_secrets(check)) {
            return failed(check, problem);
        }
        let mut shown = self.execute(check, &folder, &mut |line| {
            let _ = says.send(Said::Line(check, line.to_owned()));
        });
        let (component, redactor) = (&self.component.canonical, self.session.redactor);
        runs.keep(&folder, component, check, &mut shown.evidence, self.session.folder, redactor);
        shown
    }

    /// Runs a check with its reports in `folder`.
    fn execute(&self, check: &Check, folder: &Path, on_line: &mut dyn FnMut(&str)) -> execute::Shown {
        let (is_source, is_test) =
            (|path: &str| self.places.is_source(path), |path: &str| self.places.is_test(path));
        let own = self.places.own_files(self.session.root);
        let scope = Scope {
            component: &self.component.name,
            is_source: &is_source,
            is_test: &is_test,
            is_alone: true,
            baseline: self.baseline.as_ref().ok().and_then(Option::as_ref),
            files: OwnFiles {
                paths: &own,
                read: &|path| stagegate_workspace::read(&self.session.folder.join(path)).ok(),
            },
        };
        let bench = Bench {
            root: self.session.folder,
            trusted: self.trusted,
            folder,
            cancel: self.cancel,
            redactor: self.session.redactor,
            background: self.background,
            scope: &scope,
        };
        execute::execute(check, &bench, on_line)
    }

    /// Returns what is different since the check was begun.
    fn changed(&self, job: &Job<'_>, after: &Snapshot) -> Vec<String> {
        let now = after.inputs(&self.component.canonical, &job.definition);
        if now.hash == job.inputs.hash {
            return Vec::new();
        }
        let group = |hash| job.inputs.groups.iter().find(|group| group.hash() == hash);
        let changed =
            inputs::changed(&job.inputs.manifest, &now, |hash| group(hash).map(|group| (**group).clone()));
        if changed.is_empty() { vec!["something".to_owned()] } else { changed }
    }

    /// Keeps what a check showed.
    #[expect(clippy::too_many_arguments, reason = "what is kept comes from as many places")]
    fn keep(
        &self,
        job: &Job<'_>,
        shown: execute::Shown,
        after: Option<&Snapshot>,
        store: &mut Store,
        head: Option<&str>,
        is_last: bool,
        answers: &mut Answers<'_>,
    ) -> Result<(), GatesError> {
        let changed = after.map_or_else(Vec::new, |after| self.changed(job, after));
        for (mut evidence, report) in shown.evidence.into_iter().zip(shown.reports) {
            evidence.component = self.component.canonical.to_string();
            evidence.commit = head.map(str::to_owned);
            evidence.inputs = job.inputs.hash.to_string();
            // Of which inputs a test passed or failed is not known where they changed meanwhile.
            let tests = report.as_ref().filter(|_| changed.is_empty());
            let tests = tests.and_then(|report| ran_tests(report, self.session.redactor));
            if let Some(tests) = &tests {
                evidence.flaky =
                    store.flaky_with(&evidence.component, &evidence.gate, job.inputs.hash, tests)?;
            }
            let Subject { policy, stage, .. } = answers.subject;
            let threshold = policy.threshold(&evidence.gate, *stage);
            compare(&mut evidence, store, &threshold)?;
            if !changed.is_empty() && evidence.observed.is_ok() {
                evidence.observed = Err(Problem {
                    kind: ProblemKind::InputsChanged,
                    message: format!("{} changed while the gate ran", in_a_row(&changed)),
                    help: "run the gate again; where its own command writes there, have git ignore it"
                        .to_owned(),
                });
            }
            let files = match (&evidence.observed, &report) {
                (Ok(Observed::Coverage { .. }), Some(report)) => {
                    measured(report, after, evidence.ended_ms, self.places)
                }
                _ => Vec::new(),
            };
            // What was not run is no evidence; what was known before stays.
            if matches!(&evidence.observed, Err(problem) if problem.kind == ProblemKind::NotTrusted) {
                if is_last {
                    answers.add(evidence, false);
                }
                continue;
            }
            let new =
                New { evidence: &evidence, inputs: Some(&job.inputs), files: &files, tests: tests.as_ref() };
            store.insert(new)?;
            if is_last {
                answers.add(evidence, false);
            }
        }
        Ok(())
    }
}
