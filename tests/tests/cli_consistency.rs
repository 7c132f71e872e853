//! The command line agrees with itself: one file with the whole, a fix with the next check, the JSON with its page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use stagegate_tests::demo::Demo;

fn run(arguments: &[&str], root: &Path) -> Output {
    Command::new(stagegate_tests::binary()).args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str], root: &Path) -> Value {
    let output = run(arguments, root);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
}

fn findings_of(report: &Value, path: &str) -> Vec<Value> {
    let all = report["diagnostics"].as_array().unwrap().iter();
    all.filter(|finding| finding["path"] == path).cloned().collect()
}

#[test]
fn one_file_has_the_findings_that_it_has_in_the_whole() {
    let demo = Demo::new();
    let whole = json(&["check", "--format", "json"], demo.root());
    let mut found = 0;
    for path in
        ["specs/reporting.md", "specs/notifications.md", "specs/forecast.md", "src/pricing/MATURITY.md"]
    {
        let one = json(&["check", path, "--format", "json"], demo.root());
        let expected = findings_of(&whole, path);
        assert_eq!(one["diagnostics"], Value::Array(expected.clone()), "{path}");
        found += expected.len();
    }
    assert!(found > 5, "{found}");
}

#[test]
fn errors_of_components_count_in_the_exit_code() {
    let demo = Demo::new();
    let code = |arguments: &[&str]| run(arguments, demo.root()).status.code();
    let text = String::from_utf8(run(&["check", "specs/reporting.md"], demo.root()).stdout).unwrap();
    assert!(text.contains("maturity/dependency-below-target"), "{text}");
    assert_eq!(code(&["check", "specs/reporting.md"]), Some(1));
    demo.set_stage("src/notifications/MATURITY.md", "Staging");
    assert_eq!(code(&["check", "specs/reporting.md"]), Some(0), "what is left are warnings");
    assert_eq!(code(&["check", "specs/reporting.md", "--deny", "warnings"]), Some(1));
    assert_eq!(code(&["status"]), Some(0));
}

/// What one file says is a reason for findings in another one: mending one changes what is found in the next.
#[test]
fn a_fix_leaves_nothing_to_fix_and_other_files_alone() {
    let demo = Demo::new();
    let texts = |demo: &Demo| {
        ["specs/reporting.md", "specs/notifications.md", "specs/pricing.md", "src/pricing/MATURITY.md"]
            .map(|path| demo.text(path))
    };
    let before = texts(&demo);
    run(&["check", "--fix", "specs/reporting.md"], demo.root());
    let after = texts(&demo);
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1..], after[1..], "only the named file is written");
    run(&["check", "--fix"], demo.root());
    let fixed = texts(&demo);
    let again = json(&["check", "--fix", "--format", "json"], demo.root());
    assert_eq!(again["fixed"], serde_json::json!({ "findings": 0, "files": 0 }), "{again}");
    assert_eq!(texts(&demo), fixed);
    let left = again["diagnostics"].as_array().unwrap().iter();
    assert_eq!(left.filter(|finding| finding["fix"]["safe"] == true).count(), 0, "{again}");
}

#[test]
fn a_fix_goes_on_where_another_file_shows_something_new() {
    let demo = Demo::new();
    demo.write("src/one/MATURITY.md", "# One\n\n**Current Stage**: stagign\n");
    let two = "# Two\n\n**Component Name:** two\n**Status:** Development\n\n## Dependencies\n\n- `one` (development)\n";
    demo.write("specs/two.md", two);
    run(&["check", "--fix", "src/one/MATURITY.md", "specs/two.md"], demo.root());
    let one = demo.text("src/one/MATURITY.md");
    assert!(one.contains("**Current Stage**: staging"), "{one}");
    assert!(demo.text("specs/two.md").contains("- `one` (staging)"), "{}", demo.text("specs/two.md"));
}

/// Returns the keys that stand in the first column of tables below a heading of docs/json.md.
fn documented(heading: &str) -> (String, BTreeSet<String>) {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n## `{heading}`\n")).unwrap();
    let section = section.split("\n## ").next().unwrap().to_owned();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let columns = rows.map(|row| row.split(" | ").next().unwrap().to_owned());
    let keys = columns.flat_map(|column| {
        let column = format!("`{column}");
        column.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    let keys = keys.map(|key| key.split('.').next().unwrap().to_owned()).collect();
    (section, keys)
}

fn keys<'a>(objects: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    objects.into_iter().filter_map(Value::as_object).flat_map(|object| object.keys().cloned()).collect()
}

#[test]
fn the_page_about_the_json_names_what_there_is_and_nothing_else() {
    let demo = Demo::new();
    let check = json(&["check", "--fix", "--format", "json"], demo.root());
    let mut written = keys([&check]);
    written.extend(keys(check["diagnostics"].as_array().unwrap()));
    assert_eq!(written, documented("check").1);

    let status = json(&["status", "--format", "json"], demo.root());
    let mut written = keys([&status]);
    written.extend(keys(status["components"].as_array().unwrap()));
    assert_eq!(written, documented("status").1);

    let spec = json(&["inspect", "specs/reporting.md", "--format", "json"], demo.root());
    let code = json(&["inspect", "src/pricing/__init__.py", "--format", "json"], demo.root());
    let maturity = json(&["inspect", "src/pricing/MATURITY.md", "--format", "json"], demo.root());
    let (section, documented) = documented("inspect");
    let written = keys([&spec, &code, &maturity]);
    for key in &written {
        assert!(section.contains(&format!("`{key}`")), "`{key}` is written, but not documented");
    }
    assert_eq!(documented.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new());
}
