//! The files of a component as a commit has them, for a release and for rehearsing a rollback.

use std::path::Path;
use std::time::Duration;

use stagegate_core::run::StepFailure;

use super::copy::{Source, is_relative};
use super::lasting;
use crate::process::{self, Cancel, Capture, End};

/// How long git may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How much of a list of files is read, in bytes.
const MAX_LIST: usize = 16 << 20;

/// Writes the files below `sources` as `revision` has them to `to`, an empty folder, and returns them; `None` where the
/// revision has none of them, or there is no such revision.
pub(crate) fn checkout(
    folder: &Path,
    revision: &str,
    sources: &[String],
    to: &Path,
    cancel: &Cancel,
) -> Result<Option<Source>, StepFailure> {
    let place = process::run(&git(folder, ["rev-parse", "--show-prefix"]), cancel, &mut |_, _| {});
    let prefix = place.stdout.head.strip_suffix('\n').unwrap_or(&place.stdout.head).to_owned();
    let mut list = git(folder, ["ls-tree", "-r", "-z", "--full-name", revision, "--"]);
    list = list.args(sources);
    list.capture = Capture { head: MAX_LIST, tail: 0 };
    let outcome = process::run(&list, cancel, &mut |_, _| {});
    if outcome.end == End::Cancelled {
        return Err(lasting("it was cancelled", "start it again"));
    }
    if outcome.end != End::Exited(0) {
        return Ok(None);
    }
    let mut files = Vec::new();
    let mut has_links = false;
    // `100644 blob <object>\t<path>`
    for entry in outcome.stdout.head.split('\0').filter(|entry| !entry.is_empty()) {
        let Some((facts, path)) = entry.split_once('\t') else { return Ok(None) };
        let Some(path) = path.strip_prefix(&prefix).filter(|path| is_relative(path)) else { continue };
        if facts.starts_with("160000 ") {
            // The files of another repository: this commit does not hold them.
            return Ok(None);
        }
        has_links |= facts.starts_with("120000 ");
        files.push(path.to_owned());
    }
    if files.is_empty() || outcome.stdout.left_out > 0 {
        return Ok(None);
    }
    // An index of its own, so that the one of the repository stays as it is; and no hook of the repository runs.
    let mut checkout = git(folder, ["-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=true"]);
    checkout.args.push("--work-tree".into());
    checkout.args.push(to.into());
    checkout = checkout.args(["checkout", "--quiet", "--no-overlay", revision, "--"]).args(match has_links {
        // They may lead to anything else in it.
        true => vec![":(top)".to_owned()],
        false => files.iter().map(|file| format!(":(top,literal){prefix}{file}")).collect(),
    });
    checkout.env.push(("GIT_INDEX_FILE".into(), to.with_extension("index").into()));
    let outcome = process::run(&checkout, cancel, &mut |_, _| {});
    let _ = std::fs::remove_file(to.with_extension("index"));
    match outcome.end {
        End::Exited(0) => {
            let to = to.join(&prefix);
            let folder = to.canonicalize().unwrap_or(to);
            Ok(Some(Source { folder, files }))
        }
        end => {
            let printed = outcome.stderr.to_string();
            let why = printed.lines().next().unwrap_or_default();
            Err(lasting(
                format!("the files of {revision} cannot be written: git {end}"),
                format!("see what git says: {why}"),
            ))
        }
    }
}

fn git<const N: usize>(folder: &Path, args: [&str; N]) -> process::Command {
    let mut command = process::Command::new("git", folder).args(args);
    command.timeout = TIMEOUT;
    command.env_remove = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].map(Into::into).into();
    command
}
