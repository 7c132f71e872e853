//! What is shown while gates are run: a line that moves on a terminal, plain lines elsewhere. All of it on stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use stagegate_core::gates::GateName;
use stagegate_pipeline::gates::Event;

use crate::report::escaped;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Most characters of a tool's own line that are shown.
const MAX_LINE: usize = 60;

/// Most characters of what was found; the report says all of it.
const MAX_FOUND: usize = 160;

/// Shows progress.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// Whether the component has to be named.
    several: bool,
    /// What is being run.
    running: Vec<Vec<GateName>>,
}

impl Progress {
    /// For `components` of them.
    pub(crate) fn new(components: usize) -> Progress {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Progress { bar, several: components > 1, running: Vec::new() }
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::Planned { gates, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_length(gates.len() as u64);
                    bar.set_position(0);
                }
                self.running.clear();
            }
            Event::Started { component, gates, .. } => {
                self.running.push(gates.clone());
                self.say(&format!("{}running {}", self.of(component), names(gates)));
                self.show("");
            }
            Event::Output { line, .. } => self.show(line),
            Event::Finished { component, gate, verdict, found, cached, done, .. } => {
                self.running.retain(|gates| !gates.contains(gate));
                let known = if *cached { " (known)" } else { "" };
                let found: String = found.chars().take(MAX_FOUND).collect();
                self.say(&format!("{}{gate}: {verdict}{known}: {found}", self.of(component)));
                if let Some(bar) = &self.bar {
                    bar.set_position(*done as u64);
                }
                self.show("");
            }
        }
    }

    /// Takes the moving line away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn of(&self, component: &str) -> String {
        if self.several { format!("{}: ", escaped(component)) } else { String::new() }
    }

    fn show(&self, line: &str) {
        let Some(bar) = &self.bar else { return };
        let running: Vec<_> = self.running.iter().map(|gates| names(gates)).collect();
        let line: String = escaped(line).chars().take(MAX_LINE).collect();
        let gap = if line.is_empty() { "" } else { ": " };
        bar.set_message(format!("{}{gap}{line}", running.join(", ")));
    }

    fn say(&self, line: &str) {
        if self.bar.is_none() {
            let _ = writeln!(io::stderr().lock(), "{}", escaped(line));
        }
    }
}

fn names(gates: &[GateName]) -> String {
    let names: Vec<_> = gates.iter().map(GateName::as_str).collect();
    names.join(", ")
}
