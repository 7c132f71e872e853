//! The commit of a promotion: exactly its files, and nothing else of what the user is working on.

use std::thread;
use std::time::{Duration, Instant};

use stagegate_core::run::StepFailure;

use super::{Answer, Git, literal};
use crate::process::End;

/// The trailer that names the run that made a commit.
pub const RUN: &str = "Stagegate-Run";

/// The trailer that names the component.
pub const COMPONENT: &str = "Stagegate-Component";

/// The trailer that names the run that a commit undoes.
pub const UNDOES: &str = "Stagegate-Undoes";

/// How long we wait for somebody else who works on the index.
const LOCKED: Duration = Duration::from_secs(10);

/// What is to be committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitRequest {
    /// The message, without trailers.
    pub message: String,
    /// The files, relative to the workspace with `/`. Those that git ignores are left out.
    pub paths: Vec<String>,
    /// Key and value of each trailer.
    pub trailers: Vec<(String, String)>,
}

impl CommitRequest {
    fn text(&self) -> String {
        let mut text = self.message.trim_end().to_owned();
        text.push('\n');
        for (at, (key, value)) in self.trailers.iter().enumerate() {
            let value = value.replace(['\n', '\r'], " ");
            text += &format!("{}{key}: {value}", if at == 0 { "\n" } else { "" });
            text.push('\n');
        }
        text
    }
}

impl Git {
    /// Commits exactly these files as they lie there; what else is staged or changed stays as it is. The user's hooks run.
    /// Returns the commit.
    ///
    /// # Errors
    /// Returns why nothing is committed: a hook said no, nothing has changed, ... Index and files are as before.
    pub fn commit(&self, request: &CommitRequest) -> Result<String, StepFailure> {
        let paths: Vec<&str> = request.paths.iter().map(String::as_str).collect();
        let failed = |why: String| StepFailure {
            message: format!("nothing can be committed: {why}"),
            help: "put the repository in order, then run again".to_owned(),
            transient: false,
        };
        let dirty = self.dirty(&paths).map_err(failed)?;
        if dirty.is_empty() {
            return Err(failed("the files are as in the last commit".to_owned()));
        }
        let new = self.unknown(&paths).map_err(failed)?;
        if !new.is_empty() {
            let args =
                ["add", "--"].map(str::to_owned).into_iter().chain(new.iter().map(|path| literal(path)));
            let answer = self.patiently(&args.collect::<Vec<_>>());
            if !answer.is_good() {
                self.forget(&new);
                return Err(self.failure(
                    "new files cannot be added",
                    &answer,
                    "see what git says, then run again",
                ));
            }
        }
        let text = request.text();
        let args =
            ["commit", "--quiet", "--cleanup=whitespace", "-m", &*text, "--only", "--"].map(str::to_owned);
        let answer = self
            .patiently(&args.into_iter().chain(dirty.iter().map(|path| literal(path))).collect::<Vec<_>>());
        if !answer.is_good() {
            // A hook may have failed after the commit was made; then it stands.
            if let Some(made) = self.made(request)? {
                return Ok(made);
            }
            self.forget(&new);
            return Err(self.not_committed(&answer));
        }
        match self.made(request)? {
            Some(commit) => Ok(commit),
            None => self.head().ok_or_else(|| failed("git does not say which commit it made".to_owned())),
        }
    }

