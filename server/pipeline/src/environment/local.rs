//! The releases of one component in one environment, and which of them is served.
//!
//! `releases/<run>/` holds the files of a release and its `release.json`; `current` leads to one of them. A release is
//! written under another name, flushed and renamed, so that one with its own name is always whole; `current` changes from one
//! moment to the next. Whatever stops us before that leaves the release before served.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use stagegate_core::run::StepFailure;

use super::copy::{self, Source, is_relative};
use super::lasting;
use super::pointer::{self, RELEASES};
use super::record::{MAX_BYTES, RELEASE_FILE, ReleaseRecord, digest, is_name, time};
use super::trouble::of_io;
use crate::own;
use crate::process::Cancel;
use crate::store;

/// How many releases are kept beside the one that is served and the one before it.
const KEPT: usize = 5;

/// What the name of a release begins with while it is written.
const UNFINISHED: &str = ".new-";

/// The releases of one component in one environment.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    root: PathBuf,
    /// Relative to the root, with `/`.
    place: String,
}

/// What is known of a release before it is written.
#[derive(Clone, Debug)]
pub(crate) struct New<'a> {
    pub(crate) component: &'a str,
    pub(crate) stage: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) commit: Option<&'a str>,
    /// The number of the release.
    pub(crate) name: &'a str,
    pub(crate) previous: Option<&'a str>,
    pub(crate) now_ms: i64,
}

impl Local {
    /// Returns the releases in the folder `place` of the workspace `root`, an absolute path without links.
    pub(crate) fn new(root: &Path, place: impl Into<String>) -> Local {
        Local { root: root.to_owned(), place: place.into() }
    }

