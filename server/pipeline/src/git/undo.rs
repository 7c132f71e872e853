//! The commit that undoes the commit of a promotion.

use std::fs;
use std::io;

use stagegate_core::plan::FileChange;
use stagegate_core::run::StepFailure;

use super::commit::{COMPONENT, RUN, UNDOES};
use super::{CommitRequest, Git, merge};
use crate::write;

/// What is to be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoRequest {
    /// The commit.
    pub commit: String,
    /// What is taken back: the edits of the run that made it. `None` takes back all that the commit changed.
    pub edits: Option<Vec<FileChange>>,
    /// The component, as it is shown.
    pub component: String,
    /// The run that made the commit.
    pub undoes: String,
    /// The run that undoes it, where it is another one.
    pub run: Option<String>,
    /// What the first lines of the message are, where they are not `Revert "..."`.
    pub message: Option<String>,
    /// Why, in the words of who asked for it.
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// The commit that undoes it; `None` where the files were as before already.
    pub commit: Option<String>,
    /// What was changed.
    pub changes: Vec<FileChange>,
}

/// Returns the message of a commit that undoes `commit`, which begins with `title`; without trailers.
#[must_use]
pub fn revert_message(title: &str, commit: &str, reason: Option<&str>) -> String {
    let mut message = format!("{}\n\nThis reverts commit {commit}.\n", title.trim_end());
    if let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) {
        message += &format!("\nReason: {reason}\n");
    }
    message
}

