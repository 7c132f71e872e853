//! Gates of tools that look at the code.

use super::not_met;

not_met! {
    LINT = "gate/lint-not-met", Warning, "the linter finds something",
    checks: "The linter finds at most as many issues as `quality_gates.linting` allows, by default none. A tool that is missing, \
             breaks or looked at no file has passed nothing. Related places are the first issues.",
    matters: "What the linter finds is a fault, or hides one.",
    example: "```markdown\n- [ ] Linting clean (ruff)\n```\nwhile `ruff` reports an unused import.",
    fix: "Mend what the linter finds; most linters can do some of it themselves.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\".",
}

not_met! {
    TYPES = "gate/types-not-met", Warning, "the type checker finds errors",
    checks: "The type checker finds at most as many errors as `quality_gates.type_checking` allows, by default none. A tool that is \
             missing, breaks or looked at no file has passed nothing. Related places are the first errors.",
    matters: "What does not fit its types fails at the moment it is used.",
    example: "```markdown\n- [ ] Type checking clean (pyright)\n```\nwhile `pyright` reports an argument of the wrong type.",
    fix: "Mend the types.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\".",
}

not_met! {
    SECRETS = "gate/secrets-not-met", Warning, "the code holds what looks like a secret",
    checks: "No secret is found that a person has not noted in the baseline; files that git does not track yet are looked at, too.",
    matters: "A secret that was committed is known to everybody who can read the history.",
    example: "```markdown\n- [ ] No security issues (detect-secrets)\n```\nwhile an access key stands in `src/prices/client.py`.",
    fix: "Take the secret out and revoke it. A false alarm is noted in the baseline by a person, with `detect-secrets audit`; \
          Stagegate never writes it.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\"; requirement 003, \"Security\".",
}

not_met! {
    VULNERABILITIES = "gate/vulnerabilities-not-met", Warning, "the code has known weak points",
    checks: "There are at most as many vulnerabilities of each severity as `quality_gates.security` allows: by default none that is \
             critical or high, and 5 that are medium.",
    matters: "Known weak points are the first that are tried.",
    example: "```markdown\n- [ ] No security issues (bandit)\n```\nwhile a shell is started with a line that users write.",
    fix: "Mend the vulnerabilities, the worst first.",
    references: "requirement 001, \"Quality Gate Thresholds by Stage\"; requirement 003, \"Security\".",
}

not_met! {
    COMPLEXITY = "gate/complexity-not-met", Warning, "a function is too complex",
    checks: "No function is more complex than `quality_gates.complexity` allows. Related places are the most complex functions.",
    matters: "What nobody can follow nobody can change safely.",
    example: "A function with 14 branches, where 10 are allowed.",
    fix: "Divide the functions that are named.",
    references: "requirement 003, \"Refactoring\".",
}

not_met! {
    CUSTOM = "gate/custom-not-met", Warning, "a gate of this repository's configuration is not met",
    checks: "A gate that `gates` in `stagegate.yaml` adds has passed: its command succeeded, or its report holds at most `max_findings` \
             findings.",
    matters: "Whoever added the gate wants the promotion to wait for it.",
    example: "```yaml\ngates:\n  licences:\n    command: [python, scripts/licences.py]\n    required_for: [production]\n```\nwhile the command failed.",
    fix: "See what the command printed.",
    references: "[Configuration](configuration.md).",
}
