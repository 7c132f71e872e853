//! The shapes of GitHub's answers, read with tolerance: what is not understood is missing, not wrong.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::line::{MAX_TEXT, line};
use crate::provider::{Issue, State};
use crate::time::from_rfc3339;

/// Most labels that are kept; GitHub allows 100.
const MAX_LABELS: usize = 100;

#[derive(Deserialize)]
struct RawIssue {
    number: u64,
    title: String,
    state: String,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    labels: Option<Vec<RawLabel>>,
    #[serde(default)]
    assignee: Option<RawUser>,
    #[serde(default)]
    assignees: Option<Vec<RawUser>>,
    #[serde(default)]
    milestone: Option<RawMilestone>,
    #[serde(default)]
    pull_request: Option<IgnoredAny>,
    #[serde(default)]
    updated_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawLabel {
    Name(String),
    Object { name: Option<String> },
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct RawUser {
    login: String,
}

#[derive(Deserialize)]
struct RawMilestone {
    title: String,
}

/// Reads an issue.
pub(super) fn issue(endpoint: &Endpoint, value: &Value) -> Result<Issue, String> {
    let raw = RawIssue::deserialize(value).map_err(|error| line(&error.to_string(), MAX_TEXT))?;
    let state = match raw.state.as_str() {
        "open" => State::Open,
        "closed" => State::Closed,
        other => return Err(format!("state `{}`; expected `open` or `closed`", line(other, 40))),
    };
    let labels = raw.labels.into_iter().flatten().filter_map(|label| match label {
        RawLabel::Name(name) | RawLabel::Object { name: Some(name) } => Some(line(&name, MAX_TEXT)),
        RawLabel::Object { name: None } | RawLabel::Other(_) => None,
    });
    let assignee = raw.assignee.or_else(|| raw.assignees?.into_iter().next());
    let url = raw.html_url.filter(|url| endpoint.is_page(url) && url.len() <= 1000);
    Ok(Issue {
        number: raw.number,
        title: line(&raw.title, MAX_TEXT),
        state,
        labels: labels.take(MAX_LABELS).collect(),
        assignee: assignee.map(|user| line(&user.login, MAX_TEXT)),
        milestone: raw.milestone.map(|milestone| line(&milestone.title, MAX_TEXT)),
        url: url.unwrap_or_default(),
        is_pull_request: raw.pull_request.is_some(),
        moved_to: None,
        updated_at: raw.updated_at.as_deref().and_then(from_rfc3339),
    })
}

/// Reads a list of issues; one that cannot be read is passed over.
pub(super) fn issues(endpoint: &Endpoint, value: &Value) -> Result<Vec<Issue>, String> {
    let items = value.as_array().ok_or("no list of issues")?;
    let read =
        |item| issue(endpoint, item).inspect_err(|error| tracing::debug!(error, "an issue cannot be read"));
    Ok(items.iter().filter_map(|item| read(item).ok()).collect())
}

/// Returns `owner/name` of the page of an issue.
pub(super) fn repository(url: &str) -> Option<String> {
    let mut parts = url.split("://").nth(1)?.split('/').skip(1);
    Some(format!("{}/{}", parts.next()?, parts.next()?))
}

/// Returns what an error says: its message, and what it complains about.
pub(super) fn message(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return "no reason given".to_owned() };
    let mut text = value["message"].as_str().unwrap_or("no reason given").to_owned();
    for error in value["errors"].as_array().into_iter().flatten().take(5) {
        let parts = [&error["field"], &error["code"], &error["message"], error];
        let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
        if !parts.is_empty() {
            text = format!("{text}; {}", parts.join(" "));
        }
    }
    line(&text, MAX_TEXT)
}

/// Whether an error complains about `field`.
pub(super) fn blames(body: &[u8], field: &str) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return false };
    value["errors"].as_array().into_iter().flatten().any(|error| {
        error["field"].as_str() == Some(field)
            || error["resource"].as_str() == Some("Label")
            || error.as_str().is_some_and(|text| text.contains(field))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Issue, String> {
        issue(&Endpoint::parse("https://api.github.com").unwrap(), value)
    }

    #[test]
    fn an_issue_may_lack_nearly_everything() {
        let issue =
            read(&json!({ "number": 1, "title": "a", "state": "open", "labels": null, "milestone": null }))
                .unwrap();
        assert_eq!(
            (issue.number, issue.labels.len(), issue.assignee, issue.is_pull_request),
            (1, 0, None, false)
        );
        assert!(
            !read(&json!({ "number": 1, "title": "a", "state": "open", "pull_request": null }))
                .unwrap()
                .is_pull_request
        );
    }

    #[test]
    fn what_is_shown_is_one_plain_line_and_links_stay_on_the_host() {
        let issue = read(&json!({
            "number": 1, "title": "a\n\u{1b}[31mb\u{202e}c", "state": "closed", "labels": ["x", { "name": "y" }, { "name": null }, 7],
            "html_url": "https://github.com.evil.example/a/b/issues/1",
        }))
        .unwrap();
        assert_eq!(issue.title, "a  [31mbc");
        assert_eq!(issue.labels, ["x", "y"]);
        assert_eq!(issue.url, "");
        assert_eq!(
            read(&json!({ "number": 1, "title": "x".repeat(9999), "state": "open" })).unwrap().title.len(),
            MAX_TEXT
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "number": -1, "title": "a", "state": "open" }),
            json!({ "number": 1, "title": "a", "state": "half" }),
        ] {
            assert!(read(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn errors_in_a_line() {
        let body = br#"{"message":"Validation Failed","errors":[{"resource":"Issue","code":"missing_field","field":"title"},"labels are odd"]}"#;
        assert_eq!(message(body), "Validation Failed; title missing_field; labels are odd");
        assert!(blames(body, "labels") && blames(body, "title") && !blames(body, "milestone"));
        assert_eq!(message(b"<html>"), "no reason given");
    }
}