impl Git {
    /// Returns the first line of the message of a commit.
    ///
    /// # Errors
    /// Returns why there is none.
    pub fn subject(&self, commit: &str) -> Result<String, StepFailure> {
        let answer = self.read(["log", "-1", "--no-show-signature", "--format=%s", commit, "--"]);
        if !answer.is_good() {
            return Err(gone(self, commit, &answer));
        }
        Ok(answer.stdout.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Returns what undoing the commit would write now, in order of path: the texts before it, and what was changed since.
    /// Only reads. Nothing where the files are as before already.
    ///
    /// # Errors
    /// Returns which file was changed since in the same lines, and what to do.
    pub fn plan_undo(&self, commit: &str) -> Result<Vec<FileChange>, StepFailure> {
        Ok(self.undoing(commit, None)?.0)
    }

    /// Returns [`Git::plan_undo`], and every path that the commit changed; or the same of `edits` instead.
    fn undoing(
        &self,
        commit: &str,
        edits: Option<&[FileChange]>,
    ) -> Result<(Vec<FileChange>, Vec<Committed>), StepFailure> {
        let committed = match edits {
            Some(edits) => edits.iter().map(Committed::of).collect(),
            None => self.changed_by(commit)?,
        };
        let mut changes = Vec::new();
        for Committed { path, before, after } in &committed {
            let now = self.text_now(path)?;
            let Some(merged) = merge(before.as_deref(), after.as_deref(), now.as_deref())? else {
                return Err(conflict(path, commit));
            };
            if merged != now {
                changes.push(FileChange { path: path.clone(), before: now, after: merged });
            }
        }
        Ok((changes, committed))
    }

    /// Undoes the commit by another one. Files that were changed since keep that; other files are not touched.
    ///
    /// # Errors
    /// Returns why nothing was changed: a file was changed since in the same lines, has changes that are not committed, or
    /// a hook said no.
    pub fn undo(&self, request: &UndoRequest) -> Result<Undone, StepFailure> {
        if let Some(commit) = self.find_undo(&request.undoes)? {
            return Ok(Undone { commit: Some(commit), changes: Vec::new() });
        }
        let commit = &*request.commit;
        let (changes, committed) = self.undoing(commit, request.edits.as_deref())?;
        let paths: Vec<String> = committed.iter().map(|file| file.path.clone()).collect();
        let all: Vec<&str> = paths.iter().map(String::as_str).collect();
        let dirty = self.dirty(&all).map_err(|why| cannot_read(&why))?;
        for file in committed.iter().filter(|file| dirty.contains(&file.path)) {
            // What is not committed may be ours, when we were interrupted between writing and committing.
            let is_own = request.edits.is_some() && self.text_now(&file.path)? == file.after;
            if !is_own && !self.is_as_committed(&file.path)? && !self.is_undone_already(file)? {
                return Err(StepFailure {
                    message: format!(
                        "`{}` has changes that are not committed, which the commit would hold",
                        file.path
                    ),
                    help: "commit or stash them, then run again".to_owned(),
                    transient: false,
                });
            }
        }
        if changes.is_empty() && dirty.is_empty() {
            return Ok(Undone { commit: None, changes });
        }
        self.put(&changes, |change| change.after.as_deref())?;
        let mut trailers = vec![(UNDOES.to_owned(), request.undoes.clone())];
        trailers.extend(request.run.iter().map(|run| (RUN.to_owned(), run.clone())));
        trailers.push((COMPONENT.to_owned(), request.component.clone()));
        let title = match &request.message {
            Some(message) => message.clone(),
            None => format!("Revert \"{}\"", self.subject(commit)?),
        };
        let message = revert_message(&title, commit, request.reason.as_deref());
        match self.commit(&CommitRequest { message, paths, trailers }) {
            Ok(commit) => Ok(Undone { commit: Some(commit), changes }),
            Err(failure) => {
                self.put(&changes, |change| change.before.as_deref())?;
                Err(failure)
            }
        }
    }

    /// Whether the file is what undoing the commit writes, going by what is committed.
    fn is_undone_already(&self, file: &Committed) -> Result<bool, StepFailure> {
        let head = self.text_committed(&file.path)?;
        let merged = merge(file.before.as_deref(), file.after.as_deref(), head.as_deref())?;
        let now = plain(self.text_now(&file.path)?);
        Ok(merged.is_some_and(|merged| plain(merged) == now))
    }

    /// Whether the file is what the last commit has, whatever the index says: a hook that adds a file to a commit leaves
    /// the index behind.
    fn is_as_committed(&self, path: &str) -> Result<bool, StepFailure> {
        Ok(plain(self.text_committed(path)?) == plain(self.text_now(path)?))
    }

    fn text_committed(&self, path: &str) -> Result<Option<String>, StepFailure> {
        let place = self.place().map_err(|why| cannot_read(&why))?;
        let answer = self.read(["cat-file", "blob", &*format!("HEAD:{}{path}", place.prefix)]);
        Ok(answer.is_good().then_some(answer.stdout))
    }

    /// Returns a file that the commit does not leave as `edits` do, or that it changed besides them; `None` where it holds
    /// exactly these edits.
    ///
    /// # Errors
    /// Returns why that cannot be told.
    pub(crate) fn differs(&self, commit: &str, edits: &[FileChange]) -> Result<Option<String>, StepFailure> {
        let committed = self.changed_by(commit)?;
        for file in &committed {
            let Some(edit) = edits.iter().find(|edit| edit.path == file.path) else {
                return Ok(Some(file.path.clone()));
            };
            if !self.is_stored_as(file.after.as_deref(), edit)? {
                return Ok(Some(file.path.clone()));
            }
        }
        // What a commit does not change is as it was.
        let missing = edits
            .iter()
            .find(|edit| edit.before != edit.after && !committed.iter().any(|file| file.path == edit.path));
        Ok(missing.map(|edit| edit.path.clone()))
    }

    /// Whether git keeps the text of an edit as `stored`: with its own line ends, and through the filters of the file.
    fn is_stored_as(&self, stored: Option<&str>, edit: &FileChange) -> Result<bool, StepFailure> {
        let (Some(stored), Some(meant)) = (stored, edit.after.as_deref()) else {
            return Ok(stored.is_none() && edit.after.is_none());
        };
        if stored == meant || stored == meant.replace("\r\n", "\n") {
            return Ok(true);
        }
        let failed = |error: io::Error| StepFailure {
            message: format!("the temporary folder cannot be used: {error}"),
            help: "make room or set `TMPDIR`, then run again".to_owned(),
            transient: true,
        };
        let folder = tempfile::tempdir().map_err(failed)?;
        let hash = |text: &str, with: Option<&str>| {
            let file = folder.path().join("text");
            fs::write(&file, text).map_err(failed)?;
            let mut args = vec!["hash-object".to_owned()];
            args.push(with.map_or_else(|| "--no-filters".to_owned(), |path| format!("--path={path}")));
            args.extend(["--".to_owned(), file.to_string_lossy().into_owned()]);
            let answer = self.write(args);
            match answer.is_good() {
                true => Ok(answer.stdout),
                false => Err(self.failure("a text cannot be compared", &answer, "see what git says")),
            }
        };
        Ok(hash(meant, Some(&edit.path))? == hash(stored, None)?)
    }

    /// Returns what a commit changed, in order of path.
    fn changed_by(&self, commit: &str) -> Result<Vec<Committed>, StepFailure> {
        let place = self.place().map_err(|why| cannot_read(&why))?;
        let args =
            ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-commit-id", "--no-renames", "--root"];
        let answer = self.read(args.into_iter().chain([commit, "--"]));
        if !answer.is_good() {
            return Err(gone(self, commit, &answer));
        }
        let mut committed = Vec::new();
        let mut parts = answer.stdout.split('\0');
        while let (Some(facts), Some(path)) = (parts.next().filter(|facts| !facts.is_empty()), parts.next()) {
            let Some(path) = path.strip_prefix(&place.prefix) else {
                return Err(StepFailure {
                    message: format!("{} changed `{path}` as well, outside of the workspace", short(commit)),
                    help: format!("undo it by hand: `git revert {}`", short(commit)),
                    transient: false,
                });
            };
            // `:100644 100644 <before> <after> M`
            let mut words = facts.split(' ').skip(2);
            let mut text = || words.next().map_or(Ok(None), |object| self.text_of(object, path));
            committed.push(Committed { path: path.to_owned(), before: text()?, after: text()? });
        }
        committed.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(committed)
    }

    /// Returns the text of a blob; `None` for that of a file that is not there.
    fn text_of(&self, object: &str, path: &str) -> Result<Option<String>, StepFailure> {
        if object.bytes().all(|b| b == b'0') {
            return Ok(None);
        }
        let answer = self.read(["cat-file", "blob", object]);
        if !answer.is_good() {
            return Err(self.failure(&format!("`{path}` cannot be read"), &answer, "see what git says"));
        }
        Ok(Some(answer.stdout))
    }

    fn text_now(&self, path: &str) -> Result<Option<String>, StepFailure> {
        match fs::read_to_string(self.folder.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StepFailure {
                message: format!("`{path}` cannot be read: {error}"),
                help: "make it a readable file of UTF-8, then run again".to_owned(),
                transient: false,
            }),
        }
    }

    /// Writes one side of each change. Where that fails, those that were written get the other side.
    fn put(&self, changes: &[FileChange], side: fn(&FileChange) -> Option<&str>) -> Result<(), StepFailure> {
        for change in changes {
            write::put(&self.folder, &change.path, side(change)).map_err(|error| StepFailure {
                message: error.to_string(),
                help: "make room and see to it that the file can be written, then run again".to_owned(),
                transient: false,
            })?;
        }
        Ok(())
    }
}

/// A file as a commit found and left it.
struct Committed {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

impl Committed {
    fn of(edit: &FileChange) -> Committed {
        Committed { path: edit.path.clone(), before: edit.before.clone(), after: edit.after.clone() }
    }
}

/// Without what line ends differ in.
fn plain(text: Option<String>) -> Option<String> {
    text.map(|text| text.replace("\r\n", "\n"))
}

fn gone(git: &Git, commit: &str, answer: &super::Answer) -> StepFailure {
    let what = format!("the commit {} cannot be read", short(commit));
    git.failure(&what, answer, "fetch the branch that holds it, then run again")
}

fn cannot_read(why: &str) -> StepFailure {
    StepFailure {
        message: format!("the repository cannot be read: {why}"),
        help: "put it in order, then run again".to_owned(),
        transient: false,
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn conflict(path: &str, commit: &str) -> StepFailure {
    StepFailure {
        message: format!("`{path}` was changed since the promotion in the same lines; nothing was undone"),
        help: format!(
            "write the lines as they were before (`git show {}^:./{path}`), or undo it by hand: `git revert {}`",
            short(commit),
            short(commit)
        ),
        transient: false,
    }
}
