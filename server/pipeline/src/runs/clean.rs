//! Takes secrets out of JSON, without touching what makes it JSON.

use serde_json::Value;

use crate::redact::Redactor;

/// Takes secrets out of every text in `value`.
pub(super) fn value(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(clean) = redactor.redact(text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| self::value(item, redactor)),
        Value::Object(map) => object(map, redactor),
        _ => {}
    }
}

/// Takes secrets out of an object, its keys included.
pub(super) fn object(map: &mut serde_json::Map<String, Value>, redactor: &Redactor) {
    let secret = |key: &String| matches!(redactor.redact(key), std::borrow::Cow::Owned(_));
    if map.keys().any(secret) {
        let all = std::mem::take(map);
        map.extend(all.into_iter().map(|(key, value)| (redactor.redact(&key).into_owned(), value)));
    }
    map.values_mut().for_each(|item| value(item, redactor));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_keys_are_clean_and_the_rest_stays() {
        let redactor = Redactor::from_env([("MY_\"TOKEN".into(), "hunter2-canary".into())]);
        let mut all = json!({"a": ["x hunter2-canary", 1, null], "hunter2-canary": {"b": true}, "aHVudGVyMi1jYW5hcnk=": 2});
        value(&mut all, &redactor);
        let text = all.to_string();
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVy"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), all);
        assert_eq!(all["a"][0], "x [redacted MY_\"TOKEN]");
    }
}
