//! The session that AI assistants read: what happened to a component on one day, as messages (requirement 003, "AI
//! Context Management Strategy").

mod messages;

use serde_json::{Map, Value, json};

use super::time;
use crate::config::{Pruning, SessionConfig};
use crate::run::RunRecord;

pub use messages::of_run;

/// The folder of the sessions, relative to the root.
pub const FOLDER: &str = ".augment/context/sessions";

/// Share of `max_tokens` from which on a session is pruned, and to which.
const FULL: f64 = 0.8;

/// Importance above which a message goes last.
const HIGH: f64 = 0.8;

/// Most runs whose messages are known by name, so that none is written twice.
const MAX_RUNS: usize = 50;

/// Returns the name of the session of a run: of its component and the day, in UTC, on which it began.
#[must_use]
pub fn id(run: &RunRecord) -> String {
    id_of(&run.component, run.started_ms)
}

/// Returns the name of the session of a component for the day of a time, in milliseconds since 1970 UTC.
#[must_use]
pub fn id_of(component: &str, ms: i64) -> String {
    format!("{component}-workflow-{}", time::date(ms))
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Which message of the run it is; each is written once.
    pub step: String,
    /// What is said.
    pub content: String,
    /// When it happened, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// How important it is, from 0 to 1.
    pub importance: f64,
}

/// A session, with everything in it that is not ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    object: Map<String, Value>,
}

impl Session {
    /// Returns an empty session.
    #[must_use]
    pub fn new(id: &str, max_tokens: u64) -> Session {
        let object = json!({
            "session_id": id, "messages": [], "max_tokens": max_tokens, "current_tokens": 0, "metadata": {},
        });
        let Value::Object(object) = object else { return Session { object: Map::new() } };
        Session { object }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Returns why it is no session, as a part of a sentence.
    pub fn read(text: &str) -> Result<Session, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let Value::Object(object) = value else { return Err("it is no JSON object".to_owned()) };
        match object.get("messages") {
            Some(Value::Array(_)) => Ok(Session { object }),
            _ => Err("it has no list `messages`".to_owned()),
        }
    }

    /// Adds the messages of a run that are not there yet; makes room for each where the session is nearly full. Returns
    /// how many were added.
    pub fn add(&mut self, run: &str, messages: &[Message], config: &SessionConfig) -> usize {
        let mut added = 0;
        for message in messages {
            if self.knows(run, &message.step) {
                continue;
            }
            let tokens = tokens(&message.content);
            self.make_room(tokens, &config.pruning);
            // Python cannot compare times with an offset to those without one, so a session has one kind.
            let timestamp =
                if self.is_naive() { time::naive(message.at_ms) } else { time::aware(message.at_ms) };
            let message_json = json!({
                "role": "user",
                "content": message.content,
                "timestamp": timestamp,
                "metadata": { "run": run, "step": message.step },
                "tokens": tokens,
                "importance": message.importance,
            });
            if let Some(Value::Array(messages)) = self.object.get_mut("messages") {
                messages.push(message_json);
            }
            self.note(run, &message.step);
            added += 1;
        }
        if added > 0 {
            let sum = self.messages().iter().map(tokens_of).fold(0, u64::saturating_add);
            self.object.insert("current_tokens".to_owned(), sum.into());
        }
        added
    }

