//! Settings of the editor, in the shape of `stagegate.yaml`.

use serde_json::Value;
use stagegate_core::config::schema;

/// The section of the editor's settings that is ours.
pub(crate) const SECTION: &str = "stagegate";

/// Returns our part of `workspace/didChangeConfiguration`: clients send it bare, below `stagegate`, or below
/// `config` in that. `None` where nothing is said of it; an empty object where it was emptied.
pub(crate) fn of(settings: Value) -> Option<Value> {
    let Value::Object(mut settings) = settings else { return None };
    let mut named = false;
    for name in [SECTION, "config"] {
        if let Some(Value::Object(inner)) = settings.get(name) {
            settings = inner.clone();
            named = true;
        }
    }
    // What only the editor's side reads is not configuration.
    settings.retain(|key, value| !matches!(key.as_str(), "server" | "trace" | "config") && !value.is_null());
    // Bare settings may be those of anybody; they are ours if one of our keys is there.
    let ours = named || settings.keys().any(|key| schema::lookup(&[key]).is_some());
    ours.then_some(Value::Object(settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_found_wherever_clients_put_them() {
        let ours = json!({ "rules": { "instructions/*": "off" } });
        assert_eq!(of(ours.clone()), Some(ours.clone()));
        assert_eq!(of(json!({ "stagegate": ours })), Some(ours.clone()));
        let nested = json!({ "stagegate": { "config": ours, "server": { "path": "x" } } });
        assert_eq!(of(nested), Some(ours));
        assert_eq!(of(json!({ "stagegate": { "config": {}, "server": { "path": "x" } } })), Some(json!({})));
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "python": { "analysis": {} }, "editor": {} })), None, "somebody else's");
        assert_eq!(of(Value::Null), None);
    }
}
