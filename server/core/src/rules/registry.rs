//! The one list of rules.

use super::{
    Rule, config as c, file, gate as g, instructions as i, maturity as m, run as r, spec as s, todo as t,
};

/// Every rule, in the order of the documentation.
pub static ALL: &[&Rule] = &[
    &i::missing_frontmatter::MISSING_FRONTMATTER,
    &i::unclosed_frontmatter::UNCLOSED_FRONTMATTER,
    &i::invalid_yaml::INVALID_YAML,
    &i::missing_field::MISSING_FIELD,
    &i::wrong_type::WRONG_TYPE,
    &i::empty_field::EMPTY_FIELD,
    &i::duplicate_key::DUPLICATE_KEY,
    &i::invalid_glob::INVALID_GLOB,
    &i::unmatched_glob::UNMATCHED_GLOB,
    &i::unknown_key::UNKNOWN_KEY,
    &i::not_portable::NOT_PORTABLE,
    &i::redundant_glob::REDUNDANT_GLOB,
    &i::no_headings::NO_HEADINGS,
    &i::short_content::SHORT_CONTENT,
    &i::long_content::LONG_CONTENT,
    &s::missing_section::MISSING_SECTION,
    &s::missing_metadata::MISSING_METADATA,
    &s::unknown_stage::UNKNOWN_STAGE,
    &s::placeholder_left::PLACEHOLDER_LEFT,
    &s::stage_skipped::STAGE_SKIPPED,
    &s::target_below_stage::TARGET_BELOW_STAGE,
    &s::threshold_below_policy::THRESHOLD_BELOW_POLICY,
    &s::impossible_coverage::IMPOSSIBLE_COVERAGE,
    &s::conflicting_requirements::CONFLICTING_REQUIREMENTS,
    &s::duplicate_component::DUPLICATE_COMPONENT,
    &s::broken_link::BROKEN_LINK,
    &s::unknown_component::UNKNOWN_COMPONENT,
    &s::invalid_component::INVALID_COMPONENT,
    &s::unread_dependency::UNREAD_DEPENDENCY,
    &m::stage_mismatch::STAGE_MISMATCH,
    &m::missing_stage::MISSING_STAGE,
    &m::unknown_stage::UNKNOWN_STAGE,
    &m::dependency_below_target::DEPENDENCY_BELOW_TARGET,
    &m::unknown_dependency::UNKNOWN_DEPENDENCY,
    &m::dependency_cycle::DEPENDENCY_CYCLE,
    &m::dependency_stage_outdated::DEPENDENCY_STAGE_OUTDATED,
    &m::source_missing::SOURCE_MISSING,
    &m::tests_missing::TESTS_MISSING,
    &m::spec_missing::SPEC_MISSING,
    &g::not_met::SPECIFICATION,
    &g::not_met::DEPENDENCIES,
    &g::not_met::DOCUMENTATION,
    &g::not_met::INSTRUCTIONS,
    &g::not_met::LINT,
    &g::not_met::TYPES,
    &g::not_met::SECRETS,
    &g::not_met::VULNERABILITIES,
    &g::not_met::COMPLEXITY,
    &g::not_met::TESTS,
    &g::not_met::COVERAGE,
    &g::not_met::INTEGRATION_TESTS,
    &g::not_met::E2E_TESTS,
    &g::not_met::PERFORMANCE,
    &g::not_met::FLAKINESS,
    &g::not_met::CUSTOM,
    &g::no_evidence::NO_EVIDENCE,
    &g::stale_evidence::STALE_EVIDENCE,
    &g::claim_not_supported::CLAIM_NOT_SUPPORTED,
    &g::sign_off_missing::SIGN_OFF_MISSING,
    &g::sign_off_outdated::SIGN_OFF_OUTDATED,
    &g::ready::READY,
    &r::refused::REFUSED,
    &t::bare_todo::BARE_TODO,
    &t::malformed_reference::MALFORMED_REFERENCE,
    &t::unknown_issue::UNKNOWN_ISSUE,
    &t::closed_issue::CLOSED_ISSUE,
    &c::invalid_yaml::INVALID_YAML,
    &c::duplicate_key::DUPLICATE_KEY,
    &c::unknown_key::UNKNOWN_KEY,
    &c::wrong_type::WRONG_TYPE,
    &c::bad_value::BAD_VALUE,
    &c::conflicts_with_policy::CONFLICTS_WITH_POLICY,
    &file::TOO_LARGE,
    &file::NOT_UTF8,
    &file::UNREADABLE,
    &file::UNKNOWN_SUPPRESSION,
];

/// Returns the rule with this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.code == code).copied()
}

/// Returns the codes nearest to `code`, best first, for "did you mean".
#[must_use]
pub fn suggest(code: &str) -> Vec<&'static str> {
    let mut near: Vec<_> = ALL
        .iter()
        .map(|rule| {
            let by_code = strsim::damerau_levenshtein(code, rule.code);
            let by_name = strsim::damerau_levenshtein(code, rule.name());
            (by_code.min(by_name), rule.code)
        })
        .filter(|(distance, code)| *distance <= code.len() / 3)
        .collect();
    near.sort_unstable();
    // All codes of a family are alike; only what is about as near as the best one was meant.
    let farthest = near.first().map_or(0, |(best, _)| best + 2);
    near.retain(|(distance, _)| *distance <= farthest);
    near.into_iter().map(|(_, code)| code).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_documented() {
        let mut codes: Vec<_> = ALL.iter().map(|rule| rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ALL.len());
        for rule in ALL {
            let parts: Vec<_> = rule.code.split('/').collect();
            assert_eq!(parts.len(), 2, "{}", rule.code);
            for part in parts {
                let kebab = part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                assert!(kebab && !part.is_empty(), "{}", rule.code);
            }
            for section in ["## What it checks", "## Why it matters", "## Example", "## Fix", "## References"]
            {
                assert!(rule.docs.contains(section), "{} lacks {section:?}", rule.code);
            }
            assert!(!rule.summary.ends_with('.'), "{}", rule.code);
        }
    }

    #[test]
    fn suggests_near_codes() {
        assert_eq!(suggest("instructions/mising-field"), ["instructions/missing-field"]);
        assert_eq!(suggest("unknown-keys"), ["config/unknown-key", "instructions/unknown-key"]);
        assert!(suggest("zzz").is_empty());
    }
}
