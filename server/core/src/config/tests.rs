use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::files;
use crate::text::range;

fn resolved(file: &str, settings: &serde_json::Value) -> Resolved {
    resolve(Some(("stagegate.yaml", Source::Str(file))), Some(settings))
}

fn problems(settings: &serde_json::Value, expected: &Expect) {
    let problems = resolved("", settings).problems;
    let lines: String = problems.iter().map(|p| format!("{}: {}\n", p.key, p.message)).collect();
    expected.assert_eq(&lines);
}

fn patterns(globs: &[Arc<Glob>]) -> Vec<&str> {
    globs.iter().map(|glob| glob.pattern()).collect()
}

fn layout(patterns: &[LayoutPattern]) -> Vec<&str> {
    patterns.iter().map(LayoutPattern::pattern).collect()
}

#[test]
fn the_defaults_are_the_policy() {
    let config = Config::default();
    expect![[r#"
        QualityGates {
            coverage: Coverage {
                development: 60.0,
                staging: 70.0,
                production: 80.0,
            },
            pass_rate: 100.0,
            max_lint_issues: 0,
            max_type_errors: 0,
            max_vulnerabilities: Vulnerabilities {
                critical: 0,
                high: 0,
                medium: 5,
            },
            max_complexity: 10,
            performance: Performance {
                max_response_time_ms: 5000.0,
                max_memory_mb: 512.0,
                max_regression_percent: 20.0,
            },
        }
    "#]]
    .assert_debug_eq(&config.quality_gates);
    assert_eq!(patterns(&config.instructions.include), DEFAULT_INCLUDE);
    assert_eq!(patterns(&config.instructions.exclude), DEFAULT_EXCLUDE);
    assert_eq!((config.instructions.min_characters, config.instructions.max_characters), (100, 32_000));
    assert_eq!(patterns(&config.specs.include), DEFAULT_SPECS);
    assert_eq!(patterns(&config.specs.templates), DEFAULT_TEMPLATES);
    assert!(config.specs.exclude.is_empty());
    assert_eq!(layout(&config.components.source), DEFAULT_SOURCE);
    assert_eq!(layout(&config.components.tests), DEFAULT_TESTS);
    assert!(config.severities.is_empty() && config.overrides.is_empty() && config.exclude.is_empty());
}

#[test]
fn issues_are_fetched_unless_switched_off() {
    expect![[r#"
        IssuesConfig {
            fetch: true,
            api_url: None,
            repository: None,
            token_env: None,
        }
    "#]]
    .assert_debug_eq(&Config::default().issues);
    let file = "issues:\n  fetch: false\n  api_url: https://ghe.example.com/api/v3\n  repository: acme/shop\n  token_env: X\n";
    expect![[r#"
        IssuesConfig {
            fetch: false,
            api_url: Some(
                "https://ghe.example.com/api/v3",
            ),
            repository: Some(
                "acme/other",
            ),
            token_env: Some(
                "X",
            ),
        }
    "#]]
    .assert_debug_eq(&resolved(file, &json!({ "issues": { "repository": "acme/other" } })).config.issues);
}

/// Writes a value as JSON, which is YAML.
fn json(value: &value::Value) -> serde_json::Value {
    match value {
        value::Value::Bool(value) => json!(value),
        value::Value::Number(value) => json!(value),
        value::Value::Text(value) => json!(value),
        value::Value::List(items) => items.iter().map(json).collect(),
        value::Value::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

#[test]
fn the_defaults_written_out_have_no_finding() {
    let text = json(&value::Value::defaults(&keys::ROOT)).to_string();
    let found = diagnostics(Source::Str(&text), files::CONFIG_FILES[1], &Root::default());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn globs_add_to_the_layer_below_and_exclude_wins() {
    let resolved = resolved(
        "instructions:\n  include: [prompts/**/*.md]\n  exclude: ['**/old/**']\n  known_keys: [team]\nfiles: {exclude: [vendor/**]}\n",
        &json!({"instructions": {"include": ["more/*.md"], "known_keys": ["x"]}, "files": {"exclude": ["dist/**"]}}),
    );
    let config = resolved.config;
    assert_eq!(patterns(&config.instructions.include)[3..], ["prompts/**/*.md", "more/*.md"]);
    assert_eq!(config.instructions.known_keys, ["team", "x"]);
    assert_eq!(patterns(&config.exclude), ["vendor/**", "dist/**"]);
    assert!(config.is_instructions("prompts/a.md") && config.is_instructions(".github/instructions/a.md"));
    assert!(!config.is_instructions("prompts/old/a.md") && !config.is_instructions("prompts/README.md"));
    assert!(config.is_excluded("dist/x.md"));
}

#[test]
fn specs_and_templates_are_known_by_their_path() {
    let file = "specs: {include: [design/*.md], exclude: ['specs/old/**'], templates: ['**/blank/*.md']}\n";
    let config = resolved(file, &json!({"specs": {"exclude": ["**/specs/README.md"]}})).config;
    let is = |path: &str| (config.is_spec_path(path), config.is_template_path(path));
    let (spec, neither) = ((true, false), (false, false));
    for path in
        ["specs/a.md", "specs/deep/A.MD", "docs/specs/a.md", "a.spec.md", "a/A.Spec.Md", "design/a.md"]
    {
        assert_eq!(is(path), spec, "{path}");
    }
    for path in ["specs/templates/a.md", "specs/a.spec.template.md", "A.TEMPLATE.MD", "specs/blank/a.md"] {
        assert!(config.is_template_path(path), "{path}");
    }
    for path in
        ["specs/a.txt", "specs/old/a.md", "specs/README.md", "a.md", "templates/a.py", ".md", "", "\u{e9}md"]
    {
        assert_eq!(is(path), neither, "{path}");
    }
}

#[test]
fn places_of_components_replace_the_layer_below() {
    let file = "components:\n  source: ['server/<component>', editors, '../<component>']\n  tests: []\n";
    let config = resolved(file, &json!(null)).config;
    assert_eq!(layout(&config.components.source), ["server/<component>"]);
    assert!(config.components.tests.is_empty());
    let found = diagnostics(Source::Str(file), "stagegate.yaml", &Root::default());
    let lines: String =
        found.iter().map(|d| format!("{} {}: {}\n", d.rule.code, &file[d.range], d.message)).collect();
    expect![[r#"
        config/bad-value editors: `editors` is not a place of components: it has no `<component>`; expected it once
        config/bad-value '../<component>': `../<component>` is not a place of components: it leaves the workspace; expected a path below its root
    "#]].assert_eq(&lines);
    let settings = json!({"components": {"source": ["a/<component>"]}});
    let components = resolved(file, &settings).config.components;
    assert_eq!((layout(&components.source), components.tests.len()), (vec!["a/<component>"], 0));
}

#[test]
fn severities_by_code_family_path_and_layer() {
    let file = "\
rules:
  instructions/missing-field: off
  instructions/*: information
  config/bad-value: hint
overrides:
  - paths: [drafts/**]
    rules: {instructions/missing-field: hint}
  - paths: ['**/*.md']
    rules: {config/*: error}
";
    let severity = |settings: &serde_json::Value, code: &str, path: &str| {
        let severity = resolved(file, settings).config.severity(rules::find(code).unwrap(), path);
        severity.map_or("off", Severity::name)
    };
    let none = json!({});
    assert_eq!(severity(&none, "instructions/missing-field", "a.md"), "off", "a code beats its family");
    assert_eq!(severity(&none, "instructions/unknown-key", "a.md"), "information");
    assert_eq!(severity(&none, "instructions/missing-field", "drafts/a.md"), "hint");
    assert_eq!(severity(&none, "config/bad-value", "a.md"), "error", "the path beats the code");
    assert_eq!(severity(&none, "config/wrong-type", "stagegate.yaml"), "error", "the default");
    let all = json!({"rules": {"instructions/*": "warning"}});
    assert_eq!(severity(&all, "instructions/missing-field", "a.md"), "warning", "a later layer beats a code");
    assert_eq!(severity(&all, "config/bad-value", "a.yaml"), "hint");
}

#[test]
fn consumers_of_a_later_layer_are_asked_first() {
    let config = resolved(
        "instructions: {consumers: {'**': [stagegate], 'a/**': [vscode]}}",
        &json!({"instructions": {"consumers": {"b/**": ["vscode", "stagegate"]}}}),
    )
    .config;
    assert_eq!(config.consumers("b/x.md"), [Consumer::VsCode, Consumer::Stagegate]);
    assert_eq!(config.consumers("a/x.md"), [Consumer::Stagegate], "the first that matches counts");
}

#[test]
fn a_bad_value_leaves_the_layer_below() {
    let file = "quality_gates:\n  test_coverage: {dev_threshold: 50, staging_threshold: 700, production_threshold: 85}\n  linting: {max_issues: [1]}\n";
    let resolved = resolved(
        file,
        &json!({"stagegate": {"quality_gates": {"test_coverage": {"production_threshold": "x"}, "security": {"max_high": 2}}}}),
    );
    let gates = resolved.config.quality_gates;
    let coverage = gates.coverage;
    assert_eq!((coverage.development, coverage.staging, coverage.production), (50.0, 70.0, 85.0));
    assert_eq!((gates.max_lint_issues, gates.max_vulnerabilities.high), (0, 2));
    assert_eq!(resolved.problems.len(), 1);
}

#[test]
fn of_two_equal_keys_the_last_one_counts() {
    let file = "instructions: {min_characters: 5}\ninstructions: {max_characters: 9}\n";
    let config = resolved(file, &json!(null)).config;
    assert_eq!((config.instructions.min_characters, config.instructions.max_characters), (100, 9));
}

#[test]
fn problems_of_settings_name_their_key() {
    problems(
        &json!({
            "server": {"path": "x"}, "trace": {"server": "verbose"}, "overides": [], "instructions": 5,
            "overrides": [{"paths": ["["], "rules": {"config/bad-valu": "off", "config/*": "never"}}],
            "logging": {"colour": true},
        }),
        &expect![[r#"
            instructions: expected a mapping, found a number (`5`)
            logging.colour: unknown key `colour` in `logging`; nothing reads it
            overrides[0].paths[0]: `[` is not a valid glob: unclosed character class; missing ']'
            overrides[0].rules.config/*: unknown value `never`; expected `off`, `hint`, `information`, `warning` or `error`
            overrides[0].rules.config/bad-valu: unknown rule `config/bad-valu`; expected a code such as `config/bad-value`, or `family/*`; did you mean `config/bad-value`?
        "#]],
    );
    problems(
        &json!([1]),
        &expect![[r#"
        : expected a mapping, found a list
    "#]],
    );
    problems(&json!(null), &expect![[r#""#]]);
    problems(&json!({"stagegate": null}), &expect![[r#""#]]);
}

#[test]
fn settings_may_nest_as_deep_as_json_is_read() {
    // `serde_json` reads 127 levels.
    let deep = (0..120).fold(json!(1), |deep, _| json!([deep]));
    let settings = json!({"rules": deep, "overrides": [{"paths": {"a": deep}}], "consumers": deep});
    assert!(!resolved("", &settings).problems.is_empty());
}

#[test]
fn hostile_files_end_with_a_finding_in_bounded_time() {
    let root = Root::default();
    let keys: String = (0..20_000).map(|i| format!("k{i}: {{}}, ")).collect();
    let broken: String = (0..20_000).map(|i| format!("a{i}: : x\n")).collect();
    for text in [
        "[".repeat(100_000),
        "a: ".repeat(60_000),
        format!("rules:\n  {}", "- ".repeat(100_000)),
        format!("{{{keys}}}"),
        format!("rules: {{{keys}}}"),
        format!("{}: 1\n", "x".repeat(200_000)),
        format!("logging: {{level: \"{}\"}}", "\u{1f680}".repeat(40_000)),
        broken,
        "logging: {level: \u{0}\u{feff}\u{85}}".to_owned(),
        "a: *\n".repeat(50_000),
        "\u{feff}- a".to_owned(),
    ] {
        let found = diagnostics(Source::Str(&text), "stagegate.yaml", &root);
        assert!(!found.is_empty() && found.len() <= 1000, "{}", &text[..20]);
        assert!(found.iter().all(|d| d.message.len() < 400), "{found:?}");
    }
}

#[test]
fn a_byte_order_mark_and_line_ends_are_transparent() {
    let text = "\u{feff}logging:\r\n  level: loud\r\n";
    let rope = ropey::Rope::from_str(text);
    for source in [Source::Str(text), Source::Rope(&rope)] {
        let found = diagnostics(source, "stagegate.yaml", &Root::default());
        let places: Vec<_> = found.iter().map(|d| &text[d.range]).collect();
        assert_eq!(places, ["loud"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    /// The fuzz target for the configuration: any text gives findings whose ranges and edits lie in it.
    #[test]
    fn every_range_lies_in_the_text(
        text in "(rules|overrides|paths|instructions|include|consumers|files|exclude|quality_gates|test_coverage|dev_threshold|config/\\*|off|5|1.5s|: |:\n|\n|\n  |\n    |- |\\*|&a|\\*a|\\[|\\]|\\{|\\}|\"|'|,|#|\\||\r\n|\t|<<|\u{e9}|\u{1f680}|---|\\?){0,25}",
        bom in any::<bool>(),
    ) {
        let text = if bom { format!("\u{feff}{text}") } else { text };
        let config = resolve(Some(("stagegate.yaml", Source::Str(&text))), None).config;
        let root = Root { config: config.into(), ..Root::default() };
        let inside = |r: crate::text::TextRange| text.get(usize::from(r.start())..usize::from(r.end())).is_some();
        for found in crate::diagnostics(Source::Str(&text), "stagegate.yaml", &root) {
            prop_assert!(inside(found.range), "{:?}", found);
            prop_assert!(found.related.iter().all(|related| inside(related.range)), "{:?}", found);
            prop_assert!(found.fix.iter().flat_map(|fix| &fix.edits).all(|edit| inside(edit.range)), "{:?}", found);
        }
    }

    /// Safe fixes mend what they are offered for, break nothing, and end.
    #[test]
    fn safe_fixes_mend(
        key in "(level|levels|Console|consol|file)", value in "(info|INFO|5|'yes'|yes|\"75\"|x, y|\\*a|'it''s')",
    ) {
        let mut text = format!("logging:\n  {key}: {value}\nfiles:\n  exclude: {value}\n");
        let findings = |text: &str| diagnostics(Source::Str(text), "stagegate.yaml", &Root::default());
        let before = findings(&text);
        for _ in 0..5 {
            let found = findings(&text);
            let fixes = found.iter().filter_map(|d| d.fix.as_ref()).filter(|fix| fix.safe);
            text = crate::diagnostic::apply_edits(&text, &crate::diagnostic::merge_fixes(fixes));
        }
        let after = findings(&text);
        let safe = |d: &Diagnostic| d.fix.as_ref().is_some_and(|fix| fix.safe);
        prop_assert!(!after.iter().any(safe), "{:?} {:?}", text, after);
        prop_assert!(!before.iter().any(safe) || after.len() <= before.len(), "{:?} {:?}", text, after);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = diagnostics(Source::Str(&text), "stagegate.yaml", &Root::default());
        let _ = resolve(Some(("stagegate.yaml", Source::Str(&text))), None);
    }
}

#[test]
fn the_checked_file_has_an_entry_for_every_value() {
    let file = ConfigFile::read(Source::Str("logging: {level: INFO}\nlogging:\n  level: DEBUG\n"));
    let entry = file.entry("logging.level").unwrap();
    assert_eq!(entry.value.range, range(41, 46));
    assert_eq!(file.value.get("logging.level").and_then(value::Value::text), Some("DEBUG"));
}
