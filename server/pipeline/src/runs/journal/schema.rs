//! The tables of the journal.

use crate::database::Kind;

pub(super) const FILE: &str = "journal.db";

/// The database of runs.
pub(super) const KIND: Kind = Kind {
    shown: ".stagegate/journal.db",
    // "StgJ"
    application: 0x5374_674a,
    migrations: &MIGRATIONS,
    tables: &["runs", "steps", "gates", "events", "breakers", "owner"],
    // That would take longer the more runs there are. SQLite says itself when it meets a page that is wrong.
    check_all: false,
    // What a deployment did outlives a power failure, so what the journal says of it has to as well: every transition is
    // on the disk before the effect that it announces.
    synchronous: "FULL",
};

/// What leads from one version to the next. Never changed once released; new ones are added at the end.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE runs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL, component TEXT NOT NULL, canonical TEXT NOT NULL,
        from_stage TEXT, to_stage TEXT NOT NULL, state TEXT NOT NULL,
        goal TEXT NOT NULL, stop INTEGER NOT NULL DEFAULT 0,
        reason TEXT, undoes TEXT, undone_by TEXT, by_name TEXT, by_email TEXT,
        started_ms INTEGER NOT NULL, ended_ms INTEGER, resumed INTEGER NOT NULL DEFAULT 0, version TEXT,
        pid INTEGER, halted TEXT, plan TEXT NOT NULL, request TEXT NOT NULL
    );
    CREATE INDEX runs_of_component ON runs (canonical, seq);
    CREATE INDEX runs_of_component_and_kind ON runs (canonical, kind, seq);
    CREATE INDEX runs_of_kind ON runs (kind, seq);
    CREATE INDEX runs_open ON runs (canonical, seq) WHERE state = 'running';
    CREATE INDEX runs_to_undo ON runs (canonical, seq)
        WHERE kind = 'promotion' AND state = 'succeeded' AND undone_by IS NULL;
    CREATE TABLE steps (
        run INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
        attempts INTEGER NOT NULL, key TEXT, started_ms INTEGER, ended_ms INTEGER, summary TEXT, failure TEXT,
        outputs TEXT NOT NULL, PRIMARY KEY (run, position)
    ) WITHOUT ROWID;
    CREATE TABLE gates (
        run INTEGER NOT NULL, number INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (run, number)
    ) WITHOUT ROWID;
    CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, event TEXT NOT NULL);
    CREATE INDEX events_of_run ON events (run, seq);
    CREATE TABLE breakers (
        environment TEXT PRIMARY KEY NOT NULL, failures INTEGER NOT NULL, opened_ms INTEGER,
        boot TEXT, boot_ms INTEGER, probes INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE owner (one INTEGER PRIMARY KEY CHECK (one = 1), mark BLOB NOT NULL);
"];
