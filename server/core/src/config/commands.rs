//! Commands and addresses of environments: what may stand there.

use super::check::{Checker, IssueKind, nearest, quoted, requoted, shorten};
use super::schema::{Type, one_of};
use super::value::Value;
use crate::diagnostic::Fix;
use crate::frontmatter::yaml::{Node, ScalarType};
use crate::placeholder::{Piece, pieces};

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
