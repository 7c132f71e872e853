//! The rows of the cache.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::line::{MAX_TEXT, line};
use crate::provider::{Issue, State, Validators};
use crate::remote::Repository;
use crate::time::Seconds;

/// A repository of a host, as the rows name it: without regard to case, as GitHub does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    host: String,
    repository: String,
}

impl Key {
    pub(crate) fn new(host: &str, repository: &Repository) -> Key {
        Key { host: host.to_owned(), repository: repository.to_string().to_ascii_lowercase() }
    }
}

/// What the host said about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Issue(Issue),
    Missing,
    Deleted,
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) number: u64,
    pub(crate) subject: Subject,
    pub(crate) validators: Validators,
    /// When it was last confirmed, by our clock.
    pub(crate) fetched_at: Seconds,
    /// The same, by the clock of the host.
    pub(crate) as_of: Seconds,
}

/// A page of the list of open issues, as it was.
#[derive(Debug)]
pub(crate) struct ListRow {
    pub(crate) validators: Validators,
    pub(crate) numbers: Vec<u64>,
    pub(crate) more: bool,
    pub(crate) fetched_at: Seconds,
}

const COLUMNS: &str =
    "number, known, title, labels, assignee, milestone, url, is_pull_request, moved_to, updated_at,
    etag, last_modified, fetched_at, as_of";

/// Reads a row. A repository may bring a file of its own, so its texts are looked at like those of the host.
fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let number = row.get("number")?;
    let known: String = row.get("known")?;
    let state = match known.as_str() {
        "open" => Some(State::Open),
        "closed" => Some(State::Closed),
        _ => None,
    };
    let subject = match state {
        None if known == "deleted" => Subject::Deleted,
        None => Subject::Missing,
        Some(state) => Subject::Issue(Issue {
            number,
            title: shown(row.get("title")?),
            state,
            labels: read_json::<Vec<String>>(&row.get::<_, String>("labels")?)?
                .into_iter()
                .map(shown)
                .collect(),
            assignee: row.get::<_, Option<String>>("assignee")?.map(shown),
            milestone: row.get::<_, Option<String>>("milestone")?.map(shown),
            url: row.get("url")?,
            is_pull_request: row.get("is_pull_request")?,
            moved_to: row.get::<_, Option<String>>("moved_to")?.map(shown),
            updated_at: row.get("updated_at")?,
        }),
    };
    let validators = Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? };
    Ok(Row { number, subject, validators, fetched_at: row.get("fetched_at")?, as_of: row.get("as_of")? })
}

#[expect(clippy::needless_pass_by_value, reason = "to be given to `map`")]
fn shown(text: String) -> String {
    line(&text, MAX_TEXT)
}

fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

fn write_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
}

/// SQLite has no numbers beyond; GitHub has none there either.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Most rows that are read at once; a repository may bring a file of its own.
const MAX_ROWS: i64 = 100_000;

/// Everything that `host` said: the name of each repository in lower case, and a row.
pub(crate) fn of_host(connection: &Connection, host: &str) -> rusqlite::Result<Vec<(String, Row)>> {
    let sql = format!("SELECT repository, {COLUMNS} FROM issue WHERE host = ?1 LIMIT {MAX_ROWS}");
    let mut statement = connection.prepare(&sql)?;
    statement.query_map(params![host], |it| Ok((it.get("repository")?, row(it)?)))?.collect()
}

impl Key {
    /// What is known about `number`.
    pub(crate) fn get(&self, connection: &Connection, number: u64) -> rusqlite::Result<Option<Row>> {
        let sql = format!("SELECT {COLUMNS} FROM issue WHERE host = ?1 AND repository = ?2 AND number = ?3");
        let mut statement = connection.prepare(&sql)?;
        statement.query_row(params![self.host, self.repository, stored(number)], row).optional()
    }

    /// What is known about `numbers`, in their order.
    pub(crate) fn get_all(
        &self,
        connection: &Connection,
        numbers: &[u64],
    ) -> rusqlite::Result<Vec<Option<Row>>> {
        let sql = format!("SELECT {COLUMNS} FROM issue WHERE host = ?1 AND repository = ?2 AND number = ?3");
        let mut statement = connection.prepare(&sql)?;
        let mut get = |number: &u64| {
            statement.query_row(params![self.host, self.repository, stored(*number)], row).optional()
        };
        numbers.iter().map(&mut get).collect()
    }

    /// Every issue; only those that are open where asked.
    pub(crate) fn issues(&self, connection: &Connection, only_open: bool) -> rusqlite::Result<Vec<Row>> {
        let known = if only_open { "known = 'open'" } else { "known IN ('open', 'closed')" };
        let sql = format!(
            "SELECT {COLUMNS} FROM issue WHERE host = ?1 AND repository = ?2 AND {known} ORDER BY number DESC"
        );
        let mut statement = connection.prepare(&sql)?;
        statement.query_map(params![self.host, self.repository], row)?.collect()
    }

