//! Names of components: what is valid, what is equal (DESIGN.md sections 4 and 8).

/// Longest name, in bytes; it becomes part of paths, labels and branch names.
pub const MAX_BYTES: usize = 100;

/// Whether `name` may name a component: `[A-Za-z0-9_-]+`, so that it is a path segment, a label and an argument
/// without quoting (DESIGN.md section 8).
#[must_use]
pub fn is_valid(name: &str) -> bool {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !name.is_empty() && name.len() <= MAX_BYTES && name.bytes().all(ok)
}

/// Returns the form in which names are compared: lowercase, with `-` and blanks as `_`.
///
/// FORMATS.md, fault 11: nothing is ever cut off (`orchestration` is not `orchestrator`).
#[must_use]
pub fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | ' ' | '\t' => out.push('_'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Returns the name as it is shown: as written, with blanks and `-` as `_`.
#[must_use]
pub fn displayed(name: &str) -> String {
    name.trim().replace(['-', ' '], "_")
}

/// Whether two names name the same component.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    a == b || canonical(a) == canonical(b)
}

/// Returns the name that was probably meant, where one is near enough.
pub fn similar<'a>(asked: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(&canonical(name), &canonical(asked));
    let near = names.into_iter().map(|name| (distance(name), name));
    near.filter(|(distance, name)| *distance <= name.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_canonical_form_and_never_cut() {
        assert!(same("Player Experience", "player-experience"));
        assert!(!same("orchestration", "orchestrator"));
        assert_eq!(canonical(" Neo4j-Driver "), "neo4j_driver");
        assert_eq!(displayed("Player Experience"), "Player_Experience");
    }

    #[test]
    fn only_plain_segments_are_valid() {
        assert!(is_valid("a-B_9"));
        for name in ["", "../../etc", "a/b", "a b", "naïve", "🎉", &"a".repeat(101)] {
            assert!(!is_valid(name), "{name:?}");
        }
    }
}
