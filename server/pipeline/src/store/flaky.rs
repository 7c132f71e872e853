//! Tests that failed and passed on the same inputs.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use rustc_hash::FxHashSet;
use stagegate_core::gates::{Evidence, GateName};

use super::rows::{from_json, json};
use super::{Hash, RanTests};

/// Most names of failed tests that are kept of one run.
const MAX_FAILED: usize = 1000;

/// Longest name that is kept, in bytes; a longer one is not compared.
const MAX_NAME_BYTES: usize = 2000;

/// Most tests that passed that are kept of one run.
const MAX_PASSED: usize = 500_000;

/// Keeps which tests of a run failed, by name, and which passed, by the hashes of their names: they are the same from run
/// to run, and kept once.
pub(super) fn put(
    transaction: &Transaction<'_>,
    id: i64,
    evidence: &Evidence,
    inputs: Hash,
    tests: &RanTests,
) -> rusqlite::Result<()> {
    let failed = tests.failed.iter().filter(|name| name.len() <= MAX_NAME_BYTES);
    let failed: Vec<&String> = failed.take(MAX_FAILED).collect();
    let mut passed: Vec<u64> = tests.passed.iter().take(MAX_PASSED).map(|name| number(name)).collect();
    passed.sort_unstable();
    passed.dedup();
    let names: Vec<u8> = passed.iter().flat_map(|number| number.to_le_bytes()).collect();
    let hash = *blake3::hash(&names).as_bytes();
    transaction.execute("INSERT OR IGNORE INTO passed VALUES (?1, ?2)", params![hash, names])?;
    transaction.execute(
        "INSERT INTO ran VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, evidence.component, evidence.gate.as_str(), inputs.bytes(), json(&failed)?, hash],
    )?;
    Ok(())
}

/// Forgets the runs of a gate up to the one with this number.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    component: &str,
    gate: &str,
    last: i64,
) -> rusqlite::Result<()> {
    let gone = "DELETE FROM ran WHERE component = ?1 AND gate = ?2 AND evidence <= ?3";
    if transaction.execute(gone, params![component, gate, last])? > 0 {
        transaction.execute("DELETE FROM passed WHERE hash NOT IN (SELECT passed FROM ran)", [])?;
    }
    Ok(())
}

/// Returns the tests that failed in one run and passed in another one on the same inputs, sorted. `ran` is a run that is
/// not kept yet.
pub(super) fn find(
    connection: &Connection,
    component: &str,
    gate: &GateName,
    inputs: Hash,
    ran: Option<&RanTests>,
) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT failed, passed FROM ran WHERE component = ?1 AND gate = ?2 AND inputs = ?3";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(params![component, gate.as_str(), inputs.bytes()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let mut failed: Vec<FxHashSet<String>> = Vec::new();
    let mut passed: Vec<Vec<u8>> = Vec::new();
    for row in rows {
        let (names, hash) = row?;
        failed.push(from_json(&names)?);
        passed.push(hash);
    }
    failed.extend(ran.map(|ran| ran.failed.iter().cloned().collect()));
    if failed.iter().all(FxHashSet::is_empty) {
        return Ok(Vec::new());
    }
    let mut sets: Vec<FxHashSet<u64>> = Vec::new();
    for hash in &passed {
        let sql = "SELECT names FROM passed WHERE hash = ?1";
        let bytes: Option<Vec<u8>> = connection.query_row(sql, params![hash], |row| row.get(0)).optional()?;
        let bytes = bytes.unwrap_or_default();
        sets.push(bytes.as_chunks::<8>().0.iter().map(|number| u64::from_le_bytes(*number)).collect());
    }
    sets.extend(ran.map(|ran| ran.passed.iter().map(|name| number(name)).collect()));
    // Several tests of one run may have the same name; then nobody knows which of them it was.
    let passed_elsewhere = |name: &String| {
        let number = number(name);
        sets.iter().zip(&failed).any(|(passed, failed)| passed.contains(&number) && !failed.contains(name))
    };
    let flaky: BTreeSet<&String> = failed.iter().flatten().filter(|name| passed_elsewhere(name)).collect();
    Ok(flaky.into_iter().cloned().collect())
}

/// Stands for a name.
fn number(name: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(name.as_bytes()).as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
