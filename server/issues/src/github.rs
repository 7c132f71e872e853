//! GitHub's REST API, of github.com and of Enterprise.
//!
//! Shapes and statuses are those of <https://docs.github.com/en/rest/issues/issues>.

mod http;
mod json;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::json;

use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::provider::{Answer, Created, Issue, NewIssue, Page, Place, Provider, Query, Validators};
use crate::remote::Repository;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::time::to_rfc3339;
use http::{Http, Reply};

/// GraphQL, over the same data, has numbers of 32 bits.
const LARGEST_NUMBER: u64 = i32::MAX as u64;

/// Issues of a page; more are not given.
const PAGE_SIZE: u32 = 100;

/// Longest title and body that GitHub takes, in characters.
const MAX_TITLE: usize = 256;
const MAX_BODY: usize = 65_536;

/// GitHub as a provider of issues.
#[derive(Debug)]
pub struct GitHub {
    http: Http,
    settings: Settings,
    root: Box<Path>,
    token: OnceLock<Option<Secret>>,
}

impl GitHub {
    /// A provider for `endpoint`. The token is looked for at the first request: asking `gh` takes time.
    #[must_use]
    pub fn new(endpoint: Endpoint, settings: &Settings, root: &Path) -> GitHub {
        let http = Http::new(endpoint, settings.limits.clone(), settings.clock.clone());
        GitHub { http, settings: settings.clone(), root: root.into(), token: OnceLock::new() }
    }

    fn token(&self) -> Option<&Secret> {
        let find = || crate::token::find(self.http.endpoint(), &self.settings, &self.root);
        self.token.get_or_init(find).as_ref()
    }

    fn host_text(&self) -> String {
        self.http.endpoint().host().to_owned()
    }

