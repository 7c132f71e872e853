//! Completion in `stagegate.yaml`: keys, words that may stand as values, and codes of rules.
//!
//! Which key the line belongs to is read from the indentation above it: where one types, the YAML is nearly always
//! broken.

use super::{Completion, CompletionKind, Line};
use crate::config::schema::{DefaultValue, Keys, Type, lookup_type};
use crate::rules;
use crate::text::Source;

/// Most of a configuration file that is read.
const MAX_BYTES: usize = 256 * 1024;

/// Returns what could be typed on a line.
pub(super) fn completions(source: Source<'_>, line: &Line<'_>) -> Vec<Completion> {
    if line.start > MAX_BYTES || line.before().contains('#') || line.before().contains('\t') {
        return Vec::new();
    }
    let above = source.slice(0, line.start);
    let (column, dash) = key_column(line.before());
    let parents = parents(&above, column, dash);
    let path: Vec<&str> = parents.iter().map(String::as_str).collect();
    let typed = &line.before()[column..];
    if let Some(colon) = typed.find(':') {
        let key = typed[..colon].trim_matches(['"', '\'']);
        let of_key: Vec<&str> = path.iter().copied().chain([key]).collect();
        return match lookup_type(&of_key) {
            // Items of a list in brackets would need more than the line.
            Some(ty) if !matches!(ty, Type::List(_)) => values(ty, line, column + colon + 1),
            _ => Vec::new(),
        };
    }
    let Some(ty) = lookup_type(&path) else { return Vec::new() };
    if dash.is_some() && !ty.choices().is_empty() {
        return values(ty, line, column);
    }
    let siblings = siblings(source, &above, line, column);
    keys(ty, line, column, &siblings)
}

/// Returns where the key of a line starts, and the last dash before it.
fn key_column(line: &str) -> (usize, Option<usize>) {
    let (mut column, mut dash) = (line.len() - line.trim_start_matches(' ').len(), None);
    while let Some(rest) = line[column..].strip_prefix("- ") {
        dash = Some(column);
        column = line.len() - rest.trim_start_matches(' ').len();
    }
    (column, dash)
}

/// Returns the keys that a line at `column` lies below, the outermost first.
fn parents(above: &str, column: usize, dash: Option<usize>) -> Vec<String> {
    // The items of a list may stand below their key without being indented.
    let mut limit = dash.map_or(column, |dash| dash + 1);
    let mut found = Vec::new();
    for line in above.lines().rev() {
        if limit == 0 {
            break;
        }
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (column, dash) = key_column(line);
        let key = line[column..].split_once(':').map(|(key, _)| key.trim().trim_matches(['"', '\'']));
        match (key, dash) {
            (Some(key), _) if column < limit => {
                found.push(key.to_owned());
                limit = dash.map_or(column, |dash| dash + 1);
            }
            // The item that the line belongs to.
            (_, Some(dash)) if dash < limit => limit = dash + 1,
            _ => {}
        }
    }
    found.reverse();
    found
}

/// Returns the keys beside the line.
fn siblings(source: Source<'_>, above: &str, line: &Line<'_>, column: usize) -> Vec<String> {
    let below = source.slice(line.end(), line.end() + MAX_BYTES);
    let mut found = Vec::new();
    let mut take = |other: &str| {
        let text = other.trim();
        if text.is_empty() || text.starts_with('#') {
            return true;
        }
        let (at, dash) = key_column(other);
        if at == column
            && let Some((key, _)) = other[at..].split_once(':')
        {
            found.push(key.trim_matches(['"', '\'']).to_owned());
        }
        // Another item of a list has keys of its own.
        at >= column && dash.is_none()
    };
    for other in above.lines().rev() {
        if !take(other) {
            break;
        }
    }
    for other in below.lines().skip(1) {
        let (_, dash) = key_column(other);
        if dash.is_some_and(|dash| dash < column) || !take(other) {
            break;
        }
    }
    found
}

