//! The table of all keys: `stagegate.yaml` and the incumbent's `workflow_config.yaml` (FORMATS.md) share it.
//!
//! The defaults of the incumbent's keys are its own (requirements 002 and 003), except development coverage: 60,
//! not 50 (DESIGN.md section 3).

mod environments;
mod gates;
mod records;
mod runs;
mod sign_offs;

use self::records::{CONTEXT_MANAGEMENT, LOGGING, NOTIFICATIONS, OBSERVABILITY, REPORTS};
use self::runs::{ERROR_RECOVERY, STAGES};
use self::sign_offs::SIGN_OFFS;
use super::schema::{Choice, DefaultValue as D, Key, Keys, Merge, Type};
use crate::todo::DEFAULT_WORDS;

/// Folders whose Markdown files are instruction files whatever they are called.
pub const DEFAULT_INCLUDE: [&str; 3] =
    ["**/.augment/instructions/**/*.md", "**/.augment/rules/**/*.md", "**/.github/instructions/**/*.md"];

/// Not instructions although they lie in such a folder.
pub const DEFAULT_EXCLUDE: [&str; 1] = ["**/README.md"];

/// Markdown files that are specs (DESIGN.md section 4).
pub const DEFAULT_SPECS: [&str; 2] = ["**/specs/**/*.md", "**/*.spec.md"];

/// Markdown files that specs are written from.
pub const DEFAULT_TEMPLATES: [&str; 2] = ["**/templates/**", "**/*.template.md"];

/// Where the source of a component lies.
pub const DEFAULT_SOURCE: [&str; 2] = ["src/<component>", "src/components/<component>"];

/// Where its tests lie (requirements 000, 002 and 004, and the template of MATURITY.md).
pub const DEFAULT_TESTS: [&str; 12] = [
    "tests/<component>",
    "tests/test_<component>.py",
    "tests/test_<component>_*.py",
    "tests/unit/<component>",
    "tests/unit/test_<component>.py",
    "tests/unit/test_<component>_*.py",
    "tests/integration/<component>",
    "tests/integration/test_<component>.py",
    "tests/integration/test_<component>_*.py",
    "tests/e2e/<component>",
    "tests/e2e/test_<component>.py",
    "tests/e2e/test_<component>_*.py",
];

/// The whole file.
pub(super) static ROOT: Type = Type::Section(&[
    merged(
        "rules",
        Type::Map { keys: Keys::Rule, values: &SEVERITY },
        Merge::Rules,
        "How much each rule matters, by its code or by `family/*`. A code beats its family.",
    ),
    merged(
        "overrides",
        Type::List(&Type::Section(OVERRIDE)),
        Merge::Append,
        "Severities for some paths only. They beat `rules`; a later entry beats an earlier one.",
    ),
    section("instructions", INSTRUCTIONS, "Instruction files for AI assistants."),
    section("specs", SPECS, "Spec files."),
    section("components", COMPONENTS, "Where the source and the tests of a component lie."),
    section("files", FILES, "Which files are analysed."),
    section("todo", TODO, "TODO comments, and the issues that they name."),
    section("quality_gates", QUALITY_GATES, "The thresholds of the gates."),
    merged(
        "gates",
        Type::Map { keys: Keys::Gate, values: &gates::GATE_DEFINITION },
        Merge::Entries,
        "How gates are run, by name: `tests`, `coverage`, `lint` and so on, or gates of your own. What is not written here is \
         found from the repository.",
    ),
    section("environments", environments::ENVIRONMENTS, "Where components are deployed, by stage."),
    section("error_recovery", ERROR_RECOVERY, "Retries, and when to stop trying."),
    section("observability", OBSERVABILITY, "Metrics and the dashboard."),
    section("reports", REPORTS, "The reports of runs."),
    section("context_management", CONTEXT_MANAGEMENT, "The session that AI assistants read."),
    section(
        "sign_offs",
        SIGN_OFFS,
        "What people sign off before a component is promoted to a stage, beside the approvals that its spec lists.",
    ),
    section("maturity_workflow", MATURITY_WORKFLOW, "What each maturity stage asks for."),
    section("stages", STAGES, "The stages of a run."),
    section("notifications", NOTIFICATIONS, "Who is told about a run."),
    section("logging", LOGGING, "The log of a run."),
    section("issues", ISSUES, "The issue tracker that TODO comments point to."),
]);

