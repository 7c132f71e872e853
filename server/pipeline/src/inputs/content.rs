//! The content of one file, read only where its metadata says that it may have changed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use stagegate_workspace::plain_error;

use super::Hash;

/// How long after its last change a file is read again although its metadata stayed the same, in nanoseconds: 2 s.
///
/// The clock of a file system is coarse (4 ms on Linux, 2 s on FAT), so a file that is written twice within one tick has
/// the same times before and after the second write. Git calls this "racy"; what was read that early is read once more.
const RACY_NS: i128 = 2_000_000_000;

/// Files are read in pieces of this size.
const PIECE_BYTES: usize = 128 * 1024;

/// What the operating system says about a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// When its content was last changed, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// When anything of it was last changed, in nanoseconds since 1970; no program can set it back. Where there is no such
    /// time, when it was created.
    pub changed_ns: i64,
    /// Its number in the file system; 0 where there is none.
    pub inode: u64,
    /// Type and permissions.
    pub mode: u32,
}

/// What was read of a file before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// What the operating system said about it just before it was read.
    pub stamp: Stamp,
    /// When it was read, in nanoseconds since 1970.
    pub read_ns: i64,
    /// The hash of what was read, the executable bit included.
    pub hash: Hash,
}

/// What was read before, by path relative to the root.
pub type KnownFiles = FxHashMap<Arc<str>, KnownFile>;

impl Stamp {
    /// Of a regular file.
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Stamp {
        use std::os::unix::fs::MetadataExt as _;
        let ns = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Stamp {
            size: metadata.len(),
            modified_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino() ^ metadata.dev().rotate_left(32),
            mode: metadata.mode(),
        }
    }

    /// Of a regular file.
    #[cfg(not(unix))]
    pub(crate) fn of(metadata: &Metadata) -> Stamp {
        let ns = |time: io::Result<std::time::SystemTime>| time.map_or(0, to_ns);
        Stamp {
            size: metadata.len(),
            modified_ns: ns(metadata.modified()),
            changed_ns: ns(metadata.created()),
            inode: 0,
            mode: u32::from(metadata.permissions().readonly()),
        }
    }

    /// Whether the file was changed after the one with the stamp `other` was.
    ///
    /// The time of its content decides. Who moves or copies a file, or sets its time back, changes the other time: that
    /// counts beyond 2 s, for who copies a whole repository with its times touches all files in any order.
    pub(crate) fn is_newer_than(&self, other: &Stamp) -> bool {
        let touched = |stamp: &Stamp| i128::from(stamp.changed_ns.max(stamp.modified_ns));
        self.modified_ns > other.modified_ns || touched(self) > touched(other) + RACY_NS
    }

    fn is_executable(&self) -> bool {
        cfg!(unix) && self.mode & 0o111 != 0
    }
}

impl KnownFile {
    /// Whether the file that has `stamp` now is the one that was read.
    fn holds(&self, stamp: &Stamp) -> bool {
        let last = i128::from(stamp.modified_ns.max(stamp.changed_ns));
        self.stamp == *stamp && last + RACY_NS < i128::from(self.read_ns)
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// The hash of it, which tells a file from a link and both from an error.
    pub(super) hash: Hash,
    /// For a file: what to know for the next time.
    pub(super) known: Option<KnownFile>,
    /// Whether it is a link.
    pub(super) is_link: bool,
}

/// Reads what is at a path of a workspace.
#[derive(Clone, Copy)]
pub(super) struct Contents<'a> {
    pub(super) folder: &'a Path,
    /// `folder` with its links resolved.
    pub(super) resolved: &'a Path,
    pub(super) now_ns: i64,
}

impl Contents<'_> {
    /// Returns what is at `path`, relative to the root; `None` where there is nothing, or a folder.
    pub(super) fn of(&self, path: &Path, known: Option<&KnownFile>) -> Option<Content> {
        let full = self.folder.join(path);
        let metadata = match fs::symlink_metadata(&full) {
            Ok(metadata) => metadata,
            Err(error) if is_absence(&error) => return None,
            Err(error) => return Some(failed(&error)),
        };
        if metadata.is_dir() {
            return None;
        }
        if metadata.is_symlink() {
            return Some(Content { is_link: true, ..self.link(&full, known) });
        }
        if !metadata.is_file() {
            return Some(Content { hash: tagged(b"special", b""), known: None, is_link: false });
        }
        Some(self.file(&full, &Stamp::of(&metadata), known))
    }

    fn file(&self, full: &Path, stamp: &Stamp, known: Option<&KnownFile>) -> Content {
        if let Some(known) = known.filter(|known| known.holds(stamp)) {
            return Content { hash: known.hash, known: Some(*known), is_link: false };
        }
        match read(full) {
            Ok(hash) => {
                let hash = of_file(hash, stamp);
                Content {
                    hash,
                    known: Some(KnownFile { stamp: *stamp, read_ns: self.now_ns, hash }),
                    is_link: false,
                }
            }
            Err(error) => failed(&error),
        }
    }

    /// Of a link to a file of the workspace its content counts, and not where it lies; of any other one where it leads.
    fn link(&self, full: &Path, known: Option<&KnownFile>) -> Content {
        let target = fs::canonicalize(full).ok().filter(|target| target.starts_with(self.resolved));
        let metadata = target.as_ref().and_then(|target| fs::metadata(target).ok());
        match (target, metadata.filter(Metadata::is_file)) {
            (Some(target), Some(metadata)) => self.file(&target, &Stamp::of(&metadata), known),
            _ => match fs::read_link(full) {
                Ok(text) => Content {
                    hash: tagged(b"link", text.as_os_str().as_encoded_bytes()),
                    known: None,
                    is_link: false,
                },
                Err(error) => failed(&error),
            },
        }
    }
}

fn of_file(hash: blake3::Hash, stamp: &Stamp) -> Hash {
    let tag: &[u8] = if stamp.is_executable() { b"executable" } else { b"file" };
    tagged(tag, hash.as_bytes())
}

/// Returns the hash of a file that holds `text`, with the permissions of one with `stamp`, where there is one.
pub(super) fn of_text(text: &str, stamp: Option<&Stamp>) -> Hash {
    let hash = blake3::hash(text.as_bytes());
    stamp.map_or_else(|| tagged(b"file", hash.as_bytes()), |stamp| of_file(hash, stamp))
}

/// Whether nothing is at the path; also where a folder above it has become a file.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn failed(error: &io::Error) -> Content {
    Content { hash: tagged(b"unreadable", plain_error(error).as_bytes()), known: None, is_link: false }
}

pub(super) fn tagged(tag: &[u8], bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::try_from(tag.len()).unwrap_or(u8::MAX)]).update(tag).update(bytes);
    Hash(*hasher.finalize().as_bytes())
}

/// Hashes a file piece by piece, so that memory stays bounded.
fn read(full: &Path) -> io::Result<blake3::Hash> {
    let mut file = File::open(full)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(length) => {
                hasher.update(&piece[..length]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The time now, in nanoseconds since 1970.
pub(crate) fn now_ns() -> i64 {
    to_ns(std::time::SystemTime::now())
}

fn to_ns(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
