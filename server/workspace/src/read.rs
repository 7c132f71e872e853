//! Reads one file as text, with a limit, in as few system calls as possible.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use stagegate_core::config::Config;
use stagegate_core::diagnostic::Diagnostic;
use stagegate_core::files::{self, FileKind, MAX_FILE_BYTES};
use stagegate_core::rules::{Rule, file as rules};
use stagegate_core::text::range;

/// Files up to this size are read by one `read`, without asking for their size first. Real instruction files are
/// below 32 KiB.
const FIRST_READ_BYTES: usize = 64 * 1024;

/// Why a file has no text for us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadProblem {
    /// Larger than [`MAX_FILE_BYTES`]; nothing more than its start was read.
    #[error(
        "the file has {}; at most {} are analysed",
        size(*bytes),
        size(MAX_FILE_BYTES)
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Not UTF-8.
    #[error("the file is not UTF-8 text: {}", not_utf8(*line, *offset, *byte))]
    NotUtf8 {
        /// Where the first bad byte is, counted in bytes from the start of the file.
        offset: usize,
        /// That byte.
        byte: u8,
        /// The one-based line it stands in.
        line: usize,
    },
    /// The operating system refused.
    #[error("the file cannot be read: {message}")]
    Unreadable {
        /// What it answered.
        message: String,
    },
}

impl ReadProblem {
    /// Returns the rule that reports this.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        match self {
            ReadProblem::TooLarge { .. } => &rules::TOO_LARGE,
            ReadProblem::NotUtf8 { .. } => &rules::NOT_UTF8,
            ReadProblem::Unreadable { .. } => &rules::UNREADABLE,
        }
    }

    /// Returns the finding for the file at `path` (relative to the root), at the start of the file; `None` where
    /// configuration switches it off, and where the file may be nothing to us: any Markdown, any code.
    #[must_use]
    pub fn diagnostic(&self, path: &str, config: &Config) -> Option<Diagnostic> {
        if matches!(files::kind_of(path, config), Some(FileKind::Markdown | FileKind::Code)) {
            return None;
        }
        let help = match self {
            ReadProblem::TooLarge { .. } => "split the file, or exclude it in stagegate.yaml",
            ReadProblem::NotUtf8 { byte: 0xff | 0xfe, offset: 0, .. } => {
                "this looks like UTF-16; save the file as UTF-8"
            }
            ReadProblem::NotUtf8 { .. } => "save the file as UTF-8",
            ReadProblem::Unreadable { .. } => "check that the file exists and that you may read it",
        };
        at_start(self.rule(), path, config, self.to_string(), help)
    }
}

/// Returns a finding at the start of a file, where there is no text to point at.
pub(crate) fn at_start(
    rule: &'static Rule,
    path: &str,
    config: &Config,
    message: String,
    help: &str,
) -> Option<Diagnostic> {
    Some(Diagnostic {
        rule,
        severity: config.severity(rule, path)?,
        range: range(0, 0),
        message,
        help: Some(help.to_owned()),
        field: None,
        fix: None,
        related: Vec::new(),
        unnecessary: false,
    })
}

/// Reads the file at `path` as UTF-8.
///
/// The size is checked before reading: a file above [`MAX_FILE_BYTES`] costs no more than a small one. Anything
/// but a regular file (a folder, a pipe, a device) is refused without opening it.
///
/// # Errors
/// Returns why there is no text.
pub fn read(path: &Path) -> Result<String, ReadProblem> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "is a folder" } else { "is not a regular file" };
        return Err(ReadProblem::Unreadable { message: what.to_owned() });
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(ReadProblem::TooLarge { bytes: metadata.len() });
    }
    Reader::default().read(path).map(str::to_owned)
}

