//! A board as JSON: how fixtures hold evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::Error as D;

use crate::sign_off::StateDigest;

use super::{Board, ComponentGates, Evidence, FileCoverage, Freshness, Known};

/// The file of a fixture that holds evidence.
pub const FIXTURE_PATH: &str = ".stagegate/evidence.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// What ages are counted from, in milliseconds since 1970 UTC.
    #[serde(default)]
    now_ms: i64,
    #[serde(default)]
    evidence: Vec<Entry>,
    #[serde(default)]
    files: BTreeMap<String, File>,
    /// The states that components are in.
    #[serde(default)]
    states: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    evidence: Evidence,
    /// The inputs that changed since; fresh without.
    #[serde(default)]
    stale: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    covered: u32,
    statements: u32,
    #[serde(default)]
    missing: Vec<(u32, u32)>,
    #[serde(default)]
    measured_ms: i64,
    #[serde(default)]
    is_stale: bool,
}

impl Board {
    /// Reads `{"now_ms": .., "evidence": [..], "files": {..}, "states": {..}}`: each evidence as it is stored, with the inputs
    /// that changed since in `stale`; each file as in [`FileCoverage`]; each state as sign-offs write it.
    ///
    /// # Errors
    /// Returns what does not fit, and where.
    pub fn from_json(text: &str) -> Result<Board, serde_json::Error> {
        let Document { now_ms, evidence, files, states } = serde_json::from_str(text)?;
        let mut components: BTreeMap<Arc<str>, ComponentGates> = BTreeMap::new();
        for Entry { evidence, stale } in evidence {
            let freshness = if stale.is_empty() { Freshness::Fresh } else { Freshness::Stale(stale.into()) };
            let of = components.entry(evidence.component.as_str().into()).or_default();
            of.known.push(Known { evidence: Arc::new(evidence), freshness });
        }
        let files = files.into_iter().map(|(path, file)| {
            let File { covered, statements, missing, measured_ms, is_stale } = file;
            let missing = missing.into();
            (path.into(), FileCoverage { covered, statements, missing, measured_ms, is_stale })
        });
        let states = states.into_iter().map(|(component, state)| {
            let digest = StateDigest::parse(&state)
                .ok_or_else(|| D::custom("expected a state such as `00000000-00000000-00000000`"))?;
            Ok((component.into(), digest))
        });
        let states: Vec<(Arc<str>, StateDigest)> = states.collect::<Result<_, serde_json::Error>>()?;
        Ok(Board::new(components, files).with_states(states).at(now_ms))
    }
}
