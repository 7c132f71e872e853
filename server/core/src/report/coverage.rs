//! Which lines of which files ran.

use super::{Lines, ReportPath};

/// Coverage, file by file.
///
/// Statements are what counts (`FORMATS.md`, "Coverage"): coverage.py's own `percent_covered` mixes branches in where
/// they were measured, so it is not used. Where a format knows lines and not statements (Cobertura, LCOV), a line that
/// could run counts as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every file of the report, by path; no path is there twice.
    pub files: Vec<FileCoverage>,
}

/// The coverage of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCoverage {
    /// The file.
    pub path: ReportPath,
    /// How many statements (or lines) could run. 0 for an empty `__init__.py`.
    pub statements: u32,
    /// How many of them ran; never more than `statements`.
    pub covered: u32,
    /// The lines that could have run and did not.
    pub missing: Lines,
}

/// Coverage of several files taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many files were taken.
    pub files: usize,
    /// Their statements. 0 means that nothing was measured, which is not 100 %.
    pub statements: u64,
    /// Those that ran.
    pub covered: u64,
}

impl Coverage {
    /// The files that `accepts` takes, together, each statement counting the same (`FORMATS.md`, fault 6: an average of
    /// files, or the first file, is wrong). Files outside of the workspace are asked for too; see
    /// [`ReportPath::outside`].
    #[must_use]
    pub fn total(&self, mut accepts: impl FnMut(&ReportPath) -> bool) -> Total {
        let mut total = Total::default();
        for file in self.files.iter().filter(|file| accepts(&file.path)) {
            total.files += 1;
            total.statements += u64::from(file.statements);
            total.covered += u64::from(file.covered);
        }
        total
    }

    /// The coverage of the file at `path`, relative to the workspace.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileCoverage> {
        let at = self.files.binary_search_by(|file| (*file.path.path).cmp(path)).ok()?;
        self.files.get(at).filter(|file| !file.path.outside)
    }
}

impl Total {
    /// Percent of the statements that ran; `None` where there is no statement.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 statements are out of reach of a report of 256 MiB")]
    pub fn percent(self) -> Option<f64> {
        (self.statements > 0).then(|| self.covered as f64 * 100.0 / self.statements as f64)
    }

    /// Whether at least `percent` of the statements ran; without rounding, so 79.996 is not 80. False where there is no
    /// statement.
    #[must_use]
    pub fn reaches(self, percent: f64) -> bool {
        self.percent().is_some_and(|reached| reached >= percent)
    }
}