    /// Writes what the host said. Returns whether it is news.
    pub(crate) fn put(&self, connection: &Connection, new: &Row) -> rusqlite::Result<bool> {
        let before = self.get(connection, new.number)?;
        let known = match &new.subject {
            Subject::Issue(Issue { state: State::Open, .. }) => "open",
            Subject::Issue(Issue { state: State::Closed, .. }) => "closed",
            Subject::Missing => "missing",
            Subject::Deleted => "deleted",
        };
        let issue = if let Subject::Issue(issue) = &new.subject { Some(issue) } else { None };
        connection.execute(
            "INSERT OR REPLACE INTO issue VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                self.host,
                self.repository,
                stored(new.number),
                known,
                issue.map_or("", |issue| &issue.title),
                issue.map_or_else(|| "[]".to_owned(), |issue| write_json(&issue.labels)),
                issue.and_then(|issue| issue.assignee.as_deref()),
                issue.and_then(|issue| issue.milestone.as_deref()),
                issue.map_or("", |issue| &issue.url),
                issue.is_some_and(|issue| issue.is_pull_request),
                issue.and_then(|issue| issue.moved_to.as_deref()),
                issue.and_then(|issue| issue.updated_at).map(stored),
                new.validators.etag,
                new.validators.last_modified,
                stored(new.fetched_at),
                stored(new.as_of),
            ],
        )?;
        Ok(before.is_none_or(|before| before.subject != new.subject))
    }

    /// Confirms what is known about `number`.
    pub(crate) fn confirm(
        &self,
        connection: &Connection,
        number: u64,
        fetched_at: Seconds,
        as_of: Seconds,
    ) -> rusqlite::Result<()> {
        connection.execute(
            "UPDATE issue SET fetched_at = ?4, as_of = ?5 WHERE host = ?1 AND repository = ?2 AND number = ?3",
            params![self.host, self.repository, stored(number), stored(fetched_at), stored(as_of)],
        )?;
        Ok(())
    }

    /// Makes what is known about `number` count as old.
    pub(crate) fn doubt(&self, connection: &Connection, number: u64) -> rusqlite::Result<()> {
        self.confirm(connection, number, 0, 0)
    }

    pub(crate) fn list(&self, connection: &Connection, page: u32) -> rusqlite::Result<Option<ListRow>> {
        let sql = "SELECT etag, last_modified, numbers, more, fetched_at FROM list
            WHERE host = ?1 AND repository = ?2 AND page = ?3";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(ListRow {
                validators: Validators { etag: row.get(0)?, last_modified: row.get(1)? },
                numbers: read_json(&row.get::<_, String>(2)?)?,
                more: row.get(3)?,
                fetched_at: row.get(4)?,
            })
        };
        connection.query_row(sql, params![self.host, self.repository, page], read).optional()
    }

    pub(crate) fn put_list(
        &self,
        connection: &Connection,
        page: u32,
        list: &ListRow,
    ) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT OR REPLACE INTO list VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.host,
                self.repository,
                page,
                list.validators.etag,
                list.validators.last_modified,
                write_json(&list.numbers),
                list.more,
                stored(list.fetched_at),
            ],
        )?;
        Ok(())
    }

    /// Where the repository has moved to.
    pub(crate) fn moved(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT path FROM moved WHERE host = ?1 AND repository = ?2";
        connection.query_row(sql, params![self.host, self.repository], |row| row.get(0)).optional()
    }

    pub(crate) fn put_moved(&self, connection: &Connection, path: Option<&str>) -> rusqlite::Result<()> {
        let key = params![self.host, self.repository, path];
        if path.is_some() {
            connection.execute("INSERT OR REPLACE INTO moved VALUES (?1, ?2, ?3)", key)?;
        } else {
            let key = params![self.host, self.repository];
            connection.execute("DELETE FROM moved WHERE host = ?1 AND repository = ?2", key)?;
        }
        Ok(())
    }
}

/// Until when `host` wants no request.
pub(crate) fn pause(
    connection: &Connection,
    host: &str,
    anonymous: bool,
) -> rusqlite::Result<Option<Seconds>> {
    let sql = "SELECT until FROM pause WHERE host = ?1 AND anonymous = ?2";
    connection.query_row(sql, params![host, anonymous], |row| row.get(0)).optional()
}

pub(crate) fn put_pause(
    connection: &Connection,
    host: &str,
    anonymous: bool,
    until: Seconds,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO pause VALUES (?1, ?2, ?3)",
        params![host, anonymous, stored(until)],
    )?;
    Ok(())
}