    fn get(&self, path: &str, known: &Validators) -> Result<Reply, Failure> {
        self.http.send(path, None, known, self.token())
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> Result<Reply, Failure> {
        self.http.send(path, Some(body), &Validators::default(), self.token())
    }

    /// Turns every status but 200, 201 and 304 into a failure.
    fn checked(&self, reply: Reply) -> Result<Reply, Failure> {
        let host = self.host_text();
        match reply.status {
            200 | 201 | 304 => Ok(reply),
            401 => Err(Failure::TokenRefused { host }),
            404 => Err(Failure::Missing),
            410 if reply.message().to_lowercase().contains("disabled") => Err(Failure::IssuesOff),
            410 => Err(Failure::Deleted),
            422 => Err(Failure::Rejected { host, message: reply.message() }),
            403 => Err(Failure::Forbidden { host, message: reply.message() }),
            status => Err(Failure::Status { host, status }),
        }
    }

    /// Returns where the repository has moved to, if the answer of a request for `issues/<number>` came from there.
    ///
    /// An issue that was moved alone redirects too, so the repository itself is asked.
    fn moved(&self, place: &Place, reply: &Reply, number: u64) -> Option<String> {
        let to = reply.moved_to.as_deref()?.strip_suffix(&format!("/issues/{number}"))?;
        let base = base(place);
        if to == base || !is_base(to) {
            return None;
        }
        let found = self.get(&base, &Validators::default()).ok()?;
        (found.moved_to.as_deref() == Some(to)).then(|| to.to_owned())
    }

    /// Creates the labels that are missing. Returns those that the repository has now.
    fn make_labels(&self, base: &str, wanted: &[String]) -> Result<Vec<String>, Failure> {
        let mut present = Vec::new();
        for label in wanted {
            match self
                .checked(self.post(&format!("{base}/labels"), &json!({ "name": label, "color": "ededed" }))?)
            {
                Ok(_) => present.push(label.clone()),
                // It is there already.
                Err(Failure::Rejected { message, .. }) if message.contains("already_exists") => {
                    present.push(label.clone());
                }
                Err(Failure::Rejected { .. } | Failure::Forbidden { .. } | Failure::Missing) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(present)
    }

    fn read_created(&self, reply: &Reply, wanted: &[String]) -> Result<Created, Failure> {
        let issue = json::issue(self.http.endpoint(), &reply.json(&self.host_text())?)
            .map_err(|message| Failure::OtherJson { host: self.host_text(), message })?;
        let has = |label: &String| issue.labels.iter().any(|given| given.eq_ignore_ascii_case(label));
        let without_labels = wanted.iter().filter(|label| !has(label)).cloned().collect();
        Ok(Created { issue, without_labels })
    }
}

impl Provider for GitHub {
    fn host(&self) -> &str {
        self.http.endpoint().host()
    }

    fn largest_number(&self) -> u64 {
        LARGEST_NUMBER
    }

    fn is_anonymous(&self) -> bool {
        self.token().is_none()
    }

    fn issue_url(&self, repository: &Repository, number: u64) -> String {
        self.http.endpoint().issue_url(repository, number)
    }

    fn is_page(&self, url: &str) -> bool {
        self.http.endpoint().is_page(url)
    }

    fn issue(&self, place: &Place, number: u64, known: &Validators) -> Result<Answer<Issue>, Failure> {
        if number == 0 || number > LARGEST_NUMBER {
            return Err(Failure::Missing);
        }
        let reply = self.checked(self.get(&format!("{}/issues/{number}", base(place)), known)?)?;
        let content = match reply.status {
            304 => None,
            _ => {
                let mut issue = json::issue(self.http.endpoint(), &reply.json(&self.host_text())?)
                    .map_err(|message| Failure::OtherJson { host: self.host_text(), message })?;
                if reply.moved_to.is_some() && issue.number != number {
                    let repository = json::repository(&issue.url);
                    let repository = repository.unwrap_or_else(|| place.repository.to_string());
                    issue.moved_to = Some(format!("{repository}#{}", issue.number));
                }
                issue.number = number;
                Some(issue)
            }
        };
        let moved = self.moved(place, &reply, number);
        Ok(reply.answer(content, moved))
    }

    fn list(
        &self,
        place: &Place,
        query: Query,
        page: u32,
        known: &Validators,
    ) -> Result<Answer<Page>, Failure> {
        let base = base(place);
        let mut path = format!("{base}/issues?per_page={PAGE_SIZE}");
        let _ = match query {
            Query::Open => write!(path, "&state=open&sort=updated&direction=desc"),
            Query::Since(at) => {
                write!(path, "&state=all&sort=updated&direction=asc&since={}", to_rfc3339(at))
            }
            Query::Newest => write!(path, "&state=all&sort=created&direction=desc"),
        };
        if page > 1 {
            let _ = write!(path, "&page={page}");
        }
        let reply = self.checked(self.get(&path, known)?).map_err(|failure| match failure {
            Failure::Missing => self.hidden(place),
            Failure::Deleted => Failure::IssuesOff,
            failure => failure,
        })?;
        let content = match reply.status {
            304 => None,
            _ => Some(Page {
                issues: json::issues(self.http.endpoint(), &reply.json(&self.host_text())?)
                    .map_err(|message| Failure::OtherJson { host: self.host_text(), message })?,
                more: reply.has_next(),
            }),
        };
        let moved =
            reply.moved_to.as_deref().and_then(|path| path.split('?').next()?.strip_suffix("/issues"));
        let moved = moved.filter(|moved| *moved != base && is_base(moved)).map(str::to_owned);
        Ok(reply.answer(content, moved))
    }

    fn repository(&self, place: &Place) -> Result<(), Failure> {
        match self.checked(self.get(&base(place), &Validators::default())?) {
            Err(Failure::Missing) => Err(self.hidden(place)),
            other => other.map(|_| ()),
        }
    }

    fn create(&self, place: &Place, issue: &NewIssue) -> Result<Created, Failure> {
        if self.is_anonymous() {
            return Err(Failure::NoToken { host: self.host_text(), untrusted: !self.settings.trusted });
        }
        let base = base(place);
        let path = format!("{base}/issues");
        let body = |labels: &[String]| {
            let (title, text) = (cut(&issue.title, MAX_TITLE), cut(&issue.body, MAX_BODY));
            json!({ "title": title, "body": text, "labels": labels })
        };
        let reply = self.post(&path, &body(&issue.labels))?;
        // Nothing was created; where the labels are to blame, they are created, or the issue does without.
        let reply = if reply.status == 422 && reply.blames("labels") && !issue.labels.is_empty() {
            let labels = self.make_labels(&base, &issue.labels)?;
            let second = self.post(&path, &body(&labels))?;
            if second.status == 422 && second.blames("labels") {
                self.post(&path, &body(&[]))?
            } else {
                second
            }
        } else {
            reply
        };
        let reply = self.checked(reply).map_err(|failure| match failure {
            Failure::Missing => self.hidden(place),
            Failure::Deleted => Failure::IssuesOff,
            failure => failure,
        })?;
        self.read_created(&reply, &issue.labels)
    }
}

impl GitHub {
    fn hidden(&self, place: &Place) -> Failure {
        let repository = place.repository.clone();
        Failure::Hidden { host: self.host_text(), repository, anonymous: self.is_anonymous() }
    }
}

/// The path of the repository, below the API.
fn base(place: &Place) -> String {
    match &place.moved {
        // It was kept in a file meanwhile, so it is looked at again.
        Some(moved) if is_base(moved) => moved.clone(),
        _ => format!("/repos/{}", place.repository),
    }
}

/// Whether `path` is that of a repository: `/repositories/1` or `/repos/owner/name`.
fn is_base(path: &str) -> bool {
    match path.strip_prefix("/repositories/") {
        Some(id) => (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit()),
        None => path.strip_prefix("/repos/").is_some_and(|name| Repository::parse(name).is_some()),
    }
}

fn cut(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::is_base;

    #[test]
    fn paths_of_repositories() {
        for (path, expected) in [
            ("/repositories/1296269", true),
            ("/repos/acme/shop", true),
            ("/repositories/", false),
            ("/repositories/1/../../user", false),
            ("/repositories/12345678901234567890", false),
            ("/repos/acme", false),
            ("/repos/acme/shop/issues", false),
            ("/repos/../user", false),
            ("/user", false),
            ("", false),
        ] {
            assert_eq!(is_base(path), expected, "{path}");
        }
    }
}
