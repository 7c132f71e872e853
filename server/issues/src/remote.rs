//! Where a repository lies: `owner/name`, and what the URL of a git remote says.

use std::fmt;

/// Longest name of an owner or a repository; GitHub allows 39 and 100.
const MAX_LEN: usize = 100;

/// A repository of a host, as `owner/name`.
///
/// Both parts hold only letters, digits, `-`, `_` and `.`, so they can stand in a URL as they are. GitHub ignores
/// case; the cache does too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Returns the repository, unless a part could not be a name.
    #[must_use]
    pub fn new(owner: &str, name: &str) -> Option<Repository> {
        let valid = |part: &str| {
            !part.is_empty()
                && part.len() <= MAX_LEN
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        (valid(owner) && valid(name)).then(|| Repository { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// Reads `owner/name`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Repository> {
        let (owner, name) = text.trim().split_once('/')?;
        Repository::new(owner, name)
    }

    /// Who owns it.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// What the URL of a remote says. User, password and port are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The host, in lower case.
    pub host: String,
    /// The repository there.
    pub repository: Repository,
}

impl Remote {
    /// Reads `https://host/owner/name.git`, `ssh://git@host:22/owner/name` or `git@host:owner/name`; none where
    /// `url` is a path or has another form.
    #[must_use]
    pub fn parse(url: &str) -> Option<Remote> {
        let url = url.trim();
        let (authority, path) = match url.split_once("://") {
            Some((scheme, rest)) => {
                let known = ["https", "http", "ssh", "git", "git+ssh", "ssh+git", "git+https"];
                known.iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
                rest.split_once('/')?
            }
            // `host:path`, but not `C:\path`, and not a path with a colon in it.
            None => {
                let (authority, path) = url.split_once(':')?;
                if authority.contains(['/', '\\']) || authority.len() < 2 || path.starts_with('\\') {
                    return None;
                }
                (authority, path)
            }
        };
        // The last `@`: a password may hold one.
        let host = authority.rsplit('@').next()?;
        let host = match host.split_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) => return None,
            None => host,
        };
        let path = path.split(['?', '#']).next()?.trim_matches('/');
        let (owner, name) = path.split_once('/')?;
        let repository = Repository::new(owner, name.strip_suffix(".git").unwrap_or(name))?;
        Some(Remote { host: plain_host(host)?, repository })
    }
}

/// Returns `host` in lower case, under the name that GitHub's API goes by.
fn plain_host(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let valid = !host.is_empty()
        && host.len() <= 253
        && !host.starts_with(['.', '-'])
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let host = match host.as_str() {
        "www.github.com" | "ssh.github.com" => "github.com".to_owned(),
        _ => host,
    };
    valid.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> String {
        Remote::parse(url).map_or("-".to_owned(), |remote| format!("{} {}", remote.host, remote.repository))
    }

    #[test]
    fn urls_of_remotes() {
        let urls = [
            "https://github.com/acme/shop.git",
            "https://GitHub.com/acme/shop/",
            "https://user:canary@github.com/acme/shop",
            "https://user:c@n@ry@github.com:443/acme/shop",
            "https://x-access-token:canary@ghe.example.com/acme/shop.js.git",
            "http://localhost:3000/acme/shop",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git+ssh://git@github.com/acme/shop",
            "git://github.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "git@github.com:/acme/shop.git",
            "org-1234@github.com:acme/shop.git",
            "github.com:acme/shop",
            // None of a host.
            "",
            "acme/shop",
            "/srv/git/shop.git",
            "../shop.git",
            "./a:b/c",
            "file:///srv/git/acme/shop.git",
            r"C:\git\acme\shop",
            "c:/git/shop",
            "https://github.com",
            "https://github.com/shop",
            "https://gitlab.com/group/subgroup/shop.git",
            "https://github.com/acme/..",
            "https://github.com/acme/sh op",
            "https://github.com/acme/%2e%2e",
            "https://git hub.com/acme/shop",
            "https://github.com:x/acme/shop",
            "javascript://github.com/acme/shop",
        ];
        let table: String = urls.iter().map(|url| format!("{url:<62} {}\n", read(url))).collect();
        expect_test::expect![[r#"
            https://github.com/acme/shop.git                               github.com acme/shop
            https://GitHub.com/acme/shop/                                  github.com acme/shop
            https://user:canary@github.com/acme/shop                       github.com acme/shop
            https://user:c@n@ry@github.com:443/acme/shop                   github.com acme/shop
            https://x-access-token:canary@ghe.example.com/acme/shop.js.git ghe.example.com acme/shop.js
            http://localhost:3000/acme/shop                                localhost acme/shop
            ssh://git@github.com/acme/shop.git                             github.com acme/shop
            ssh://git@ssh.github.com:443/acme/shop.git                     github.com acme/shop
            git+ssh://git@github.com/acme/shop                             github.com acme/shop
            git://github.com/acme/shop.git                                 github.com acme/shop
            git@github.com:acme/shop.git                                   github.com acme/shop
            git@github.com:/acme/shop.git                                  github.com acme/shop
            org-1234@github.com:acme/shop.git                              github.com acme/shop
            github.com:acme/shop                                           github.com acme/shop
                                                                           -
            acme/shop                                                      -
            /srv/git/shop.git                                              -
            ../shop.git                                                    -
            ./a:b/c                                                        -
            file:///srv/git/acme/shop.git                                  -
            C:\git\acme\shop                                               -
            c:/git/shop                                                    -
            https://github.com                                             -
            https://github.com/shop                                        -
            https://gitlab.com/group/subgroup/shop.git                     -
            https://github.com/acme/..                                     -
            https://github.com/acme/sh op                                  -
            https://github.com/acme/%2e%2e                                 -
            https://git hub.com/acme/shop                                  -
            https://github.com:x/acme/shop                                 -
            javascript://github.com/acme/shop                              -
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn credentials_are_not_kept() {
        let remote = Remote::parse("https://user:canary@github.com/acme/shop").unwrap();
        assert!(!format!("{remote:?}").contains("canary"));
    }
}