    /// Returns the folder, absolute.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join(&self.place)
    }

    /// Returns the folder of a release, absolute.
    pub(crate) fn release_folder(&self, name: &str) -> PathBuf {
        self.folder().join(RELEASES).join(name)
    }

    /// Returns the release that is served; `None` where there is none.
    pub(crate) fn current(&self) -> Result<Option<String>, StepFailure> {
        self.check()?;
        pointer::read(&self.folder()).map_err(|error| {
            let path = self.folder().join(pointer::CURRENT);
            let message = format!("nobody knows which release is served: {}: {error}", path.display());
            lasting(message, format!("remove it, or let it lead to a folder below `{RELEASES}`"))
        })
    }

    /// Returns what is written about a release; `None` where there is no such release.
    pub(crate) fn record(&self, name: &str) -> Result<Option<ReleaseRecord>, StepFailure> {
        let path = self.release_folder(name).join(RELEASE_FILE);
        let damaged = |why: String| {
            let help = "deploy again, or remove the folder of the release";
            lasting(format!("the release {name} is damaged: {}: {why}", path.display()), help)
        };
        if !is_name(name) {
            return Err(damaged("this is no number of a release".to_owned()));
        }
        let file = match fs::File::open(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            file => file.map_err(|error| damaged(error.to_string()))?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(damaged("it is longer than any that was written by Stagegate".to_owned()));
        }
        let record: ReleaseRecord =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let paths = record.files.iter().all(|file| is_relative(&file.path));
        if record.run != name || !paths || digest(&record.files) != record.digest {
            return Err(damaged("what it says does not fit together".to_owned()));
        }
        Ok(Some(record))
    }

    /// Returns the release that was served before the current one, where it is still there.
    pub(crate) fn previous(&self) -> Result<Option<String>, StepFailure> {
        let Some(current) = self.current()? else { return Ok(None) };
        let previous = self.record(&current)?.and_then(|record| record.previous);
        match previous {
            Some(name) if self.record(&name)?.is_some() => Ok(Some(name)),
            _ => Ok(None),
        }
    }

    /// Reads every file of a release again, and compares it with what was written; `digest` is what a journal remembers.
    pub(crate) fn verify(&self, name: &str, digest: Option<&str>) -> Result<ReleaseRecord, StepFailure> {
        let help = "deploy again: what was changed there by hand is not in the repository";
        let Some(record) = self.record(name)? else {
            return Err(lasting(format!("there is no release {name} in {}", self.place), help));
        };
        if digest.is_some_and(|digest| digest != record.digest) {
            return Err(lasting(format!("the release {name} is another one than was written"), help));
        }
        let folder = self.release_folder(name);
        for file in &record.files {
            let path = folder.join(&file.path);
            let found = copy::look(&folder, &file.path).map_err(|error| of_io("read", &path, &error))?;
            let what = match found {
                Some(found) if found == *file => continue,
                Some(_) => "was changed",
                None => "is missing",
            };
            return Err(lasting(format!("`{}` of the release {name} {what}", file.path), help));
        }
        Ok(record)
    }

    /// Writes a release of the files of `source`, or takes the one that an interrupted run left, and returns what is written
    /// about it. It is not served yet.
    pub(crate) fn write(
        &self,
        new: &New<'_>,
        source: &Source,
        cancel: &Cancel,
    ) -> Result<ReleaseRecord, StepFailure> {
        let releases = self.make()?;
        self.sweep(&releases);
        if !is_name(new.name) {
            return Err(lasting(format!("`{}` is no number of a release", new.name), "start the run again"));
        }
        let target = releases.join(new.name);
        if fs::symlink_metadata(&target).is_ok() {
            if let Ok(record) = self.verify(new.name, None) {
                return Ok(record);
            }
            fs::remove_dir_all(&target).map_err(|error| of_io("remove", &target, &error))?;
        }
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&releases)
            .map_err(|error| of_io("write below", &releases, &io::Error::from(error.kind())))?;
        allow_others(unfinished.path());
        let files = copy::copy(source, unfinished.path(), cancel)?;
        let record = ReleaseRecord {
            component: new.component.to_owned(),
            stage: new.stage.to_owned(),
            version: new.version.map(str::to_owned),
            commit: new.commit.map(str::to_owned),
            run: new.name.to_owned(),
            created: time(new.now_ms),
            previous: new.previous.map(str::to_owned),
            digest: digest(&files),
            files,
        };
        let path = unfinished.path().join(RELEASE_FILE);
        let written = fs::File::create_new(&path).and_then(|mut file| {
            serde_json::to_writer_pretty(&mut file, &record)?;
            file.write_all(b"\n")?;
            file.sync_all()
        });
        written.map_err(|error| of_io("write", &path, &error))?;
        pointer::sync(unfinished.path());
        fs::rename(unfinished.path(), &target).map_err(|error| of_io("write", &target, &error))?;
        // It has another name now, so there is nothing left to remove.
        let _ = unfinished.keep();
        pointer::sync(&releases);
        Ok(record)
    }

    /// Serves `release`, or nothing, from one moment to the next.
    pub(crate) fn switch(&self, release: Option<&str>) -> Result<(), StepFailure> {
        self.make()?;
        let folder = self.folder();
        pointer::switch(&folder, release)
            .map_err(|error| of_io("switch", &folder.join(pointer::CURRENT), &error))
    }

    /// Removes releases that nobody needs any more: all but the one that is served, the one before it, those in `keep` and the
    /// newest ones. That one cannot be removed is no failure.
    pub(crate) fn tidy(&self, keep: &[&str]) {
        let (Ok(current), Ok(previous)) = (self.current(), self.previous()) else { return };
        let kept = |name: &String| {
            Some(name) == current.as_ref() || Some(name) == previous.as_ref() || keep.contains(&&**name)
        };
        let entries = fs::read_dir(self.folder().join(RELEASES)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| is_name(name) && !kept(name));
        names.sort_unstable_by(|a, b| b.cmp(a));
        for name in names.iter().skip(KEPT) {
            let _ = fs::remove_dir_all(self.release_folder(name));
        }
    }

    /// Makes the folders, none of them through a link.
    fn make(&self) -> Result<PathBuf, StepFailure> {
        let failed = |error: &io::Error| of_io("make the folder", &self.folder(), error);
        if Path::new(&self.place).starts_with(store::FOLDER) {
            store::create_folder(&self.root)
                .map_err(|error| lasting(error.to_string(), "see what stands there"))?;
        }
        let parts: Vec<&str> = self.place.split('/').chain([RELEASES]).collect();
        if !is_relative(&self.place) {
            return Err(lasting(
                format!("`{}` leaves the workspace", self.place),
                "choose a folder of the workspace",
            ));
        }
        own::folder(&self.root, &parts).map_err(|error| failed(&error))
    }

    /// Looks whether a link stands in the way, before anything is read there.
    fn check(&self) -> Result<(), StepFailure> {
        let mut at = self.root.clone();
        for part in Path::new(&self.place).components() {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Err(_) => return Ok(()),
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => {
                    let message = format!("{} is no folder, so nothing is served from there", at.display());
                    return Err(lasting(message, "move it away"));
                }
            }
        }
        Ok(())
    }

    /// Removes what an interrupted run left half-written.
    fn sweep(&self, releases: &Path) {
        for entry in fs::read_dir(releases).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// A temporary folder is for us alone; what is served from it may run as somebody else.
#[cfg(unix)]
fn allow_others(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
}

#[cfg(not(unix))]
fn allow_others(_: &Path) {}

#[cfg(test)]
mod tests;
