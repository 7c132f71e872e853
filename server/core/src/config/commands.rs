//! Commands and addresses of environments: what may stand there.

use super::check::{Checker, IssueKind, nearest, quoted, requoted, shorten};
use super::schema::{Type, one_of};
use super::value::Value;
use crate::diagnostic::{Fix, Severity};
use crate::frontmatter::yaml::{Node, ScalarType};
use crate::placeholder::{Piece, pieces};
use crate::stage::CLIMB;

/// The placeholders of the commands and addresses of environments.
pub const ENVIRONMENT_PLACES: [&str; 6] = ["component", "stage", "version", "run", "release", "commit"];

/// What stands for commands that cannot be read: a command without one of its arguments is another command, and an
/// environment without its commands another environment.
pub(super) const UNREADABLE: Value = Value::Bool(false);

impl Checker {
    /// Checks commands; where one argument is wrong, nothing of them counts.
    pub(super) fn commands(&mut self, node: &Node) -> Option<Value> {
        if node.scalar_type() == Some(ScalarType::Null) {
            return None;
        }
        let Some(items) = node.items() else {
            self.wrong_type(node, &Type::Commands, None);
            self.explain("write `[[program, argument], [program]]`: there is no shell that would cut a line");
            return Some(UNREADABLE);
        };
        // One command may be written without the outer list.
        if items.iter().any(|item| item.items().is_none()) {
            if let Some(inner) = items.iter().find(|item| item.items().is_some()) {
                let message = "expected one command, or only lists".to_owned();
                self.report(IssueKind::WrongType, inner.range, message);
                self.explain("write every command as a list of its own");
                return Some(UNREADABLE);
            }
            let command = self.command(node, items);
            return Some(command.map_or(UNREADABLE, |command| Value::List(vec![command])));
        }
        let mut commands = Vec::new();
        let mut is_readable = true;
        for (index, item) in items.iter().enumerate() {
            self.at(&format!("[{index}]"), |checker| {
                match checker.command(item, item.items().unwrap_or_default()) {
                    Some(command) => commands.push(command),
                    None => is_readable = false,
                }
            });
        }
        Some(if is_readable { Value::List(commands) } else { UNREADABLE })
    }

    fn command(&mut self, node: &Node, items: &[Node]) -> Option<Value> {
        let mut arguments = Vec::new();
        for (index, item) in items.iter().enumerate() {
            self.at(&format!("[{index}]"), |checker| arguments.extend(checker.argument(item)));
        }
        if arguments.len() != items.len() {
            return None;
        }
        if arguments.first().and_then(Value::text).is_none_or(|program| program.trim().is_empty()) {
            self.report(IssueKind::BadValue, node.range, "a command without a program".to_owned());
            self.explain("write the program first, then its arguments");
            return None;
        }
        Some(Value::List(arguments))
    }

    fn argument(&mut self, node: &Node) -> Option<Value> {
        let value = self.value(node, &Type::String)?;
        let text = value.text()?;
        if text.contains('\0') {
            let message = "a NUL character, which no program can be given".to_owned();
            self.report(IssueKind::BadValue, node.range, message);
            return None;
        }
        self.places(node, text).then_some(value)
    }

    /// Checks an address.
    pub(super) fn url(&mut self, node: &Node, text: &str) -> Option<Value> {
        let rest = ["http://", "https://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if host.is_none_or(|host| host.is_empty() || host.ends_with('@')) || !is_plain {
            // It is not repeated: it may hold a password.
            let message = "this is no address; expected `https://host/path`".to_owned();
            self.report(IssueKind::BadValue, node.range, message);
            return Some(UNREADABLE);
        }
        Some(if self.places(node, text) { Value::Text(text.to_owned()) } else { UNREADABLE })
    }

