//! What is known of the runs of each folder, read from its journal when that changes.
//!
//! One thread. Runs that somebody else started are followed, too; one that was interrupted is offered once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use rustc_hash::{FxHashMap, FxHashSet};
use stagegate_core::plan::Refusal;
use stagegate_core::run::{CurrentRun, Runs as Known, affected_by_runs, same_runs};

use super::words;
use crate::handlers::run_commands::{self, Tools};
use crate::host::JOURNAL;
use crate::refresh::refresh_all;
use crate::state::Folder;

/// How long it has to be quiet before a journal is read.
const QUIET: Duration = Duration::from_millis(20);

/// How long changes are collected at most: what a run does is to be seen at once.
const QUIET_AT_MOST: Duration = Duration::from_millis(100);

/// Something that the thread has to know.
#[derive(Debug)]
pub(super) enum Event {
    /// Folders may be others.
    Folders,
    /// A run of a folder may have done something.
    Changed(Arc<Path>),
    /// The last plan of a component was refused for this; for nothing where it was possible.
    Refused(Arc<Path>, Arc<str>, Vec<Refusal>),
}

/// The receiving end, for [`start`].
pub(crate) struct Events(pub(super) Receiver<Event>);

/// When the files of a journal were written, and how large they are.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// Starts the thread.
pub(crate) fn start(tools: Tools, events: Events) {
    let worker = Worker {
        tools,
        read: FxHashMap::default(),
        changed: FxHashSet::default(),
        refused: BTreeMap::new(),
        offered: FxHashSet::default(),
    };
    std::thread::Builder::new()
        .name("runs".into())
        .spawn(move || worker.run(&events.0))
        .expect("a thread can be started while the server starts");
}

struct Worker {
    tools: Tools,
    /// The journals as they were read last.
    read: FxHashMap<Arc<Path>, Stamp>,
    changed: FxHashSet<Arc<Path>>,
    refused: BTreeMap<(Arc<Path>, Arc<str>), Vec<Refusal>>,
    /// Interrupted runs that the user was asked about.
    offered: FxHashSet<(Arc<Path>, String)>,
}

impl Worker {
    fn run(mut self, events: &Receiver<Event>) {
        while let Ok(event) = events.recv() {
            self.take(event);
            let end = Instant::now() + QUIET_AT_MOST;
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                match events.recv_timeout(QUIET.min(left)) {
                    Ok(event) => self.take(event),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            if catch_unwind(AssertUnwindSafe(|| self.look())).is_err() {
                tracing::error!("looking at the journal of runs panicked; it may be old. Please report this");
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Folders => {}
            Event::Changed(folder) => {
                self.changed.insert(folder);
            }
            Event::Refused(folder, component, refusals) => {
                self.refused.insert((folder, component), refusals);
            }
        }
    }

    /// Reads the journals that may be others.
    fn look(&mut self) {
        let folders = self.tools.state.folders();
        self.read.retain(|path, _| folders.iter().any(|folder| folder.path == *path));
        self.tools.state.forget_other_runs();
        let changed = std::mem::take(&mut self.changed);
        let refused = std::mem::take(&mut self.refused);
        for folder in folders.iter() {
            let stamp = stamp_of(&folder.path);
            let is_same = self.read.get(&folder.path) == Some(&stamp) && !changed.contains(&folder.path);
            let old = self.tools.state.runs(&folder.path);
            let mut new = old.clone();
            if !is_same {
                self.read.insert(Arc::clone(&folder.path), stamp);
                match self.tools.runs.host.runs(&folder.path) {
                    Ok(Some(runs)) => new = Some(runs.after(old.as_ref())),
                    Ok(None) => {}
                    Err(failure) => {
                        tracing::warn!("{}: the journal of runs: {failure}", folder.path.display());
                    }
                }
            }
            for ((of, component), refusals) in &refused {
                if *of == folder.path {
                    new = Some(new.unwrap_or_default().refused(component, refusals.clone()));
                }
            }
            let Some(new) = new else { continue };
            if !same_runs(old.as_ref(), &new) {
                self.show(folder, old.as_ref(), new.clone());
            }
            self.attend(folder, &new);
        }
    }

    /// Lets everybody see the runs of a folder.
    fn show(&self, folder: &Folder, old: Option<&Known>, new: Known) {
        let Tools { state, publisher, client, asking, .. } = &self.tools;
        let components = folder.root.components.as_deref();
        let affected =
            components.map(|components| affected_by_runs(old, &new, components)).unwrap_or_default();
        state.set_runs(&folder.path, new);
        let homes: Vec<Arc<Path>> =
            affected.iter().map(|path| Arc::from(folder.path.join(&**path))).collect();
        let owners = state.owners();
        state.touch(homes.iter().cloned());
        for home in &homes {
            if owners.contains_key(home) {
                publisher.update(&state.uri_of(home));
            } else {
                publisher.update_later(&state.uri_of(home));
            }
        }
        if let Some(info) = state.client() {
            refresh_all(client, info, &asking.runtime);
        }
    }

    /// Follows what is under way, and offers what was interrupted.
    fn attend(&mut self, folder: &Folder, known: &Known) {
        for (component, of) in known.components() {
            let Some(current) = &of.current else { continue };
            let Tools { runs, .. } = &self.tools;
            let key = (Arc::clone(&folder.path), current.run.clone());
            if runs.is_reserved(&folder.path, component) || runs.is_followed(&folder.path, &current.run) {
                continue;
            }
            if current.is_interrupted() {
                if self.offered.insert(key) {
                    self.offer(folder, component, current);
                }
                continue;
            }
            // Interrupted again, it is offered again.
            self.offered.remove(&key);
            let name = shown_name(folder, component);
            let title = words::title(current.kind, &name, current.to);
            let (state, asking) = (Arc::clone(&self.tools.state), self.tools.asking.clone());
            // Nobody waits for its end; who asked for it is told elsewhere.
            drop(runs.follow(&folder.path, &current.run, move |on_token| {
                asking.begin(&state, (&title, "under way"), true, on_token)
            }));
        }
    }

    fn offer(&self, folder: &Folder, component: &str, current: &CurrentRun) {
        if !self.tools.state.client().is_some_and(|client| client.asks) {
            return;
        }
        let offer = run_commands::interrupted::offer(
            self.tools.clone(),
            folder.clone(),
            shown_name(folder, component),
            current.clone(),
        );
        self.tools.asking.runtime.spawn(offer);
    }
}

/// Returns a component as it is shown.
fn shown_name(folder: &Folder, canonical: &str) -> String {
    let components = folder.root.components.as_deref();
    let name = components.and_then(|all| Some(all.get(all.find_canonical(canonical)?).name.to_string()));
    name.unwrap_or_else(|| canonical.to_owned())
}

fn stamp_of(folder: &Path) -> Stamp {
    JOURNAL.map(|path| {
        let metadata = std::fs::metadata(folder.join(path)).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}