    /// Returns the text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // In the order of the incumbent, and what it does not know after that.
        let known = ["session_id", "messages", "max_tokens", "current_tokens", "metadata"];
        let first = known.iter().filter_map(|key| Some((*key, self.object.get(*key)?)));
        let rest = self.object.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        let all = first.chain(rest.map(|(key, value)| (key.as_str(), value)));
        let mut text = String::new();
        for (key, value) in all {
            let value = serde_json::to_string_pretty(value).unwrap_or_default().replace('\n', "\n  ");
            text.push_str(if text.is_empty() { "{\n  " } else { ",\n  " });
            text.push_str(&Value::from(key).to_string());
            text.push_str(": ");
            text.push_str(&value);
        }
        text + "\n}\n"
    }

    /// Gives the session another name.
    pub fn rename(&mut self, id: &str) {
        self.object.insert("session_id".to_owned(), id.into());
    }

    fn messages(&self) -> &[Value] {
        self.object.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_naive(&self) -> bool {
        let first = self.messages().iter().find_map(|message| message.get("timestamp")?.as_str());
        first.is_some_and(|time| {
            let clock = time.get(10..).unwrap_or_default();
            !clock.contains(['+', '-', 'Z', 'z'])
        })
    }

    /// Whether a message was written, also where it was pruned since.
    fn knows(&self, run: &str, step: &str) -> bool {
        let is_it = |message: &Value| {
            let of = |key: &str| message.get("metadata").and_then(|metadata| metadata.get(key)?.as_str());
            of("run") == Some(run) && of("step") == Some(step)
        };
        let noted =
            self.object.get("metadata").and_then(|metadata| metadata.get("runs")?.get(run)?.as_array());
        self.messages().iter().any(is_it)
            || noted.is_some_and(|steps| steps.iter().any(|known| known.as_str() == Some(step)))
    }

    /// Notes that a message was written.
    fn note(&mut self, run: &str, step: &str) {
        let metadata = self.object.entry("metadata").or_insert_with(|| json!({}));
        let Value::Object(metadata) = metadata else { return };
        let Value::Object(runs) = metadata.entry("runs").or_insert_with(|| json!({})) else { return };
        if let Value::Array(steps) = runs.entry(run).or_insert_with(|| json!([])) {
            steps.push(step.into());
        }
        // Numbers of runs sort by time.
        while runs.len() > MAX_RUNS {
            let Some(oldest) = runs.keys().min().cloned() else { return };
            runs.remove(&oldest);
        }
    }

    /// Removes messages where `needed` more tokens would fill the session: those of the system stay, then the newest, then
    /// the important ones, the newest first, as many as there is room for.
    fn make_room(&mut self, needed: u64, pruning: &Pruning) {
        let Some(most) = self.object.get("max_tokens").and_then(Value::as_u64) else { return };
        let limit = share(most);
        let sizes: Vec<u64> = self.messages().iter().map(tokens_of).collect();
        let total = sizes.iter().copied().fold(needed, u64::saturating_add);
        if total <= limit {
            return;
        }
        let text = |message: &Value, key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
        let messages = self.messages();
        let is_system = |at: &usize| {
            pruning.preserve_system_messages && text(&messages[*at], "role").as_deref() == Some("system")
        };
        let mut stays: Vec<bool> = (0..messages.len()).map(|at| is_system(&at)).collect();
        let mut used =
            (0..messages.len()).filter(|at| stays[*at]).map(|at| sizes[at]).fold(needed, u64::saturating_add);
        let others: Vec<usize> = (0..messages.len()).rev().filter(|at| !stays[*at]).collect();
        let (recent, older) = others.split_at(others.len().min(pruning.preserve_recent_count));
        for at in recent {
            // The newest stay up to the very end of the session.
            if used.saturating_add(sizes[*at]) <= most {
                used = used.saturating_add(sizes[*at]);
                stays[*at] = true;
            }
        }
        let importance = |at: &usize| messages[*at].get("importance").and_then(Value::as_f64).unwrap_or(1.0);
        let important = |at: &&usize| pruning.preserve_high_importance && importance(at) > HIGH;
        for at in older.iter().filter(important) {
            if used.saturating_add(sizes[*at]) <= limit {
                used = used.saturating_add(sizes[*at]);
                stays[*at] = true;
            }
        }
        let mut stays = stays.into_iter();
        if let Some(Value::Array(messages)) = self.object.get_mut("messages") {
            messages.retain(|_| stays.next().unwrap_or(true));
        }
    }
}

/// Tokens of a text, where no tokenizer is at hand: a quarter of its characters.
fn tokens(text: &str) -> u64 {
    (text.chars().count() / 4) as u64
}

/// Tokens of a message: as whoever wrote it counted them.
fn tokens_of(message: &Value) -> u64 {
    let counted = message.get("tokens").and_then(Value::as_u64);
    counted.unwrap_or_else(|| tokens(message.get("content").and_then(Value::as_str).unwrap_or_default()))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "tokens are far below 2^53"
)]
fn share(most: u64) -> u64 {
    (most as f64 * FULL) as u64
}

#[cfg(test)]
mod tests;
