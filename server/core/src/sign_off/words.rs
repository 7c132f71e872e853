//! When two texts name the same criterion.

/// Words that say how far something is, or that it is looked at, and not what it is about.
const FILLERS: [&str; 24] = [
    "a",
    "an",
    "and",
    "approval",
    "approved",
    "audit",
    "been",
    "by",
    "complete",
    "completed",
    "done",
    "for",
    "given",
    "has",
    "is",
    "of",
    "procedure",
    "review",
    "reviewed",
    "sign",
    "signed",
    "signoff",
    "the",
    "off",
];

/// Returns what two texts have in common that name the same criterion: `Security Review`, `security review complete` and
/// `Security approval` are one.
///
/// Only words that say how far it is are left out, so that `Runbook documented` stays another thing than `Runbook`.
#[must_use]
pub fn key(text: &str) -> String {
    let text = text.to_lowercase();
    let all: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // A tested rollback and configured monitoring are what these are called; of other things the words say more.
    let is_state = |word: &str| {
        (matches!(word, "tested" | "test") && all.iter().any(|word| word.starts_with("rollback")))
            || (word == "configured" && all.contains(&"monitoring"))
    };
    let mut words: Vec<String> = all
        .iter()
        .filter(|word| !FILLERS.contains(*word) && !is_state(word))
        .map(|word| base(word))
        .collect();
    if words.is_empty() {
        words = all.iter().map(|word| base(word)).collect();
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Returns a word without the `s` of several, and some spelled out.
fn base(word: &str) -> String {
    match word {
        "tech" => "technical".to_owned(),
        "docs" => "documentation".to_owned(),
        word if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") => {
            word[..word.len() - 1].to_owned()
        }
        word => word.to_owned(),
    }
}

/// Returns those of `known` that are nearest to what was asked for, best first, for "did you mean".
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = key(wanted);
    let is_near = |one: &str, other: &str| {
        one.len() > 3 && strsim::damerau_levenshtein(one, other) <= one.len().min(other.len()) / 4
    };
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|text| {
            let key = key(text);
            let shares = wanted.split(' ').any(|word| key.split(' ').any(|other| is_near(word, other)));
            let distance = strsim::damerau_levenshtein(&wanted, &key);
            let is_like = distance <= key.len().max(6) / 3;
            (shares || is_like).then_some((if shares { distance.min(1) } else { distance }, text))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, text)| text).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_criterion_are_one() {
        for group in [
            &[
                "Security review complete",
                "Security Review",
                "security  approval",
                "Security audit completed",
            ][..],
            &["Rollback procedure tested", "Rollback tested", "rollback_tested", "Rollback test"],
            &["Monitoring configured", "monitoring_configured", "Monitoring"],
            &["Stakeholder approval", "Approval of the stakeholders"],
            &["Technical Lead", "Tech lead approval"],
            &["Documentation complete", "documentation_complete", "Docs reviewed"],
            &["Reviewed", "reviewed"],
        ] {
            for text in group {
                assert_eq!(key(text), key(group[0]), "{text}");
            }
        }
    }

    #[test]
    fn other_things_stay_apart() {
        let texts = [
            "Security review complete",
            "Rollback procedure tested",
            "Rollback procedure documented",
            "Monitoring configured",
            "Monitoring dashboards created",
            "Stakeholder approval",
            "Code review approved",
            "Code tested",
            "Workflow report reviewed",
            "Reviewed",
            "Approved",
            "Deployment to staging approved",
            "Deployment to production approved",
        ];
        let mut keys: Vec<_> = texts.iter().map(|text| key(text)).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), texts.len(), "{keys:?}");
    }

    #[test]
    fn near_ones_are_named() {
        let known = ["Security review complete", "Rollback procedure tested", "Technical Lead"];
        assert_eq!(nearest("securty", known.into_iter()), ["Security review complete"]);
        assert_eq!(nearest("securty revew", known.into_iter()), ["Security review complete"]);
        assert_eq!(nearest("rollback plan", known.into_iter()), ["Rollback procedure tested"]);
        assert!(nearest("coffee", known.into_iter()).is_empty());
    }
}
