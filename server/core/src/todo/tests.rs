use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::text::LineIndex;

fn scanner() -> Scanner {
    let words: Vec<Box<str>> = DEFAULT_WORDS.iter().map(|word| Box::from(*word)).collect();
    Scanner::new(&words, &[r"\b[A-WYZ][A-Z]+-[0-9]+".into()])
}

/// Renders one TODO as `shapes.txt` writes it.
fn render(todo: &Todo) -> String {
    let issue = |issue: &IssueId| format!("{}#{}", issue.repo.as_deref().unwrap_or_default(), issue.number);
    let references = todo.references.iter().map(|reference| match &reference.kind {
        ReferenceKind::Issue(id) => issue(id),
        ReferenceKind::Key(key) => key.to_string(),
        ReferenceKind::Url { issue: Some(id), .. } => format!("<{}>", issue(id)),
        ReferenceKind::Url { url, issue: None } => format!("<{url}>"),
    });
    let mut out = format!("{}({}", todo.word, references.collect::<Vec<_>>().join(", "));
    for malformed in &todo.malformed {
        let blank = if out.ends_with('(') { "" } else { " " };
        write!(out, "{blank}!{:?}", malformed.kind).unwrap();
    }
    write!(out, ") {}", todo.text).unwrap();
    out.trim_end().to_owned()
}

#[test]
fn shapes_of_comments() {
    let scanner = scanner();
    let mut wrong = String::new();
    let mut count = 0;
    for line in include_str!("shapes.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (shape, expected) = line.split_once(" =>").unwrap();
        let (name, text) = shape.split_once(": ").unwrap();
        let text = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        let found: Vec<_> = read(&text, name, &scanner).iter().map(render).collect();
        let found = found.join(" & ");
        if found != expected.trim() {
            writeln!(wrong, "{name}: {text:?}\n  found    {found}\n  expected {}", expected.trim()).unwrap();
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 150, "{count}");
}
