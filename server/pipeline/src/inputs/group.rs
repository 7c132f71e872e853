//! Groups of files that count together: all evidence that depends on one shares it.

use std::sync::Arc;

use super::Hash;

/// Bytes that are hashed at once.
const PIECE_BYTES: usize = 16 * 1024;

/// Files with their content, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub(super) hash: Hash,
    pub(super) files: Vec<(Arc<str>, Hash)>,
}

impl Group {
    /// Joins files, which are sorted by path.
    pub(super) fn new(files: Vec<(Arc<str>, Hash)>) -> Group {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::new();
        for (path, hash) in &files {
            push(&mut bytes, path, hash);
            if bytes.len() > PIECE_BYTES {
                hasher.update(&bytes);
                bytes.clear();
            }
        }
        hasher.update(&bytes);
        Group { hash: Hash(*hasher.finalize().as_bytes()), files }
    }

    /// The hash of all of it.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The files, sorted by path, relative to the root with `/`; with the hashes of their content.
    #[must_use]
    pub fn files(&self) -> &[(Arc<str>, Hash)] {
        &self.files
    }

    /// Writes the group for [`Group::from_bytes`]. Its hash is that of these bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.files.iter().for_each(|(path, hash)| push(&mut bytes, path, hash));
        bytes
    }

    /// Reads what [`Group::to_bytes`] wrote; `None` where it is damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Group> {
        let hash = Hash(*blake3::hash(bytes).as_bytes());
        let mut files = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (path, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            let (content, after) = after.split_first_chunk::<32>()?;
            files.push((std::str::from_utf8(path).ok()?.into(), Hash(*content)));
            rest = after;
        }
        Some(Group { hash, files })
    }
}

/// The length goes before the path, so that no two lists of files give the same bytes.
fn push(bytes: &mut Vec<u8>, path: &str, hash: &Hash) {
    let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(path.as_bytes());
    bytes.extend_from_slice(&hash.0);
}
