//! Reports that tools write into the repository: one run at a time writes each, and an old one is never taken for new.
//!
//! An old report is moved below `.stagegate/aside` before the tool is started, and back where the tool wrote none. A run
//! that is killed in between leaves it there; the next run that uses the report brings it back first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stagegate_core::gates::{Problem, ProblemKind};

use super::lock::{self, Lock, LockError};
use crate::own;
use crate::process::Cancel;
use crate::store::FOLDER;
use crate::tools::{Check, Proof, ReportPlace};

/// How often it is asked whether another run is done with a report.
const PATIENCE: Duration = Duration::from_millis(50);

/// The reports of a check in the repository, while its commands run and until they were read.
pub(super) struct Reports {
    old: Vec<Old>,
}

struct Old {
    /// As it is configured, relative to the root.
    path: String,
    place: PathBuf,
    aside: PathBuf,
    was_there: bool,
    _lock: Lock,
}

impl Reports {
    /// Waits until no other run uses the reports of `check`, and moves old ones away.
    pub(super) fn take(check: &Check, root: &Path, cancel: &Cancel) -> Result<Reports, Problem> {
        let mut places = Vec::new();
        for gate in &check.gates {
            if let Proof::Report(ReportPlace::InRepository(path), _) = &gate.proof {
                places.push((inside(root, path).ok_or_else(|| leads_out("report", path))?, path));
            }
        }
        // In one order everywhere, so that no two wait for each other.
        places.sort();
        places.dedup();
        let mut reports = Reports { old: Vec::new() };
        for (place, path) in places {
            if let Some(known) = reports.old.iter().find(|old| old.place == place) {
                // The same file by another path; the lock is held.
                debug_assert_ne!(known.path, *path);
                continue;
            }
            let old = Old::take(root, path, place, cancel)?;
            reports.old.push(old);
        }
        Ok(reports)
    }

    /// Whether there was a report at `path` that the tool did not write.
    pub(super) fn was_there(&self, root: &Path, path: &str) -> bool {
        let place = inside(root, path);
        self.old.iter().any(|old| old.was_there && (old.path == path || Some(&old.place) == place.as_ref()))
    }
}

impl Old {
    fn take(root: &Path, path: &str, place: PathBuf, cancel: &Cancel) -> Result<Old, Problem> {
        let state = root.join(FOLDER);
        let relative = place.strip_prefix(root).unwrap_or(&place).to_string_lossy().into_owned();
        let key = blake3::hash(relative.as_bytes()).to_hex()[..16].to_owned();
        let lock = loop {
            match lock::take(&state, &format!("report-{key}")) {
                Ok(lock) => break lock,
                Err(LockError::Io(error)) => return Err(failed(path, &error)),
                Err(LockError::Held { .. }) if cancel.is_cancelled() => {
                    return Err(Problem {
                        kind: ProblemKind::Cancelled,
                        message: format!("it was cancelled while another run wrote `{path}`"),
                        help: "run the gate again".to_owned(),
                    });
                }
                Err(LockError::Held { .. }) => std::thread::sleep(PATIENCE),
            }
        };
        let aside = own::folder(&state, &["aside"]).map_err(|error| failed(path, &error))?.join(key);
        let mut old = Old { path: path.to_owned(), place, aside, was_there: false, _lock: lock };
        // What a run that was killed left.
        old.bring_back().map_err(|error| failed(path, &error))?;
        if fs::symlink_metadata(&old.place).is_ok_and(|metadata| metadata.is_file()) {
            rename(&old.place, &old.aside).map_err(|error| failed(path, &error))?;
            old.was_there = true;
        }
        Ok(old)
    }

    /// Moves the old report back where there is no new one; else it is gone.
    fn bring_back(&self) -> io::Result<()> {
        if fs::symlink_metadata(&self.aside).is_err() {
            return Ok(());
        }
        match fs::symlink_metadata(&self.place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => rename(&self.aside, &self.place),
            _ => fs::remove_file(&self.aside),
        }
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        // Where it fails, the next run tries again.
        let _ = self.bring_back();
    }
}

/// Moves a file, also to another file system.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(from, to)?;
            fs::remove_file(from)
        }
        result => result,
    }
}