    /// Whether every placeholder of `text` is one.
    fn places(&mut self, node: &Node, text: &str) -> bool {
        for piece in pieces(text) {
            let Piece::Place(name) = piece else { continue };
            if ENVIRONMENT_PLACES.contains(&name) {
                continue;
            }
            let near = nearest(name, ENVIRONMENT_PLACES.into_iter());
            let expected = ENVIRONMENT_PLACES.map(|place| format!("{{{place}}}"));
            let message = format!(
                "unknown placeholder `{{{}}}`; expected {}",
                shorten(name),
                one_of(expected.iter().map(String::as_str))
            );
            let fix = near.map(|near| text.replace(&format!("{{{name}}}"), &format!("{{{near}}}")));
            let Some(issue) = self.report(IssueKind::BadValue, node.range, message) else { return false };
            issue.help = Some(format!("write `{{{{{}}}}}` for the text itself", shorten(name)));
            issue.fix = fix.map(|text| replacing(node, &text));
            return false;
        }
        // As the patterns of `components.source` have it.
        let angled = ENVIRONMENT_PLACES.into_iter().find(|place| text.contains(&format!("<{place}>")));
        let Some(place) = angled else { return true };
        let message = format!("`<{place}>` is not filled in here; expected `{{{place}}}`");
        if let Some(issue) = self.report(IssueKind::BadValue, node.range, message) {
            let mut text = text.to_owned();
            for place in ENVIRONMENT_PLACES {
                text = text.replace(&format!("<{place}>"), &format!("{{{place}}}"));
            }
            issue.fix = Some(replacing(node, &text));
        }
        false
    }

    /// Reports keys of environments that do not go together.
    pub(super) fn environments(&mut self, root: &Node, value: &Value) {
        for stage in CLIMB {
            let path = format!("environments.{}", stage.name());
            let node = root.get("environments").and_then(|all| all.get(stage.name()));
            let (Some(node), Some(value)) = (node, value.get(&path)) else { continue };
            let entries = node.entries().unwrap_or_default();
            let entry = |key: &str| entries.iter().find(|entry| entry.key.as_str() == Some(key));
            let range = |key: &str| entry(key).map(|entry| entry.key.range);
            let has = |key: &str| value.get(key).is_some();
            // An empty section is no mistake.
            let is_written = |key: &str| {
                value.get(key).is_some_and(|value| *value != Value::Map(Vec::new()))
                    && (key != "drill" || entry(key).is_some_and(|entry| entry.value.entries().is_some()))
            };
            self.at(&format!(".{path}"), |checker| {
                if has("deploy")
                    && has("folder")
                    && let Some(range) = range("folder")
                {
                    let message = "both `folder` and `deploy`; only one of them can be meant".to_owned();
                    checker.report(IssueKind::BadValue, range, message);
                    checker.explain("remove `folder`, or `deploy` with `wait`, `verify` and `undo`");
                }
                for key in ["wait", "verify", "undo", "drill"] {
                    if is_written(key)
                        && !has("deploy")
                        && let Some(range) = range(key)
                    {
                        let message = format!("`{key}` is never run, for nothing is deployed by commands");
                        checker.report(IssueKind::BadValue, range, message);
                        checker.explain("write `deploy`, or remove it");
                    }
                }
                if has("deploy")
                    && !has("undo")
                    && let Some(range) = range("deploy")
                {
                    let message = "nothing undoes this deployment, so a rollback is refused".to_owned();
                    if let Some(issue) = checker.report(IssueKind::BadValue, range, message) {
                        issue.at_most = Some(Severity::Information);
                        issue.help =
                            Some("write the commands that bring back the release before as `undo`".into());
                    }
                }
            });
        }
    }

    fn explain(&mut self, help: &str) {
        if let Some(issue) = self.issues.last_mut() {
            issue.help = Some(help.to_owned());
        }
    }
}

fn replacing(node: &Node, text: &str) -> Fix {
    // Braces begin a mapping in plain YAML.
    let written = if requoted(node, text) == text { quoted(text) } else { requoted(node, text) };
    Fix::safe(format!("Write `{}`", shorten(text)), node.range, written).needs_review()
}

#[cfg(test)]
mod tests {
    use crate::rules::config::testing::check;
    use expect_test::expect;

