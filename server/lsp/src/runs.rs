//! Promotions and rollbacks in the server: what is known of them, kept in the background ([`keeper`]), and those that are
//! followed ([`follow`]). A run is another process, which outlives the server: the journal is the truth about it, and the
//! server only watches.

pub(crate) mod follow;
pub(crate) mod keeper;
pub(crate) mod plans;
pub(crate) mod words;

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stagegate_core::plan::Refusal;
use stagegate_core::run::RunRecord;
use tokio::sync::oneshot;
use tower_lsp::ls_types::ProgressToken;

use crate::host::{Failure, Host};
use keeper::Event;
use plans::Plans;

/// What the server's threads share about runs.
#[derive(Clone)]
pub(crate) struct Runs {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) plans: Plans,
    sender: Arc<Mutex<Sender<Event>>>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// Whether the server ends: it stops nothing then.
    is_over: bool,
    /// Components whose run is being asked for, by folder and canonical name.
    reserved: Vec<(Arc<Path>, Arc<str>)>,
    followed: Vec<Followed>,
}

/// A run that is followed.
struct Followed {
    folder: Arc<Path>,
    run: String,
    token: Option<ProgressToken>,
    waiting: Vec<oneshot::Sender<Ending>>,
}

/// How a run ended, with a sentence for people; or why nobody knows.
pub(crate) type Ending = Result<(Box<RunRecord>, String), Failure>;

/// The right to start a run of a component; given back when dropped.
pub(crate) struct Reserved {
    runs: Runs,
    folder: Arc<Path>,
    component: Arc<str>,
}

impl Runs {
    /// Returns them with the receiving end of the thread that keeps what is known of runs.
    pub(crate) fn new(host: Arc<dyn Host>) -> (Runs, keeper::Events) {
        let (sender, receiver) = channel();
        let runs = Runs {
            host,
            plans: Plans::default(),
            sender: Arc::new(Mutex::new(sender)),
            shared: Arc::default(),
        };
        (runs, keeper::Events(receiver))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, event: Event) {
        // The thread ends only with the process.
        let _ = self.sender.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }

    /// Says that folders may be others.
    pub(crate) fn folders_changed(&self) {
        self.send(Event::Folders);
    }

    /// Says that a run of a folder may have done something.
    pub(crate) fn changed(&self, folder: &Arc<Path>) {
        self.send(Event::Changed(Arc::clone(folder)));
    }

    /// Says why the last plan of a component was refused; nothing where it was possible.
    pub(crate) fn refused(&self, folder: &Arc<Path>, component: &str, refusals: Vec<Refusal>) {
        self.send(Event::Refused(Arc::clone(folder), component.into(), refusals));
    }

    /// Reserves a component: only one question at a time is asked about it.
    ///
    /// # Errors
    /// Returns what is in the way.
    pub(crate) fn reserve(&self, folder: &Arc<Path>, component: &Arc<str>) -> Result<Reserved, Failure> {
        let mut shared = self.lock();
        if shared.is_over {
            return Err(Failure::new("the server ends", ""));
        }
        let key = (Arc::clone(folder), Arc::clone(component));
        if shared.reserved.contains(&key) {
            let message = format!("a run of `{component}` is asked for already");
            return Err(Failure::new(message, "answer the question about it, or cancel that"));
        }
        shared.reserved.push(key);
        Ok(Reserved { runs: self.clone(), folder: Arc::clone(folder), component: Arc::clone(component) })
    }

    /// Whether a run of the component is being asked for.
    fn is_reserved(&self, folder: &Path, component: &str) -> bool {
        self.lock().reserved.iter().any(|(of, name)| **of == *folder && **name == *component)
    }

    /// Asks the run that is shown as this progress to stop. Never blocks.
    pub(crate) fn cancel_shown(&self, token: &ProgressToken) {
        let shared = self.lock();
        let found = shared.followed.iter().find(|followed| followed.token.as_ref() == Some(token));
        let found = found.map(|followed| (Arc::clone(&followed.folder), followed.run.clone()));
        drop(shared);
        if let Some((folder, run)) = found {
            self.cancel_soon(&folder, &run);
        }
    }

    /// Asks a run to stop, without waiting for that.
    pub(crate) fn cancel_soon(&self, folder: &Arc<Path>, run: &str) {
        let (host, folder, run) = (Arc::clone(&self.host), Arc::clone(folder), run.to_owned());
        let ask = move || {
            if let Err(failure) = host.cancel(&folder, &run) {
                tracing::warn!("the run {run} was not asked to stop: {failure}");
            }
        };
        let started = std::thread::Builder::new().name("cancel run".into()).spawn(ask);
        if let Err(error) = started {
            tracing::error!("a run cannot be asked to stop: {error}");
        }
    }

    /// The server ends: nothing that is still waited for stops a run from here on.
    pub(crate) fn let_go(&self) {
        self.lock().is_over = true;
    }

    fn is_over(&self) -> bool {
        self.lock().is_over
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let key = (&self.folder, &self.component);
        self.runs.lock().reserved.retain(|(folder, component)| (folder, component) != key);
        // What was left alone meanwhile is looked at now.
        self.runs.changed(&self.folder);
    }
}

/// Stops a run that nobody waits for any more: dropped without [`Waiting::end`], for its request was cancelled.
pub(crate) struct Waiting(Arc<Mutex<Waited>>, Runs);

/// How far a run is that a request waits for.
enum Waited {
    Starting,
    Running(Arc<Path>, String),
    Over,
}

impl Waiting {
    /// Waits for a run that is about to be started.
    pub(crate) fn new(runs: &Runs) -> Waiting {
        Waiting(Arc::new(Mutex::new(Waited::Starting)), runs.clone())
    }

    /// Returns what the thread calls that started the run, also when nobody waits for it any more.
    pub(crate) fn starter(&self) -> impl FnOnce(&Arc<Path>, &str) + Send + 'static {
        let (waited, runs) = (Arc::clone(&self.0), self.1.clone());
        move |folder, run| {
            let mut waited = waited.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*waited, Waited::Over) {
                return runs.cancel_soon(folder, run);
            }
            *waited = Waited::Running(Arc::clone(folder), run.to_owned());
        }
    }

    /// The run has ended, or was not started.
    pub(crate) fn end(self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Waited::Over;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if self.1.is_over() {
            return; // Closing the editor leaves runs alone.
        }
        if let Waited::Running(folder, run) = std::mem::replace(&mut *waited, Waited::Over) {
            self.1.cancel_soon(&folder, &run);
        }
    }
}

#[cfg(test)]
mod tests;
