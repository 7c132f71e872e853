//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

mod model;

use model::{Artifact, Component, ComponentReference, Invocation, Item, Message, Rule, Run, Top};

use super::json::Json;
use super::{
    Body, ColumnUnit, Finding, Findings, MAX_HELD, ReadContext, Report, ReportError, ReportPath, Severity,
    Span, Unchecked, bounded, redact,
};

/// How often one base of URIs may lead to another; a circle ends there.
const MAX_BASES: usize = 16;

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let top: Top<'_> = json.read()?;
    if &*top.version != "2.1.0" {
        return Err(ReportError::WrongVersion {
            format: json.format,
            found: bounded(&top.version),
            expected: "2.1.0",
        });
    }
    let mut report = Report {
        format: json.format,
        tool: None,
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Findings(Findings::default()),
    };
    // Where no unit is given, editors' is meant: most tools that leave it out run on .NET or JavaScript.
    let mut findings = Findings::new(ColumnUnit::Utf16);
    let mut runs = 0;
    json.items(top.runs, |run: Run<'_>| {
        runs += 1;
        if runs == 1 {
            let driver = &run.tool.driver;
            report.tool = Some(bounded(&driver.name));
            report.version =
                driver.semantic_version.as_ref().or(driver.version.as_ref()).map(|version| bounded(version));
            if run.column_kind.as_deref() == Some("unicodeCodePoints") {
                findings.columns = ColumnUnit::Chars;
            }
        }
        for invocation in &run.invocations {
            take_invocation(invocation, &run, &mut report, &mut findings, cx);
        }
        // A run without results did not scan; one that found nothing has an empty list.
        let Some(results) = run.results.filter(|results| results.get() != "null") else {
            findings.succeeded = Some(false);
            return Ok(());
        };
        json.items(results, |item: Item<'_>| {
            if counts(&item) {
                findings.push(finding(&item, &run, json, cx)?);
            }
            Ok(())
        })
    })?;
    if runs == 0 {
        findings.checked = Some(0);
    }
    report.body = Body::Findings(findings);
    Ok(report)
}

fn take_invocation(
    invocation: &Invocation<'_>,
    run: &Run<'_>,
    report: &mut Report,
    findings: &mut Findings,
    cx: &ReadContext<'_>,
) {
    if let Some(success) = invocation.execution_successful {
        findings.succeeded = Some(findings.succeeded.unwrap_or(true) && success);
    }
    let ended = invocation.end_time_utc.as_deref().and_then(super::unix_ms);
    report.generated_ms = report.generated_ms.max(ended);
    let notifications =
        invocation.tool_execution_notifications.iter().chain(&invocation.tool_configuration_notifications);
    for notification in notifications.filter(|notification| notification.level.as_deref() == Some("error")) {
        if report.unchecked.len() < MAX_HELD {
            let location = notification.locations.first().and_then(|at| at.physical_location.as_ref());
            report.unchecked.push(Unchecked {
                path: location.and_then(|at| path(at.artifact_location.as_ref()?, run, cx)),
                reason: bounded(notification.message.as_ref().map_or("", text)),
            });
        }
    }
}

/// Whether a result is a finding: not suppressed, not gone since the baseline, not a check that passed.
fn counts(item: &Item<'_>) -> bool {
    // Section 3.27.23: suppressed if there is a suppression, and none is still to be approved, or was refused.
    let is_suppressed = item.suppressions.as_ref().is_some_and(|suppressions| {
        !suppressions.is_empty()
            && suppressions
                .iter()
                .all(|suppression| matches!(suppression.status.as_deref(), None | Some("accepted")))
    });
    let is_fine = matches!(item.kind.as_deref(), Some("pass" | "notApplicable" | "informational"));
    !is_suppressed && !is_fine && item.baseline_state.as_deref() != Some("absent")
}

fn finding(
    item: &Item<'_>,
    run: &Run<'_>,
    json: Json<'_>,
    cx: &ReadContext<'_>,
) -> Result<Finding, ReportError> {
    let rule = rule(item, run);
    let id = item
        .rule_id
        .as_deref()
        .or(item.rule.as_ref().and_then(|rule| rule.id.as_deref()))
        .or(rule.map(|rule| &*rule.id));
    let location = item.locations.first().and_then(|location| location.physical_location.as_ref());
    let region = location.and_then(|location| location.region.as_ref());
    Ok(Finding {
        path: location.and_then(|location| path(location.artifact_location.as_ref()?, run, cx)),
        span: region.and_then(|region| {
            let line = region.start_line?;
            Some(Span {
                line,
                column: region.start_column,
                end_line: region.end_line.or(region.end_column.map(|_| line)),
                end_column: region.end_column,
            })
        }),
        rule: id.map(bounded),
        severity: severity(item, rule, json)?,
        confidence: None,
        message: bounded(redact(id.unwrap_or_default(), text(&item.message))),
        secret_hash: None,
    })
}

