//! Whether a `≥ N %` asks for test coverage, which is what the policy speaks of. Coverage of another kind (of branches,
//! of mutants, of documentation) or of a part of the code is a number of its own.

/// How much of a line is read on either side of the number, in bytes.
const AROUND: usize = 160;

/// Words beside `coverage` under which it stays the coverage of all tests.
const SAME: [&str; 20] = [
    "test",
    "tests",
    "testing",
    "code",
    "source",
    "total",
    "overall",
    "line",
    "lines",
    "statement",
    "unit",
    "comprehensive",
    "minimum",
    "min",
    "required",
    "current",
    "target",
    "measured",
    "the",
    "all",
];

/// Words before `coverage` and its qualifiers, with which another thought ends.
const BEFORE: [&str; 17] = [
    "with", "and", "has", "have", "verify", "achieve", "achieves", "reach", "reaches", "maintain", "keep",
    "increase", "raise", "ensure", "a", "at", "of",
];

/// Words between `coverage` and the number.
const BETWEEN: [&str; 30] = [
    "is",
    "of",
    "at",
    "least",
    "must",
    "be",
    "should",
    "stays",
    "stay",
    "remains",
    "to",
    "target",
    "targets",
    "goal",
    "threshold",
    "requirement",
    "minimum",
    "min",
    "for",
    "this",
    "stage",
    "component",
    "unit",
    "tests",
    "test",
    "line",
    "lines",
    "total",
    "overall",
    "reaches",
];

/// What a coverage is of that is another thing than the tests.
const OTHER: [&str; 11] = [
    "branch",
    "branches",
    "mutation",
    "mutant",
    "mutants",
    "documentation",
    "docs",
    "docstring",
    "docstrings",
    "type",
    "types",
];

/// Whether the number of `line` whose sign stands at byte `sign` and that ends at byte `end`, behind the `%`, is one of
/// test coverage: `Test coverage: ≥70%`, `Unit tests passing (≥70% coverage)`.
pub(crate) fn is_test_coverage(line: &str, sign: usize, end: usize) -> bool {
    let is_boundary = |at: &usize| line.is_char_boundary(*at);
    let from = (sign.saturating_sub(AROUND)..sign).find(is_boundary).unwrap_or(sign);
    let to = (end..=end.saturating_add(AROUND).min(line.len())).rev().find(is_boundary).unwrap_or(end);
    let (before, behind) = (&line[from..sign], &line[end..to]);
    // `Test coverage (≥80%)`.
    let named = names_it(&clause(before.trim_end_matches([' ', '(', '*', '`'])));
    let follows = first_clause(behind);
    if named {
        return !is_of_a_part(&follows);
    }
    // `≥70% coverage`, where what stands before speaks of tests or of nothing.
    let Some(at) = follows.iter().position(|word| word == "coverage") else { return false };
    let before = words(before);
    let speaks_of = |list: &[&str]| before.iter().any(|word| list.contains(&word.as_str()));
    follows[..at].iter().all(|word| SAME.contains(&word.as_str()))
        && !speaks_of(&OTHER)
        && (before.iter().all(|word| BEFORE.contains(&word.as_str()))
            || before.iter().any(|word| word.starts_with("test")))
        && !is_of_a_part(&follows[at + 1..])
}

/// Whether `words` end with test coverage, and nothing but how much of it there is to be.
fn names_it(words: &[String]) -> bool {
    let Some(at) = words.iter().rposition(|word| word == "coverage") else { return false };
    if !words[at + 1..].iter().all(|word| BETWEEN.contains(&word.as_str())) {
        return false;
    }
    let mut before = words[..at].iter().rev().skip_while(|word| SAME.contains(&word.as_str()));
    before.next().is_none_or(|word| BEFORE.contains(&word.as_str()))
}

/// Whether `words`, which follow the number, say of what part it is: `of legacy/`, `for the parser`.
fn is_of_a_part(words: &[String]) -> bool {
    let [first, rest @ ..] = words else { return false };
    let whole = |word: &String| {
        let stages = ["development", "staging", "production"];
        let word = word.as_str();
        SAME.contains(&word) || BETWEEN.contains(&word) || stages.contains(&word)
    };
    ["of", "for", "in", "on"].contains(&first.as_str()) && !rest.iter().all(whole)
}

/// Returns the words of the last clause of `text`. The cells of a table are read as one.
fn clause(text: &str) -> Vec<String> {
    let mut closed = 0_usize;
    let ends = |c: char| match c {
        ')' => {
            closed += 1;
            false
        }
        '(' if closed > 0 => {
            closed -= 1;
            false
        }
        _ => matches!(c, '(' | ',' | ';' | '—' | '–' | '%'),
    };
    words(text.rsplit(ends).next().unwrap_or_default())
}

/// Returns the words of the first clause of `text`.
fn first_clause(text: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '(' | ')' | ',' | ';' | '|' | '—' | '–' | '≥' | '>');
    words(text.split(ends).next().unwrap_or_default())
}

/// Returns the words of `text` in small letters, without the marks of Markdown and of lists. A path is one word.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '_'));
    let words = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/'));
    let is_marker = |word: &&str| word.is_empty() || *word == "x" || word.bytes().all(|b| b.is_ascii_digit());
    words.filter(|word| !is_marker(word)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_first(line: &str) -> bool {
        let sign = line.find(['≥', '>']).unwrap();
        is_test_coverage(line, sign, line.find('%').unwrap() + 1)
    }

    #[test]
    fn only_the_coverage_of_tests_is_the_policys() {
        for line in [
            "- Coverage ≥50%",
            "- [ ] Test coverage ≥70%",
            "1. ✅ Test coverage ≥70%",
            "- Test coverage: ≥60%",
            "- **Test Coverage**: >= 60 %",
            "- [x] `Code coverage` is at least ≥ 60%",
            "- Total coverage ≥70% (was ≥60%)",
            "- Line coverage ≥70%",
            "- Coverage (lines) ≥70%",
            "- Test coverage of ≥70% for staging",
            "- Test coverage: ≥70% (staging), ≥80% (production)",
            "| Test coverage | ≥70% | of what the tests reach |",
            "- [ ] Unit tests passing (≥70% coverage) - **Currently 27%** ❌",
            "- [ ] Integration tests passing (≥80% coverage)",
            "- [ ] End-to-end testing (≥80% coverage)",
            "- Comprehensive test coverage (≥80%)",
            "- Verify coverage ≥70% with automated metrics",
            "- All tests pass, coverage ≥70%",
            "- ≥70% test coverage",
            "- Coverage target: ≥70%",
        ] {
            assert!(of_first(line), "{line:?}");
        }
        for line in [
            "- [ ] Integration test coverage ≥60%",
            "- Branch coverage ≥ 50%",
            "- Mutation coverage ≥ 40%",
            "- Documentation coverage ≥50%",
            "- Docstring coverage: ≥50%",
            "- Test coverage of legacy/ ≥30%",
            "- Test coverage ≥30% for legacy/",
            "- Documentation (≥50% coverage)",
            "- Mutation tests (≥50% coverage)",
            "- ≥60% branch coverage",
            "- **Session management**: ≥70% coverage",
            "- Error rate ≥ 1 %, coverage to be decided",
            "- Coverage (was ≥60%)",
        ] {
            assert!(!of_first(line), "{line:?}");
        }
    }
}
