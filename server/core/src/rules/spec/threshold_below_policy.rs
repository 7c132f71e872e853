//! `spec/threshold-below-policy`.

use crate::component::{ComponentFile, Standing};
use crate::diagnostic::Fix;
use crate::rules::{MAX_FINDINGS_PER_RULE, RuleContext, declare_rule};
use crate::stage::Stage;

declare_rule! {
    /// ## What it checks
    /// No coverage that the spec asks for at a stage is below the configured one (`quality_gates.test_coverage`; by
    /// default 60, 70 and 80 %). It is read below the headings of stages in Maturity Targets and Acceptance Criteria, where
    /// it is the coverage of the tests: that of branches, mutants, documentation, or of a part of the code is another
    /// number, and so is a second one on the line.
    ///
    /// ## Why it matters
    /// A spec may ask for more than the policy, never for less: the policy counts all the same, and who trusts the spec
    /// is told so at the promotion only.
    ///
    /// ## Example
    /// ```markdown
    /// ## Maturity Targets
    ///
    /// ### Staging
    /// - Test coverage: ≥65%
    /// ```
    ///
    /// ## Fix
    /// Writes the number of the policy. Where the policy is wrong, change `quality_gates` instead.
    ///
    /// ## References
    /// requirement 001, "Quality Gate Thresholds by Stage".
    THRESHOLD_BELOW_POLICY = {
        code: "spec/threshold-below-policy",
        summary: "a spec asks for less coverage than the policy",
        severity: Warning,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_, ComponentFile>) {
    let file = cx.file;
    if file.standing != Standing::Component {
        return;
    }
    let policy = cx.root.config.quality_gates.coverage;
    let least = |stage: Stage| match stage {
        Stage::Development => Some(policy.development),
        Stage::Staging => Some(policy.staging),
        Stage::Production => Some(policy.production),
        Stage::Experimental | Stage::Deprecated => None,
    };
    let asked = file.coverage_targets.iter().filter_map(|target| Some((target, least(target.stage)?)));
    let below = asked.filter(|(target, least)| target.percent < *least);
    for (target, least) in below.take(MAX_FINDINGS_PER_RULE + 1) {
        let (percent, stage) = (target.percent, target.stage);
        let message = format!("{percent} % for {stage} is below the policy; expected at least {least} %");
        cx.report(&THRESHOLD_BELOW_POLICY, target.number, message)
            .field(stage.title())
            .help("the policy is `quality_gates` of the configuration; a spec may only ask for more")
            .fix(Fix::safe(format!("Change it to {least}"), target.number, least.to_string()))
            .done();
    }
}

#[cfg(test)]
mod tests {
    use super::THRESHOLD_BELOW_POLICY;
    use crate::fixture::{Fixture, check, check_fixed};
    use expect_test::expect;

    const SPEC: &str = "# A\n\n**Component Name:** a\n\n## Maturity Targets\n\n### Development\n- Test coverage: ≥50%\n\n### Staging\n- Test coverage: >= 69.5 %\n\n### Production\n- Test coverage: ≥80%\n- Error rate >= 1 %\n\n### Experimental\n- coverage ≥1%\n\n## Acceptance Criteria\n\n### Staging Stage\n- [ ] Test coverage ≥90%\n";

    #[test]
    fn less_than_the_policy_is_reported_and_corrected() {
        let fixture = format!("//- specs/a.md\n{SPEC}");
        check(
            &fixture,
            "spec/threshold-below-policy",
            &expect![[r#"
            specs/a.md 7:18-7:20 warning spec/threshold-below-policy "50": 50 % for development is below the policy; expected at least 60 %
              field: Development
              help: the policy is `quality_gates` of the configuration; a spec may only ask for more
              safe fix: Change it to 60 [("50", "60")]
            specs/a.md 10:20-10:24 warning spec/threshold-below-policy "69.5": 69.5 % for staging is below the policy; expected at least 70 %
              field: Staging
              help: the policy is `quality_gates` of the configuration; a spec may only ask for more
              safe fix: Change it to 70 [("69.5", "70")]
        "#]],
        );
        check_fixed(
            &fixture,
            "specs/a.md",
            &expect![[r#"
            # A

            **Component Name:** a

            ## Maturity Targets

            ### Development
            - Test coverage: ≥60%

            ### Staging
            - Test coverage: >= 70 %

            ### Production
            - Test coverage: ≥80%
            - Error rate >= 1 %

            ### Experimental
            - coverage ≥1%

            ## Acceptance Criteria

            ### Staging Stage
            - [ ] Test coverage ≥90%
        "#]],
        );
    }

    #[test]
    fn coverage_of_another_kind_is_no_matter_of_the_policy() {
        check(
            "\
//- specs/a.md
**Component Name:** a
## Acceptance Criteria
### Staging
- [ ] Integration test coverage ≥60%
- [ ] Branch coverage ≥ 50%
- [ ] Mutation coverage ≥ 40%
- [ ] Coverage ≥70% (was ≥60%)
- [ ] Test coverage of legacy/ ≥30%
- [ ] Documentation coverage ≥50%
- [ ] Unit tests passing (≥65% coverage)
",
            "spec/threshold-below-policy",
            &expect![[r#"
                specs/a.md 9:27-9:29 warning spec/threshold-below-policy "65": 65 % for staging is below the policy; expected at least 70 %
                  field: Staging
                  help: the policy is `quality_gates` of the configuration; a spec may only ask for more
                  safe fix: Change it to 70 [("65", "70")]
            "#]],
        );
    }

    #[test]
    fn the_last_of_too_many_findings_says_that_there_are_more() {
        let spec = |n| {
            let head = "**Component Name:** a\n## Acceptance Criteria\n### Staging\n";
            Fixture::new(&format!("//- specs/a.md\n{head}{}", "- Coverage ≥10%\n".repeat(n)))
        };
        let found = |n| {
            let fixture = spec(n);
            let findings = fixture.findings("specs/a.md");
            let found = findings.into_iter().filter(|finding| finding.rule == &THRESHOLD_BELOW_POLICY);
            found.map(|finding| finding.help.unwrap_or_default()).collect::<Vec<_>>()
        };
        let more = |helps: &[String]| helps.iter().filter(|help| help.contains("found more")).count();
        let (all, cut) = (found(200), found(250));
        assert_eq!((all.len(), more(&all)), (200, 0));
        assert_eq!((cut.len(), more(&cut)), (200, 1));
        assert!(cut[199].ends_with("after 200 in one file the others are not shown"), "{}", cut[199]);
    }

    #[test]
    fn the_configured_value_is_the_policy() {
        let config = "quality_gates:\n  test_coverage:\n    dev_threshold: 50\n    staging_threshold: 69.5\n";
        check(
            &format!("//- specs/a.md\n{SPEC}//- stagegate.yaml\n{config}"),
            "spec/threshold-below-policy",
            &expect![[r#""#]],
        );
    }
}
