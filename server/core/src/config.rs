//! Configuration: what the user wrote, checked and resolved.
//!
//! Three steps (STYLE: "as written, merged, resolved"): a YAML tree with spans is checked against the one
//! [`schema`] that also gives the JSON Schema and the reference page; layers are merged; [`Config`] is what the
//! rules read.

use std::sync::Arc;

use crate::diagnostic::Severity;
use crate::glob::Glob;
use crate::rules::Rule;

/// The resolved configuration of one workspace root.
#[derive(Debug)]
pub struct Config {
    /// Severity by rule code or family (`instructions/*`); `None` switches the rule off.
    pub severities: Vec<(String, Option<Severity>)>,
    /// Severities that hold for some paths only; a later entry wins.
    pub overrides: Vec<Override>,
    /// What concerns instruction files.
    pub instructions: InstructionsConfig,
    /// Paths that are not analysed (globs), beside what `.gitignore` hides.
    pub exclude: Vec<Arc<Glob>>,
}

/// Severities for some paths.
#[derive(Debug)]
pub struct Override {
    /// Which paths.
    pub paths: Vec<Arc<Glob>>,
    /// Severity by rule code or family.
    pub severities: Vec<(String, Option<Severity>)>,
}

/// What concerns instruction files.
#[derive(Debug)]
pub struct InstructionsConfig {
    /// Which Markdown files are instruction files, beside `*.instructions.md`.
    pub include: Vec<Arc<Glob>>,
    /// Which of them are not.
    pub exclude: Vec<Arc<Glob>>,
    /// Which consumers read the files of a path; the first entry that matches counts. Empty: inferred.
    pub consumers: Vec<(Arc<Glob>, Vec<Consumer>)>,
    /// Front matter keys that are known beside those in real use.
    pub known_keys: Vec<String>,
    /// Fewest characters of a body (`instructions/short-content`).
    pub min_characters: usize,
    /// Most characters of a file (`instructions/long-content`).
    pub max_characters: usize,
}

/// A program that reads instruction files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumer {
    /// The workflow of requirement 002, and Stagegate itself: a string or a list of strings.
    Stagegate,
    /// VS Code and GitHub Copilot: one string of comma-separated globs.
    VsCode,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            severities: Vec::new(),
            overrides: Vec::new(),
            instructions: InstructionsConfig::default(),
            exclude: Vec::new(),
        }
    }
}

impl Default for InstructionsConfig {
    fn default() -> Self {
        let globs =
            |patterns: &[&str]| patterns.iter().filter_map(|p| Glob::new(p).ok().map(Arc::new)).collect();
        InstructionsConfig {
            include: globs(&DEFAULT_INCLUDE),
            exclude: globs(&DEFAULT_EXCLUDE),
            consumers: Vec::new(),
            known_keys: Vec::new(),
            min_characters: 100,
            // 8,000 tokens at four characters each: what one AI session holds (FORMATS.md, "AI context session").
            max_characters: 32_000,
        }
    }
}

/// Folders whose Markdown files are instruction files whatever they are called.
pub const DEFAULT_INCLUDE: [&str; 3] =
    ["**/.augment/instructions/**/*.md", "**/.augment/rules/**/*.md", "**/.github/instructions/**/*.md"];

/// Not instructions although they lie in such a folder.
pub const DEFAULT_EXCLUDE: [&str; 1] = ["**/README.md"];

/// The ending that makes a file an instruction file wherever it lies; compared without case.
const INSTRUCTIONS_SUFFIX: &str = ".instructions.md";

impl Config {
    /// Returns the severity of `rule` for the file at `path`; `None` where it is off.
    #[must_use]
    pub fn severity(&self, rule: &Rule, path: &str) -> Option<Severity> {
        let in_layer = |layer: &[(String, Option<Severity>)]| {
            let exact = layer.iter().rev().find(|(name, _)| name == rule.code);
            let family =
                || layer.iter().rev().find(|(name, _)| name.strip_suffix("/*") == Some(rule.family()));
            exact.or_else(family).map(|(_, severity)| *severity)
        };
        let overriding =
            self.overrides.iter().rev().filter(|o| o.paths.iter().any(|glob| glob.is_match(path)));
        overriding
            .filter_map(|o| in_layer(&o.severities))
            .next()
            .or_else(|| in_layer(&self.severities))
            .unwrap_or(Some(rule.severity))
    }

    /// Whether the Markdown file at `path` is an instruction file.
    #[must_use]
    pub fn is_instructions(&self, path: &str) -> bool {
        let suffix = path.len().checked_sub(INSTRUCTIONS_SUFFIX.len()).and_then(|at| path.get(at..));
        let named = suffix.is_some_and(|end| end.eq_ignore_ascii_case(INSTRUCTIONS_SUFFIX));
        let any = |globs: &[Arc<Glob>]| globs.iter().any(|glob| glob.is_match(path));
        (named || any(&self.instructions.include)) && !any(&self.instructions.exclude)
    }

    /// Whether the user excluded `path` from every analysis.
    #[must_use]
    pub fn is_excluded(&self, path: &str) -> bool {
        self.exclude.iter().any(|glob| glob.is_match(path))
    }

    /// Returns who reads the instruction file at `path`.
    #[must_use]
    pub fn consumers(&self, path: &str) -> Vec<Consumer> {
        if let Some((_, consumers)) = self.instructions.consumers.iter().find(|(glob, _)| glob.is_match(path))
        {
            return consumers.clone();
        }
        let github = path.starts_with(".github/instructions/") || path.contains("/.github/instructions/");
        if github { vec![Consumer::Stagegate, Consumer::VsCode] } else { vec![Consumer::Stagegate] }
    }
}
