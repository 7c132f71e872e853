//! What the server needs of gates and runs: evidence, whether anything may be run, and having it run. The binary gives it:
//! this crate starts nothing and writes nothing.

mod runs;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stagegate_core::config::Config;
use stagegate_core::gates::{Board, GateName};
use stagegate_core::plan::Plan;
use stagegate_core::run::{Person, Runs};
use stagegate_core::sign_off::StateDigest;
use stagegate_core::stage::Stage;
use stagegate_core::workspace::Root;

pub use runs::{Ask, Declined, JOURNAL, Planned, Watch};

/// Knows the gates and runs of workspace folders.
pub trait Host: Send + Sync {
    /// Returns what keeps the evidence of the folder at `folder`. Nothing is read yet.
    fn keeper(&self, folder: &Path) -> Box<dyn Keeper>;

    /// Returns the files that count although git may ignore them: reports, and where evidence is kept. Relative to the
    /// folder, with `/`.
    fn places(&self, config: &Config) -> Vec<String>;

    /// Says whether gates may be run in the folder at `folder`, and what would be. Reads files.
    ///
    /// # Errors
    /// Returns why that is not known; nothing may be run then.
    fn trust(&self, folder: &Path, root: &Root) -> Result<Trust, Failure>;

    /// Notes that the user trusts exactly these items of the folder at `folder`.
    ///
    /// # Errors
    /// Returns why that was not noted.
    fn grant(&self, folder: &Path, items: &[Item]) -> Result<(), Failure>;

    /// Takes trust back; says whether there was any.
    ///
    /// # Errors
    /// Returns why it was not taken back.
    fn revoke(&self, folder: &Path) -> Result<bool, Failure>;

    /// Prepares a run of gates in another process; [`Run::follow`] starts it.
    fn run(&self, folder: &Path, request: &Request) -> Arc<dyn Run>;

    /// Says who works in the folder at `folder`, and which day it is.
    ///
    /// # Errors
    /// Returns why that is not known.
    fn signer(&self, _folder: &Path) -> Result<Signer, Failure> {
        Err(NoHost::failure())
    }

    /// Returns the state of the component with this canonical name. `open` are texts of files that are not saved, by path.
    ///
    /// # Errors
    /// Returns the file that cannot be read.
    fn state(
        &self,
        _folder: &Path,
        _root: &Root,
        _component: &str,
        _open: &[(&str, &str)],
    ) -> Result<StateDigest, Failure> {
        Err(NoHost::failure())
    }

    /// Lets the calling thread, and those that it starts, give way to everything else, where the system has that.
    fn give_way(&self) {}

    /// Returns what a promotion or rollback would do in the folder at `folder`, as it lies on disk. Changes nothing, and
    /// executes nothing of the workspace.
    ///
    /// # Errors
    /// Returns why that is not known.
    fn plan(&self, _folder: &Path, _ask: &Ask) -> Result<Planned, Failure> {
        Err(NoHost::no_runs())
    }

    /// Starts a run of the plan in a process of its own, which outlives the server; returns its number.
    ///
    /// # Errors
    /// Returns why nothing was started.
    fn start(&self, _folder: &Path, _plan: &Plan) -> Result<String, Declined> {
        Err(NoHost::no_runs().into())
    }

    /// Lets an interrupted run go on, in a new process.
    ///
    /// # Errors
    /// Returns why it does not.
    fn resume(&self, _folder: &Path, _run: &str) -> Result<(), Declined> {
        Err(NoHost::no_runs().into())
    }

    /// Asks a run to stop and to undo what it did. Where it was interrupted, a new process undoes it. Does not wait.
    ///
    /// # Errors
    /// Returns why nobody could be asked.
    fn cancel(&self, _folder: &Path, _run: &str) -> Result<(), Failure> {
        Err(NoHost::no_runs())
    }

    /// Prepares to watch a run; [`Watch::follow`] does it.
    fn watch(&self, _folder: &Path, _run: &str) -> Arc<dyn Watch> {
        Arc::new(NoHost)
    }

    /// Returns what is known of the runs of a folder; `None` where nobody can start any. Cheap, and writes nothing.
    ///
    /// # Errors
    /// Returns why the journal cannot be read.
    fn runs(&self, _folder: &Path) -> Result<Option<Runs>, Failure> {
        Ok(None)
    }

    /// Returns the page, or else the report, of a run.
    ///
    /// # Errors
    /// Returns why there is none.
    fn report(&self, _folder: &Path, _run: &str) -> Result<PathBuf, Failure> {
        Err(NoHost::no_runs())
    }