/// How much a rule matters.
pub(super) static SEVERITY: Type = Type::Enum(&[
    choice("off", "the rule is not checked"),
    choice("hint", "a suggestion that editors show faintly"),
    choice("information", "worth knowing; nothing is wrong"),
    choice("warning", "probably a mistake; `stagegate check` still succeeds"),
    choice("error", "wrong: `stagegate check` fails"),
]);

static OVERRIDE: &[Key] = &[
    required("paths", Type::List(&Type::Glob), "The files that the entry is about."),
    required(
        "rules",
        Type::Map { keys: Keys::Rule, values: &SEVERITY },
        "As `rules` of the file itself, for these paths.",
    ),
];

static INSTRUCTIONS: &[Key] = &[
    globs(
        "include",
        &DEFAULT_INCLUDE,
        "Which Markdown files are instruction files, beside every `*.instructions.md`. Adds to the default.",
    ),
    globs("exclude", &DEFAULT_EXCLUDE, "Which files are not, whatever includes them. Adds to the default."),
    merged(
        "consumers",
        Type::Map { keys: Keys::Glob, values: &Type::List(&CONSUMER) },
        Merge::Prepend,
        "Who reads the instruction files of a path; the first glob that matches counts. \
         By default VS Code reads what lies under `.github/instructions`, and Stagegate reads everything.",
    ),
    merged(
        "known_keys",
        Type::List(&Type::String),
        Merge::Append,
        "Keys of the front matter that `instructions/unknown-key` shall accept.",
    ),
    count(
        "min_characters",
        0,
        100.0,
        "characters",
        "Fewest characters of a body: `instructions/short-content`.",
    ),
    // 8,000 tokens at four characters each: what one AI session holds (FORMATS.md, "AI context session").
    count(
        "max_characters",
        1,
        32_000.0,
        "characters",
        "Most characters of a file: `instructions/long-content`.",
    ),
];

static CONSUMER: Type = Type::Enum(&[
    choice("stagegate", "the workflow: a string or a list of strings"),
    choice("vscode", "VS Code and GitHub Copilot: one string of comma-separated globs"),
]);

static SPECS: &[Key] = &[
    globs("include", &DEFAULT_SPECS, "Which Markdown files are specs. Adds to the default."),
    merged("exclude", Type::List(&Type::Glob), Merge::Append, "Which files are not, whatever includes them."),
    globs(
        "templates",
        &DEFAULT_TEMPLATES,
        "Which Markdown files are templates of specs, and so no specs. Adds to the default.",
    ),
];

static COMPONENTS: &[Key] = &[
    key(
        "source",
        Type::List(&Type::Layout),
        D::List(&DEFAULT_SOURCE),
        "Folders and files with the source of a component. A pattern that ends with `<component>` also finds \
         `<component>.py` and `<component>_component.py`. A folder that another pattern looks into is no component.",
    ),
    key(
        "tests",
        Type::List(&Type::Layout),
        D::List(&DEFAULT_TESTS),
        "Folders and files with its tests. Where several components match, the longest name counts.",
    ),
];

static FILES: &[Key] = &[merged(
    "exclude",
    Type::List(&Type::Glob),
    Merge::Append,
    "Files that are not analysed at all, beside what `.gitignore` hides.",
)];

static TODO: &[Key] = &[
    key(
        "words",
        Type::List(&Type::Word),
        D::List(&DEFAULT_WORDS),
        "Words that begin a TODO comment. Case counts.",
    ),
    merged(
        "patterns",
        Type::List(&Type::Pattern),
        Merge::Append,
        "Keys of issues in other trackers, such as `[A-Z]+-[0-9]+` for `TODO(PROJ-123)`.",
    ),
    merged(
        "exclude",
        Type::List(&Type::Glob),
        Merge::Append,
        "Files that are not searched, beside what `.gitignore` hides and `files.exclude`.",
    ),
    key(
        "max_bytes",
        Type::Integer { min: 1, max: Some(10 * 1024 * 1024), unit: "bytes" },
        D::Number(1_048_576.0),
        "Largest file that is searched. What is larger is mostly generated, or data.",
    ),
];

