//! Taking a change back where the text was changed since.

use std::fs;
use std::path::Path;

use stagegate_core::run::StepFailure;

use super::Git;

/// Takes back the change from `before` to `after` in the text as it is `now`: by a three-way merge, which git does in a
/// folder of its own. `None` stands for a file that is not there. Returns `None` inside where both changed the same lines.
///
/// # Errors
/// Returns why it could not be tried.
pub(crate) fn merge(
    before: Option<&str>,
    after: Option<&str>,
    now: Option<&str>,
) -> Result<Option<Option<String>>, StepFailure> {
    let owned = |text: Option<&str>| Some(text.map(str::to_owned));
    if now == after {
        return Ok(owned(before));
    }
    if now == before {
        return Ok(owned(now));
    }
    let (Some(before), Some(after), Some(now)) = (before, after, now) else { return Ok(None) };
    let (before, after) = (like(before, now), like(after, now));
    if now == after {
        return Ok(owned(Some(&before)));
    }
    if now == before {
        return Ok(owned(Some(now)));
    }
    let failed = |error: std::io::Error| StepFailure {
        message: format!("the temporary folder cannot be used: {error}"),
        help: "make room or set `TMPDIR`, then run again".to_owned(),
        transient: true,
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    for (name, text) in [("now", now), ("after", &after), ("before", &before)] {
        fs::write(folder.path().join(name), text).map_err(failed)?;
    }
    let git = Git::new(folder.path());
    git.filters.set(Vec::new()).ok();
    let answer = git.merge_file(folder.path());
    match answer.code {
        Some(0) => Ok(Some(Some(answer.stdout))),
        Some(conflicts) if (1..128).contains(&conflicts) => Ok(None),
        _ => Err(git.failure("the texts cannot be merged", &answer, "see what git says, then run again")),
    }
}

/// Returns `text` with the line ends of `model`, where those are all the same: git keeps texts with other line ends than
/// it writes.
fn like(text: &str, model: &str) -> String {
    let crlf = model.matches("\r\n").count();
    let all = model.matches('\n').count();
    if crlf == all && all > 0 && !text.contains("\r\n") {
        text.replace('\n', "\r\n")
    } else if crlf == 0 && text.contains("\r\n") {
        text.replace("\r\n", "\n")
    } else {
        text.to_owned()
    }
}

impl Git {
    fn merge_file(&self, folder: &Path) -> super::Answer {
        // No repository around the folder has a say.
        let mut command = self.command(super::READING);
        command.env.push(("GIT_CEILING_DIRECTORIES".into(), folder.as_os_str().to_owned()));
        command.env.push(("GIT_DIR".into(), folder.join("none").into_os_string()));
        command.env_remove.retain(|name| name != "GIT_DIR");
        self.run(&command.args(["merge-file", "-p", "-q", "now", "after", "before"]))
    }
}
