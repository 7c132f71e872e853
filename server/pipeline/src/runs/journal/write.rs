//! Writing the journal: each call is one transaction, on the disk when it returns.

use rusqlite::{Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stagegate_core::plan::{Plan, RunKind};
use stagegate_core::run::{GateRecord, Outputs, RunEvent, RunRecord, RunState, StepRecord, StepState};

use super::rows::{self, json};
use super::{Goal, Journal, JournalError, Request, schema};
use crate::runs::breaker::Circuit;
use crate::runs::clean;

/// The events of how many runs are kept.
const KEPT: i64 = 200;

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Nothing of it is stored.
    Before,
    /// All of it is.
    After,
}

/// What changes in a run, all at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// State, end and number of resumings of the run.
    pub run: Option<&'a RunRecord>,
    /// Where the run leads to from now on.
    pub goal: Option<Goal>,
    /// A step, and its place in the plan.
    pub step: Option<(usize, &'a StepRecord)>,
    /// Whether what gates said to that step is forgotten: it is begun anew.
    pub forget_gates: bool,
    /// The verdict of a gate.
    pub gate: Option<&'a GateRecord>,
    /// What is known of an environment.
    pub circuit: Option<(&'a str, &'a Circuit)>,
    /// What watchers are told.
    pub event: Option<&'a RunEvent>,
}

impl Journal {
    /// Begins a run of `plan` with this number, unless one of the component has not ended yet: then that one is returned
    /// as the error within.
    ///
    /// # Errors
    /// Returns why it cannot be written; then there is no such run.
    pub fn create(
        &mut self,
        id: &str,
        plan: &Plan,
        request: &Request,
        now_ms: i64,
    ) -> Result<Result<RunRecord, String>, JournalError> {
        let redact = |text: &str| self.redactor.redact(text).into_owned();
        let pending = |name| StepRecord {
            name,
            state: StepState::Pending,
            attempts: 0,
            started_ms: None,
            ended_ms: None,
            summary: None,
            failure: None,
            outputs: Outputs::new(),
        };
        let run = RunRecord {
            id: id.to_owned(),
            kind: plan.kind,
            component: plan.component.clone(),
            canonical: plan.canonical.clone(),
            from: plan.from,
            to: plan.to,
            state: RunState::Running,
            reason: plan.reason.as_deref().map(redact),
            undoes: plan.undoes.clone(),
            undone_by: None,
            by: request.by.clone(),
            started_ms: now_ms,
            ended_ms: None,
            resumed: 0,
            version: plan.version.clone(),
            steps: plan.steps.iter().map(|step| pending(step.name)).collect(),
            gates: Vec::new(),
        };
        self.commit(|transaction| {
            let open = transaction
                .prepare_cached("SELECT id FROM runs WHERE state = 'running' AND canonical = ? LIMIT 1")?
                .query_map([&run.canonical], |row| row.get(0))?
                .next()
                .transpose()?;
            if let Some(open) = open {
                return Ok(Err(open));
            }
            // The plan is executed as it is stored: a word of it that happens to be somebody's password must stay.
            let seq = rows::insert_run(transaction, &run, &json(plan)?, &json(request)?)?;
            for (position, step) in run.steps.iter().enumerate() {
                rows::put_step(transaction, (seq, id), position, step)?;
            }
            transaction.execute("DELETE FROM events WHERE run = ?", [seq - KEPT])?;
            Ok(Ok(run.clone()))
        })
    }

