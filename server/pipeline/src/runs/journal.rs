//! What runs did and are about to do, kept in SQLite below the root: `.stagegate/journal.db` (DESIGN.md section 2,
//! invariant 4).
//!
//! The journal is the truth about runs. It is never put aside or begun anew by us: a damaged one is refused. Reading it
//! creates no file and changes no byte.

mod error;
mod owner;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use stagegate_core::plan::{Plan, RunKind, StepName};
use stagegate_core::run::{RunEvent, RunRecord, RunState};

pub use error::JournalError;
pub use write::{Change, Point};

use super::breaker::Circuit;
use super::{Request, lock};
use crate::database::{self, DatabaseError, Reading};
use crate::inputs::Stamp;
use crate::redact::Redactor;
use crate::store::{self, FOLDER};
use crate::trust::TrustStore;

/// The journal of one workspace.
pub struct Journal {
    connection: RefCell<Connection>,
    root: PathBuf,
    path: PathBuf,
    access: RefCell<Access>,
    redactor: Redactor,
    /// Told before and after each transaction; tests end the process there.
    watch: Option<Box<dyn FnMut(Point) + Send>>,
}

/// What a journal was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Write,
    Read(Reading, Option<Stamp>),
}

/// Where a run leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Every step done.
    Finish,
    /// What was done undone, for a step failed.
    Fail,
    /// What was done undone, for somebody asked for that.
    Cancel,
}

impl Goal {
    const fn name(self) -> &'static str {
        match self {
            Goal::Finish => "finish",
            Goal::Fail => "fail",
            Goal::Cancel => "cancel",
        }
    }

    fn from_name(name: &str) -> Goal {
        match name {
            "fail" => Goal::Fail,
            "cancel" => Goal::Cancel,
            _ => Goal::Finish,
        }
    }
}

