//! The JSON Schema of the configuration (draft 2020-12), for editors that check YAML with one.
//!
//! Unknown keys are left to `config/unknown-key`: in most places they are no more than a hint.

use serde_json::{Map, Value, json};

use super::keys::{GATE, ROOT, SEVERITY};
use super::schema::{DefaultValue, Key, Keys, Type};
use crate::rules;

/// Returns the JSON Schema of `stagegate.yaml` and `scripts/workflow/workflow_config.yaml`.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = of(&ROOT);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Stagegate".into();
    schema["description"] = "The configuration of Stagegate and of the workflow it runs.".into();
    schema["$defs"] = json!({ "rules": rule_map(), "severity": words(&SEVERITY), "gate": words(&GATE) });
    schema
}

fn of(ty: &'static Type) -> Value {
    match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Integer { min, max, .. } => bounded("integer", &json!(min), max.map(|max| json!(max))),
        Type::Number { min, max, .. } => bounded("number", &json!(min), max.map(|max| json!(max))),
        Type::Duration { min } => json!({ "anyOf": [
            { "type": "number", "minimum": min, "description": "Seconds." },
            { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$", "examples": ["1.5s"] },
        ]}),
        Type::String | Type::Glob | Type::Path | Type::Word | Type::Pattern => json!({ "type": "string" }),
        Type::Layout => json!({
            "type": "string",
            "pattern": "^[^<>\\\\]*<component>[^<>\\\\]*$",
            "examples": ["src/<component>"],
        }),
        Type::Url => json!({ "type": "string", "pattern": "^https?://" }),
        Type::Commands => {
            let list = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
            json!({ "anyOf": [{ "type": "array", "items": list }, list, { "type": "null" }] })
        }
        Type::Enum(_) if std::ptr::eq(ty, &GATE) => json!({ "$ref": "#/$defs/gate" }),
        Type::Enum(_) => words(ty),
        // A key without a value is an empty section in YAML.
        Type::List(item) => json!({ "type": ["array", "null"], "items": of(item) }),
        Type::Map { keys: Keys::Rule, .. } => json!({ "$ref": "#/$defs/rules" }),
        Type::Map { keys: Keys::Glob | Keys::Gate | Keys::Variable, values } => {
            json!({ "type": ["object", "null"], "additionalProperties": of(values) })
        }
        Type::Section(keys) if keys.iter().any(|key| key.required) => {
            let required: Vec<_> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            json!({ "type": "object", "properties": properties(keys), "required": required })
        }
        Type::Section(keys) => json!({ "type": ["object", "null"], "properties": properties(keys) }),
        Type::OneOf(keys) => {
            json!({ "type": "object", "properties": properties(keys), "minProperties": 1, "maxProperties": 1 })
        }
    }
}

fn properties(keys: &'static [Key]) -> Value {
    let property = |key: &'static Key| {
        let mut schema = of(&key.ty);
        schema["description"] = key.docs.into();
        match key.default {
            DefaultValue::None => {}
            DefaultValue::Bool(value) => schema["default"] = value.into(),
            DefaultValue::Number(value) => schema["default"] = number(value),
            DefaultValue::Text(value) => schema["default"] = value.into(),
            DefaultValue::List(items) => schema["default"] = items.into(),
        }
        (key.name.to_owned(), schema)
    };
    keys.iter().map(property).collect::<Map<_, _>>().into()
}

/// Writes whole numbers without a fraction: `60`, not `60.0`.
fn number(value: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "defaults are small")]
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

fn bounded(name: &str, min: &Value, max: Option<Value>) -> Value {
    let mut schema = json!({ "type": name, "minimum": min });
    if let Some(max) = max {
        schema["maximum"] = max;
    }
    schema
}

fn words(ty: &'static Type) -> Value {
    let values: Vec<_> = ty.choices().iter().map(|choice| choice.value).collect();
    json!({ "type": "string", "enum": values })
}

/// The map from rules to severities; every rule is named, so that editors can complete it.
fn rule_map() -> Value {
    let severity = |about: &str| json!({ "$ref": "#/$defs/severity", "description": about });
    let mut properties = Map::new();
    for rule in rules::ALL {
        let family = rule.family();
        let all = format!("{family}/*");
        properties.insert(all, severity(&format!("Every rule of the family `{family}`.")));
        let summary = format!("{} (default: {})", rule.summary, rule.severity.name());
        properties.insert(rule.code.to_owned(), severity(&summary));
    }
    let other = json!({ "$ref": "#/$defs/severity" });
    json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": other })
}