/// Reads many files into one buffer.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Reads the file at `path`, which is known to be a regular file, as UTF-8; like [`read`] otherwise.
    ///
    /// # Errors
    /// Returns why there is no text.
    pub fn read(&mut self, path: &Path) -> Result<&str, ReadProblem> {
        let bytes = self.read_bytes(path, MAX_FILE_BYTES)?;
        std::str::from_utf8(bytes).map_err(|error| {
            let offset = error.valid_up_to();
            let byte = bytes.get(offset).copied().unwrap_or_default();
            let line = bytes[..offset].iter().filter(|byte| **byte == b'\n').count() + 1;
            ReadProblem::NotUtf8 { offset, byte, line }
        })
    }

    /// Reads the file at `path`, which is known to be a regular file of at most `limit` bytes, whatever it holds.
    ///
    /// # Errors
    /// Returns why it was not read.
    pub(crate) fn read_bytes(&mut self, path: &Path, limit: u64) -> Result<&[u8], ReadProblem> {
        let length = self.fill(path, limit)?;
        if length as u64 > limit {
            return Err(ReadProblem::TooLarge { bytes: length as u64 });
        }
        Ok(&self.buffer[..length])
    }

    /// Reads the file into the buffer and returns its length. Open, read and close for a small file: a `read`
    /// that does not fill the buffer has reached the end of a regular file.
    fn fill(&mut self, path: &Path, limit: u64) -> Result<usize, ReadProblem> {
        if self.buffer.len() != FIRST_READ_BYTES {
            // A large file before this one is forgotten, so that one does not cost its size for the rest of the run.
            self.buffer = vec![0; FIRST_READ_BYTES];
        }
        let mut file = File::open(path).map_err(|error| unreadable(&error))?;
        let mut length = file.read(&mut self.buffer).map_err(|error| unreadable(&error))?;
        if length < self.buffer.len() {
            return Ok(length);
        }
        let bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
        if bytes > limit {
            return Err(ReadProblem::TooLarge { bytes });
        }
        // One more than the rest, to see that the file did not grow meanwhile past the limit.
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        let rest = limit.saturating_sub(length) as u64;
        let read = file.take(rest).read_to_end(&mut self.buffer).map_err(|error| unreadable(&error))?;
        length += read;
        if length >= limit {
            return Err(ReadProblem::TooLarge { bytes: length as u64 });
        }
        Ok(length)
    }
}

fn unreadable(error: &std::io::Error) -> ReadProblem {
    ReadProblem::Unreadable { message: plain_error(error) }
}

/// Returns what the operating system answered, without the number that says nothing to people.
pub fn plain_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Writes a number of bytes for people.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MIB) {
        return format!("{} MiB", bytes / MIB);
    }
    format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB)
}

fn not_utf8(line: usize, offset: usize, byte: u8) -> String {
    format!("byte 0x{byte:02x} in line {line} (offset {offset}) belongs to no character")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests lay their own files")]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_size_up_to_the_limit_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        let mut reader = Reader::default();
        for length in [0, 1, FIRST_READ_BYTES - 1, FIRST_READ_BYTES, FIRST_READ_BYTES + 1, 300_000, 5] {
            let text = "x".repeat(length);
            std::fs::write(&path, &text).unwrap();
            assert_eq!(reader.read(&path).unwrap().len(), length);
            assert_eq!(read(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_file_above_the_limit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        let bytes = 100 * 1024 * 1024;
        File::create(&path).unwrap().set_len(bytes).unwrap();
        assert_eq!(read(&path), Err(ReadProblem::TooLarge { bytes }));
        assert_eq!(Reader::default().read(&path), Err(ReadProblem::TooLarge { bytes }));
        let message = ReadProblem::TooLarge { bytes }.to_string();
        assert_eq!(message, "the file has 100 MiB; at most 10 MiB are analysed");

        File::create(&path).unwrap().set_len(MAX_FILE_BYTES).unwrap();
        assert_eq!(Reader::default().read(&path).unwrap().len() as u64, MAX_FILE_BYTES);
    }

    #[test]
    fn the_first_byte_that_is_no_text_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        std::fs::write(&path, b"a\nb\xffc").unwrap();
        let problem = read(&path).unwrap_err();
        assert_eq!(problem, ReadProblem::NotUtf8 { offset: 3, byte: 0xff, line: 2 });
        assert_eq!(
            problem.to_string(),
            "the file is not UTF-8 text: byte 0xff in line 2 (offset 3) belongs to no character"
        );
        let finding = |path: &str| problem.diagnostic(path, &Config::default());
        assert_eq!(finding("a.instructions.md").unwrap().rule.code, "file/not-utf8");
        assert!(finding("a.md").is_none(), "nobody knows that it is ours");
    }

    #[test]
    fn folders_and_missing_files_are_unreadable() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()), Err(ReadProblem::Unreadable { message: "is a folder".to_owned() }));
        let missing = read(&dir.path().join("no"));
        assert_eq!(missing, Err(ReadProblem::Unreadable { message: "no such file or directory".to_owned() }));
    }
}