    /// Returns the files among `paths` that git does not know, and does not ignore.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    pub(crate) fn unknown_files(&self, paths: &[&str]) -> Result<Vec<String>, StepFailure> {
        self.unknown(paths).map_err(|why| StepFailure {
            message: format!("the repository cannot be read: {why}"),
            help: "put it in order, then run again".to_owned(),
            transient: false,
        })
    }

    /// Returns the files below `paths` that are not as the commit has them, and those that git does not know.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    pub(crate) fn changed_since(&self, commit: &str, paths: &[String]) -> Result<Vec<String>, StepFailure> {
        let args =
            ["diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv"];
        let args = args.into_iter().chain(["--ignore-submodules=none", commit, "--"]).map(str::to_owned);
        // With the filters of the user, without which a file that was just written would look changed.
        let answer = self.write(args.chain(paths.iter().map(|path| literal(path))));
        if !answer.is_good() {
            let what = "the files cannot be compared with the commit";
            return Err(self.failure(what, &answer, "see what git says, then run again"));
        }
        let changed = answer.stdout.split('\0').filter(|path| !path.is_empty()).map(str::to_owned);
        let mut changed: Vec<String> = changed.collect();
        changed.extend(self.unknown_files(&paths.iter().map(String::as_str).collect::<Vec<_>>())?);
        Ok(changed)
    }

    /// Whether the folder lies in a repository.
    pub(crate) fn is_repository(&self) -> bool {
        self.place().is_ok()
    }

    /// Takes files out of the index that only we put there, where they are not committed.
    pub(crate) fn unstage(&self, new: &[String]) {
        let committed = |path: &String| self.read(["cat-file", "-e", &*format!("HEAD:./{path}")]).is_good();
        let new: Vec<String> = new.iter().filter(|path| !committed(path)).cloned().collect();
        self.forget(&new);
    }

    /// Takes files out of the index that only we put there.
    fn forget(&self, new: &[String]) {
        if !new.is_empty() {
            let args = ["rm", "--cached", "--quiet", "--force", "--ignore-unmatch", "--"].map(str::to_owned);
            self.patiently(&args.into_iter().chain(new.iter().map(|path| literal(path))).collect::<Vec<_>>());
        }
    }

    fn made(&self, request: &CommitRequest) -> Result<Option<String>, StepFailure> {
        match request.trailers.first() {
            Some((key, value)) => self.with_trailer(key, value),
            None => Ok(None),
        }
    }

    fn not_committed(&self, answer: &Answer) -> StepFailure {
        let said: Vec<&str> =
            answer.stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let said = if said.is_empty() {
            self.redactor.redact(answer.stdout.trim()).into_owned()
        } else {
            // The last lines say why.
            said[said.len().saturating_sub(12)..].join("; ")
        };
        let why = match &answer.end {
            End::Exited(_) if said.is_empty() => "a hook said no without a word".to_owned(),
            End::Exited(_) => said,
            end => format!("git {end}"),
        };
        StepFailure {
            message: format!("the commit was not made: {why}"),
            help: "mend what the hook or git names, then run again".to_owned(),
            transient: matches!(answer.end, End::TimedOut { .. } | End::Lost { .. }),
        }
    }

    /// Runs what needs the index; waits while somebody else has it.
    fn patiently(&self, args: &[String]) -> Answer {
        let until = Instant::now() + LOCKED;
        loop {
            let answer = self.write(args);
            let is_locked = !answer.is_good() && answer.stderr.contains("index.lock': File exists");
            if !is_locked || Instant::now() >= until || self.cancel.is_cancelled() {
                return answer;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Returns the commit that is checked out.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        let answer = self.read(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        answer.is_good().then(|| answer.stdout.trim().to_owned())
    }

    /// Returns the commit that the run made, found by its trailer: newest first, in what is checked out.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    pub fn find(&self, run: &str) -> Result<Option<String>, StepFailure> {
        self.with_trailer(RUN, run)
    }

    /// Returns the commit that undoes what the run committed, found by its trailer.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    pub fn find_undo(&self, run: &str) -> Result<Option<String>, StepFailure> {
        self.with_trailer(UNDOES, run)
    }

    fn with_trailer(&self, key: &str, value: &str) -> Result<Option<String>, StepFailure> {
        if self.head().is_none() {
            return Ok(None);
        }
        let format = format!("--format=%H%x09%(trailers:key={key},valueonly,separator=%x09)");
        let words = format!("--grep={key}: {value}");
        let args = [
            "log",
            "--no-show-signature",
            "--fixed-strings",
            "--max-count=50",
            &*words,
            &*format,
            "HEAD",
            "--",
        ];
        let answer = self.read(args);
        if !answer.is_good() {
            let help = "see what git says, then run again";
            return Err(self.failure("the history cannot be searched", &answer, help));
        }
        let found = answer.stdout.lines().find_map(|line| {
            let (commit, values) = line.split_once('\t')?;
            values.split('\t').any(|found| found.trim() == value).then(|| commit.to_owned())
        });
        Ok(found)
    }
}
