//! What a stage is for, what a component needs to enter it, and what its gates ask for (requirement 001, "Maturity
//! Stages").

use super::gate;
use crate::component::Gate;
use crate::config::Config;
use crate::stage::Stage;

struct Docs {
    purpose: &'static str,
    entry: &'static [&'static str],
    gates: &'static [Gate],
    /// What is asked for and no tool measures.
    other: &'static [&'static str],
}

/// Returns what there is to say about a stage, in Markdown.
pub(super) fn markdown(stage: Stage, config: &Config) -> String {
    let Docs { purpose, entry, gates, other } = docs(stage);
    let mut out = format!("Stage **{stage}**: {purpose}\n");
    let list = |title: &str, lines: &[String]| match lines {
        [] => String::new(),
        lines => format!("\n{title}:\n\n- {}\n", lines.join("\n- ")),
    };
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    out += &list("To enter it", &owned(entry));
    let mut asked: Vec<_> =
        gates.iter().map(|gate| format!("{}: {}", gate.name(), gate::asks(*gate, stage, config))).collect();
    asked.extend(owned(other));
    out += &list("Its gates", &asked);
    out.trim_end().to_owned()
}

const fn docs(stage: Stage) -> Docs {
    match stage {
        Stage::Experimental => Docs {
            purpose: "trying out whether an idea carries. It has no gates; only what is experimental itself may depend on it.",
            entry: &[],
            gates: &[],
            other: &[],
        },
        Stage::Development => Docs {
            purpose: "the component is built, and its own behaviour is covered by unit tests.",
            entry: &["a spec", "the start of an implementation", "the first unit tests"],
            gates: &[Gate::Tests, Gate::Coverage, Gate::Lint, Gate::Types, Gate::Security],
            other: &[],
        },
        Stage::Staging => Docs {
            purpose: "the component proves itself together with those that it works with.",
            entry: &[
                "everything that development asks for",
                "integration tests",
                "its dependencies are connected, and in staging themselves",
            ],
            gates: &[
                Gate::IntegrationTests,
                Gate::Coverage,
                Gate::Lint,
                Gate::Types,
                Gate::Security,
                Gate::Performance,
            ],
            other: &["a week without critical bugs before it goes on"],
        },
        Stage::Production => Docs {
            purpose: "people rely on the component.",
            entry: &[
                "everything that staging asks for",
                "end-to-end tests",
                "a security review",
                "monitoring",
                "a rollback that was tried",
            ],
            gates: &[Gate::E2eTests, Gate::Coverage, Gate::Lint, Gate::Types, Gate::Security],
            other: &["up for 99.5 % of the last seven days in staging", "the sign-offs that the spec lists"],
        },
        Stage::Deprecated => Docs {
            purpose: "the component is being phased out. It still runs, but nothing new may depend on it.",
            entry: &[],
            gates: &[],
            other: &[],
        },
    }
}
