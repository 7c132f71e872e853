//! Who asks for a run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use stagegate_core::run::Person;

/// The number of a run: `20261121-034500-ab12cd`, the time in UTC and something random. It sorts by time and is safe as a
/// file name.
pub type RunId = String;

/// Who asks for a run, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who, as git knows them.
    pub by: Option<Person>,
    /// From where: `cli`, `editor`.
    pub origin: String,
    /// The program that is started as the run process; `None` for this very program.
    #[serde(skip)]
    pub program: Option<PathBuf>,
}

/// Returns a new number for a run that begins at `now_ms`, in milliseconds since 1970 UTC.
pub(super) fn new_id(now_ms: i64) -> std::io::Result<RunId> {
    let time = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let mut random = [0; 3];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    let [a, b, c] = random;
    Ok(format!("{}-{a:02x}{b:02x}{c:02x}", time.strftime("%Y%m%d-%H%M%S")))
}

/// Whether this may be the number of a run, so that it leads nowhere as the name of a folder.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 40 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_time_and_are_safe_as_file_names() {
        let first = new_id(1_795_232_700_000).unwrap();
        assert!(first.starts_with("20261121-034500-") && first.len() == 22, "{first}");
        assert!(is_id(&first) && first < new_id(1_795_232_701_000).unwrap());
        for wrong in ["", "..", "a/b", "a b", &"a".repeat(41)] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }
}
