//! What marks evidence as ours: a key made from a secret of the user, who keeps it outside of the repository.

use std::path::Path;

/// The key of one workspace of one user.
pub(crate) type Key = [u8; 32];

/// Returns the key; without a secret that can be used, for writing, one that ends with this process: what is kept is
/// nobody's later, and the gates are run again.
#[cfg(not(test))]
pub(crate) fn find(root: &Path, write: bool) -> Option<Key> {
    let found = crate::trust::TrustStore::open().and_then(|store| store.evidence_key(root, write));
    match found {
        Ok(key) => key,
        Err(error) => {
            tracing::warn!(%error, "evidence cannot be told from that of others; it is not kept for the next run");
            write.then(of_process).flatten()
        }
    }
}

#[cfg(not(test))]
fn of_process() -> Option<Key> {
    static KEY: std::sync::OnceLock<Option<Key>> = std::sync::OnceLock::new();
    *KEY.get_or_init(|| {
        let mut key = [0; 32];
        getrandom::fill(&mut key).is_ok().then_some(key)
    })
}

/// Tests leave the folders of the user alone.
#[cfg(test)]
#[expect(clippy::unnecessary_wraps, reason = "as above")]
pub(crate) fn find(root: &Path, _write: bool) -> Option<Key> {
    let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    Some(blake3::derive_key("tests", root.as_os_str().as_encoded_bytes()))
}
