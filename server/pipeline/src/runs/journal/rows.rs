//! From rows to records and back.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stagegate_core::plan::RunKind;
use stagegate_core::run::{GateRecord, Person, RunEvent, RunRecord, StepRecord};

use super::Goal;

const RUN: &str = "seq, id, kind, component, canonical, from_stage, to_stage, state, reason, undoes, undone_by, by_name, \
                   by_email, started_ms, ended_ms, resumed, version";

/// A run as it stands in the table, and its number there.
pub(super) type Numbered = (i64, RunRecord);

/// The name of a value of an enumeration, as it is in JSON.
pub(super) fn word(value: &impl Serialize) -> rusqlite::Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) => Err(rusqlite::Error::ToSqlConversionFailure("not a word".into())),
        Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
    }
}

pub(super) fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn of_word<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let word: String = row.get(at)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| wrong(at, error))
}

fn of_json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text).map_err(|error| wrong(at, error))
}

fn wrong(at: usize, error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into())
}

fn optional<T>(
    row: &Row<'_>,
    at: usize,
    read: impl Fn(&Row<'_>, usize) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(at)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => read(row, at).map(Some),
    }
}

fn head(row: &Row<'_>) -> rusqlite::Result<Numbered> {
    let name: Option<String> = row.get(11)?;
    let email: Option<String> = row.get(12)?;
    let run = RunRecord {
        id: row.get(1)?,
        kind: of_word(row, 2)?,
        component: row.get(3)?,
        canonical: row.get(4)?,
        from: optional(row, 5, of_word)?,
        to: of_word(row, 6)?,
        state: of_word(row, 7)?,
        reason: row.get(8)?,
        undoes: row.get(9)?,
        undone_by: row.get(10)?,
        by: name.zip(email).map(|(name, email)| Person { name, email }),
        started_ms: row.get(13)?,
        ended_ms: row.get(14)?,
        resumed: row.get(15)?,
        version: row.get(16)?,
        steps: Vec::new(),
        gates: Vec::new(),
    };
    Ok((row.get(0)?, run))
}

/// Reads steps and gates of runs.
fn whole(connection: &Connection, heads: Vec<Numbered>) -> rusqlite::Result<Vec<RunRecord>> {
    read_parts(connection, heads, true)
}

/// Reads steps of runs, and their gates where that is wanted.
fn read_parts(
    connection: &Connection,
    heads: Vec<Numbered>,
    with_gates: bool,
) -> rusqlite::Result<Vec<RunRecord>> {
    let mut steps = connection.prepare_cached(
        "SELECT name, state, attempts, started_ms, ended_ms, summary, failure, outputs FROM steps WHERE run = ? \
         ORDER BY position",
    )?;
    let mut gates = connection.prepare_cached("SELECT record FROM gates WHERE run = ? ORDER BY number")?;
    let read = |(seq, mut run): Numbered| {
        run.steps = steps.query_map([seq], step)?.collect::<rusqlite::Result<_>>()?;
        if with_gates {
            let rows = gates.query_map([seq], |row| of_json::<GateRecord>(row, 0))?;
            run.gates = rows.collect::<rusqlite::Result<_>>()?;
        }
        Ok(run)
    };
    heads.into_iter().map(read).collect()
}

fn step(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    Ok(StepRecord {
        name: of_word(row, 0)?,
        state: of_word(row, 1)?,
        attempts: row.get(2)?,
        started_ms: row.get(3)?,
        ended_ms: row.get(4)?,
        summary: row.get(5)?,
        failure: optional(row, 6, of_json)?,
        outputs: of_json(row, 7)?,
    })
}

/// The queries that list runs; each is answered by an index.
pub(super) const OF_COMPONENT: &str = "WHERE canonical = ?1 ORDER BY seq DESC LIMIT ?2";
pub(super) const OF_COMPONENT_AND_KIND: &str =
    "WHERE canonical = ?1 AND kind = ?3 ORDER BY seq DESC LIMIT ?2";
pub(super) const OF_KIND: &str = "WHERE kind = ?1 ORDER BY seq DESC LIMIT ?2";
pub(super) const ALL: &str = "ORDER BY seq DESC LIMIT ?1";
pub(super) const OPEN: &str = "WHERE state = 'running' ORDER BY seq DESC";
pub(super) const OPEN_OF: &str = "WHERE state = 'running' AND canonical = ?1 ORDER BY seq DESC LIMIT 1";
pub(super) const TO_UNDO: &str = "WHERE kind = 'promotion' AND state = 'succeeded' AND undone_by IS NULL \
                                  AND canonical = ?1 ORDER BY seq DESC LIMIT 1";
pub(super) const BY_ID: &str = "WHERE id = ?1";
pub(super) const EVENTS: &str =
    "SELECT seq, event FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

/// The whole statement of one of the queries above.
pub(super) fn statement(rest: &str) -> String {
    // What is open is few; without this the planner walks all runs from the newest one on.
    let from = match rest {
        OPEN | OPEN_OF => "runs INDEXED BY runs_open",
        TO_UNDO => "runs INDEXED BY runs_to_undo",
        _ => "runs",
    };
    format!("SELECT {RUN} FROM {from} {rest}")
}