static QUALITY_GATES: &[Key] = &[
    section(
        "test_coverage",
        &[
            percent(
                "dev_threshold",
                60.0,
                "Least coverage for development. The documents name both 60 and 50; 60 is the default.",
            ),
            percent("staging_threshold", 70.0, "Least coverage for promotion to staging."),
            percent("production_threshold", 80.0, "Least coverage for promotion to production."),
        ],
        "How much of a component the tests run through.",
    ),
    section(
        "test_pass_rate",
        &[percent("required", 100.0, "How many of the tests have to pass.")],
        "Which share of the tests passes.",
    ),
    section(
        "linting",
        &[
            count("max_issues", 0, 0.0, "issues", "Most issues that the linter may find."),
            flag("auto_fix", true, "Whether a run mends what the linter can mend, before the gates."),
        ],
        "The linter.",
    ),
    section(
        "type_checking",
        &[count("max_errors", 0, 0.0, "errors", "Most errors that the type checker may find.")],
        "The type checker.",
    ),
    section(
        "security",
        &[
            count("max_critical", 0, 0.0, "vulnerabilities", "Most critical vulnerabilities."),
            count("max_high", 0, 0.0, "vulnerabilities", "Most vulnerabilities of high severity."),
            count("max_medium", 0, 5.0, "vulnerabilities", "Most vulnerabilities of medium severity."),
        ],
        "Known vulnerabilities. A secret in the code is never allowed.",
    ),
    section(
        "performance",
        &[
            number("max_response_time_ms", 0.0, None, "ms", 5000.0, "Longest response time."),
            number("max_memory_mb", 0.0, None, "MB", 512.0, "Most memory in use."),
            number(
                "max_regression_percent",
                0.0,
                None,
                "%",
                20.0,
                "How much slower than the measurement before it may be.",
            ),
        ],
        "Time and memory.",
    ),
    section(
        "complexity",
        &[count("max_complexity", 1, 10.0, "paths", "Greatest cyclomatic complexity of a function.")],
        "How hard it is to follow.",
    ),
];

static MATURITY_WORKFLOW: &[Key] = &[
    section(
        "development",
        &[
            gate_list("required_gates", &["test_pass_rate", "linting"], REQUIRED_GATES),
            gate_list("optional_gates", &["test_coverage", "type_checking"], OPTIONAL_GATES),
            key("additional_requirements", Type::List(&REQUIREMENT), D::None, ADDITIONAL_REQUIREMENTS),
        ],
        "Components in development.",
    ),
    section(
        "staging",
        &[
            gate_list(
                "required_gates",
                &["test_coverage", "test_pass_rate", "linting", "type_checking", "security"],
                REQUIRED_GATES,
            ),
            gate_list("optional_gates", &["performance"], OPTIONAL_GATES),
            key("additional_requirements", Type::List(&REQUIREMENT), D::None, ADDITIONAL_REQUIREMENTS),
        ],
        "Components in staging.",
    ),
    section(
        "production",
        &[
            gate_list(
                "required_gates",
                &["test_coverage", "test_pass_rate", "linting", "type_checking", "security", "performance"],
                REQUIRED_GATES,
            ),
            gate_list("optional_gates", &[], OPTIONAL_GATES),
            key("additional_requirements", Type::List(&REQUIREMENT), D::None, ADDITIONAL_REQUIREMENTS),
        ],
        "Components in production.",
    ),
];

const REQUIRED_GATES: &str = "Gates that have to pass before a component is promoted to this stage.";
const OPTIONAL_GATES: &str = "Gates that are run and reported, and block nothing.";
const ADDITIONAL_REQUIREMENTS: &str = "What else is asked for: a list of mappings of one key each.";

/// A gate that a stage can ask for.
pub(super) static GATE: Type = Type::Enum(&[
    choice("test_coverage", "tests run through enough of the code"),
    choice("test_pass_rate", "the tests pass"),
    choice("linting", "the linter finds nothing"),
    choice("type_checking", "the type checker finds nothing"),
    choice("security", "no secrets, and no vulnerabilities beyond the limits"),
    choice("secrets", "no secrets in the code"),
    choice("vulnerabilities", "no vulnerabilities beyond the limits"),
    choice("performance", "time and memory within the limits"),
    choice("complexity", "no function too complex"),
    choice("instructions_validation", "the instruction files are valid"),
    choice("coverage", "the same as `test_coverage`"),
    choice("tests", "the same as `test_pass_rate`"),
    choice("lint", "the same as `linting`"),
    choice("types", "the same as `type_checking`"),
    choice("instructions", "the same as `instructions_validation`"),
    choice("integration_tests", "the tests under `tests/integration` pass"),
    choice("e2e_tests", "the tests under `tests/e2e` pass"),
    choice("specification", "the spec is complete"),
    choice("documentation", "README, API and examples are there"),
    choice("dependencies", "what the component needs has reached the stage"),
    choice("flakiness", "no test fails and passes on the same inputs"),
]);

