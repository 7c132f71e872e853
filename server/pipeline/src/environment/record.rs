//! What is written beside a release: `release.json`.

use serde::{Deserialize, Serialize};

/// The name of the file.
pub const RELEASE_FILE: &str = "release.json";

/// Longest `release.json` that is read, in bytes: far more than any component needs.
pub(super) const MAX_BYTES: u64 = 32 << 20;

/// What a release is, and the files that it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRecord {
    /// The canonical name of the component.
    pub component: String,
    /// The stage of the environment.
    pub stage: String,
    /// The version that the code states.
    pub version: Option<String>,
    /// The commit that it was made from.
    pub commit: Option<String>,
    /// The run that made it: the number of the release.
    pub run: String,
    /// When, in UTC: `2026-11-21T03:45:00.000Z`.
    pub created: String,
    /// The release that was served before it.
    pub previous: Option<String>,
    /// BLAKE3 over paths, contents and permissions of all files.
    pub digest: String,
    /// The files, sorted; none where commands deploy.
    pub files: Vec<ReleaseFile>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Relative to the release and to the root of the workspace, with `/`.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// BLAKE3 of its bytes.
    pub blake3: String,
    /// Whether it may be executed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// Returns the digest over `files`, which are sorted.
pub(super) fn digest(files: &[ReleaseFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.path.as_bytes());
        hasher.update(&[0, u8::from(file.executable)]);
        hasher.update(file.blake3.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

/// Whether `name` can be the number of a release: it becomes the name of a folder.
pub(super) fn is_name(name: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=100).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(valid)
}

/// Returns milliseconds since 1970 as a time in UTC.
pub(super) fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| format!("{time:.3}")).unwrap_or_default()
}
