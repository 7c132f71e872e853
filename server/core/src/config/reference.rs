//! The reference page of the configuration.

use std::fmt::Write as _;

use super::keys::{GATE, ROOT, SEVERITY};
use super::schema::{DefaultValue, Key, Keys, Type};

const HEAD: &str = "\
<!-- Generated from server/core/src/config/keys.rs; run `STAGEGATE_CODEGEN=1 cargo test -p stagegate-core --test generated`. -->

# Configuration

Stagegate reads `stagegate.yaml` at the root of the workspace. Where there is none, it reads
`scripts/workflow/workflow_config.yaml`; both take the same keys. If both exist, only `stagegate.yaml` counts.

```yaml
rules:
  instructions/unknown-key: off
  config/*: error
overrides:
  - paths: [\"drafts/**\"]
    rules: { instructions/*: hint }
instructions:
  include: [\"prompts/**/*.md\"]
quality_gates:
  test_coverage:
    staging_threshold: 75
```

## How values are found

- Three layers: the defaults below, the file, the settings of the editor. A later layer wins, key by key.
- Lists of globs and of names **add** to the layer below; every other list replaces it. `exclude` wins over `include`.
- In `rules`, a code beats its family, and a family in a later layer beats a code in an earlier one. `overrides` beat
  `rules`, also those of a later layer; the last entry that matches the path and names the rule counts.
- A value that is not valid counts as not written: the layer below holds, the other keys are not affected, and
  [`config/*`](rules.md#config) says what is wrong. An empty section is no mistake.
- Of a key that is written twice the last one counts. Aliases (`*name`) of lists and mappings, and merge keys (`<<`),
  are not followed.
- A file of more than 256 KiB is not read.
- `# stagegate: ignore[unknown-key]` behind a line, or alone above it, silences a finding there; at a key, in all of its
  value.

## Types

- A *duration* is a number of seconds, or text with a unit: `500ms`, `1.5s`, `2m`, `1h`.
- A *glob* knows `*`, `**`, `?`, `[a-z]` and `{a,b}`. One without a leading `/` matches at the root and below any
  folder. Quote a glob that starts with `*`.
- A *path* stays below the root of the workspace.
- A *path with `<component>`* has that word exactly once, for the name of a component. `*` stands for any text within one
  name; in the name with `<component>` only behind it.
- A *list of commands* is a list of argument lists, run in order, such as `[[kubectl, apply, -f, app.yaml], [notify]]`; one
  argument list alone is one command. There is no shell.
- `yes`, `no`, `on` and `off` are booleans too, where a boolean is expected.
";

/// Returns the reference page, `docs/configuration.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut out = HEAD.to_owned();
    for (name, ty) in [("severity", &SEVERITY), ("gate", &GATE)] {
        let _ = writeln!(out, "- A *{name}* is one of:");
        for choice in ty.choices() {
            let _ = writeln!(out, "  - `{}`: {}", choice.value, choice.docs);
        }
    }
    out.push_str(
        "\nA [JSON Schema](stagegate.schema.json) of all this is for editors that check YAML with one.\n",
    );
    out.push_str("\n## Keys\n");
    sections(&mut out, ROOT.keys(), "");
    out
}

/// Writes one heading for each section that has keys of its own, in the order of the schema.
fn sections(out: &mut String, keys: &'static [Key], parent: &str) {
    for key in keys {
        let path = if parent.is_empty() { key.name.to_owned() } else { format!("{parent}.{}", key.name) };
        // Of a mapping from names to sections the keys of the sections are what matters.
        let (path, below) = match &key.ty {
            Type::Map { values, .. } if !values.keys().is_empty() => {
                (format!("{path}.<name>"), values.keys())
            }
            ty => (path, ty.keys()),
        };
        if below.is_empty() && !parent.is_empty() {
            continue; // A row of the table of its section.
        }
        let _ = writeln!(out, "\n### `{path}`\n\n{}", key.docs);
        if below.is_empty() {
            let _ = writeln!(out, "\nType: {}.{}", describe(&key.ty), choices(&key.ty));
            continue;
        }
        // Written out once.
        let same = |other: &&'static Key| other.name != key.name && std::ptr::eq(other.ty.keys(), below);
        if let Some(first) = keys.iter().take_while(|other| other.name != key.name).find(same) {
            let first =
                if parent.is_empty() { first.name.to_owned() } else { format!("{parent}.{}", first.name) };
            let _ = writeln!(out, "\nIts keys are those of `{first}`.");
            continue;
        }
        if matches!(key.ty, Type::List(_)) {
            let _ = writeln!(out, "\nType: {}, with these keys:", key.ty.expected());
        }
        let rows: Vec<_> = below.iter().filter(|key| key.ty.keys().is_empty()).collect();
        if !rows.is_empty() {
            out.push_str("\n| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n");
        }
        for row in rows {
            let default = match row.default {
                DefaultValue::None => String::new(),
                // One to a line: a long list would make the column unreadable.
                DefaultValue::List(items) if !items.is_empty() => {
                    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join("<br>")
                }
                default => format!("`{default}`"),
            };
            let _ = writeln!(
                out,
                "| `{}` | {} | {default} | {}{} |",
                row.name,
                describe(&row.ty),
                row.docs,
                choices(&row.ty)
            );
        }
        sections(out, below, &path);
    }
}

fn describe(ty: &'static Type) -> String {
    let bounds = ty.bounds();
    let name = match ty {
        Type::Bool => "boolean".to_owned(),
        Type::Integer { .. } => "integer".to_owned(),
        Type::Number { .. } => "number".to_owned(),
        Type::Duration { .. } => "duration".to_owned(),
        Type::String => "string".to_owned(),
        Type::Enum(_) => "word".to_owned(),
        Type::Glob => "glob".to_owned(),
        Type::Path => "path".to_owned(),
        Type::Layout => "path with `<component>`".to_owned(),
        Type::Word => "word".to_owned(),
        Type::Pattern => "regular expression".to_owned(),
        Type::Commands => "list of commands".to_owned(),
        Type::Url => "address".to_owned(),
        Type::Map { keys: Keys::Variable, .. } => "mapping from variable to string".to_owned(),
        Type::Map { values: Type::List(_), .. } => "mapping from glob to list".to_owned(),
        Type::Map { .. } => "mapping from rule to severity".to_owned(),
        Type::List(item) if std::ptr::eq(*item, &GATE) => "list of gates".to_owned(),
        Type::List(Type::Enum(_)) => "list of words".to_owned(),
        Type::List(_) | Type::Section(_) | Type::OneOf(_) => {
            ty.expected().trim_start_matches("a ").to_owned()
        }
    };
    if bounds.is_empty() { name } else { format!("{name}, {bounds}") }
}

/// Lists the words that may stand there.
fn choices(ty: &'static Type) -> String {
    let ty = if let Type::Map { values, .. } = ty { values.item() } else { ty.item() };
    // Those are listed once for all keys.
    let named = std::ptr::eq(ty, &SEVERITY) || std::ptr::eq(ty, &GATE);
    if named || !matches!(ty, Type::Enum(_)) {
        return String::new();
    }
    let choices = ty.choices();
    let words: Vec<_> =
        choices.iter().map(|choice| format!("`{}` ({})", choice.value, choice.docs)).collect();
    format!(" One of: {}.", words.join(", "))
}
