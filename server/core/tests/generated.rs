//! The pages that are generated from the code are those in the repository.
//!
//! `STAGEGATE_CODEGEN=1 cargo test -p stagegate-core --test generated` rewrites them.
#![allow(clippy::disallowed_methods, reason = "the test reads the repository; the crate itself does no IO")]

use std::path::Path;

use stagegate_core::{config, rules};

#[test]
fn generated_files_are_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let schema = serde_json::to_string_pretty(&config::json_schema()).unwrap() + "\n";
    let pages = [
        ("rules.md", rules::rules_markdown()),
        ("configuration.md", config::reference_markdown()),
        ("stagegate.schema.json", schema),
    ];
    let rewrite = std::env::var_os("STAGEGATE_CODEGEN").is_some();
    let mut stale = Vec::new();
    for (name, expected) in pages {
        let path = docs.join(name);
        // A checkout may have turned the line ends.
        let found = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if same(name, &found, &expected) {
            continue;
        }
        if rewrite {
            std::fs::create_dir_all(&docs).unwrap();
            std::fs::write(&path, expected).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "{stale:?} in docs/ are stale; run this test with STAGEGATE_CODEGEN=1");
}

/// JSON is compared by value: the order of keys depends on a feature of `serde_json` that any crate may switch on.
fn same(name: &str, found: &str, expected: &str) -> bool {
    if name.ends_with(".json") {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        return parse(found).is_some() && parse(found) == parse(expected);
    }
    found == expected
}
