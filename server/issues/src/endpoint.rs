//! Where the API of GitHub answers, and which host a token for it belongs to.

use std::net::IpAddr;

use ureq::http::Uri;

use crate::remote::{Remote, Repository};
use crate::settings::Settings;

/// The host everybody knows.
pub(crate) const GITHUB: &str = "github.com";

/// An API. Only `https`, except on the machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://api.github.com`.
    origin: String,
    /// What every path starts with: empty, or `/api/v3`.
    prefix: String,
    /// The host that people see and tokens belong to, with its port unless that is the usual one.
    host: String,
    /// What the addresses of pages start with.
    web: String,
}

impl Endpoint {
    /// Reads an `api_url`.
    ///
    /// # Errors
    /// Returns what is wrong with it, without repeating it: it may hold a password.
    pub fn parse(url: &str) -> Result<Endpoint, &'static str> {
        let url = url.trim();
        if url.contains(['?', '#']) {
            return Err("`issues.api_url` has a `?` or a `#`; expected `https://host/path`");
        }
        let uri: Uri = url.parse().map_err(|_| "`issues.api_url` is no URL; expected `https://host/path`")?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("`issues.api_url` names no host; expected `https://host/path`");
        };
        if authority.as_str().contains('@') {
            return Err(
                "`issues.api_url` holds a user or a password; expected `https://host/path`, and the token in \
                        the environment",
            );
        }
        let usual = match scheme {
            "https" => 443,
            "http" if is_loopback(authority.host()) => 80,
            _ => return Err("`issues.api_url` is not `https`; expected `https://host/path`"),
        };
        let path = uri.path().trim_end_matches('/');
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'~');
        if !path.bytes().all(plain) || path.split('/').any(|part| part == "..") {
            return Err("`issues.api_url` has an odd path; expected one such as `/api/v3`");
        }
        let host = authority.host().to_ascii_lowercase();
        let host = match authority.port_u16() {
            Some(port) if port != usual => format!("{host}:{port}"),
            _ => host,
        };
        let origin = format!("{scheme}://{host}");
        // `api.github.com` serves github.com, `api.acme.ghe.com` serves acme.ghe.com.
        let site = match host.strip_prefix("api.") {
            Some(site) if site == GITHUB || site.ends_with(".ghe.com") => site.to_owned(),
            _ => host,
        };
        let web = format!("{scheme}://{site}");
        Ok(Endpoint { origin, prefix: path.to_owned(), host: site, web })
    }

    /// The API for `host`, which is known to be GitHub's.
    fn of_host(host: &str) -> Option<Endpoint> {
        let url = if host == GITHUB || host.ends_with(".ghe.com") {
            format!("https://api.{host}")
        } else {
            format!("https://{host}/api/v3")
        };
        Endpoint::parse(&url).ok()
    }

    /// The host that people see and tokens belong to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the URL of `path` of the API.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.prefix)
    }

    /// Returns the path below the API that `location` of an answer means.
    ///
    /// # Errors
    /// Returns the host, where it is another one (or another port or scheme).
    pub(crate) fn path_of(&self, location: &str) -> Result<String, String> {
        let path = if location.starts_with('/') && !location.starts_with("//") {
            location
        } else {
            // `https://api.github.com.evil.example` starts alike: the next character decides.
            let rest =
                location.get(..self.origin.len()).filter(|head| head.eq_ignore_ascii_case(&self.origin));
            match rest.map(|_| &location[self.origin.len()..]) {
                Some(rest) if rest.starts_with('/') => rest,
                _ => return Err(host_of(location)),
            }
        };
        match path.strip_prefix(self.prefix.as_str()) {
            Some(rest) if rest.starts_with('/') => Ok(rest.to_owned()),
            _ => Err(format!("{}, outside the API", self.host)),
        }
    }

    /// Returns the address of the page of an issue.
    #[must_use]
    pub fn issue_url(&self, repository: &Repository, number: u64) -> String {
        format!("{}/{repository}/issues/{number}", self.web)
    }

    /// Whether `url` is a page of this host, so that it can be shown as a link.
    pub(crate) fn is_page(&self, url: &str) -> bool {
        url.strip_prefix(self.web.as_str()).is_some_and(|rest| rest.starts_with('/'))
            && url.bytes().all(|b| b.is_ascii_graphic())
    }
}

