//! The repository of git that a workspace lies in: its state, the commit of a promotion, and the commit that undoes one.
//!
//! Git is started with lists of arguments, never through a shell, and never asks anything. What only reads
//! ([`Git::state`], [`Git::find`], [`Git::plan_undo`]) starts nothing that the repository is configured to run (hooks,
//! filters, a file system monitor, a pager), so that it is safe before the workspace is trusted (DESIGN.md, invariant 6).
//! What commits runs the user's hooks and signs as configured.

mod commit;
mod merge;
mod state;
mod undo;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use stagegate_core::run::StepFailure;

pub use commit::{COMPONENT, CommitRequest, RUN, UNDOES};
pub(crate) use merge::merge;
pub use undo::{UndoRequest, Undone, revert_message};

use crate::process::{self, Cancel, Capture, Command, End};
use crate::redact::Redactor;

/// How long git may take for what only reads.
const READING: Duration = Duration::from_secs(60);

/// How long a commit may take with its hooks, where nobody says otherwise.
const COMMITTING: Duration = Duration::from_secs(300);

/// How much of git's output is kept: more than the largest file that is changed.
const CAPTURE: Capture = Capture { head: 24 << 20, tail: 64 << 10 };

/// Variables by which git would be told of another repository than that of the folder (`git rev-parse
/// --local-env-vars`), or read paths as patterns.
const MISLEADING: [&str; 16] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_ATTR_SOURCE",
    "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
];

/// Settings under which reading starts nothing.
const QUIET: [(&str, &str); 6] = [
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.pager", "cat"),
    ("core.untrackedCache", "false"),
    ("log.showSignature", "false"),
    ("diff.external", ""),
];

/// Git in one folder.
#[derive(Debug)]
pub struct Git {
    /// The workspace, absolute; it may be a folder of the repository.
    pub folder: PathBuf,
    /// Takes secrets out of what git and hooks print before it is shown.
    pub redactor: Redactor,
    /// Stops it.
    pub cancel: Cancel,
    /// How long a commit may take with its hooks.
    pub timeout: Duration,
    /// The program: a name that is searched in `PATH`, or a path.
    pub program: OsString,
    /// The filters that are configured, so that reading can switch them off.
    filters: OnceLock<Vec<String>>,
}

/// What came of one call of git.
struct Answer {
    /// Its exit code, where it ended by itself.
    code: Option<i32>,
    stdout: String,
    /// What it said, secrets taken out.
    stderr: String,
    end: End,
}

impl Answer {
    fn is_good(&self) -> bool {
        self.code == Some(0)
    }

    /// Says why it failed: the first line that git marks as the reason, else how it ended.
    fn why(&self) -> String {
        let marked = |line: &&str| line.starts_with("fatal: ") || line.starts_with("error: ");
        let line =
            self.stderr.lines().find(marked).or_else(|| self.stderr.lines().find(|line| !line.is_empty()));
        match line {
            Some(line) if self.code.is_some() => {
                let words = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
                words.trim_end_matches(['.', ':']).to_owned()
            }
            _ => format!("git {}", self.end),
        }
    }
}

impl Git {
    /// For the workspace at `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Git {
        Git {
            folder: folder.to_owned(),
            redactor: Redactor::default(),
            cancel: Cancel::new(),
            timeout: COMMITTING,
            program: "git".into(),
            filters: OnceLock::new(),
        }
    }

    /// Runs git so that it starts nothing but itself.
    fn read<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Answer {
        let filters = self.filters.get_or_init(|| self.configured_filters());
        self.read_with(filters, args)
    }

    fn read_with<A: Into<OsString>>(&self, filters: &[String], args: impl IntoIterator<Item = A>) -> Answer {
        let mut command = self.command(READING);
        command.env.push(("GIT_OPTIONAL_LOCKS".into(), "0".into()));
        command.env.push(("GIT_NO_LAZY_FETCH".into(), "1".into()));
        command.env.push(("GIT_ALLOW_PROTOCOL".into(), "none".into()));
        let mut settings: Vec<(String, &str)> = QUIET.map(|(key, value)| (key.to_owned(), value)).to_vec();
        for filter in filters {
            for key in ["clean", "smudge", "process"] {
                settings.push((format!("filter.{filter}.{key}"), ""));
            }
            settings.push((format!("filter.{filter}.required"), "false"));
        }
        // Settings by environment, for names may hold what `-c` would split; those of the user stay, and come first.
        let count =
            std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0usize);
        for (at, (key, value)) in settings.iter().enumerate() {
            command.env.push((format!("GIT_CONFIG_KEY_{}", count + at).into(), key.into()));
            command.env.push((format!("GIT_CONFIG_VALUE_{}", count + at).into(), value.into()));
        }
        command.env.push(("GIT_CONFIG_COUNT".into(), (count + settings.len()).to_string().into()));
        self.run(&command.args(["--no-pager"]).args(args))
    }

    /// Returns the names of the filters that are configured anywhere.
    fn configured_filters(&self) -> Vec<String> {
        let pattern = r"^filter\..*\.(clean|smudge|process)$";
        let answer = self.read_with(&[], ["config", "--null", "--name-only", "--get-regexp", pattern]);
        let names = answer.stdout.split('\0').filter_map(|key| key.strip_prefix("filter.")?.rsplit_once('.'));
        let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Runs git as the user would, hooks included.
    fn write<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Answer {
        self.run(&self.command(self.timeout).args(args))
    }

    fn command(&self, timeout: Duration) -> Command {
        let mut command = Command::new(&self.program, &self.folder);
        command.timeout = timeout;
        command.capture = CAPTURE;
        command.env = [("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_EDITOR", ":")]
            .map(|(key, value)| (key.into(), value.into()))
            .to_vec();
        command.env_remove = MISLEADING.map(OsString::from).to_vec();
        command
    }

    fn run(&self, command: &Command) -> Answer {
        // Not redacted here: texts of files come this way.
        let outcome = process::run(command, &self.cancel, &mut |_, _| {});
        let code = if let End::Exited(code) = outcome.end { Some(code) } else { None };
        let stderr = self.redactor.redact(&outcome.stderr.to_string()).into_owned();
        Answer { code, stdout: outcome.stdout.head, stderr, end: outcome.end }
    }

    /// Says that git failed at something.
    fn failure(&self, what: &str, answer: &Answer, help: &str) -> StepFailure {
        let transient =
            !matches!(answer.end, End::Exited(_) | End::NotFound { .. } | End::NotExecutable { .. });
        let message = format!("{what}: {}", answer.why());
        StepFailure { message, help: help.to_owned(), transient: transient && answer.end != End::Cancelled }
    }
}

/// Returns a path as git takes it literally, from the folder on.
fn literal(path: &str) -> String {
    format!(":(literal){path}")
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