/// The key by which the other side of an effect can tell that it had it already: `<run>/<step>/<attempt>`.
#[must_use]
pub fn key(run: &str, step: StepName, attempt: u32) -> String {
    format!("{run}/{}/{attempt}", step.name())
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal of the workspace at `root` for writing, and creates what is missing.
    ///
    /// # Errors
    /// Returns why it cannot be used, and what to do.
    pub fn open(root: &Path) -> Result<Journal, JournalError> {
        Journal::claimed(root, &|create| store::key(root, create))
    }

    /// Opens the journal as [`Journal::open`] does, of the user whose state `trust` keeps.
    ///
    /// # Errors
    /// Returns why it cannot be used, and what to do.
    pub fn open_by(root: &Path, trust: &TrustStore) -> Result<Journal, JournalError> {
        Journal::claimed(root, &|create| trust.evidence_key(root, create).ok().flatten())
    }

    fn claimed(root: &Path, find: owner::Find<'_>) -> Result<Journal, JournalError> {
        let folder = store::create_folder(root)?;
        let path = folder.join(schema::FILE);
        let deadline = Instant::now() + database::PATIENCE;
        loop {
            match schema::KIND.write(&path) {
                Ok(connection) => match owner::claim(&connection, find) {
                    Err(JournalError::Busy { .. }) if Instant::now() < deadline => {}
                    claimed => {
                        claimed?;
                        return Ok(Journal::new(connection, root, path, Access::Write));
                    }
                },
                // SQLite does not wait for others that create it at the same time.
                Err(DatabaseError::Busy) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Opens the journal for reading; `None` where there is none yet. Nothing is created or written, so it also works where
    /// that is impossible.
    ///
    /// # Errors
    /// Returns why it cannot be read, and what to do.
    pub fn open_read(root: &Path) -> Result<Option<Journal>, JournalError> {
        Journal::found(root, &|create| store::key(root, create))
    }

    /// Opens the journal for reading as [`Journal::open_read`] does, of the user whose state `trust` keeps.
    ///
    /// # Errors
    /// Returns why it cannot be read, and what to do.
    pub fn open_read_by(root: &Path, trust: &TrustStore) -> Result<Option<Journal>, JournalError> {
        Journal::found(root, &|create| trust.evidence_key(root, create).ok().flatten())
    }

    fn found(root: &Path, find: owner::Find<'_>) -> Result<Option<Journal>, JournalError> {
        let path = root.join(FOLDER).join(schema::FILE);
        if !schema::KIND.exists(&path)? {
            return Ok(None);
        }
        match read(&path) {
            Ok((connection, access)) => {
                owner::check(&connection, find)?;
                Ok(Some(Journal::new(connection, root, path, access)))
            }
            Err(DatabaseError::Empty) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the journal for reading while somebody else writes it, as a process of the run does or a watcher. Beside a
    /// journal that nobody writes, this creates what SQLite keeps in shared memory.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn open_live(root: &Path) -> Result<Journal, JournalError> {
        let path = root.join(FOLDER).join(schema::FILE);
        let connection = schema::KIND.read(&path, Reading::Live)?;
        owner::check(&connection, &|create| store::key(root, create))?;
        Ok(Journal::new(connection, root, path, Access::Read(Reading::Live, None)))
    }

    fn new(connection: Connection, root: &Path, path: PathBuf, access: Access) -> Journal {
        Journal {
            connection: RefCell::new(connection),
            root: root.to_owned(),
            path,
            access: RefCell::new(access),
            redactor: Redactor::default(),
            watch: None,
        }
    }

    /// Takes these secrets out of everything that is stored from here on.
    pub fn redact(&mut self, redactor: &Redactor) {
        self.redactor = redactor.clone();
    }

    /// Calls `watch` before and after each transaction. For tests.
    pub fn watch(&mut self, watch: impl FnMut(Point) + Send + 'static) {
        self.watch = Some(Box::new(watch));
    }

    /// The workspace.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a run with its steps and gates. Its state is [`RunState::Interrupted`] where nobody works on it any more.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn run(&self, id: &str) -> Result<Option<RunRecord>, JournalError> {
        let found = self.read(|connection| rows::find(connection, rows::BY_ID, [id]))?;
        Ok(self.judged(found)?.pop())
    }

    /// Returns the newest runs, the newest first: of a component by its canonical name, of a kind, or all.
    ///
    /// # Errors
    /// Returns why they cannot be read.
    pub fn runs(
        &self,
        component: Option<&str>,
        kind: Option<RunKind>,
        limit: usize,
    ) -> Result<Vec<RunRecord>, JournalError> {
        let found = self.read(|connection| rows::list(connection, component, kind, limit))?;
        self.judged(found)
    }

    /// Returns the runs that have not ended, the newest first.
    ///
    /// # Errors
    /// Returns why they cannot be read.
    pub fn open_runs(&self) -> Result<Vec<RunRecord>, JournalError> {
        let found = self.read(|connection| rows::find(connection, rows::OPEN, []))?;
        self.judged(found)
    }

    /// Returns the run of a component that has not ended.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn open_run_of(&self, component: &str) -> Result<Option<RunRecord>, JournalError> {
        let found = self.read(|connection| rows::find(connection, rows::OPEN_OF, [component]))?;
        Ok(self.judged(found)?.pop())
    }

    /// Returns the newest `each` runs of every component, with their steps and without their gates: what an overview shows.
    ///
    /// # Errors
    /// Returns why they cannot be read.
    pub fn newest(&self, each: usize) -> Result<Vec<RunRecord>, JournalError> {
        let found = self.read(|connection| rows::newest(connection, each))?;
        self.judged(found)
    }

    /// Returns the newest promotion of a component that succeeded and that no rollback undid.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn to_undo(&self, component: &str) -> Result<Option<RunRecord>, JournalError> {
        Ok(self.read(|connection| rows::find(connection, rows::TO_UNDO, [component]))?.pop())
    }

    /// Returns the plan of a run.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn plan(&self, id: &str) -> Result<Option<Plan>, JournalError> {
        self.read(|connection| rows::column(connection, id, "plan"))
    }

    /// Returns who asked for a run, and from where.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn request(&self, id: &str) -> Result<Option<Request>, JournalError> {
        self.read(|connection| rows::column(connection, id, "request"))
    }

    /// Returns at most `limit` events of a run that came after the one with number `after`, in order. Those of the last 200
    /// runs are kept.
    ///
    /// # Errors
    /// Returns why they cannot be read.
    pub fn events_after(
        &self,
        id: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, RunEvent)>, JournalError> {
        self.read(|connection| rows::events(connection, id, after, limit))
    }

    /// Returns a run and the number of the newest event that it holds, as of one moment.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn snapshot(&self, id: &str) -> Result<Option<(RunRecord, i64)>, JournalError> {
        let found = self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let run = rows::find(&transaction, rows::BY_ID, [id])?;
            let newest =
                transaction.query_row("SELECT coalesce(max(seq), 0) FROM events", [], |row| row.get(0))?;
            Ok((run, newest))
        })?;
        let (run, newest): (Vec<RunRecord>, i64) = found;
        Ok(self.judged(run)?.pop().map(|run| (run, newest)))
    }

    /// Returns whether somebody wants a run to be stopped and undone.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn is_unwanted(&self, id: &str) -> Result<bool, JournalError> {
        self.read(|connection| {
            connection.prepare_cached("SELECT stop FROM runs WHERE id = ?")?.query_row([id], |row| row.get(0))
        })
    }

    /// Returns where a run leads to.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn goal(&self, id: &str) -> Result<Goal, JournalError> {
        let goal: String = self.read(|connection| {
            connection.prepare_cached("SELECT goal FROM runs WHERE id = ?")?.query_row([id], |row| row.get(0))
        })?;
        Ok(Goal::from_name(&goal))
    }

    /// Returns the process that works, or worked last, on a run, and why it left the run before its end, if it said so.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn process(&self, id: &str) -> Result<(Option<u32>, Option<String>), JournalError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT pid, halted FROM runs WHERE id = ?")?;
            statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// Returns the circuit breaker of an environment.
    ///
    /// # Errors
    /// Returns why it cannot be read.
    pub fn circuit(&self, environment: &str) -> Result<Circuit, JournalError> {
        self.read(|connection| Circuit::read(connection, environment))
    }

    /// Says of runs that nobody works on that they were interrupted.
    fn judged(&self, mut runs: Vec<RunRecord>) -> Result<Vec<RunRecord>, JournalError> {
        for run in runs.iter_mut().filter(|run| run.state == RunState::Running) {
            if lock::is_held(&self.root, &run.canonical) {
                continue;
            }
            // It may have ended between reading its row and looking at the lock.
            let again = self.read(|connection| rows::find(connection, rows::BY_ID, [&run.id]))?;
            if let Some(again) = again.into_iter().next() {
                *run = again;
            }
            if run.state == RunState::Running {
                run.state = RunState::Interrupted;
            }
        }
        Ok(runs)
    }

    fn read<T>(&self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let explained = |error: rusqlite::Error| JournalError::from(schema::KIND.explained(&error));
        let result = read(&self.connection.borrow()).map_err(explained);
        let before = *self.access.borrow();
        let stale = match before {
            Access::Read(Reading::Quiet, before) => {
                before != stamp(&self.path) || database::has_log(&self.path)
            }
            // Shared memory that can only be read does not serve every reader.
            Access::Read(Reading::Still, _) => result.is_err(),
            _ => false,
        };
        if !stale {
            return result;
        }
        // Closed first, see `share_memory`.
        self.connection.replace(Connection::open_in_memory().map_err(explained)?);
        let (connection, access) = match before {
            Access::Read(Reading::Still, _) => {
                (schema::KIND.read(&self.path, Reading::Live)?, Access::Read(Reading::Live, None))
            }
            _ => self::read(&self.path)?,
        };
        self.connection.replace(connection);
        self.access.replace(access);
        let result = read(&self.connection.borrow());
        result.map_err(explained)
    }
}

