//! The rows of the store.

use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use stagegate_core::gates::GateName;

use super::key::Key;
use super::{CarriedRow, MeasuredFile, New, Stored, flaky};
use crate::inputs::{Group, Hash, KnownFile, KnownFiles, Stamp};

/// Most evidence that is kept of one gate.
pub(super) const MAX_HISTORY: usize = 100;

const COLUMNS: &str = "e.id, e.manifest, e.evidence, e.checksum";

/// Keeps evidence and what belongs to it; returns its number.
pub(super) fn insert(transaction: &Transaction<'_>, new: &New<'_>, key: &Key) -> rusqlite::Result<i64> {
    let evidence = new.evidence;
    let (component, gate) = (&evidence.component, evidence.gate.as_str());
    let text = json(evidence)?;
    let manifest = new.inputs.map(|inputs| json(&inputs.manifest)).transpose()?;
    transaction.execute(
        "INSERT INTO evidence (component, gate, started_ms, ended_ms, inputs, manifest, evidence, checksum)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            component,
            gate,
            evidence.started_ms,
            evidence.ended_ms,
            new.inputs.map(|inputs| inputs.hash.bytes()),
            manifest,
            text,
            mark(key, &text, manifest.as_deref()),
        ],
    )?;
    let id = transaction.last_insert_rowid();
    // Only the newest evidence is compared with the files of now.
    let before: Option<i64> = transaction
        .query_row(
            "SELECT evidence FROM newest WHERE component = ?1 AND gate = ?2",
            params![component, gate],
            |row| row.get(0),
        )
        .optional()?;
    transaction.execute("INSERT OR REPLACE INTO newest VALUES (?1, ?2, ?3)", params![component, gate, id])?;
    for group in new.inputs.iter().flat_map(|inputs| &inputs.groups) {
        let hash = group.hash();
        let known = "SELECT 1 FROM input_files WHERE hash = ?1";
        if !transaction.prepare(known)?.exists(params![hash.bytes()])? {
            transaction.execute(
                "INSERT INTO input_files VALUES (?1, ?2)",
                params![hash.bytes(), group.to_bytes()],
            )?;
        }
        transaction.execute("INSERT OR IGNORE INTO uses VALUES (?1, ?2)", params![id, hash.bytes()])?;
    }
    if let Some(before) = before {
        forget_files(transaction, before)?;
    }
    put_measured(transaction, new.files)?;
    if let (Some(tests), Some(inputs)) = (new.tests, new.inputs) {
        flaky::put(transaction, id, evidence, inputs.hash, tests)?;
    }
    trim(transaction, component, gate, MAX_HISTORY)?;
    Ok(id)
}

