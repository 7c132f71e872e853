//! Configuration: what the user wrote, checked and resolved.
//!
//! Three steps: a YAML tree with spans is checked against the one [`schema`] that also gives the JSON Schema and
//! the reference page; layers are merged (defaults, file, settings of the editor); [`Config`] is what the rules
//! read. Finding and reading the file is the caller's (see [`crate::files::CONFIG_FILES`]).

mod check;
mod commands;
mod environments;
mod gates;
mod json_schema;
mod keys;
mod read;
mod records;
mod recovery;
mod reference;
mod resolve;
pub mod schema;
mod sign_offs;
mod value;

use std::sync::{Arc, OnceLock};

pub use commands::ENVIRONMENT_PLACES;
pub use environments::{
    Commands, Drill, EnvironmentConfig, EnvironmentsConfig, Health, Target, deployment_definition,
    drill_refusal, environment_refusal, undo_refusal,
};
pub use gates::{GateConfig, GateList, StageGates};
pub use json_schema::json_schema;
pub use keys::{
    DEFAULT_EXCLUDE, DEFAULT_INCLUDE, DEFAULT_SOURCE, DEFAULT_SPECS, DEFAULT_TEMPLATES, DEFAULT_TESTS,
};
pub use read::{ConfigFile, MAX_CONFIG_BYTES};
pub use records::{
    DashboardConfig, Importance, MetricsConfig, Pruning, RecordsConfig, SessionConfig, Tracked,
};
pub use recovery::{DeploymentConfig, RunsConfig};
pub use reference::reference_markdown;
pub use resolve::resolve;
pub use sign_offs::{Asked, SignOffsConfig};

pub(crate) use check::{IssueKind, shorten, stays_inside};

use crate::diagnostic::{Diagnostic, Severity};
use crate::files;
use crate::gates::GateName;
use crate::glob::Glob;
use crate::layout::LayoutPattern;
use crate::rules::{self, Rule, RuleContext};
use crate::stage::Stage;
use crate::text::Source;
use crate::todo::Scanner;
use crate::workspace::Root;

/// The resolved configuration of one workspace root.
#[derive(Debug)]
pub struct Config {
    /// Severity by rule code or family (`instructions/*`); `None` switches the rule off.
    pub severities: Vec<(String, Option<Severity>)>,
    /// Severities that hold for some paths only; a later entry wins.
    pub overrides: Vec<Override>,
    /// What concerns instruction files.
    pub instructions: InstructionsConfig,
    /// Which files are specs.
    pub specs: SpecsConfig,
    /// Where components lie.
    pub components: ComponentsConfig,
    /// What concerns TODO comments.
    pub todo: TodoConfig,
    /// Paths that are not analysed (globs), beside what `.gitignore` hides.
    pub exclude: Vec<Arc<Glob>>,
    /// The thresholds of the gates.
    pub quality_gates: QualityGates,
    /// Where issues are fetched from.
    pub issues: IssuesConfig,
    /// Which gates the stages ask for.
    pub stage_gates: StageGates,
    /// How gates are run, where the configuration says so.
    pub gates: Vec<GateConfig>,
    /// How runs are carried out.
    pub runs: RunsConfig,
    /// Where components are deployed.
    pub environments: EnvironmentsConfig,
    /// What a run leaves behind.
    pub records: RecordsConfig,
    /// What people sign off.
    pub sign_offs: SignOffsConfig,
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

/// Where issues are fetched from. Written by the workspace, so believed only as far as it is trusted.
#[derive(Debug)]
pub struct IssuesConfig {
    /// Whether anything is fetched.
    pub fetch: bool,
    /// The API of GitHub Enterprise.
    pub api_url: Option<String>,
    /// `owner/name`, where it is not the git remote's.
    pub repository: Option<String>,
    /// The variable with the token.
    pub token_env: Option<String>,
}

/// Which files are specs.
#[derive(Debug)]
pub struct SpecsConfig {
    /// Which Markdown files are.
    pub include: Vec<Arc<Glob>>,
    /// Which of them are not.
    pub exclude: Vec<Arc<Glob>>,
    /// Which Markdown files are templates of specs, and so no specs.
    pub templates: Vec<Arc<Glob>>,
}

/// Where components lie ([`crate::layout::Layout`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentsConfig {
    /// Where their source lies.
    pub source: Vec<LayoutPattern>,
    /// Where their tests lie.
    pub tests: Vec<LayoutPattern>,
}

/// What concerns TODO comments ([`crate::todo`]).
#[derive(Debug)]
pub struct TodoConfig {
    /// Words that begin one.
    pub words: Vec<Box<str>>,
    /// Keys of issues in other trackers, as regular expressions.
    pub patterns: Vec<Box<str>>,
    /// Files that are not searched.
    pub exclude: Vec<Arc<Glob>>,
    /// Largest file that is searched, in bytes.
    pub max_bytes: u64,
    scanner: OnceLock<Scanner>,
}

impl TodoConfig {
    /// Returns what looks for the words; it is built when it is first needed.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        self.scanner.get_or_init(|| Scanner::new(&self.words, &self.patterns))
    }
}

/// A program that reads instruction files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumer {
    /// The workflow of requirement 002, and Stagegate itself: a string or a list of strings.
    Stagegate,
    /// VS Code and GitHub Copilot: one string of comma-separated globs.
    VsCode,
}