/// Whether this process reads journals as SQLite usually does; see [`share_memory`].
static SHARES: AtomicBool = AtomicBool::new(false);

/// Says that threads of this process read and write journals side by side. SQLite shares its shared memory between all
/// connections of a process, and where one of them opened it only for reading, none of the others can write: so from here on
/// none does. Reading may then write to that shared memory, where somebody has left a log behind.
pub fn share_memory() {
    SHARES.store(true, Ordering::Relaxed);
}

/// Opens the journal at `path` for reading, in the quietest way that sees all of it.
fn read(path: &Path) -> Result<(Connection, Access), DatabaseError> {
    let before = stamp(path);
    if !database::has_log(path) {
        return Ok((schema::KIND.read(path, Reading::Quiet)?, Access::Read(Reading::Quiet, before)));
    }
    if !SHARES.load(Ordering::Relaxed)
        && let Ok(connection) = schema::KIND.read(path, Reading::Still)
    {
        return Ok((connection, Access::Read(Reading::Still, None)));
    }
    match schema::KIND.read(path, Reading::Live) {
        Ok(connection) => Ok((connection, Access::Read(Reading::Live, None))),
        // A log that was left behind, where nothing can be written: what it holds is lost to us.
        Err(DatabaseError::Unusable { .. }) => {
            Ok((schema::KIND.read(path, Reading::Quiet)?, Access::Read(Reading::Live, None)))
        }
        Err(error) => Err(error),
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    std::fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))
}