/// The host of a URL, for a message: no user, no path.
fn host_of(url: &str) -> String {
    let host = url.parse::<Uri>().ok().and_then(|uri| Some(uri.authority()?.host().to_owned()));
    host.unwrap_or_else(|| "an unreadable address".to_owned())
}

/// Whether `host` is this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns the API and the repository that a bare number means.
///
/// Without `api_url` only a host is asked that is known to be GitHub's: github.com, or what `GH_HOST` names.
///
/// # Errors
/// Returns why nothing can be fetched, and what to do.
pub(crate) fn select(settings: &Settings, remote: Option<&Remote>) -> Result<(Endpoint, Repository), String> {
    let configured = match &settings.repository {
        Some(text) => Some(
            Repository::parse(text)
                .ok_or("`issues.repository` is not of the form `owner/name`".to_owned())?,
        ),
        None => None,
    };
    let endpoint = match (&settings.api_url, remote) {
        (Some(url), _) => Endpoint::parse(url)?,
        (None, Some(remote)) => {
            let known = remote.host == GITHUB || settings.environment.host().as_deref() == Some(&remote.host);
            Endpoint::of_host(&remote.host).filter(|_| known).ok_or_else(|| {
                format!(
                    "the git remote is at `{}`, which is not known to be GitHub; \
                     set `issues.api_url`, or name the host in GH_HOST",
                    remote.host
                )
            })?
        }
        (None, None) => Endpoint::of_host(GITHUB).ok_or("no API is known for github.com")?,
    };
    let repository = configured.or_else(|| remote.map(|remote| remote.repository.clone())).ok_or(
        "no git remote names a repository; add one called `origin`, or set `issues.repository: owner/name`",
    )?;
    Ok((endpoint, repository))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;

    #[test]
    fn api_urls() {
        let urls = [
            "https://api.github.com",
            "https://API.github.com:443/",
            "https://ghe.example.com/api/v3/",
            "https://ghe.example.com:8443/api/v3",
            "https://api.acme.ghe.com",
            "https://api.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/api",
            "http://localhost",
            "http://ghe.example.com/api/v3",
            "http://127.0.0.1.example.com",
            "https://user:canary@ghe.example.com/api/v3",
            "https://ghe.example.com/api?x=canary",
            "https://ghe.example.com/../canary",
            "file:///etc/passwd",
            "/api/v3",
            "",
        ];
        let table: String = urls
            .iter()
            .map(|url| match Endpoint::parse(url) {
                Ok(endpoint) => {
                    format!("{url}\n  {} | {} | {}\n", endpoint.url("/x"), endpoint.host, endpoint.web)
                }
                Err(error) => {
                    assert!(!error.contains("canary"));
                    format!("{url}\n  {error}\n")
                }
            })
            .collect();
        expect_test::expect![[r#"
            https://api.github.com
              https://api.github.com/x | github.com | https://github.com
            https://API.github.com:443/
              https://api.github.com/x | github.com | https://github.com
            https://ghe.example.com/api/v3/
              https://ghe.example.com/api/v3/x | ghe.example.com | https://ghe.example.com
            https://ghe.example.com:8443/api/v3
              https://ghe.example.com:8443/api/v3/x | ghe.example.com:8443 | https://ghe.example.com:8443
            https://api.acme.ghe.com
              https://api.acme.ghe.com/x | acme.ghe.com | https://acme.ghe.com
            https://api.example.com
              https://api.example.com/x | api.example.com | https://api.example.com
            http://127.0.0.1:8080
              http://127.0.0.1:8080/x | 127.0.0.1:8080 | http://127.0.0.1:8080
            http://[::1]:8080/api
              http://[::1]:8080/api/x | [::1]:8080 | http://[::1]:8080
            http://localhost
              http://localhost/x | localhost | http://localhost
            http://ghe.example.com/api/v3
              `issues.api_url` is not `https`; expected `https://host/path`
            http://127.0.0.1.example.com
              `issues.api_url` is not `https`; expected `https://host/path`
            https://user:canary@ghe.example.com/api/v3
              `issues.api_url` holds a user or a password; expected `https://host/path`, and the token in the environment
            https://ghe.example.com/api?x=canary
              `issues.api_url` has a `?` or a `#`; expected `https://host/path`
            https://ghe.example.com/../canary
              `issues.api_url` has an odd path; expected one such as `/api/v3`
            file:///etc/passwd
              `issues.api_url` is no URL; expected `https://host/path`
            /api/v3
              `issues.api_url` names no host; expected `https://host/path`

              `issues.api_url` is no URL; expected `https://host/path`
        "#]].assert_eq(&table);
    }

    #[test]
    fn redirects_stay_on_the_host() {
        let endpoint = Endpoint::parse("https://ghe.example.com/api/v3").unwrap();
        for (location, expected) in [
            ("https://ghe.example.com/api/v3/repositories/1/issues/2", Ok("/repositories/1/issues/2")),
            ("HTTPS://GHE.example.com/api/v3/repositories/1", Ok("/repositories/1")),
            ("/api/v3/repositories/1", Ok("/repositories/1")),
            ("https://ghe.example.com/login", Err("ghe.example.com, outside the API")),
            ("https://ghe.example.com/api/v3evil/x", Err("ghe.example.com, outside the API")),
            ("http://ghe.example.com/api/v3/x", Err("ghe.example.com")),
            ("https://ghe.example.com:444/api/v3/x", Err("ghe.example.com")),
            ("https://ghe.example.com.evil.example/api/v3/x", Err("ghe.example.com.evil.example")),
            ("https://ghe.example.com@evil.example/api/v3/x", Err("evil.example")),
            ("//evil.example/api/v3/x", Err("an unreadable address")),
            ("", Err("an unreadable address")),
        ] {
            let found = endpoint.path_of(location);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{location}");
        }
    }

    #[test]
    fn which_repository_is_meant() {
        let select =
            |remote: Option<&str>, api_url: Option<&str>, repository: Option<&str>, host: Option<&str>| {
                let host = host.map(str::to_owned);
                let settings = Settings {
                    api_url: api_url.map(str::to_owned),
                    repository: repository.map(str::to_owned),
                    environment: Environment::new(move |name| (name == "GH_HOST").then(|| host.clone())?),
                    ..Settings::default()
                };
                let remote = remote.map(|url| Remote::parse(url).unwrap());
                match select(&settings, remote.as_ref()) {
                    Ok((endpoint, repository)) => format!("{} {repository}", endpoint.url("")),
                    Err(error) => error,
                }
            };
        let ours = "git@github.com:acme/shop.git";
        let theirs = "git@ghe.example.com:acme/shop.git";
        assert_eq!(select(Some(ours), None, None, None), "https://api.github.com acme/shop");
        assert_eq!(select(Some(ours), None, Some("a/b"), None), "https://api.github.com a/b");
        assert_eq!(select(None, None, Some("a/b"), None), "https://api.github.com a/b");
        assert_eq!(
            select(Some(theirs), None, None, Some("ghe.example.com")),
            "https://ghe.example.com/api/v3 acme/shop"
        );
        assert_eq!(
            select(Some(theirs), Some("https://ghe.example.com/api/v3"), None, None),
            "https://ghe.example.com/api/v3 acme/shop"
        );
        expect_test::expect![[r#"
            the git remote is at `ghe.example.com`, which is not known to be GitHub; set `issues.api_url`, or name the host in GH_HOST
            the git remote is at `ghe.example.com`, which is not known to be GitHub; set `issues.api_url`, or name the host in GH_HOST
            no git remote names a repository; add one called `origin`, or set `issues.repository: owner/name`
            `issues.repository` is not of the form `owner/name`"#]].assert_eq(
            &[
                select(Some(theirs), None, None, None),
                select(Some(theirs), None, Some("a/b"), Some("other.example.com")),
                select(None, None, None, None),
                select(Some(ours), None, Some("a"), None),
            ]
            .join("\n"),
        );
    }
}