static REQUIREMENT: Type = Type::OneOf(&[
    plain(
        "staging_uptime_days",
        Type::Integer { min: 0, max: None, unit: "days" },
        "How long it ran in staging.",
    ),
    plain(
        "staging_uptime_percentage",
        Type::Number { min: 0.0, max: Some(100.0), unit: "%" },
        "How much of that time it was up.",
    ),
    plain("security_review_complete", Type::Bool, "Whether a security review is signed off."),
    plain("documentation_complete", Type::Bool, "Whether the documentation is signed off."),
    plain("monitoring_configured", Type::Bool, "Whether monitoring is signed off."),
    plain("rollback_tested", Type::Bool, "Whether a tested rollback is signed off."),
]);

static ISSUES: &[Key] = &[
    flag("fetch", true, "Whether issues are fetched from the tracker, and created there, at all."),
    plain(
        "api_url",
        Type::String,
        "Where the API of GitHub Enterprise answers, such as `https://github.example.com/api/v3`. \
         It gets a token only once the workspace is trusted.",
    ),
    plain(
        "repository",
        Type::String,
        "Whose issues a bare number means, as `owner/name`. By default the repository of the git remote.",
    ),
    plain(
        "token_env",
        Type::String,
        "The environment variable that holds the token, beside `GITHUB_TOKEN` and `GH_TOKEN`. \
         Read only once the workspace is trusted.",
    ),
];

const fn key(name: &'static str, ty: Type, default: D, docs: &'static str) -> Key {
    Key { name, docs, ty, default, merge: Merge::Replace, required: false }
}

const fn plain(name: &'static str, ty: Type, docs: &'static str) -> Key {
    key(name, ty, D::None, docs)
}

const fn required(name: &'static str, ty: Type, docs: &'static str) -> Key {
    Key { name, docs, ty, default: D::None, merge: Merge::Replace, required: true }
}

const fn section(name: &'static str, keys: &'static [Key], docs: &'static str) -> Key {
    key(name, Type::Section(keys), D::None, docs)
}

const fn merged(name: &'static str, ty: Type, merge: Merge, docs: &'static str) -> Key {
    Key { name, docs, ty, default: D::None, merge, required: false }
}

const fn globs(name: &'static str, default: &'static [&'static str], docs: &'static str) -> Key {
    Key {
        name,
        docs,
        ty: Type::List(&Type::Glob),
        default: D::List(default),
        merge: Merge::Append,
        required: false,
    }
}

const fn flag(name: &'static str, default: bool, docs: &'static str) -> Key {
    key(name, Type::Bool, D::Bool(default), docs)
}

const fn count(name: &'static str, min: i64, default: f64, unit: &'static str, docs: &'static str) -> Key {
    key(name, Type::Integer { min, max: None, unit }, D::Number(default), docs)
}

const fn number(
    name: &'static str,
    min: f64,
    max: Option<f64>,
    unit: &'static str,
    default: f64,
    docs: &'static str,
) -> Key {
    key(name, Type::Number { min, max, unit }, D::Number(default), docs)
}

const fn percent(name: &'static str, default: f64, docs: &'static str) -> Key {
    number(name, 0.0, Some(100.0), "%", default, docs)
}

const fn duration(name: &'static str, min: f64, default: f64, docs: &'static str) -> Key {
    key(name, Type::Duration { min }, D::Number(default), docs)
}

const fn gate_list(name: &'static str, default: &'static [&'static str], docs: &'static str) -> Key {
    key(name, Type::List(&GATE), D::List(default), docs)
}

const fn choice(value: &'static str, docs: &'static str) -> Choice {
    Choice { value, docs }
}
