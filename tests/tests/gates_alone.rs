//! Tests that failed are run again alone, with the real pytest (issue 5; requirement 003, "isolated test execution").
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use stagegate_pipeline::provision::Venv;
use stagegate_tests::binary;
use stagegate_tests::cli::Sandbox;
use stagegate_tests::tools::python_tools;

struct Bench {
    sandbox: Sandbox,
    state: tempfile::TempDir,
    tools: PathBuf,
    _venv: Venv,
}

impl Bench {
    /// `None` where there are no tools.
    fn new(tests: &str, more: &[(&str, &str)]) -> Option<Bench> {
        let venv = python_tools()?;
        let spec = "**Component Name:** calc\n**Status:** Development\n**Target Stage:** staging\n";
        let sandbox = Sandbox::new(&[
            ("stagegate.yaml", ""),
            ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = [\"src\"]\naddopts = \"-x\"\n"),
            ("specs/calc.md", spec),
            ("src/calc/__init__.py", "SEEN = []\n"),
            ("tests/test_calc.py", tests),
        ]);
        more.iter().for_each(|(file, text)| {
            sandbox.write(file, text);
        });
        let (state, tools) = (tempfile::tempdir().unwrap(), venv.folder().to_owned());
        let bench = Bench { sandbox, state, tools, _venv: venv };
        let trust = bench.command(&["trust", "--yes"]).output().unwrap();
        assert!(trust.status.success(), "{trust:?}");
        Some(bench)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.sandbox.path("")).env("STAGEGATE_STATE_DIR", self.state.path());
        command.env("VIRTUAL_ENV", &self.tools).env("NO_COLOR", "1");
        command
    }

    /// Returns what became of `tests` and `flakiness`.
    fn gates(&self, options: &[&str]) -> [Value; 2] {
        let args = ["gates", "calc", "--stage", "staging", "--format", "json", "--only", "tests,flakiness"];
        let out = self.command(&[&args, options].concat()).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout);
        let answer: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("no JSON: {text}{}", String::from_utf8_lossy(&out.stderr)));
        let gates = answer["components"][0]["gates"].as_array().unwrap();
        ["tests", "flakiness"].map(|name| gates.iter().find(|gate| gate["gate"] == name).unwrap().clone())
    }
}

/// Returns `VERDICT: FOUND`, and what is said of each test.
fn shown(gate: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = gate["evidence"]["findings"].as_array();
    let findings = findings.into_iter().flatten().map(|finding| {
        let message = text(&finding["message"]);
        let message =
            message.split(" (").next().unwrap_or_default().split(": assert").next().unwrap_or_default();
        format!("  {}: {}\n", text(&finding["rule"]), message.lines().next().unwrap_or_default())
    });
    let flaky = gate["evidence"]["flaky"].as_array();
    let flaky = flaky.into_iter().flatten().map(|name| format!("  flaky {}\n", text(name)));
    let head = format!("{}: {}\n", text(&gate["verdict"]), text(&gate["found"]));
    std::iter::once(head).chain(findings).chain(flaky).collect()
}

const ORDER: &str = r#"
import unittest
import pytest
import calc

def test_first():
    calc.SEEN.append(1)

def test_depends_on_order():
    assert calc.SEEN == []

@pytest.mark.parametrize("text", ["a b", "[x]", "ä::b"])
def test_with_values(text):
    assert calc.SEEN == []

def test_größe():
    assert calc.SEEN == []

class TestClass:
    class TestInner:
        def test_inner(self):
            assert calc.SEEN == []

class Case(unittest.TestCase):
    def test_method(self):
        self.assertEqual(calc.SEEN, [])
"#;