    /// Stores what changed in a run, and returns the number of the event.
    ///
    /// # Errors
    /// Returns why nothing is stored.
    pub fn write(&mut self, id: &str, change: Change<'_>) -> Result<Option<i64>, JournalError> {
        let event = change.event.map(|event| self.clean(event)).transpose()?;
        let event = event.map(|event| serde_json::to_string(&event).map_err(unwritable)).transpose()?;
        let gate = change.gate.map(|gate| self.clean(gate)).transpose()?;
        let step = match change.step {
            Some((position, step)) => Some((position, self.clean(step)?)),
            None => None,
        };
        self.commit(|transaction| {
            let Some(seq) = rows::number(transaction, id)? else { return Ok(Err(())) };
            if let Some(run) = change.run {
                rows::update_run(transaction, seq, run)?;
                if let (RunKind::Rollback, RunState::Succeeded, Some(undone)) =
                    (run.kind, run.state, &run.undoes)
                {
                    transaction
                        .execute("UPDATE runs SET undone_by = ? WHERE id = ?", params![run.id, undone])?;
                }
            }
            if let Some(goal) = change.goal {
                transaction.execute("UPDATE runs SET goal = ? WHERE seq = ?", params![goal.name(), seq])?;
            }
            if let Some((position, step)) = &step {
                if change.forget_gates {
                    rows::remove_gates(transaction, seq, step.name.name())?;
                }
                rows::put_step(transaction, (seq, id), *position, step)?;
            }
            if let Some(gate) = &gate {
                rows::put_gate(transaction, seq, gate)?;
            }
            if let Some((environment, circuit)) = change.circuit {
                circuit.write(transaction, environment)?;
            }
            let event = event.as_ref().map(|event| rows::put_event(transaction, seq, event));
            Ok(Ok(event.transpose()?))
        })?
        .map_err(|()| JournalError::UnknownRun(id.to_owned()))
    }

    /// Changes the circuit breaker of an environment, of which no other process may know meanwhile.
    ///
    /// # Errors
    /// Returns why nothing is stored.
    pub fn change_circuit<T>(
        &mut self,
        environment: &str,
        change: impl Fn(&mut Circuit) -> T,
    ) -> Result<T, JournalError> {
        self.commit(|transaction| {
            let mut circuit = Circuit::read(transaction, environment)?;
            let before = circuit.clone();
            let value = change(&mut circuit);
            if circuit != before {
                circuit.write(transaction, environment)?;
            }
            Ok(value)
        })
    }

    /// Writes down that somebody wants a run to be stopped and undone. One that has ended stays as it is.
    ///
    /// # Errors
    /// Returns why nothing is stored.
    pub fn set_unwanted(&mut self, id: &str) -> Result<(), JournalError> {
        self.commit(|transaction| {
            transaction.execute("UPDATE runs SET stop = 1 WHERE id = ? AND state = 'running'", [id])?;
            Ok(())
        })
    }

    /// Writes down which process works on a run, and forgets why the one before ended.
    ///
    /// # Errors
    /// Returns why nothing is stored.
    pub fn set_process(&mut self, id: &str, pid: u32) -> Result<(), JournalError> {
        self.commit(|transaction| {
            transaction.execute("UPDATE runs SET pid = ?, halted = NULL WHERE id = ?", params![pid, id])?;
            Ok(())
        })
    }

    /// Writes down why the process of a run ends before the run does.
    ///
    /// # Errors
    /// Returns why nothing is stored.
    pub fn set_halted(&mut self, id: &str, why: &str) -> Result<(), JournalError> {
        let why = self.redactor.redact(why).into_owned();
        self.commit(|transaction| {
            transaction.execute("UPDATE runs SET halted = ? WHERE id = ?", params![why, id])?;
            Ok(())
        })
    }

    /// Folds the log into the file, so that readers find nothing beside it. That it stays does no harm.
    pub fn fold(&mut self) {
        let folded = self.connection.borrow().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(folded);
    }

    /// Returns `record` without secrets.
    fn clean<T: Serialize + DeserializeOwned>(&self, record: &T) -> Result<T, JournalError> {
        let mut value = serde_json::to_value(record).map_err(unwritable)?;
        clean::value(&mut value, &self.redactor);
        serde_json::from_value(value).map_err(unwritable)
    }

    fn commit<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        if let Some(watch) = &mut self.watch {
            watch(Point::Before);
        }
        let done = (|| {
            let connection = self.connection.get_mut();
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        let done = done.map_err(|error| JournalError::from(schema::KIND.explained(&error)));
        if let Some(watch) = &mut self.watch {
            watch(Point::After);
        }
        done
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
fn unwritable(error: serde_json::Error) -> JournalError {
    JournalError::Unusable {
        path: schema::KIND.shown.to_owned(),
        reason: format!("what is to be stored is no JSON: {error}"),
        help: "please report it".to_owned(),
    }
}
