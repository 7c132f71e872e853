//! JUnit XML in the dialects of pytest, nextest, jest-junit, Surefire and others: suites in suites, and each test one
//! `<testcase>`. The tests themselves are counted; what a suite says of itself has to fit.

use std::time::Duration;

use super::xml::{Element, Node, Xml};
use super::{
    Body, Format, MAX_CASES, Outcome, ReadContext, Report, ReportError, ReportPath, TestCase, Tests, bounded,
};

/// A suite that is open.
struct Suite {
    name: String,
    file: Option<ReportPath>,
    /// What it says of itself.
    stated: Stated,
    /// The tests before it.
    start: usize,
    /// Tests directly in it.
    own: usize,
}

#[derive(Default)]
struct Stated {
    tests: Option<usize>,
    failures: Option<usize>,
    errors: Option<usize>,
}

#[derive(Default)]
struct Head {
    tool: Option<Box<str>>,
    generated_ms: Option<i64>,
}

pub(super) fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let mut xml = Xml::new(Format::Junit, bytes)?;
    let mut head = Head::default();
    let mut cases: Vec<TestCase> = Vec::new();
    let mut suites: Vec<Suite> = Vec::new();
    while let Some(node) = xml.next()? {
        let element = match node {
            Node::Open(element) => element,
            Node::Close => {
                if let Some(suite) = suites.pop() {
                    check(&xml, &suite, &cases)?;
                }
                continue;
            }
            Node::Text(_) => continue,
        };
        if let Some(broken) = element.broken_attribute() {
            return Err(xml.malformed(format!("`<{}>` has a broken attribute: {broken}", element.name())));
        }
        match element.name() {
            "testsuites" | "testsuite" => {
                head.take(&element);
                suites.push(suite(&xml, &element, cases.len(), cx)?);
            }
            _ if suites.is_empty() => return Err(xml.wrong_format()),
            "testcase" => {
                if cases.len() == MAX_CASES {
                    return Err(ReportError::TooLarge {
                        format: Format::Junit,
                        found: format!("more than {MAX_CASES} tests").into(),
                        limit: format!("{MAX_CASES} tests").into(),
                    });
                }
                let case = case(&mut xml, &element, suites.last(), cx)?;
                cases.push(case);
                if let Some(suite) = suites.last_mut() {
                    suite.own += 1;
                }
            }
            // Properties and output.
            _ => xml.skip_to_close()?,
        }
    }
    Ok(Report {
        format: Format::Junit,
        tool: head.tool,
        version: None,
        generated_ms: head.generated_ms,
        unchecked: Vec::new(),
        body: Body::Tests(Tests { cases }),
    })
}

impl Head {
    /// Takes what a suite says about the run: the latest time with a zone.
    fn take(&mut self, element: &Element<'_>) {
        if let Some(time) = element.attribute("timestamp").and_then(|time| super::unix_ms(&time)) {
            self.generated_ms = self.generated_ms.max(Some(time));
        }
        if self.tool.is_none() {
            self.tool = match element.attribute("name").as_deref() {
                Some("pytest" | "pytest tests") => Some("pytest".into()),
                Some("nextest-run") => Some("nextest".into()),
                Some("jest tests") => Some("jest".into()),
                _ => None,
            };
        }
    }
}

fn suite(
    xml: &Xml<'_>,
    element: &Element<'_>,
    start: usize,
    cx: &ReadContext<'_>,
) -> Result<Suite, ReportError> {
    let count = |name: &str| match element.attribute(name) {
        None => Ok(None),
        Some(text) if text.trim().is_empty() => Ok(None),
        Some(text) => match text.trim().parse() {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(xml.malformed(format!(
                "`{name}=\"{}\"` on `<{}>`; expected a whole number",
                bounded(&text),
                element.name()
            ))),
        },
    };
    let stated = Stated { tests: count("tests")?, failures: count("failures")?, errors: count("errors")? };
    let file = element.attribute("file").or_else(|| element.attribute("filepath"));
    Ok(Suite {
        name: element.attribute("name").unwrap_or_default().into_owned(),
        file: file.filter(|file| !file.is_empty()).map(|file| cx.path(&file)),
        stated,
        start,
        own: 0,
    })
}

