//! Where the user's cache lies.

use std::ffi::OsString;
use std::path::PathBuf;

use super::ProvisionError;

/// Names another folder for the cache.
pub const CACHE_DIR_VARIABLE: &str = "STAGEGATE_CACHE_DIR";

/// Returns the folder for what can be made again: `$STAGEGATE_CACHE_DIR`, else `$XDG_CACHE_HOME/stagegate` or
/// `~/.cache/stagegate`, on Windows `%LOCALAPPDATA%\stagegate`. It need not exist.
///
/// # Errors
/// Returns [`ProvisionError::NoCache`] where the variable holds no absolute path, or the user has no home.
pub fn cache_folder() -> Result<PathBuf, ProvisionError> {
    cache_folder_with(std::env::var_os(CACHE_DIR_VARIABLE))
}

pub(super) fn cache_folder_with(variable: Option<OsString>) -> Result<PathBuf, ProvisionError> {
    use etcetera::BaseStrategy as _;

    let Some(folder) = variable.filter(|value| !value.is_empty()).map(PathBuf::from) else {
        let base =
            etcetera::choose_base_strategy().map_err(|error| ProvisionError::NoCache(error.to_string()))?;
        return Ok(base.cache_dir().join("stagegate"));
    };
    if folder.is_absolute() {
        return Ok(folder);
    }
    Err(ProvisionError::NoCache(format!(
        "{CACHE_DIR_VARIABLE} is {}; expected an absolute path",
        folder.display()
    )))
}
