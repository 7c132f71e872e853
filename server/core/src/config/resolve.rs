//! Layers to [`Config`]: the defaults, then the file, then what the editor says.

use std::sync::{Arc, OnceLock};

use super::check::IssueKind;
use super::keys::ROOT;
use super::read::{ConfigFile, read_settings};
use super::value::{Value, merge};
use super::{
    ComponentsConfig, Config, Consumer, Coverage, InstructionsConfig, Override, Performance, QualityGates,
    Resolved, SettingsProblem, SpecsConfig, TodoConfig, Vulnerabilities, gates, records, recovery,
};
use crate::diagnostic::Severity;
use crate::glob::Glob;
use crate::layout::LayoutPattern;
use crate::text::Source;

/// Returns the configuration of one root: the defaults, overlaid by `file` (its path and text) and `settings`.
///
/// A value that is not valid counts as not written. What is wrong with the file is [`super::diagnostics`]' to
/// say; what is wrong with the settings is returned.
#[must_use]
pub fn resolve(file: Option<(&str, Source<'_>)>, settings: Option<&serde_json::Value>) -> Resolved {
    let mut merged = Value::defaults(&ROOT);
    if let Some((_path, source)) = file {
        merge(&ROOT, &mut merged, ConfigFile::read(source).value);
    }
    let mut problems = Vec::new();
    if let Some(settings) = settings.filter(|settings| !settings.is_null()) {
        let (value, issues) = read_settings(settings);
        merge(&ROOT, &mut merged, value);
        // Editors put keys of their own there (the path of the server, `trace`); only a near miss is a mistake.
        let own = |issue: &super::check::Issue| {
            issue.kind == IssueKind::UnknownKey && issue.fix.is_none() && !issue.key.contains('.')
        };
        problems.extend(issues.into_iter().filter(|issue| !own(issue)).map(|issue| SettingsProblem {
            key: issue.key,
            message: match issue.help {
                Some(help) => format!("{}; {help}", issue.message),
                None => issue.message,
            },
        }));
    }
    Resolved { config: config(&merged), problems }
}

/// Reads the merged layers. Every number read here has a default, which a test makes sure of.
fn config(merged: &Value) -> Config {
    let number = |path: &str| merged.get(path).and_then(Value::number).unwrap_or_default();
    let count = |path: &str| whole(number(path));
    let list = |path: &str| merged.get(path).map(Value::items).unwrap_or_default();
    let map = |path: &str| merged.get(path).map(Value::entries).unwrap_or_default();
    Config {
        severities: severities(map("rules")),
        overrides: list("overrides").iter().map(overriding).collect(),
        instructions: InstructionsConfig {
            include: globs(list("instructions.include")),
            exclude: globs(list("instructions.exclude")),
            consumers: map("instructions.consumers").iter().filter_map(consumers).collect(),
            known_keys: list("instructions.known_keys").iter().filter_map(text).collect(),
            min_characters: count("instructions.min_characters"),
            max_characters: count("instructions.max_characters"),
        },
        specs: SpecsConfig {
            include: globs(list("specs.include")),
            exclude: globs(list("specs.exclude")),
            templates: globs(list("specs.templates")),
        },
        components: ComponentsConfig {
            source: layout(list("components.source")),
            tests: layout(list("components.tests")),
        },
        todo: TodoConfig {
            words: texts(list("todo.words")),
            patterns: texts(list("todo.patterns")),
            exclude: globs(list("todo.exclude")),
            max_bytes: count("todo.max_bytes") as u64,
            scanner: OnceLock::new(),
        },
        exclude: globs(list("files.exclude")),
        quality_gates: QualityGates {
            coverage: Coverage {
                development: number("quality_gates.test_coverage.dev_threshold"),
                staging: number("quality_gates.test_coverage.staging_threshold"),
                production: number("quality_gates.test_coverage.production_threshold"),
            },
            pass_rate: number("quality_gates.test_pass_rate.required"),
            max_lint_issues: count("quality_gates.linting.max_issues"),
            max_type_errors: count("quality_gates.type_checking.max_errors"),
            max_vulnerabilities: Vulnerabilities {
                critical: count("quality_gates.security.max_critical"),
                high: count("quality_gates.security.max_high"),
                medium: count("quality_gates.security.max_medium"),
            },
            max_complexity: u32::try_from(count("quality_gates.complexity.max_complexity"))
                .unwrap_or(u32::MAX),
            performance: Performance {
                max_response_time_ms: number("quality_gates.performance.max_response_time_ms"),
                max_memory_mb: number("quality_gates.performance.max_memory_mb"),
                max_regression_percent: number("quality_gates.performance.max_regression_percent"),
            },
        },
        issues: super::IssuesConfig {
            fetch: merged.get("issues.fetch") != Some(&Value::Bool(false)),
            api_url: merged.get("issues.api_url").and_then(text),
            repository: merged.get("issues.repository").and_then(text),
            token_env: merged.get("issues.token_env").and_then(text),
        },
        stage_gates: gates::stages(merged),
        gates: gates::definitions(merged),
        runs: recovery::read(merged),
        environments: super::EnvironmentsConfig::read(merged),
        records: records::read(merged),
        sign_offs: super::sign_offs::read(merged),
    }
}

/// The checker lets only whole numbers from 0 up pass here; one past the range is clamped.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clamps, as said")]
fn whole(number: f64) -> usize {
    number as usize
}

fn overriding(entry: &Value) -> Override {
    Override {
        paths: globs(entry.get("paths").map(Value::items).unwrap_or_default()),
        severities: severities(entry.get("rules").map(Value::entries).unwrap_or_default()),
    }
}

fn severities(rules: &[(String, Value)]) -> Vec<(String, Option<Severity>)> {
    // The words other than the names of severities are `off` alone.
    rules.iter().map(|(rule, value)| (rule.clone(), value.text().and_then(Severity::from_name))).collect()
}

fn globs(patterns: &[Value]) -> Vec<Arc<Glob>> {
    patterns.iter().filter_map(|pattern| Glob::new(pattern.text()?).ok().map(Arc::new)).collect()
}

fn texts(items: &[Value]) -> Vec<Box<str>> {
    items.iter().filter_map(Value::text).map(Box::from).collect()
}

fn layout(patterns: &[Value]) -> Vec<LayoutPattern> {
    patterns.iter().filter_map(|pattern| LayoutPattern::new(pattern.text()?).ok()).collect()
}

fn consumers((pattern, names): &(String, Value)) -> Option<(Arc<Glob>, Vec<Consumer>)> {
    let consumer = |name: &Value| match name.text() {
        Some("stagegate") => Some(Consumer::Stagegate),
        Some("vscode") => Some(Consumer::VsCode),
        _ => None,
    };
    Some((Arc::new(Glob::new(pattern).ok()?), names.items().iter().filter_map(consumer).collect()))
}

fn text(value: &Value) -> Option<String> {
    value.text().map(str::to_owned)
}