/// Whether what a suite says of itself fits its tests.
///
/// pytest counts a test that passed and whose fixture then failed as two, and writes it once, so each error allows for
/// one test more or less. Some tools count failures and errors together.
fn check(xml: &Xml<'_>, suite: &Suite, cases: &[TestCase]) -> Result<(), ReportError> {
    let inner = cases.get(suite.start..).unwrap_or_default();
    let count = |outcome| inner.iter().filter(|case| case.outcome == outcome).count();
    let (failed, errors) = (count(Outcome::Failed), count(Outcome::Error));
    let name = if suite.name.is_empty() {
        "a suite".to_owned()
    } else {
        format!("suite `{}`", bounded(&suite.name))
    };
    if let Some(tests) = suite.stated.tests {
        let fits = |found: usize| tests.abs_diff(found) <= errors;
        // pytest 9 counts subtests and writes only those that failed, so there may be more. An outer suite may count
        // only its own tests.
        let counts_subtests = suite.name == "pytest" && tests > inner.len();
        if !fits(inner.len()) && !fits(suite.own) && !counts_subtests {
            return Err(xml.contradiction(format!("{name} says {tests} tests and has {}", inner.len())));
        }
    }
    let stated = suite.stated.failures.unwrap_or(0) + suite.stated.errors.unwrap_or(0);
    if stated > failed + errors {
        return Err(xml
            .contradiction(format!("{name} says {stated} failures and errors and has {}", failed + errors)));
    }
    let own_bad = failed + errors;
    if suite.stated.failures.is_some() && suite.stated.errors.is_some() && stated == 0 && own_bad > 0 {
        // An outer suite that counts only its own tests says nothing about the inner ones.
        if suite.own == inner.len() {
            return Err(
                xml.contradiction(format!("{name} says that nothing failed and has {own_bad} failed tests"))
            );
        }
    }
    Ok(())
}

fn case(
    xml: &mut Xml<'_>,
    element: &Element<'_>,
    suite: Option<&Suite>,
    cx: &ReadContext<'_>,
) -> Result<TestCase, ReportError> {
    let Some(name) = element.attribute("name") else {
        return Err(xml.malformed("expected `name` on `<testcase>`, found none"));
    };
    let class = element.attribute("classname").or_else(|| element.attribute("class"));
    let file = element.attribute("file").filter(|file| !file.is_empty()).map(|file| cx.path(&file));
    let mut case = TestCase {
        name: name.trim().into(),
        class: class.as_deref().map(str::trim).filter(|class| !class.is_empty()).map(Box::from),
        file: file.or_else(|| suite.and_then(|suite| suite.file.clone())),
        line: element
            .attribute("line")
            .or_else(|| element.attribute("lineno"))
            .and_then(|line| line.parse().ok()),
        outcome: Outcome::Passed,
        duration: element.attribute("time").and_then(|time| seconds(&time)),
        message: None,
        flaky: false,
    };
    // GoogleTest and others write it as an attribute.
    let status = element.attribute("status").or_else(|| element.attribute("result"));
    match status.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("notrun" | "disabled" | "skipped" | "suppressed" | "ignored") => case.outcome = Outcome::Skipped,
        Some("failed" | "failure") => case.outcome = Outcome::Failed,
        Some("error") => case.outcome = Outcome::Error,
        _ => {}
    }
    while let Some(node) = xml.next()? {
        let element = match node {
            Node::Open(element) => element,
            Node::Close => break,
            Node::Text(_) => continue,
        };
        let outcome = match element.name() {
            "failure" => Some(Outcome::Failed),
            "error" => Some(Outcome::Error),
            "skipped" | "disabled" => Some(Outcome::Skipped),
            "flakyFailure" | "flakyError" => {
                case.flaky = true;
                None
            }
            "testcase" | "testsuite" => {
                return Err(xml.malformed(format!("`<{}>` in a `<testcase>`", element.name())));
            }
            // Output, and failures of tries before the last.
            _ => {
                xml.skip_to_close()?;
                continue;
            }
        };
        let said = element.attribute("message").filter(|said| !said.trim().is_empty());
        let message = said.map(|said| bounded(&said));
        let text = xml.text_to_close()?;
        let message = message.map(|message| with_cause(message, &text));
        let Some(outcome) = outcome else { continue };
        if badness(outcome) >= badness(case.outcome) {
            case.outcome = outcome;
            case.message = message.or_else(|| Some(bounded(&text))).filter(|message| !message.is_empty());
        }
    }
    // A test that was tried again and failed each time is not flaky.
    case.flaky &= case.outcome == Outcome::Passed;
    Ok(case)
}

/// Which outcome counts where a test has several.
fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Skipped => 1,
        Outcome::Failed => 2,
        Outcome::Error => 3,
    }
}

/// Seconds as `0.25`; Surefire writes thousands as `1,234.5`. `None` for what is no time.
/// Adds what went wrong to a message that does not say it: pytest only says "collection failure" of a test file that
/// cannot be imported, and why in the last of the lines that begin with `E`.
fn with_cause(message: Box<str>, text: &str) -> Box<str> {
    if &*message != "collection failure" {
        return message;
    }
    let cause = text.lines().rev().find_map(|line| line.strip_prefix("E  "));
    cause.map_or(message, |cause| bounded(&format!("it cannot be loaded: {}", cause.trim())))
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().replace(',', "").parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
