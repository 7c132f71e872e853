//! Which open issue a TODO may be about.

use std::collections::BTreeSet;

use crate::issues::{IssueBook, OpenState};
use crate::todo::Todo;

/// Shortest word that says something.
const MIN_LETTERS: usize = 3;

/// An open issue that a TODO may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: &'a str,
    /// How many words it has in common with the TODO.
    pub shared: usize,
}

/// Returns at most `most` open issues of the workspace's repository: those that share most words with the TODO first,
/// then the newest.
#[must_use]
pub fn candidates<'a>(todo: &Todo, book: &'a IssueBook, most: usize) -> Vec<Candidate<'a>> {
    let asked = words(&todo.text);
    let open = book.own().filter(|(_, issue)| issue.state == OpenState::Open);
    let mut found: Vec<_> = open
        .map(|(number, issue)| {
            let shared = words(&issue.title).intersection(&asked).count();
            Candidate { number, title: &issue.title, shared }
        })
        .collect();
    found.sort_by_key(|candidate| (std::cmp::Reverse(candidate.shared), std::cmp::Reverse(candidate.number)));
    found.truncate(most);
    found
}

/// Returns the words of `text` that say something, in lowercase.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= MIN_LETTERS);
    let words = words.map(str::to_lowercase);
    words.filter(|word| !matches!(word.as_str(), "the" | "and" | "for" | "this" | "that" | "with")).collect()
}
