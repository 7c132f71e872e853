//! Where reports lie.

use stagegate_core::config::Config;
use stagegate_core::gates::{GateKind, GateName};
use stagegate_core::report::Format;

/// Where a report may lie, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    /// The folder that the paths in it are relative to; empty for the root.
    pub(super) folder: String,
    pub(super) format: Format,
    pub(super) gate: GateName,
}

/// Where tools write reports when they are told no other place, and where people tell them to.
const USUAL: [(&str, Format, GateKind); 25] = {
    use Format::{Cobertura, CoveragePy, Junit, Lcov};
    use GateKind::{Coverage, Tests};
    [
        ("coverage.json", CoveragePy, Coverage),
        ("coverage.xml", Cobertura, Coverage),
        ("cobertura.xml", Cobertura, Coverage),
        ("coverage.lcov", Lcov, Coverage),
        ("lcov.info", Lcov, Coverage),
        ("coverage/lcov.info", Lcov, Coverage),
        ("coverage/coverage.json", CoveragePy, Coverage),
        ("coverage/coverage.xml", Cobertura, Coverage),
        ("coverage/cobertura-coverage.xml", Cobertura, Coverage),
        ("reports/coverage.json", CoveragePy, Coverage),
        ("reports/coverage.xml", Cobertura, Coverage),
        ("reports/lcov.info", Lcov, Coverage),
        ("target/coverage/lcov.info", Lcov, Coverage),
        ("target/llvm-cov/lcov.info", Lcov, Coverage),
        ("junit.xml", Junit, Tests),
        ("test-results.xml", Junit, Tests),
        ("test-results/junit.xml", Junit, Tests),
        ("test-reports/junit.xml", Junit, Tests),
        ("reports/junit.xml", Junit, Tests),
        ("reports/pytest.xml", Junit, Tests),
        ("reports/tests.xml", Junit, Tests),
        ("build/junit.xml", Junit, Tests),
        ("target/nextest/default/junit.xml", Junit, Tests),
        ("target/nextest/ci/junit.xml", Junit, Tests),
        ("coverage/junit.xml", Junit, Tests),
    ]
};

/// Returns where reports may lie: those that the configuration names, and the usual ones. A path is there once.
pub(super) fn candidates(config: &Config) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for gate in config.gates.iter().filter(|gate| gate.enabled) {
        let Some(path) = gate.report.as_deref().filter(|path| *path != "-") else { continue };
        let path = path.trim_start_matches("./");
        // A placeholder stands for another path in every run.
        let is_plain = !path.contains(['{', '<']) && !path.split('/').any(|part| part == "..");
        let Some(format) = gate.format.as_deref().and_then(Format::of) else { continue };
        if is_plain && !path.is_empty() {
            let folder = gate.folder.clone().unwrap_or_default();
            found.push(Candidate { path: path.to_owned(), folder, format, gate: gate.name.clone() });
        }
    }
    for (path, format, kind) in USUAL {
        let gate = GateName::from(kind);
        let is_off = config.gate(&gate).is_some_and(|gate| !gate.enabled);
        if !is_off && !found.iter().any(|known| known.path == path) {
            found.push(Candidate { path: path.to_owned(), folder: String::new(), format, gate });
        }
    }
    found
}