pub(super) fn find(
    connection: &Connection,
    rest: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Vec<RunRecord>> {
    let mut statement = connection.prepare_cached(&statement(rest))?;
    let heads = statement.query_map(params, head)?.collect::<rusqlite::Result<_>>()?;
    whole(connection, heads)
}

pub(super) fn list(
    connection: &Connection,
    component: Option<&str>,
    kind: Option<RunKind>,
    limit: usize,
) -> rusqlite::Result<Vec<RunRecord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match (component, kind) {
        (Some(component), Some(kind)) => {
            find(connection, OF_COMPONENT_AND_KIND, params![component, limit, kind.name()])
        }
        (Some(component), None) => find(connection, OF_COMPONENT, params![component, limit]),
        (None, Some(kind)) => find(connection, OF_KIND, params![kind.name(), limit]),
        (None, None) => find(connection, ALL, [limit]),
    }
}

/// Every canonical name, one look into the index for each: their number counts, and not that of the runs.
const COMPONENTS: &str = "WITH RECURSIVE names (name) AS (SELECT min(canonical) FROM runs UNION ALL \
                          SELECT (SELECT min(canonical) FROM runs WHERE canonical > name) FROM names WHERE name IS NOT NULL) \
                          SELECT name FROM names WHERE name IS NOT NULL";

/// The newest runs of every component, without their gates.
pub(super) fn newest(connection: &Connection, each: usize) -> rusqlite::Result<Vec<RunRecord>> {
    let limit = i64::try_from(each).unwrap_or(i64::MAX);
    let mut components = connection.prepare_cached(COMPONENTS)?;
    let names: Vec<String> = components.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut of_component = connection.prepare_cached(&statement(OF_COMPONENT))?;
    let mut heads = Vec::new();
    for name in names {
        let rows = of_component.query_map(params![name, limit], head)?;
        heads.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    read_parts(connection, heads, false)
}

/// The number of a run in the tables.
pub(super) fn number(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT seq FROM runs WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()
}

pub(super) fn insert_run(
    connection: &Connection,
    run: &RunRecord,
    plan: &str,
    request: &str,
) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO runs (id, kind, component, canonical, from_stage, to_stage, state, goal, reason, undoes, by_name, \
         by_email, started_ms, version, plan, request) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    )?;
    statement.execute(params![
        run.id,
        word(&run.kind)?,
        run.component,
        run.canonical,
        run.from.as_ref().map(word).transpose()?,
        word(&run.to)?,
        word(&run.state)?,
        Goal::Finish.name(),
        run.reason,
        run.undoes,
        run.by.as_ref().map(|by| &by.name),
        run.by.as_ref().map(|by| &by.email),
        run.started_ms,
        run.version,
        plan,
        request,
    ])?;
    Ok(connection.last_insert_rowid())
}

/// Writes what may change of a run.
pub(super) fn update_run(connection: &Connection, seq: i64, run: &RunRecord) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("UPDATE runs SET state = ?, ended_ms = ?, resumed = ? WHERE seq = ?")?;
    statement.execute(params![word(&run.state)?, run.ended_ms, run.resumed, seq])?;
    Ok(())
}

pub(super) fn put_step(
    connection: &Connection,
    (seq, id): (i64, &str),
    position: usize,
    step: &StepRecord,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO steps (run, position, name, state, attempts, key, started_ms, ended_ms, summary, failure, \
         outputs) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
    )?;
    let key = (step.attempts > 0).then(|| super::key(id, step.name, step.attempts));
    statement.execute(params![
        seq,
        i64::try_from(position).unwrap_or(i64::MAX),
        word(&step.name)?,
        word(&step.state)?,
        step.attempts,
        key,
        step.started_ms,
        step.ended_ms,
        step.summary,
        step.failure.as_ref().map(json).transpose()?,
        json(&step.outputs)?,
    ])?;
    Ok(())
}

pub(super) fn put_gate(connection: &Connection, seq: i64, gate: &GateRecord) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO gates (run, number, record) \
         VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM gates WHERE run = ?1), ?2)",
    )?;
    statement.execute(params![seq, json(gate)?])?;
    Ok(())
}

/// The gates of a step that is begun again are asked again.
pub(super) fn remove_gates(connection: &Connection, seq: i64, step: &str) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("DELETE FROM gates WHERE run = ?1 AND json_extract(record, '$.step') = ?2")?;
    statement.execute(params![seq, step])?;
    Ok(())
}

pub(super) fn put_event(connection: &Connection, seq: i64, event: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO events (run, event) VALUES (?, ?)")?
        .execute(params![seq, event])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn events(
    connection: &Connection,
    id: &str,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, RunEvent)>> {
    let Some(seq) = number(connection, id)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(EVENTS)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![seq, after, limit], |row| Ok((row.get(0)?, of_json(row, 1)?)))?;
    rows.collect()
}

/// Reads one column of JSON of a run.
pub(super) fn column<T: DeserializeOwned>(
    connection: &Connection,
    id: &str,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {column} FROM runs WHERE id = ?"))?;
    statement.query_row([id], |row| of_json(row, 0)).optional()
}
