//! Logs: to stderr always, and what people should see also to the client's output panel.
//!
//! `STAGEGATE_LOG` sets the level: `error`, `warn` (the default), `info`, `debug`, `trace`, or targets such as
//! `stagegate=debug`.

use std::fmt::Write as _;
use std::sync::OnceLock;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::transport::Output;

/// Name of the environment variable with the log level.
pub const LOG_VARIABLE: &str = "STAGEGATE_LOG";

/// The client that gets the messages, once there is one.
static CLIENT: OnceLock<Output> = OnceLock::new();

/// Starts logging to stderr. The first call counts; a subscriber that a test installed stays.
pub fn init() {
    let wanted = std::env::var(LOG_VARIABLE).unwrap_or_default();
    let targets: Targets = wanted
        .parse()
        .unwrap_or_else(|_| Targets::new())
        .with_default(wanted.parse().unwrap_or(LevelFilter::WARN));
    let stderr =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).without_time();
    let subscriber = tracing_subscriber::registry()
        .with(stderr.with_filter(targets))
        .with(ToClient.with_filter(LevelFilter::INFO));
    // Only a second call fails.
    let _ = subscriber.try_init();
}

/// Sends messages of warnings and errors to this client as well.
pub(crate) fn to_client(output: &Output) {
    let _ = CLIENT.set(output.clone());
}

struct ToClient;

impl<S: Subscriber> Layer<S> for ToClient {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        // A failing transport must not log into itself, and the framework's own notes are not for people.
        if !metadata.target().starts_with("stagegate") || metadata.target() == "stagegate::transport" {
            return;
        }
        let Some(output) = CLIENT.get() else { return };
        let level = match *metadata.level() {
            Level::ERROR => 1,
            Level::WARN => 2,
            _ => 3,
        };
        let mut message = Message(String::new());
        event.record(&mut message);
        output.post_log("window/logMessage", serde_json::json!({ "type": level, "message": message.0 }));
    }
}

/// Writes an event as one line: its message, then its fields.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = if field.name() == "message" {
            write!(self.0, "{value:?}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}