    /// Writes the dashboard of a folder as it is now, and returns where.
    ///
    /// # Errors
    /// Returns why that could not be done.
    fn dashboard(&self, _folder: &Path) -> Result<PathBuf, Failure> {
        Err(NoHost::no_runs())
    }

    /// Writes a text that is to be shown, outside of every workspace, and returns where.
    ///
    /// # Errors
    /// Returns why that could not be done.
    fn page(&self, _name: &str, _text: &str) -> Result<PathBuf, Failure> {
        Err(NoHost::no_runs())
    }
}

/// Who signs something off, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// As git knows them.
    pub person: Person,
    /// The day in UTC: `2026-11-21`.
    pub date: String,
}

/// Keeps the evidence of one folder. Reading it is heavy work: it happens on one thread of its own.
pub trait Keeper: Send {
    /// Looks at everything again.
    fn load(&mut self, root: &Root) -> Board;

    /// Looks at what changed on disk at `paths`, relative to the folder with `/`. The files and components of `root` hold
    /// the change.
    fn update(&mut self, root: &Root, paths: &[&str]) -> Board;

    /// Why stored evidence could not be read the last time, as a sentence.
    fn problem(&self) -> Option<String>;
}

/// Gates that are run in another process.
pub trait Run: Send + Sync {
    /// Starts it, passes on each line of what it prints on standard output, and returns when it and all that it started
    /// has ended.
    ///
    /// # Errors
    /// Returns why it could not be started, or how it ended where it was not by itself.
    fn follow(&self, on_line: &mut dyn FnMut(&str)) -> Result<(), Failure>;

    /// Asks it to stop, from any thread; its tools get their grace. Before it was started: it will not be.
    fn stop(&self);
}

/// Which gates to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The component, as it is shown.
    pub component: String,
    /// The stage; the one that the component works towards where `None`.
    pub stage: Option<Stage>,
    /// Only these gates; all that the stage asks for where empty.
    pub only: Vec<GateName>,
    /// Whether everything is run anew.
    pub no_cache: bool,
}

/// What would be run, and whether the user allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Whether it may be run.
    pub state: TrustState,
    /// What would be run, and what else decides about it.
    pub items: Vec<Item>,
}

/// One thing that decides what is executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is: `gate tests`, `pyproject.toml`.
    pub label: String,
    /// What it says, one thing on each line.
    pub text: String,
}

/// How far a folder is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustState {
    /// Nobody trusted it.
    Untrusted {
        /// What is wrong with the record of an earlier trust, where it cannot be read.
        problem: Option<String>,
    },
    /// It is trusted as it is.
    Trusted,
    /// It was trusted, and then changed.
    Lapsed {
        /// What changed.
        changes: Vec<Change>,
    },
}

/// What is different from when the folder was trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it concerns.
    pub label: String,
    /// The lines that came and went, as a patch shows them.
    pub diff: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was found, and what was expected.
    pub message: String,
    /// What to do; empty where nobody knows.
    pub help: String,
}

impl Failure {
    /// Returns a failure with what to do about it.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "; {}", self.help) }
    }
}

/// No gates: running them needs the binary's host.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl NoHost {
    fn failure() -> Failure {
        Failure::new("this server cannot run gates", "run `stagegate gates` in a terminal")
    }

    fn no_runs() -> Failure {
        Failure::new("this server cannot start runs", "run `stagegate promote` in a terminal")
    }
}

impl Host for NoHost {
    fn keeper(&self, _: &Path) -> Box<dyn Keeper> {
        Box::new(NoHost)
    }

    fn places(&self, _: &Config) -> Vec<String> {
        Vec::new()
    }

    fn trust(&self, _: &Path, _: &Root) -> Result<Trust, Failure> {
        Err(NoHost::failure())
    }

    fn grant(&self, _: &Path, _: &[Item]) -> Result<(), Failure> {
        Err(NoHost::failure())
    }

    fn revoke(&self, _: &Path) -> Result<bool, Failure> {
        Err(NoHost::failure())
    }

    fn run(&self, _: &Path, _: &Request) -> Arc<dyn Run> {
        Arc::new(NoHost)
    }
}

impl Keeper for NoHost {
    fn load(&mut self, _: &Root) -> Board {
        Board::default()
    }

    fn update(&mut self, _: &Root, _: &[&str]) -> Board {
        Board::default()
    }

    fn problem(&self) -> Option<String> {
        None
    }
}

impl Run for NoHost {
    fn follow(&self, _: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        Err(NoHost::failure())
    }

    fn stop(&self) {}
}