/// Keeps evidence once more, where it is still the newest; returns how many pieces.
pub(super) fn carry(
    transaction: &Transaction<'_>,
    carried: &[CarriedRow<'_>],
    files: &[MeasuredFile],
    key: &Key,
) -> rusqlite::Result<usize> {
    let mut count = 0;
    for CarriedRow { of, evidence, inputs } in carried {
        let (component, gate) = (&evidence.component, evidence.gate.as_str());
        let is_newest = transaction
            .prepare_cached("SELECT 1 FROM newest WHERE component = ?1 AND gate = ?2 AND evidence = ?3")?
            .exists(params![component, gate, of])?;
        if is_newest {
            insert(transaction, &New { evidence, inputs: Some(inputs), files: &[], tests: None }, key)?;
            count += 1;
        }
    }
    put_measured(transaction, files)?;
    Ok(count)
}

/// Forgets the files that only this evidence needed.
fn forget_files(transaction: &Transaction<'_>, evidence: i64) -> rusqlite::Result<()> {
    let used: Vec<Vec<u8>> = {
        let mut statement = transaction.prepare("SELECT hash FROM uses WHERE evidence = ?1")?;
        statement.query_map(params![evidence], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    transaction.execute("DELETE FROM uses WHERE evidence = ?1", params![evidence])?;
    for hash in used {
        transaction.execute(
            "DELETE FROM input_files WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM uses WHERE uses.hash = ?1)",
            params![hash],
        )?;
    }
    Ok(())
}

/// Keeps the last `keep` pieces of evidence of a gate, at least one; returns how many were removed.
pub(super) fn trim(
    transaction: &Transaction<'_>,
    component: &str,
    gate: &str,
    keep: usize,
) -> rusqlite::Result<usize> {
    let keep = i64::try_from(keep.max(1)).unwrap_or(i64::MAX);
    let last: Option<i64> = transaction
        .query_row(
            "SELECT id FROM evidence WHERE component = ?1 AND gate = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3",
            params![component, gate, keep],
            |row| row.get(0),
        )
        .optional()?;
    let Some(last) = last else { return Ok(0) };
    let old = params![component, gate, last];
    flaky::forget(transaction, component, gate, last)?;
    transaction.execute("DELETE FROM evidence WHERE component = ?1 AND gate = ?2 AND id <= ?3", old)
}

/// The newest evidence of every gate; of one component, where it is named. `None` stands for a row that is nobody's.
pub(super) fn newest(
    connection: &Connection,
    component: Option<&str>,
    key: Option<&Key>,
) -> rusqlite::Result<Vec<Option<Stored>>> {
    let only = if component.is_some() { "WHERE n.component = ?1" } else { "WHERE ?1 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS} FROM newest n JOIN evidence e ON e.id = n.evidence {only} ORDER BY n.component, n.gate"
    );
    connection.prepare(&sql)?.query_map(params![component], |row| stored(row, key))?.collect()
}

/// The last evidence of a gate, the newest first.
pub(super) fn history(
    connection: &Connection,
    component: &str,
    gate: &GateName,
    limit: usize,
    key: Option<&Key>,
) -> rusqlite::Result<Vec<Stored>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM evidence e WHERE component = ?1 AND gate = ?2 ORDER BY id DESC LIMIT ?3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(params![component, gate.as_str(), limit], |row| stored(row, key))?;
    rows.filter_map(Result::transpose).collect()
}

/// Reads a row; `None` where this user did not write it in this workspace, or it was changed since, or another version
/// wrote it. It is no evidence then: a repository could have brought it.
fn stored(row: &Row<'_>, key: Option<&Key>) -> rusqlite::Result<Option<Stored>> {
    let manifest: Option<String> = row.get(1)?;
    let evidence: String = row.get(2)?;
    let found: Vec<u8> = row.get(3)?;
    let expected = key.map(|key| mark(key, &evidence, manifest.as_deref()));
    if expected.is_none_or(|expected| expected != found) {
        return Ok(None);
    }
    let id = row.get(0)?;
    let read = || {
        let manifest = manifest.as_deref().map(from_json).transpose().ok()?;
        Some(Stored { id, evidence: from_json(&evidence).ok()?, manifest })
    };
    Ok(read())
}

/// What only this user can write: neither a flipped bit nor another hand makes a pass of a failure.
fn mark(key: &Key, evidence: &str, manifest: Option<&str>) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&(evidence.len() as u64).to_le_bytes()).update(evidence.as_bytes());
    hasher.update(&[u8::from(manifest.is_some())]).update(manifest.unwrap_or_default().as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

/// The files of a group.
pub(super) fn group(connection: &Connection, hash: Hash) -> rusqlite::Result<Option<Group>> {
    let sql = "SELECT files FROM input_files WHERE hash = ?1";
    let bytes: Option<Vec<u8>> =
        connection.query_row(sql, params![hash.bytes()], |row| row.get(0)).optional()?;
    Ok(bytes.and_then(|bytes| Group::from_bytes(&bytes)).filter(|group| group.hash() == hash))
}

fn put_measured(transaction: &Transaction<'_>, files: &[MeasuredFile]) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO measured VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = transaction.prepare(sql)?;
    for file in files {
        let missing = file.missing.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()]);
        let missing: Vec<u8> = missing.flatten().collect();
        let content = file.content.as_ref().map(Hash::bytes);
        statement.execute(params![
            file.path,
            file.covered,
            file.statements,
            missing,
            content,
            file.measured_ms
        ])?;
    }
    Ok(())
}

