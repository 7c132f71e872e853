//! Where a workspace starts.

use std::path::{Path, PathBuf};

use stagegate_core::files::CONFIG_FILES;

/// Returns the root of the workspace that `path` lies in: the nearest folder with a configuration file, else the
/// top of the git repository, else the folder itself (the folder of a file).
#[must_use]
pub fn find_root(path: &Path) -> PathBuf {
    find_marked_root(path).unwrap_or_else(|| folder_of(path).to_owned())
}

/// Returns the nearest folder at or above `path` with a configuration file ([`CONFIG_FILES`]), else the nearest
/// one with `.git` (a folder, or a file in a git worktree); `None` where neither exists.
#[must_use]
pub fn find_marked_root(path: &Path) -> Option<PathBuf> {
    let configured = |folder: &&Path| CONFIG_FILES.iter().any(|file| folder.join(file).is_file());
    let ancestors = || folder_of(path).ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let git_top = |folder: &&Path| folder.join(".git").exists();
    ancestors().find(configured).or_else(|| ancestors().find(git_top)).map(Path::to_owned)
}

/// Returns `path` itself where it is a folder, else the folder it lies in.
fn folder_of(path: &Path) -> &Path {
    if path.is_dir() { path } else { path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(path) }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests lay their own files")]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_configuration_wins_over_the_git_top() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let deep = root.join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(find_marked_root(&deep).filter(|found| found.starts_with(root)), None);

        std::fs::create_dir(root.join("a/b/.git")).unwrap();
        assert_eq!(find_root(&deep), root.join("a/b"));
        std::fs::write(root.join("a/stagegate.yaml"), "").unwrap();
        assert_eq!(find_root(&deep), root.join("a"));
        assert_eq!(find_root(&root.join("a/stagegate.yaml")), root.join("a"), "a file counts as its folder");

        std::fs::create_dir_all(root.join("a/b/scripts/workflow")).unwrap();
        std::fs::write(root.join("a/b/scripts/workflow/workflow_config.yaml"), "").unwrap();
        assert_eq!(find_root(&deep), root.join("a/b"), "the incumbent's configuration marks a root too");
    }
}
