//! What stands for the placeholders of the commands and addresses of environments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::placeholder::{Piece, pieces};
use crate::stage::Stage;

/// What is left as it is in an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The values of placeholders ([`crate::config::ENVIRONMENT_PLACES`]), as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filling {
    /// The canonical name of the component.
    pub component: String,
    /// The stage of the environment.
    pub stage: Option<Stage>,
    /// The version that the code states.
    pub version: Option<String>,
    /// The number of the run.
    pub run: Option<String>,
    /// The number of the release that is brought, or brought back.
    pub release: Option<String>,
    /// The commit that is deployed.
    pub commit: Option<String>,
}

impl Filling {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "component" => Some(&self.component),
            "stage" => self.stage.map(Stage::name),
            "version" => self.version.as_deref(),
            "run" => self.run.as_deref(),
            "release" => self.release.as_deref(),
            "commit" => self.commit.as_deref(),
            _ => None,
        }
    }

    /// Fills in an argument as it is executed.
    ///
    /// # Errors
    /// Returns what is missing, or would be read as something else than a value, in one sentence without a final dot.
    pub fn argument(&self, argument: &str) -> Result<String, String> {
        let mut filled = String::new();
        for piece in pieces(argument) {
            match piece {
                Piece::Text(text) => filled.push_str(&text),
                Piece::Place(name) => {
                    let value = self.get(name).ok_or_else(|| missing(name, argument))?;
                    if filled.is_empty() && value.starts_with('-') {
                        return Err(format!("`{value}` for `{{{name}}}` would be taken for an option"));
                    }
                    filled.push_str(value);
                }
            }
        }
        Ok(filled)
    }

    /// Fills in a command as it is executed.
    ///
    /// # Errors
    /// As [`Filling::argument`].
    pub fn command(&self, command: &[String]) -> Result<Vec<String>, String> {
        command.iter().map(|argument| self.argument(argument)).collect()
    }

    /// Fills in an address as it is asked.
    ///
    /// # Errors
    /// Returns what is missing.
    pub fn url(&self, url: &str) -> Result<String, String> {
        let mut filled = String::new();
        for piece in pieces(url) {
            match piece {
                Piece::Text(text) => filled.push_str(&text),
                Piece::Place(name) => {
                    let value = self.get(name).ok_or_else(|| missing(name, &shown_url(url)))?;
                    filled.extend(utf8_percent_encode(value, PLAIN));
                }
            }
        }
        Ok(filled)
    }

    /// Returns an argument as a plan shows it: what only the run will know stays as `<run>`.
    #[must_use]
    pub fn shown(&self, argument: &str) -> String {
        let piece = |piece| match piece {
            Piece::Text(text) => text,
            Piece::Place(name) => self.get(name).map_or_else(|| format!("<{name}>"), str::to_owned),
        };
        pieces(argument).into_iter().map(piece).collect()
    }
}

fn missing(name: &str, argument: &str) -> String {
    match name {
        "version" => format!("`{argument}` needs a version, and the code of the component states none"),
        "commit" => format!("`{argument}` needs a commit, and there is none"),
        "release" => format!("`{argument}` needs the release before, and none is known"),
        name => format!("nothing is known for `{{{name}}}` in `{argument}`"),
    }
}

/// Returns an address as it is shown and kept: without user, password and the values of its query.
#[must_use]
pub fn shown_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (path, query) = match path.find(['?', '#']) {
        Some(at) => (&path[..at], if path[at..].starts_with('?') { "?..." } else { "" }),
        None => (path, ""),
    };
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn filling() -> Filling {
        Filling {
            component: "calculator".into(),
            stage: Some(Stage::Staging),
            version: Some("1.0+b/2".into()),
            run: Some("20261121-034500-ab12cd".into()),
            ..Filling::default()
        }
    }

    #[test]
    fn arguments_are_filled_whole_or_in_part() {
        let mut lines = String::new();
        let mut odd = filling();
        odd.version = Some("--rm".into());
        for argument in [
            "k8s/{stage}/{component}.yaml",
            "{version}",
            "--image={component}:{version}",
            "{{run}} {run}",
            "{release}",
            "{commit}",
            "jsonpath={.metadata.name}",
        ] {
            lines += &format!("{argument}: {:?}\n", filling().argument(argument));
        }
        lines += &format!("{:?}\n{:?}\n", odd.argument("{version}"), odd.argument("v{version}"));
        expect![[r#"
            k8s/{stage}/{component}.yaml: Ok("k8s/staging/calculator.yaml")
            {version}: Ok("1.0+b/2")
            --image={component}:{version}: Ok("--image=calculator:1.0+b/2")
            {{run}} {run}: Ok("{run} 20261121-034500-ab12cd")
            {release}: Err("`{release}` needs the release before, and none is known")
            {commit}: Err("`{commit}` needs a commit, and there is none")
            jsonpath={.metadata.name}: Ok("jsonpath={.metadata.name}")
            Err("`--rm` for `{version}` would be taken for an option")
            Ok("v--rm")
        "#]]
        .assert_eq(&lines);
        assert_eq!(filling().shown("{release}-{component}"), "<release>-calculator");
    }

    #[test]
    fn addresses_hold_no_secret_when_shown() {
        assert_eq!(
            filling().url("https://{stage}.example.com/{component}?v={version}").unwrap(),
            "https://staging.example.com/calculator?v=1.0%2Bb%2F2"
        );
        let shown = [
            "https://me:secret@example.com/health?token=secret#secret",
            "https://to@ken@example.com",
            "http://example.com/a@b",
            "https://example.com#x",
        ]
        .map(shown_url);
        expect![[r#"
            [
                "https://example.com/health?...",
                "https://example.com",
                "http://example.com/a@b",
                "https://example.com",
            ]
        "#]]
        .assert_debug_eq(&shown);
    }
}
