//! What decides whether, where and how issues are fetched.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::time::Clock;

/// Settings of a store. The first four come from the workspace's configuration and are believed only as far as
/// [`trusted`](Settings::trusted) goes.
#[derive(Clone)]
pub struct Settings {
    /// Whether anything is fetched: `issues.fetch`.
    pub fetch: bool,
    /// The API of GitHub Enterprise: `issues.api_url`.
    pub api_url: Option<String>,
    /// `owner/name` that a bare number means: `issues.repository`. Else the git remote decides.
    pub repository: Option<String>,
    /// The variable that holds the token: `issues.token_env`. Read only where trusted.
    pub token_env: Option<String>,
    /// Whether the user trusts the workspace. Before that, a host it names gets no token.
    pub trusted: bool,
    /// Whether the program `gh` may be asked for its token, where the environment has none.
    pub ask_gh: bool,
    /// Where variables are read.
    pub environment: Environment,
    /// How long to wait, how much to read, how often to try.
    pub limits: Limits,
    /// What time it is.
    pub clock: Clock,
}

impl fmt::Debug for Settings {
    /// Leaves out what somebody may have written a password into.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = (self.fetch, self.trusted, self.ask_gh);
        f.debug_tuple("Settings").field(&shown).finish_non_exhaustive()
    }
}

impl Default for Settings {
    /// Fetching is on, nothing is configured, nothing is trusted, and `gh` is not asked.
    fn default() -> Settings {
        Settings {
            fetch: true,
            api_url: None,
            repository: None,
            token_env: None,
            trusted: false,
            ask_gh: false,
            environment: Environment::default(),
            limits: Limits::default(),
            clock: Clock::default(),
        }
    }
}

/// Bounds of one store.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a connection may take.
    pub connect: Duration,
    /// How long one request may take from start to end.
    pub request: Duration,
    /// Most bytes of an answer.
    pub body: u64,
    /// How often a request is sent that fails for a passing reason.
    pub tries: u32,
    /// The wait before the second time; it doubles, and is varied by chance.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// How old an issue may be before it is fetched again, in seconds.
    pub issue_age: u64,
    /// The same where the host said that there is no such issue: somebody may be about to write it.
    pub missing_age: u64,
    /// How long such an answer is repeated at all, in seconds.
    pub missing_life: u64,
    /// Most issues fetched one by one in one refresh; the rest is left for the next.
    pub singles: usize,
    /// Most pages of one list.
    pub pages: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            // A page has 100 issues of at most 65,536 characters; real ones stay below 1 MB.
            body: 16 * 1024 * 1024,
            tries: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            issue_age: 10 * 60,
            missing_age: 5 * 60,
            missing_life: 24 * 60 * 60,
            singles: 40,
            pages: 10,
        }
    }
}

/// Where variables of the environment are read.
#[derive(Clone)]
pub struct Environment(Arc<Read>);

type Read = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// An environment that asks `read`; tests give their own.
    pub fn new(read: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Environment {
        Environment(Arc::new(read))
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// The host of GitHub that the user works with: `GH_HOST`.
    pub(crate) fn host(&self) -> Option<String> {
        Some(self.get("GH_HOST")?.trim().to_ascii_lowercase())
    }
}

impl Default for Environment {
    fn default() -> Environment {
        Environment::new(|name| std::env::var(name).ok())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