#[test]
fn tests_that_pass_alone_are_flaky_and_block() {
    let base = "import calc\n\nclass Base:\n    def test_inherited(self):\n        assert calc.SEEN == []\n";
    let tests = format!("from base import Base\n{ORDER}\nclass TestMore(Base):\n    pass\n");
    let Some(bench) = Bench::new(&tests, &[("tests/base.py", base)]) else { return };
    // Without being asked to, a test that failed stays one.
    let [tests, _] = bench.gates(&[]);
    assert_eq!(tests["found"], "1 passed, 8 failed", "{tests:#}");
    // What is known of it is not served then.
    let [tests, flakiness] = bench.gates(&["--isolate"]);
    expect_test::expect![[r#"
        pass: 9 passed; 8 flaky tests on the same inputs
          tests.test_calc::test_depends_on_order: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[a b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[[x]]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[\xe4::b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_größe: alone it passes: it depends on other tests or on chance
          tests.test_calc.TestClass.TestInner::test_inner: alone it passes: it depends on other tests or on chance
          tests.test_calc.Case::test_method: alone it passes: it depends on other tests or on chance: AssertionError: Lists differ: [1] != []
          tests.test_calc.TestMore::test_inherited: alone it passes: it depends on other tests or on chance: AssertionError
          flaky tests.test_calc.Case::test_method
          flaky tests.test_calc.TestClass.TestInner::test_inner
          flaky tests.test_calc.TestMore::test_inherited
          flaky tests.test_calc::test_depends_on_order
          flaky tests.test_calc::test_größe
          flaky tests.test_calc::test_with_values[[x]]
          flaky tests.test_calc::test_with_values[\xe4::b]
          flaky tests.test_calc::test_with_values[a b]
        fail: 8 flaky tests
          tests.test_calc::test_depends_on_order: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[a b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[[x]]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[\xe4::b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_größe: alone it passes: it depends on other tests or on chance
          tests.test_calc.TestClass.TestInner::test_inner: alone it passes: it depends on other tests or on chance
          tests.test_calc.Case::test_method: alone it passes: it depends on other tests or on chance: AssertionError: Lists differ: [1] != []
          tests.test_calc.TestMore::test_inherited: alone it passes: it depends on other tests or on chance: AssertionError
    "#]].assert_eq(&format!("{}{}", shown(&tests), shown(&flakiness)));
    assert_eq!(tests["evidence"]["commands"].as_array().unwrap().len(), 2 + 8, "{tests:#}");
    // It stays flaky, also where it is known already, and where nobody asks.
    let [tests, flakiness] = bench.gates(&[]);
    assert_eq!((&tests["cached"], &flakiness["verdict"]), (&true.into(), &"fail".into()), "{tests:#}");
}

#[test]
fn a_test_that_fails_alone_as_well_keeps_the_gate_shut() {
    let tests = format!("{ORDER}\ndef test_wrong():\n    assert 1 == 2\n");
    let Some(bench) = Bench::new(&tests, &[]) else { return };
    let [tests, flakiness] = bench.gates(&["--isolate"]);
    expect_test::expect![[r#"
        fail: 1 passed, 8 failed
          tests.test_calc::test_depends_on_order: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[a b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[[x]]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[\xe4::b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_größe: alone it passes: it depends on other tests or on chance
          tests.test_calc.TestClass.TestInner::test_inner: alone it passes: it depends on other tests or on chance
          tests.test_calc.Case::test_method: alone it passes: it depends on other tests or on chance: AssertionError: Lists differ: [1] != []
          tests.test_calc::test_wrong: alone it fails as well
          flaky tests.test_calc.Case::test_method
          flaky tests.test_calc.TestClass.TestInner::test_inner
          flaky tests.test_calc::test_depends_on_order
          flaky tests.test_calc::test_größe
          flaky tests.test_calc::test_with_values[[x]]
          flaky tests.test_calc::test_with_values[\xe4::b]
          flaky tests.test_calc::test_with_values[a b]
        fail: 7 flaky tests
          tests.test_calc::test_depends_on_order: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[a b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[[x]]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_with_values[\xe4::b]: alone it passes: it depends on other tests or on chance
          tests.test_calc::test_größe: alone it passes: it depends on other tests or on chance
          tests.test_calc.TestClass.TestInner::test_inner: alone it passes: it depends on other tests or on chance
          tests.test_calc.Case::test_method: alone it passes: it depends on other tests or on chance: AssertionError: Lists differ: [1] != []
    "#]].assert_eq(&format!("{}{}", shown(&tests), shown(&flakiness)));
}

#[test]
fn nothing_but_a_report_of_the_test_is_a_proof() {
    let leaves = r#"
import os
import calc

def test_first():
    calc.SEEN.append(1)

def test_prints_a_report():
    print('<testsuites><testsuite name="pytest" tests="1"><testcase classname="tests.test_calc" name="test_prints_a_report"/></testsuite></testsuites>')
    assert False

def test_ends_without_a_report():
    if not calc.SEEN:
        os._exit(0)
    assert False

def test_skipped_alone():
    if not calc.SEEN:
        import pytest
        pytest.skip("alone")
    assert False
"#;
    let Some(bench) = Bench::new(leaves, &[]) else { return };
    let [tests, flakiness] = bench.gates(&["--isolate"]);
    expect_test::expect![[r#"
        fail: 1 passed, 3 failed
          tests.test_calc::test_prints_a_report: alone it fails as well
          tests.test_calc::test_ends_without_a_report: whether it passes alone is unknown: the tool wrote no report for the gate `tests`; expected JUnit XML
          tests.test_calc::test_skipped_alone: whether it passes alone is unknown: it was skipped
        pass: no flaky test
    "#]].assert_eq(&format!("{}{}", shown(&tests), shown(&flakiness)));
}

#[test]
fn of_many_failures_none_is_tried_alone() {
    let tests = "import pytest\nimport calc\n\ndef test_first():\n    calc.SEEN.append(1)\n\n\
                 @pytest.mark.parametrize('n', range(21))\ndef test_n(n):\n    assert calc.SEEN == []\n";
    let Some(bench) = Bench::new(tests, &[]) else { return };
    let [tests, _] = bench.gates(&["--isolate"]);
    assert_eq!((&tests["verdict"], &tests["found"]), (&"fail".into(), &"1 passed, 21 failed".into()));
    assert_eq!(tests["evidence"]["commands"].as_array().unwrap().len(), 2);
}
