//! The keys of one gate.

use super::super::schema::{DefaultValue as D, Keys, Merge, Type};
use super::{choice, count, duration, flag, key, merged, plain};

/// How one gate is run.
pub(in crate::config) static GATE_DEFINITION: Type = Type::Section(&[
    flag("enabled", true, "Whether there is the gate at all."),
    plain(
        "command",
        Type::List(&Type::String),
        "What is run: the program and its arguments, one item each, never a line for a shell. `{sources}` and `{tests}` \
         stand for the paths of the component, one argument for each; `{component}` for its name; `{report}` for a path \
         where no report was before; `{report:GATE}` for that of another gate, whose `from` is this one; `{root}` for the \
         workspace; `{python}` for the Python of the project. `{{x}}` is the text `{x}` itself.",
    ),
    plain(
        "commands",
        Type::List(&Type::List(&Type::String)),
        "Several commands, run in order until one fails. Only one of `command` and `commands` may be written.",
    ),
    plain(
        "report",
        Type::Path,
        "The report that the command writes, relative to the root. Without it a fresh path is given as `{report}`. \
         `-` means what the command prints.",
    ),
    plain("format", Type::Enum(FORMATS), "The format of the report. Without a report the exit code decides."),
    plain(
        "from",
        Type::String,
        "The gate whose commands also write the report of this one, so that they are run once for both.",
    ),
    plain("folder", Type::Path, "Where the command is run, relative to the root. By default the root."),
    merged(
        "env",
        Type::Map { keys: Keys::Variable, values: &Type::String },
        Merge::Entries,
        "Environment variables that are added.",
    ),
    plain(
        "exit_codes",
        Type::List(&Type::Integer { min: 0, max: Some(255), unit: "" }),
        "Exit codes with which the report can be believed. By default 0 and, where there is a report, 1.",
    ),
    duration(
        "timeout",
        0.1,
        600.0,
        "How long the gate may take before it is stopped, with all that it started.",
    ),
    count(
        "retries",
        0,
        0.0,
        "retries",
        "How often a run that fails is tried again. A test that passes then is flaky.",
    ),
    plain(
        "inputs",
        Type::List(&Type::Glob),
        "Files beside the sources, tests and settings that the verdict depends on.",
    ),
    plain(
        "max_findings",
        Type::Integer { min: 0, max: None, unit: "findings" },
        "Most findings, for a gate of your own with a report of findings. 0 by default.",
    ),
    key("required_for", Type::List(&CLIMB), D::None, "Stages that wait for a gate of your own."),
    key("optional_for", Type::List(&CLIMB), D::None, "Stages that run it and do not wait for it."),
]);

static CLIMB: Type = Type::Enum(&[
    choice("development", "promotion to development"),
    choice("staging", "promotion to staging"),
    choice("production", "promotion to production"),
]);

/// The formats of reports, by the names of [`crate::report::Format`]; a test keeps both the same.
pub(in crate::config) static FORMATS: &[super::Choice] = &[
    choice("coverage.py", "JSON of coverage.py"),
    choice("cobertura", "Cobertura XML"),
    choice("lcov", "LCOV"),
    choice("junit", "JUnit XML"),
    choice("sarif", "SARIF 2.1.0"),
    choice("ruff", "JSON of ruff"),
    choice("pyright", "JSON of pyright"),
    choice("detect-secrets", "JSON of detect-secrets"),
    choice("bandit", "JSON of bandit"),
    choice("radon", "JSON of radon cc"),
    choice("cargo", "JSON messages of cargo"),
    choice("eslint", "JSON of eslint"),
    choice("tsc", "lines of tsc without colours"),
    choice("metrics", "a JSON object with `response_time_ms` and `memory_mb`"),
];