/// The newest coverage of every file, in order of path.
pub(super) fn measured(connection: &Connection) -> rusqlite::Result<Vec<MeasuredFile>> {
    let sql = "SELECT path, covered, statements, missing, content, measured_ms FROM measured ORDER BY path";
    let read = |row: &Row<'_>| {
        let missing: Vec<u8> = row.get(3)?;
        let (pairs, _) = missing.as_chunks::<8>();
        let pair = |pair: &[u8; 8]| {
            let [a, b, c, d, e, f, g, h] = *pair;
            (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
        };
        Ok(MeasuredFile {
            path: row.get(0)?,
            covered: row.get(1)?,
            statements: row.get(2)?,
            missing: pairs.iter().map(pair).collect(),
            content: row.get::<_, Option<Vec<u8>>>(4)?.and_then(|bytes| hash(&bytes)),
            measured_ms: row.get(5)?,
        })
    };
    connection.prepare(sql)?.query_map([], read)?.collect()
}

/// What was read of files, as one value: it is read and written as a whole.
pub(super) fn known_files(connection: &Connection) -> rusqlite::Result<KnownFiles> {
    let bytes: Option<Vec<u8>> =
        connection.query_row("SELECT files FROM known_files", [], |row| row.get(0)).optional()?;
    // It only saves time: damage costs reading every file.
    Ok(bytes.and_then(|bytes| decoded(&bytes)).unwrap_or_default())
}

/// Keeps what was read of files, if it differs.
pub(super) fn put_known_files(transaction: &Transaction<'_>, known: &KnownFiles) -> rusqlite::Result<()> {
    let mut files: Vec<_> = known.iter().collect();
    files.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let mut bytes = Vec::with_capacity(files.len() * 128);
    for (path, file) in files {
        bytes.extend_from_slice(&u32::try_from(path.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(path.as_bytes());
        let stamp = &file.stamp;
        for number in [stamp.size, stamp.modified_ns as u64, stamp.changed_ns as u64, stamp.inode] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&stamp.mode.to_le_bytes());
        bytes.extend_from_slice(&file.read_ns.to_le_bytes());
        bytes.extend_from_slice(file.hash.bytes());
    }
    // The end says whether it is whole.
    bytes.extend_from_slice(&blake3::hash(&bytes).as_bytes()[..8]);
    transaction.execute("INSERT OR REPLACE INTO known_files VALUES (1, ?1)", params![bytes])?;
    Ok(())
}

fn decoded(bytes: &[u8]) -> Option<KnownFiles> {
    let (mut rest, end) = bytes.split_last_chunk::<8>()?;
    if blake3::hash(rest).as_bytes()[..8] != end[..] {
        return None;
    }
    let mut known = KnownFiles::default();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(take(&mut rest)?) as usize;
        let (path, after) = rest.split_at_checked(length)?;
        rest = after;
        let stamp = Stamp {
            size: u64::from_le_bytes(take(&mut rest)?),
            modified_ns: i64::from_le_bytes(take(&mut rest)?),
            changed_ns: i64::from_le_bytes(take(&mut rest)?),
            inode: u64::from_le_bytes(take(&mut rest)?),
            mode: u32::from_le_bytes(take(&mut rest)?),
        };
        let read_ns = i64::from_le_bytes(take(&mut rest)?);
        let hash = Hash(take(&mut rest)?);
        known.insert(Arc::from(std::str::from_utf8(path).ok()?), KnownFile { stamp, read_ns, hash });
    }
    Some(known)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

pub(super) fn hash(bytes: &[u8]) -> Option<Hash> {
    Some(Hash(bytes.try_into().ok()?))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}