    #[test]
    fn commands_are_lists_of_arguments() {
        check(
            "environments:\n  staging:\n    deploy: kubectl apply -f x\n    undo: [kubectl, rollout, undo]\n    wait: [[sleep, 5]]\n    verify: [[a], b]\n    smoke: [[\"\", x], []]\n    notify: [[./say, \"{componnent}\", \"{{x}}\", \"{}\"]]\n    caches:\n    monitor: [[look, \"k8s/<stage>/<component>.yaml\"]]\n",
            "*",
            &expect![[r#"
                2:12-2:30 error config/wrong-type "kubectl apply -f x": expected a list of argument lists, found a string (`kubectl apply -f x`)
                  field: environments.staging.deploy
                  help: write `[[program, argument], [program]]`: there is no shell that would cut a line
                4:19-4:20 error config/wrong-type "5": expected a string, found a number (`5`)
                  field: environments.staging.wait[0][1]
                  safe fix: Write `"5"` [("5", "\"5\"")]
                5:13-5:16 error config/wrong-type "[a]": expected one command, or only lists
                  field: environments.staging.verify
                  help: write every command as a list of its own
                6:12-6:19 error config/bad-value "[\"\", x]": a command without a program
                  field: environments.staging.smoke[0]
                  help: write the program first, then its arguments
                6:21-6:23 error config/bad-value "[]": a command without a program
                  field: environments.staging.smoke[1]
                  help: write the program first, then its arguments
                7:21-7:35 error config/bad-value "\"{componnent}\"": unknown placeholder `{componnent}`; expected `{component}`, `{stage}`, `{version}`, `{run}`, `{release}` or `{commit}`
                  field: environments.staging.notify[0][1]
                  help: write `{{componnent}}` for the text itself
                  review fix: Write `{component}` [("\"{componnent}\"", "\"{component}\"")]
                9:21-9:51 error config/bad-value "\"k8s/<stage>/<component>.yaml\"": `<component>` is not filled in here; expected `{component}`
                  field: environments.staging.monitor[0][1]
                  review fix: Write `k8s/{stage}/{component}.yaml` [("\"k8s/<stage>/<component>.yaml\"", "\"k8s/{stage}/{component}.yaml\"")]
            "#]],
        );
    }

    #[test]
    fn keys_of_environments_that_go_together() {
        check(
            "environments:\n  development: {folder: dev, wait: [[a]]}\n  staging:\n    folder: staging\n    deploy: [[a]]\n  production: {folder: ../out, undo: [[a]], drill: {undo: [a]}, health: {status: 99}}\n",
            "*",
            &expect![[r#"
                1:29-1:33 error config/bad-value "wait": `wait` is never run, for nothing is deployed by commands
                  field: environments.development
                  help: write `deploy`, or remove it
                3:4-3:10 error config/bad-value "folder": both `folder` and `deploy`; only one of them can be meant
                  field: environments.staging
                  help: remove `folder`, or `deploy` with `wait`, `verify` and `undo`
                4:4-4:10 information config/bad-value "deploy": nothing undoes this deployment, so a rollback is refused
                  field: environments.staging
                  help: write the commands that bring back the release before as `undo`
                5:23-5:29 error config/bad-value "../out": `../out` leaves the workspace; expected a path below its root
                  field: environments.production.folder
                5:31-5:35 error config/bad-value "undo": `undo` is never run, for nothing is deployed by commands
                  field: environments.production
                  help: write `deploy`, or remove it
                5:44-5:49 error config/bad-value "drill": `drill` is never run, for nothing is deployed by commands
                  field: environments.production
                  help: write `deploy`, or remove it
                5:81-5:83 error config/bad-value "99": `99` is out of range; expected 100 to 599
                  field: environments.production.health.status
            "#]],
        );
    }

    #[test]
    fn addresses() {
        check(
            "environments:\n  development: {health: {url: \"ftp://me:secret@x\"}}\n  staging: {health: {url: \"https://{stag}.example.com/\"}}\n  production: {health: {url: \"https://{stage}.example.com/health?x=1\"}}\n",
            "*",
            &expect![[r#"
                1:30-1:49 error config/bad-value "\"ftp://me:secret@x\"": this is no address; expected `https://host/path`
                  field: environments.development.health.url
                2:26-2:55 error config/bad-value "\"https://{stag}.example.com/\"": unknown placeholder `{stag}`; expected `{component}`, `{stage}`, `{version}`, `{run}`, `{release}` or `{commit}`
                  field: environments.staging.health.url
                  help: write `{{stag}}` for the text itself
                  review fix: Write `https://{stage}.example.com/` [("\"https://{stag}.example.com/\"", "\"https://{stage}.example.com/\"")]
            "#]],
        );
    }
}
