//! The lines that the tools of a run print: the last ones are kept in a file beside the journal, for watchers.
//!
//! Each line says after which event of the journal it came, so that who reads both hears them in order.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stagegate_core::plan::StepName;

use super::request::is_id;
use crate::own;
use crate::store::{self, FOLDER};

/// The largest file, in bytes. Then it is put aside, and the one that was put aside before goes.
const LARGEST: u64 = 256 << 10;

/// The longest line that is kept, in bytes.
const LONGEST: usize = 4 << 10;

const NAME: &str = "output.jsonl";
const ASIDE: &str = "output.1.jsonl";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The newest event before it.
    pub(super) after: i64,
    /// The step whose tool printed it.
    pub(super) step: StepName,
    /// Without secrets.
    pub(super) line: String,
}

/// The folder of a run: `.stagegate/runs/<id>`, made where it is missing.
pub(super) fn folder(root: &Path, id: &str) -> io::Result<PathBuf> {
    if !is_id(id) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    own::folder(&store::create_folder(root).map_err(io::Error::other)?, &["runs", id])
}

/// Writes lines. That they cannot be written is no failure.
pub(super) struct Output {
    folder: Option<PathBuf>,
    file: Option<(File, u64)>,
}

impl Output {
    pub(super) fn open(root: &Path, id: &str) -> Output {
        let folder = folder(root, id).ok();
        let mut output = Output { folder, file: None };
        output.begin();
        output
    }

    fn begin(&mut self) {
        let path = self.folder.as_ref().map(|folder| folder.join(NAME));
        self.file = path.and_then(|path| {
            let mut file = own::file(&path).ok()?;
            let length = file.seek(SeekFrom::End(0)).ok()?;
            Some((file, length))
        });
    }

    /// Keeps a line that came after the event `after`.
    pub(super) fn line(&mut self, after: i64, step: StepName, line: &str) {
        let mut end = line.len().min(LONGEST);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let line = Line { after, step, line: line[..end].to_owned() };
        let Ok(mut text) = serde_json::to_vec(&line) else { return };
        text.push(b'\n');
        if self.file.as_ref().is_some_and(|(_, length)| length + text.len() as u64 > LARGEST)
            && let Some(folder) = &self.folder
        {
            let moved = fs::rename(folder.join(NAME), folder.join(ASIDE));
            self.file = None;
            if moved.is_ok() {
                self.begin();
            }
        }
        if let Some((file, length)) = &mut self.file {
            match file.write_all(&text) {
                Ok(()) => *length += text.len() as u64,
                Err(_) => self.file = None,
            }
        }
    }
}

/// Reads lines as they come.
pub(super) struct Follow {
    path: PathBuf,
    file: Option<BufReader<File>>,
    /// The beginning of a line whose end is not there yet.
    part: Vec<u8>,
}

impl Follow {
    /// Follows the output of a run, from the oldest line of the present file on.
    pub(super) fn new(root: &Path, id: &str) -> Follow {
        let path = root.join(FOLDER).join("runs").join(id).join(NAME);
        Follow { path, file: None, part: Vec::new() }
    }

    /// Returns what came since the last call.
    pub(super) fn read(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        // At most two files: the one that was read so far may have been put aside.
        for _ in 0..2 {
            if self.file.is_none() {
                let is_file = fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_file());
                self.file = is_file.then(|| File::open(&self.path).ok()).flatten().map(BufReader::new);
            }
            let Some(file) = &mut self.file else { break };
            // Looked at before: what is written to it until it is put aside is read by then.
            let is_present = is_same(file.get_ref(), &self.path);
            let most = LARGEST + LONGEST as u64;
            let mut taken = 0;
            while let Ok(length @ 1..) = file.read_until(b'\n', &mut self.part) {
                taken += length as u64;
                if self.part.last() == Some(&b'\n') {
                    lines.extend(serde_json::from_slice::<Line>(&self.part).ok());
                    self.part.clear();
                }
                if taken > most {
                    break;
                }
            }
            if is_present {
                break;
            }
            (self.file, self.part) = (None, Vec::new());
        }
        lines
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => true,
    }
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_heard_once_and_in_order_also_when_the_file_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let mut follow = Follow::new(dir.path(), "a");
        assert_eq!(follow.read(), []);
        let mut output = Output::open(dir.path(), "a");
        let mut heard = Vec::new();
        for number in 0..5000 {
            output.line(number, StepName::Testing, &format!("{number} {}", "x".repeat(200)));
            if number % 100 == 0 {
                heard.extend(follow.read().into_iter().map(|line| line.after));
            }
        }
        heard.extend(follow.read().into_iter().map(|line| line.after));
        assert_eq!(heard, (0..5000).collect::<Vec<_>>());
        let folder = dir.path().join(".stagegate/runs/a");
        let size: u64 =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(size <= 2 * LARGEST, "{size}");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let mut output = Output::open(dir.path(), "a");
        output.line(1, StepName::Testing, &"é".repeat(1 << 20));
        let lines = Follow::new(dir.path(), "a").read();
        assert_eq!((lines.len(), lines[0].line.len()), (1, LONGEST));
        assert_eq!(Follow::new(dir.path(), "../a").read(), []);
        assert!(folder(dir.path(), "../a").is_err());
    }
}
