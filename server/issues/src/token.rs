//! Which token belongs to a host.

use std::path::Path;

use crate::endpoint::{Endpoint, GITHUB};
use crate::gh;
use crate::secret::Secret;
use crate::settings::Settings;

/// Returns the token for `endpoint`, if the user has one for that very host.
///
/// - github.com: `GITHUB_TOKEN`, `GH_TOKEN`, then `gh auth token`.
/// - Any other host may have been named by the workspace alone. It gets `GH_ENTERPRISE_TOKEN`,
///   `GITHUB_ENTERPRISE_TOKEN` or the answer of `gh` where `GH_HOST` names it or the workspace is trusted; and
///   `GITHUB_TOKEN` where `GITHUB_SERVER_URL` says that it is of that host, as on a runner of GitHub Actions.
/// - `issues.token_env` could name any secret of the user, so it counts only in a trusted workspace.
pub(crate) fn find(endpoint: &Endpoint, settings: &Settings, root: &Path) -> Option<Secret> {
    let host = endpoint.host();
    let get = |name: &str| settings.environment.get(name).and_then(|text| Secret::new(&text));
    if let Some(name) = settings.token_env.as_deref().filter(|_| settings.trusted)
        && let Some(token) = get(name)
    {
        return Some(token);
    }
    let named = settings.environment.host().as_deref() == Some(host);
    let server = settings.environment.get("GITHUB_SERVER_URL").and_then(|url| Endpoint::parse(&url).ok());
    let of_server = |host: &str| server.as_ref().is_some_and(|server| server.host() == host);
    let elsewhere = server.as_ref().is_some_and(|server| server.host() != GITHUB);
    let mut names: Vec<&str> = Vec::new();
    if host == GITHUB {
        names.extend((!elsewhere).then_some("GITHUB_TOKEN"));
        names.push("GH_TOKEN");
    } else {
        if named || settings.trusted {
            names.extend(["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]);
        }
        names.extend(of_server(host).then_some("GITHUB_TOKEN"));
        // Hosts of GitHub itself, for which `gh` takes the same variables.
        if named && host.ends_with(".ghe.com") {
            names.extend(["GH_TOKEN", "GITHUB_TOKEN"]);
        }
    }
    if let Some(token) = names.into_iter().find_map(get) {
        return Some(token);
    }
    let allowed = settings.ask_gh && (host == GITHUB || named || settings.trusted);
    allowed.then(|| gh::token(host, settings.environment.get("PATH")?.as_ref(), root, gh::TIMEOUT))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;

    /// Every variable that is set has a value that says its name.
    fn found(api_url: &str, trusted: bool, token_env: Option<&str>, set: &'static [&'static str]) -> String {
        let get = move |name: &str| {
            let entry = set.iter().find(|entry| entry.split('=').next() == Some(name))?;
            Some(entry.split_once('=').map_or(format!("of:{name}"), |(_, value)| value.to_owned()))
        };
        let settings = Settings {
            trusted,
            token_env: token_env.map(str::to_owned),
            environment: Environment::new(get),
            ..Settings::default()
        };
        let endpoint = Endpoint::parse(api_url).unwrap();
        find(&endpoint, &settings, Path::new("/nowhere"))
            .map_or("-".to_owned(), |token| token.expose().to_owned())
    }

    #[test]
    fn each_host_gets_its_own() {
        const ALL: &[&str] =
            &["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "OTHER"];
        const NAMED: &[&str] =
            &["GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GH_HOST=ghe.example.com"];
        const RUNNER: &[&str] = &["GITHUB_TOKEN", "GITHUB_SERVER_URL=https://ghe.example.com"];
        const TENANT: &[&str] = &["GH_TOKEN", "GH_HOST=acme.ghe.com"];
        let (github, enterprise) = ("https://api.github.com", "https://ghe.example.com/api/v3");
        for (api_url, trusted, token_env, set, expected) in [
            (github, false, None, ALL, "of:GITHUB_TOKEN"),
            (github, false, None, &["GH_TOKEN", "GITHUB_TOKEN="], "of:GH_TOKEN"),
            (github, false, None, &[], "-"),
            (github, false, None, &["GH_ENTERPRISE_TOKEN"], "-"),
            (github, false, None, NAMED, "of:GITHUB_TOKEN"),
            (github, false, None, RUNNER, "-"),
            (github, false, Some("OTHER"), ALL, "of:GITHUB_TOKEN"),
            (github, true, Some("OTHER"), ALL, "of:OTHER"),
            (github, true, Some("UNSET"), ALL, "of:GITHUB_TOKEN"),
            (enterprise, false, None, ALL, "-"),
            (enterprise, false, Some("OTHER"), ALL, "-"),
            (enterprise, true, None, ALL, "of:GH_ENTERPRISE_TOKEN"),
            (enterprise, true, None, &["GITHUB_TOKEN", "GH_TOKEN"], "-"),
            (enterprise, true, Some("OTHER"), ALL, "of:OTHER"),
            (enterprise, false, None, NAMED, "of:GH_ENTERPRISE_TOKEN"),
            (enterprise, false, None, RUNNER, "of:GITHUB_TOKEN"),
            ("https://ghe.example.com:8443/api/v3", false, None, NAMED, "-"),
            ("https://evil.example/api/v3", false, None, NAMED, "-"),
            ("https://evil.example/api/v3", false, None, RUNNER, "-"),
            ("https://api.acme.ghe.com", false, None, TENANT, "of:GH_TOKEN"),
            ("https://api.evil.ghe.com", false, None, TENANT, "-"),
        ] {
            assert_eq!(
                found(api_url, trusted, token_env, set),
                expected,
                "{api_url} {trusted} {token_env:?} {set:?}"
            );
        }
    }
}