fn failed(path: &str, error: &io::Error) -> Problem {
    Problem {
        kind: ProblemKind::ToolFailed,
        message: format!("the old report `{path}` cannot be moved out of the way: {error}"),
        help: "see who may write there, and below `.stagegate`".to_owned(),
    }
}

/// The problem of a `folder` or `report` of a gate that a link leads out of the workspace.
pub(super) fn leads_out(key: &str, path: &str) -> Problem {
    Problem {
        kind: ProblemKind::NotConfigured,
        message: format!("its `{key}`, `{path}`, leads out of the workspace through a link"),
        help: format!("name a `{key}` inside the workspace in stagegate.yaml, or replace the link"),
    }
}

/// Returns where `path` below `root` (absolute, without links) leads after following links, if that is below `root`, too.
/// The end of the path need not exist.
pub(super) fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let full = root.join(path);
    for above in full.ancestors() {
        if let Ok(real) = above.canonicalize() {
            let rest = full.strip_prefix(above).ok()?;
            let place = if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) };
            return real.starts_with(root).then_some(place);
        }
        if fs::symlink_metadata(above).is_ok_and(|metadata| metadata.is_symlink()) {
            // Nobody knows where it will lead.
            return None;
        }
    }
    None
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn workspace() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("root");
        fs::create_dir_all(root.join(FOLDER)).unwrap();
        (dir, root)
    }

    fn take(root: &Path) -> Old {
        Old::take(root, "lcov.info", root.join("lcov.info"), &Cancel::new()).unwrap()
    }

    #[test]
    fn an_old_report_is_away_during_the_run_and_comes_back() {
        let (_dir, root) = workspace();
        let report = root.join("lcov.info");
        fs::write(&report, "old").unwrap();
        let old = take(&root);
        assert!(old.was_there && !report.exists());
        drop(old);
        assert_eq!(fs::read(&report).unwrap(), b"old");

        // A new one of the same content is a new one.
        let old = take(&root);
        fs::write(&report, "new").unwrap();
        drop(old);
        assert_eq!(fs::read(&report).unwrap(), b"new");
        assert_eq!(fs::read_dir(root.join(FOLDER).join("aside")).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_run_left_comes_back_with_the_next_one() {
        let (_dir, root) = workspace();
        let report = root.join("lcov.info");
        fs::write(&report, "old").unwrap();
        let old = take(&root);
        let aside = old.aside.clone();
        drop(old);
        fs::rename(&report, &aside).unwrap();
        let old = take(&root);
        assert!(old.was_there && !report.exists() && aside.exists());
        drop(old);
        assert_eq!(fs::read(&report).unwrap(), b"old");
        // It is no longer wanted where there is a new one.
        fs::write(&aside, "older").unwrap();
        drop(take(&root));
        assert_eq!(fs::read(&report).unwrap(), b"old");
        assert!(!aside.exists());
    }

    #[test]
    fn two_runs_wait_for_each_other_and_a_cancelled_one_does_not() {
        let (_dir, root) = workspace();
        let first = take(&root);
        let cancel = Cancel::new();
        cancel.cancel();
        let Err(problem) = Old::take(&root, "lcov.info", root.join("lcov.info"), &cancel) else {
            panic!("expected that it is cancelled")
        };
        assert_eq!(problem.kind, ProblemKind::Cancelled);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| take(&root).was_there);
            std::thread::sleep(PATIENCE * 3);
            fs::write(root.join("lcov.info"), "of the first").unwrap();
            assert!(!second.is_finished());
            drop(first);
            assert!(second.join().unwrap(), "it finds what the first one wrote, as an old one");
        });
    }

    #[test]
    fn links_are_followed_inside_only() {
        let (dir, root) = workspace();
        let other = dir.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::create_dir(root.join("in")).unwrap();
        symlink(&other, root.join("out")).unwrap();
        symlink(root.join("in"), root.join("link")).unwrap();
        symlink(other.join("missing"), root.join("dangling")).unwrap();
        let at = |path: &str| inside(&root, path).map(|place| place.strip_prefix(&root).unwrap().to_owned());
        assert_eq!(at("a/b/report.xml"), Some("a/b/report.xml".into()));
        assert_eq!(at("link/report.xml"), Some("in/report.xml".into()));
        assert_eq!((at("out"), at("out/a/report.xml"), at("dangling")), (None, None, None));
    }
}
