//! Gates that are judged by reading. Most of what they say has a finding of its own, on its own line, so that they are hints.

use super::not_met;

not_met! {
    SPECIFICATION = "gate/specification-not-met", Hint, "the spec is not complete, or contradicts itself",
    checks: "One spec describes the component, holds every required section, no placeholder, no stage that is none, and does not \
             contradict itself. Each of these has a rule of its own in the family `spec`.",
    matters: "Without a complete spec there is nothing to hold the component against.",
    example: "A spec without Acceptance Criteria.",
    fix: "Complete the spec.",
    references: "requirement 003, \"Specification completeness check\".",
}

not_met! {
    DOCUMENTATION = "gate/documentation-not-met", Warning, "README, API or examples are missing",
    checks: "There is a README in the component's folder or a page of its name below `docs`; something stands below API Design in its \
             spec; and there is an example: code below API Design, or files in a folder `examples`. What these say nobody can check.",
    matters: "What cannot be looked up is asked, or guessed.",
    example: "`src/prices` without a `README.md`, and no `docs/prices.md`.",
    fix: "Write what is missing.",
    references: "requirement 001, \"Maturity Stages\"; requirement 003, \"Documentation\".",
}

not_met! {
    DEPENDENCIES = "gate/dependencies-not-met", Hint, "something that the component needs is below the stage",
    checks: "Every required component, and what that requires in turn, has reached the stage; none is unknown, and none needs this one \
             in turn. The family `maturity` says so on the line of each dependency.",
    matters: "A component is no more mature than what it needs.",
    example: "`reporting` is to reach staging, but `notifications` is in development.",
    fix: "Promote what the component needs first.",
    references: "requirement 001, \"Promotion Constraints\".",
}

not_met! {
    INSTRUCTIONS = "gate/instructions-not-met", Hint, "an instruction file that concerns the component has errors",
    checks: "The instruction files whose `applyTo` matches files of the component have no error. The family `instructions` says which, \
             on their lines.",
    matters: "An instruction file that cannot be read instructs nobody.",
    example: "`python.instructions.md` applies to `src/**`, and its front matter is never closed.",
    fix: "Mend the files that are named.",
    references: "requirement 002, \"Instruction files\".",
}
