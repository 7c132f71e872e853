//! The secret of a user that marks evidence as seen by them, so that evidence which a repository brings opens nothing.

use std::io::{Read as _, Write as _};
use std::path::Path;

use super::{TrustError, TrustStore, create_folder, io_error, private};

/// The file of the secret, in the user's state folder; only the user may read it.
const FILE: &str = "evidence.key";

/// Sets the keys of evidence apart from anything else that could be made from the secret.
const CONTEXT: &str = "stagegate 2026-11 evidence of a workspace";

impl TrustStore {
    /// Returns the key that marks evidence of the workspace at `root`; `None` where this user has no secret yet and
    /// `create` is not set. The key belongs to the path: evidence of a copy elsewhere is not the copy's.
    ///
    /// # Errors
    /// Returns why the secret cannot be read or written, or that others could have done so.
    pub fn evidence_key(&self, root: &Path, create: bool) -> Result<Option<[u8; 32]>, TrustError> {
        let root = self.place(root)?.root;
        let file = self.state_dir.join(FILE);
        if create && std::fs::symlink_metadata(&file).is_err() {
            self.create_secret(&file)?;
        }
        let unsafe_file = |problem: &str| TrustError::Unsafe {
            path: file.clone(),
            problem: problem.to_owned(),
            help: "remove it, and run the gates again".to_owned(),
        };
        match std::fs::symlink_metadata(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("look at", &file)(error)),
            Ok(metadata) if !metadata.is_file() => return Err(unsafe_file("it is no regular file")),
            Ok(_) => {}
        }
        let open = std::fs::File::open(&file).map_err(io_error("read", &file))?;
        private(&file, &open.metadata().map_err(io_error("look at", &file))?, "600")?;
        let mut secret = Vec::new();
        open.take(33).read_to_end(&mut secret).map_err(io_error("read", &file))?;
        if secret.len() != 32 {
            return Err(unsafe_file("it does not hold 32 bytes"));
        }
        secret.extend_from_slice(root.as_os_str().as_encoded_bytes());
        Ok(Some(blake3::derive_key(CONTEXT, &secret)))
    }

    /// Writes a new secret, unless another process just did.
    fn create_secret(&self, file: &Path) -> Result<(), TrustError> {
        create_folder(&self.state_dir)?;
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)
            .map_err(|error| io_error("write", file)(std::io::Error::other(error.to_string())))?;
        // The library creates it with mode 0600.
        let mut new = tempfile::Builder::new()
            .prefix(".new-")
            .suffix(".tmp")
            .tempfile_in(&self.state_dir)
            .map_err(|error| io_error("write", file)(error.kind().into()))?;
        new.write_all(&secret).map_err(io_error("write", file))?;
        new.as_file().sync_all().map_err(io_error("write", file))?;
        match new.persist_noclobber(file) {
            Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(io_error("write", file)(error.error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stays_the_same_and_belongs_to_one_workspace_of_one_user() {
        let folders: [_; 4] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
        let [mine, others, one, two] = folders.each_ref().map(tempfile::TempDir::path);
        let store = |folder: &Path| TrustStore::at(folder.join("state")).unwrap();
        assert_eq!(store(mine).evidence_key(one, false).unwrap(), None);
        assert!(!mine.join("state").exists(), "reading writes nothing");
        let key = store(mine).evidence_key(one, true).unwrap().unwrap();
        assert_eq!(store(mine).evidence_key(one, false).unwrap(), Some(key));
        assert_eq!(store(mine).evidence_key(one, true).unwrap(), Some(key));
        assert_ne!(store(mine).evidence_key(two, true).unwrap(), Some(key));
        assert_ne!(store(others).evidence_key(one, true).unwrap(), Some(key));
        let file = mine.join("state").join(FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&file, "short").unwrap();
        assert!(matches!(store(mine).evidence_key(one, true), Err(TrustError::Unsafe { .. })));
        let inside = TrustStore::at(one.join("state")).unwrap();
        assert!(matches!(inside.evidence_key(one, true), Err(TrustError::InsideWorkspace { .. })));
    }
}