/// The thresholds of the gates.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityGates {
    /// Least coverage by stage.
    pub coverage: Coverage,
    /// Least share of tests that pass, in percent.
    pub pass_rate: f64,
    /// Most issues of the linter.
    pub max_lint_issues: usize,
    /// Most errors of the type checker.
    pub max_type_errors: usize,
    /// Most vulnerabilities by severity.
    pub max_vulnerabilities: Vulnerabilities,
    /// Greatest cyclomatic complexity of a function.
    pub max_complexity: u32,
    /// Limits of time and memory.
    pub performance: Performance,
}

/// Limits of time and memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Performance {
    /// Longest response time, in ms.
    pub max_response_time_ms: f64,
    /// Most memory, in MB.
    pub max_memory_mb: f64,
    /// How much slower than the measurement before, in percent.
    pub max_regression_percent: f64,
}

/// Least coverage, in percent (DESIGN.md section 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// For development.
    pub development: f64,
    /// For staging.
    pub staging: f64,
    /// For production.
    pub production: f64,
}

/// Numbers of vulnerabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vulnerabilities {
    /// Of critical severity.
    pub critical: usize,
    /// Of high severity.
    pub high: usize,
    /// Of medium severity.
    pub medium: usize,
}

/// What [`resolve`] gives.
#[derive(Debug)]
pub struct Resolved {
    /// The configuration; always usable.
    pub config: Config,
    /// What is wrong with the settings of the editor.
    pub problems: Vec<SettingsProblem>,
}

/// Something wrong with the settings of the editor, which have no text to underline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The key it concerns, such as `instructions.min_characters` or `overrides[0].paths`; empty for the whole.
    pub key: String,
    /// What was found, what was expected, and what to do; without a final dot.
    pub message: String,
}

impl Default for Config {
    fn default() -> Self {
        resolve(None, None).config
    }
}

impl Default for ComponentsConfig {
    fn default() -> Self {
        Config::default().components
    }
}

impl Default for InstructionsConfig {
    fn default() -> Self {
        Config::default().instructions
    }
}

impl Coverage {
    /// Returns the least coverage for `stage`; `None` for a stage without gates.
    #[must_use]
    pub const fn of(&self, stage: Stage) -> Option<f64> {
        match stage {
            Stage::Development => Some(self.development),
            Stage::Staging => Some(self.staging),
            Stage::Production => Some(self.production),
            Stage::Experimental | Stage::Deprecated => None,
        }
    }
}

/// Returns every finding of the configuration file at `path`, in order of place.
#[must_use]
pub fn diagnostics(source: Source<'_>, path: &str, root: &Root) -> Vec<Diagnostic> {
    let file = ConfigFile::read(source);
    let mut cx = RuleContext::new(source, path, root, &file);
    for check in rules::config::CHECKS {
        check(&mut cx);
    }
    rules::suppress::check(&mut cx, &source.slice(0, MAX_CONFIG_BYTES), 0);
    let mut findings = cx.finish();
    if !findings.is_empty() {
        let yaml = rules::suppress::Yaml::whole(source, file.root.as_ref());
        rules::suppress::apply(source, Some(yaml), &mut findings);
        findings.sort_by_key(|finding| (finding.range.start(), finding.range.end(), finding.rule.code));
    }
    findings
}

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
        // Nearly every override is about other rules, so names are compared before globs.
        let overriding = || {
            let named = self.overrides.iter().rev().filter_map(|o| Some((o, in_layer(&o.severities)?)));
            named.filter(|(o, _)| o.paths.iter().any(|glob| glob.is_match(path))).map(|(_, s)| s).next()
        };
        overriding().or_else(|| in_layer(&self.severities)).unwrap_or(Some(rule.severity))
    }

    /// Returns what the configuration says about how a gate is run.
    #[must_use]
    pub fn gate(&self, name: &GateName) -> Option<&GateConfig> {
        self.gates.iter().find(|gate| gate.name == *name)
    }

    /// Whether the Markdown file at `path` is an instruction file.
    #[must_use]
    pub fn is_instructions(&self, path: &str) -> bool {
        let suffix = path.len().checked_sub(INSTRUCTIONS_SUFFIX.len()).and_then(|at| path.get(at..));
        let named = suffix.is_some_and(|end| end.eq_ignore_ascii_case(INSTRUCTIONS_SUFFIX));
        let any = |globs: &[Arc<Glob>]| globs.iter().any(|glob| glob.is_match(path));
        (named || any(&self.instructions.include)) && !any(&self.instructions.exclude)
    }

    /// Whether the Markdown file at `path` is a spec, or a template of one, by its path.
    #[must_use]
    pub fn is_spec_path(&self, path: &str) -> bool {
        files::is_markdown(path)
            && matches_any(&self.specs.include, path)
            && !matches_any(&self.specs.exclude, path)
    }

    /// Whether the Markdown file at `path` is a template of specs.
    #[must_use]
    pub fn is_template_path(&self, path: &str) -> bool {
        files::is_markdown(path) && matches_any(&self.specs.templates, path)
    }

    /// Returns the component at the top of whose source folder the file at `path` lies.
    #[must_use]
    pub fn component_of_top_file<'a>(&self, path: &'a str) -> Option<&'a str> {
        self.components.component_at(path.rsplit_once('/')?.0)
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

/// Whether a glob matches `path`, as it is or with its ending in lowercase: `A.SPEC.MD` is a `*.spec.md`.
fn matches_any(globs: &[Arc<Glob>], path: &str) -> bool {
    let any = |path: &str| globs.iter().any(|glob| glob.is_match(path));
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let ending = path[name..].find('.').map_or(path.len(), |at| name + at);
    let upper = path[ending..].bytes().any(|b| b.is_ascii_uppercase());
    any(path) || (upper && any(&(path[..ending].to_owned() + &path[ending..].to_ascii_lowercase())))
}

#[cfg(test)]
mod tests;
