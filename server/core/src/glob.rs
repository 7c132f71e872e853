//! Globs as `applyTo` has them: segments separated by commas, each matched against paths of the workspace.

mod segments;

use std::sync::OnceLock;

use globset::{GlobSet, GlobSetBuilder};
pub use segments::{Segment, split};

/// Longest pattern that is read, in bytes: as long as a path may be. What a matcher costs to build grows faster
/// than its pattern, so a longer one could stop the editor for seconds.
pub const MAX_PATTERN_BYTES: usize = 4096;

/// A valid glob. Checking a pattern is cheap; the matcher is built when it is first needed.
#[derive(Debug)]
pub struct Glob {
    pattern: Box<str>,
    /// The pattern itself, and the same below any folder: `src/*.py` applies to `pkg/src/a.py` in VS Code.
    globs: Vec<globset::Glob>,
    matcher: OnceLock<GlobSet>,
}

/// Why a glob is invalid: one sentence without a final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobError(pub String);

impl std::fmt::Display for GlobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GlobError {}

impl Glob {
    /// Reads `pattern`: `*`, `?`, `**`, `[classes]`, `{a,b}`; a backslash escapes.
    ///
    /// # Errors
    /// Returns what is wrong with the pattern.
    pub fn new(pattern: &str) -> Result<Glob, GlobError> {
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(GlobError(format!("longer than {MAX_PATTERN_BYTES} bytes")));
        }
        // A leading `/` or `./` means the root of the workspace; the paths carry neither.
        let relative = pattern.strip_prefix("./").unwrap_or(pattern).trim_start_matches('/');
        let anchored = pattern.starts_with(['/', '.']) && relative.len() < pattern.len();
        let mut globs = vec![parse(relative)?];
        if !anchored && !relative.starts_with("**/") {
            globs.push(parse(&format!("**/{relative}"))?);
        }
        Ok(Glob { pattern: pattern.into(), globs, matcher: OnceLock::new() })
    }

    /// The pattern as written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether `path` (relative to the root, with `/`) matches.
    #[must_use]
    pub fn is_match(&self, path: &str) -> bool {
        self.matcher.get_or_init(|| compile(&self.globs)).is_match(path)
    }

    /// Whether every file is meant: `*`, `**`, `**/*` (and what means the same).
    #[must_use]
    pub fn matches_all(&self) -> bool {
        matches!(&*self.pattern, "*" | "**" | "**/*" | "**/**" | "/**" | "./**" | "**/*.*")
    }
}

fn parse(pattern: &str) -> Result<globset::Glob, GlobError> {
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build()
        .map_err(|error| GlobError(error.kind().to_string()))
}

/// Builds the matcher of parsed globs. Only a glob beyond the size limit of the regex engine fails here; it then
/// matches nothing.
fn compile(globs: &[globset::Glob]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob.clone());
    }
    set.build().unwrap_or_default()
}