fn text<'a>(message: &'a Message<'_>) -> &'a str {
    message.text.as_deref().or(message.markdown.as_deref()).unwrap_or_default()
}

/// What the tool says about the rule of a result. Its index leads to it, in the driver or in an extension; else its id,
/// of which `CA1000/1` is a part of `CA1000`.
fn rule<'r, 'a>(item: &Item<'a>, run: &'r Run<'a>) -> Option<&'r Rule<'a>> {
    let reference = item.rule.as_ref();
    let component = match reference.and_then(|rule| rule.tool_component.as_ref()) {
        None => &run.tool.driver,
        Some(ComponentReference { index: Some(index), .. }) if *index >= 0 => {
            run.tool.extensions.get(usize::try_from(*index).ok()?)?
        }
        Some(ComponentReference { name, .. }) => {
            let named =
                |component: &&Component<'_>| name.as_deref().is_some_and(|name| *component.name == *name);
            run.tool.extensions.iter().find(named).unwrap_or(&run.tool.driver)
        }
    };
    let index = item.rule_index.or(reference.and_then(|rule| rule.index));
    if let Some(rule) = index.and_then(|index| component.rules.get(usize::try_from(index).ok()?)) {
        return Some(rule);
    }
    let id = item.rule_id.as_deref().or(reference.and_then(|rule| rule.id.as_deref()))?;
    let of = |id: &str| component.rules.iter().find(|rule| *rule.id == *id);
    of(id).or_else(|| of(id.rsplit_once('/')?.0))
}

fn severity(item: &Item<'_>, rule: Option<&Rule<'_>>, json: Json<'_>) -> Result<Severity, ReportError> {
    let properties = [item.properties.as_ref(), rule.and_then(|rule| rule.properties.as_ref())];
    if let Some(raw) = properties.into_iter().flatten().find_map(|properties| properties.security_severity) {
        let score = raw.get().trim_matches('"').parse().ok().filter(|score| (0.0..=10.0).contains(score));
        return match score {
            Some(score) if score >= 9.0 => Ok(Severity::Critical),
            Some(score) if score >= 7.0 => Ok(Severity::High),
            Some(score) if score >= 4.0 => Ok(Severity::Medium),
            Some(_) => Ok(Severity::Low),
            None => Err(json.malformed(format!(
                "`security-severity` is {}; expected a score from 0.0 to 10.0",
                bounded(raw.get())
            ))),
        };
    }
    let default = rule.and_then(|rule| rule.default_configuration.as_ref()?.level.as_deref());
    match item.level.as_deref().or(default).unwrap_or("warning") {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        // What a person has to look at (`review`), or the tool could not decide (`open`), has no level.
        "none" if matches!(item.kind.as_deref(), Some("open" | "review")) => Ok(Severity::Warning),
        "note" | "none" => Ok(Severity::Note),
        other => {
            Err(json.malformed(format!("level `{}`; expected error, warning, note or none", bounded(other))))
        }
    }
}

/// The file of a location: its URI, or that of the artifact it points to, below the bases that it names.
fn path(location: &Artifact<'_>, run: &Run<'_>, cx: &ReadContext<'_>) -> Option<ReportPath> {
    let pointed = location
        .index
        .and_then(|index| run.artifacts.get(usize::try_from(index).ok()?))
        .and_then(|artifact| artifact.location.as_ref());
    let location = if location.uri.is_some() { location } else { pointed? };
    let mut uri = location.uri.as_deref()?.to_owned();
    let mut base = location.uri_base_id.as_ref();
    for _ in 0..MAX_BASES {
        // A base that is not given, such as `%SRCROOT%`, is the folder of the tool.
        let Some(of) = base.and_then(|base| run.original_uri_base_ids.get(base)) else { break };
        if let Some(folder) = of.uri.as_deref().filter(|_| !is_absolute(&uri)) {
            uri = format!("{}/{uri}", folder.trim_end_matches('/'));
        }
        base = of.uri_base_id.as_ref();
    }
    Some(cx.uri(&uri))
}

fn is_absolute(uri: &str) -> bool {
    uri.starts_with('/') || uri.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'))
}
