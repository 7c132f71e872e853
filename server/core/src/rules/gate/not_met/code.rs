//! Gates that run the code.

use super::not_met;

not_met! {
    TESTS = "gate/tests-not-met", Warning, "the unit tests do not pass",
    checks: "The unit tests of the component pass: all of them, or as many as `quality_gates.test_pass_rate` asks for. Where no \
             test ran, or the report is missing, broken or older than the tests, nothing has passed. Related places are the first \
             tests that failed.",
    matters: "What fails its own tests does not do what its spec says.",
    example: "```markdown\n- [ ] All unit tests pass\n```\nwhile the last run says: 9 passed, 1 failed.",
    fix: "Mend the tests, or what they test, then run the gate again.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\"; requirement 003, \"Quality gates\".",
}

not_met! {
    COVERAGE = "gate/coverage-not-met", Warning, "the tests run through too little of the code",
    checks: "The tests run through enough statements of the component's own files: by default 60 % for development, 70 % for \
             staging and 80 % for production (`quality_gates.test_coverage`), or more where the spec asks for more. All files of \
             the component count together, by their statements. Related places are the largest gaps.",
    matters: "Code that no test runs through can break without anybody noticing.",
    example: "```markdown\n- Test coverage: ≥70%\n```\nwhile 59 of 100 statements were run.",
    fix: "Test what is not covered yet; `Show uncovered lines` marks it in the editor.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\"; requirement 002, \"Test coverage\".",
}

not_met! {
    INTEGRATION_TESTS = "gate/integration-tests-not-met", Warning, "the integration tests do not pass",
    checks: "The integration tests of the component pass. Where none ran, nothing has passed. Staging runs them, production waits \
             for them.",
    matters: "Parts that work alone may still not work together.",
    example: "```markdown\n- [ ] All integration tests pass\n```\nwhile the last run says: no test ran.",
    fix: "Mend the tests, or what they test, then run the gate again.",
    references: "requirement 001, \"Maturity Stages\"; requirement 003, \"Quality gates\".",
}

not_met! {
    E2E_TESTS = "gate/e2e-tests-not-met", Warning, "the end-to-end tests do not pass",
    checks: "The end-to-end tests of the component pass. Where none ran, nothing has passed. Only production asks for them.",
    matters: "The way that users go has to be open from end to end.",
    example: "```markdown\n- [ ] All end-to-end tests pass\n```\nwhile the last run says: 4 passed, 1 with errors.",
    fix: "Mend the tests, or what they test, then run the gate again.",
    references: "requirement 001, \"Maturity Stages\".",
}

not_met! {
    PERFORMANCE = "gate/performance-not-met", Warning, "response time, memory or regression is above its limit",
    checks: "What the gate measured stays within `quality_gates.performance`: response time, memory, and how much slower it is than \
             the evidence before.",
    matters: "Slow is broken for those who wait.",
    example: "```markdown\n- [ ] Performance validated\n```\nwhile 210 ms were measured, and at most 100 ms are allowed.",
    fix: "Find what became slow, or larger.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\".",
}

not_met! {
    FLAKINESS = "gate/flakiness-not-met", Warning, "tests fail and pass on the same inputs",
    checks: "No test failed and passed on the same inputs, as retries show it. What counts are the unit, integration and end-to-end \
             tests that were run last.",
    matters: "A test that fails and passes on the same inputs proves nothing, whichever came last.",
    example: "`test_retry` failed at the first try and passed at the second.",
    fix: "Find out why the outcome changes, or remove the test.",
    references: "requirement 002, \"Retry\"; requirement 003, \"no flaky tests\".",
}