/// Offers the keys of a section.
fn keys(ty: &'static Type, line: &Line<'_>, column: usize, present: &[String]) -> Vec<Completion> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '*');
    let typed = &line.before()[column..];
    if !typed.chars().all(is_key) {
        return Vec::new();
    }
    let after = line.after();
    let end = after.find(|c| !is_key(c)).unwrap_or(after.len());
    let has_colon = after[end..].trim_start().starts_with(':');
    let offer =
        |index: usize, name: &str, docs: String, detail: Option<String>, is_section: bool| Completion {
            label: name.to_owned(),
            kind: CompletionKind::Key,
            detail,
            documentation: Some(docs),
            edit: line.edit(
                column,
                line.cursor + end,
                match (has_colon, is_section) {
                    (true, _) => name.to_owned(),
                    (false, true) => format!("{name}:"),
                    (false, false) => format!("{name}: "),
                },
            ),
            sort: format!("{index:03}"),
            filter: None,
            snippet: false,
        };
    if let Type::Map { keys: Keys::Rule, .. } = ty.item() {
        let rules =
            rules::ALL.iter().enumerate().filter(|(_, rule)| !present.iter().any(|key| key == rule.code));
        return rules
            .map(|(index, rule)| {
                offer(index, rule.code, rule.summary.to_owned(), Some(rule.severity.name().to_owned()), false)
            })
            .collect();
    }
    let missing =
        ty.keys().iter().enumerate().filter(|(_, key)| !present.iter().any(|known| known == key.name));
    missing
        .map(|(index, key)| {
            let detail = match key.default {
                DefaultValue::Bool(value) => Some(format!("default {value}")),
                DefaultValue::Number(value) => Some(format!("default {value}")),
                DefaultValue::Text(value) => Some(format!("default {value}")),
                DefaultValue::None | DefaultValue::List(_) => None,
            };
            let is_section =
                matches!(key.ty, Type::Section(_) | Type::Map { .. } | Type::List(_) | Type::OneOf(_));
            offer(index, key.name, key.docs.to_owned(), detail, is_section)
        })
        .collect()
}

/// Offers the words that may stand in a value that starts at byte `from` of the line.
fn values(ty: &'static Type, line: &Line<'_>, from: usize) -> Vec<Completion> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let before = &line.text[from..line.cursor];
    let typed = before.trim_start().trim_start_matches(['"', '\'']);
    if !typed.chars().all(is_word) {
        return Vec::new();
    }
    let after = line.after();
    let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
    let blank = if before.is_empty() && line.text[..from].ends_with(':') { " " } else { "" };
    let choices = ty.choices().iter().enumerate();
    choices
        .map(|(index, choice)| Completion {
            label: choice.value.to_owned(),
            kind: CompletionKind::Value,
            detail: None,
            documentation: (!choice.docs.is_empty()).then(|| choice.docs.to_owned()),
            edit: line.edit(line.cursor - typed.len(), line.cursor + end, format!("{blank}{}", choice.value)),
            sort: format!("{index:03}"),
            filter: None,
            snippet: false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::completion;
    use crate::ide::testing::{both, cursor};
    use crate::workspace::Root;
    use expect_test::{Expect, expect};

    /// Renders the first few proposals that fit what is typed.
    fn check(fixture: &str, expected: &Expect) {
        let (text, at) = cursor(fixture);
        let items = both(&text, |source| completion(source, "stagegate.yaml", &Root::default(), at));
        let fits =
            |item: &&Completion| item.label.starts_with(&text[usize::from(item.edit.range.start())..at]);
        let shown = items.iter().filter(fits).take(6);
        let lines: Vec<String> =
            shown.map(|item| format!("{} | {:?}\n", item.label, item.edit.new_text)).collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn keys_of_the_file_and_of_sections() {
        check(
            "$0",
            &expect![[r#"
            rules | "rules:"
            overrides | "overrides:"
            instructions | "instructions:"
            specs | "specs:"
            components | "components:"
            files | "files:"
        "#]],
        );
        check(
            "quality_gates:\n  test_coverage:\n    staging_threshold: 70\n    $0\n",
            &expect![[r#"
            dev_threshold | "dev_threshold: "
            production_threshold | "production_threshold: "
        "#]],
        );
        check(
            "rules:\r\n  instructions/miss$0\r\n",
            &expect![[r#"
            instructions/missing-frontmatter | "instructions/missing-frontmatter: "
            instructions/missing-field | "instructions/missing-field: "
        "#]],
        );
        check(
            "overrides:\n- paths: [a]\n  ru$0\n- rules:\n",
            &expect![[r#"
            rules | "rules:"
        "#]],
        );
        check(
            "overrides:\n  - paths: [a]\n    rules:\n      spec/$0\n",
            &expect![[r#"
                spec/missing-section | "spec/missing-section: "
                spec/missing-metadata | "spec/missing-metadata: "
                spec/unknown-stage | "spec/unknown-stage: "
                spec/placeholder-left | "spec/placeholder-left: "
                spec/stage-skipped | "spec/stage-skipped: "
                spec/target-below-stage | "spec/target-below-stage: "
            "#]],
        );
        check("# $0", &expect![[""]]);
    }

    #[test]
    fn words_of_values() {
        check(
            "rules:\n  instructions/missing-field: $0\n",
            &expect![[r#"
            off | "off"
            hint | "hint"
            information | "information"
            warning | "warning"
            error | "error"
        "#]],
        );
        check(
            "quality_gates:\n  linting:\n    auto_fix:$0\n",
            &expect![[r#"
            true | " true"
            false | " false"
        "#]],
        );
        check("quality_gates:\n  linting:\n    max_issues: $0\n", &expect![[""]]);
        check("nothing:\n  of: $0\n", &expect![[""]]);
    }
}
