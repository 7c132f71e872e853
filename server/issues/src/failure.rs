//! Why something was not fetched or created.

use crate::remote::Repository;
use crate::time::Seconds;

/// Why a request gave nothing. Says neither token nor full address, so it can be shown and logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// `issues.fetch` is off.
    #[error("nothing is fetched: `issues.fetch` is off")]
    Off,
    /// No repository, or no API for it.
    #[error("nothing can be fetched: {0}")]
    NoRepository(String),
    /// Creating needs a token.
    #[error("there is no token for {host}; set GITHUB_TOKEN (of an Enterprise host: GH_HOST and \
             GH_ENTERPRISE_TOKEN), or log in with `gh auth login`{}", untrusted_hint(.untrusted))]
    NoToken {
        /// The host.
        host: String,
        /// Whether trust could change that.
        untrusted: bool,
    },
    /// 404.
    #[error("there is no such issue")]
    Missing,
    /// 410.
    #[error("the issue was deleted")]
    Deleted,
    /// 410 for all issues.
    #[error("the repository has its issues switched off")]
    IssuesOff,
    /// The repository itself is not there, or not for us.
    #[error("{host} shows no repository {repository}{}", hidden_hint(.anonymous))]
    Hidden {
        /// The host.
        host: String,
        /// The repository.
        repository: Repository,
        /// Whether there was no token.
        anonymous: bool,
    },
    /// 401.
    #[error("{host} does not accept the token (401); make a new one")]
    TokenRefused {
        /// The host.
        host: String,
    },
    /// 403, but not for the rate.
    #[error("{host} refuses (403): {message}")]
    Forbidden {
        /// The host.
        host: String,
        /// What it says.
        message: String,
    },
    /// 403 or 429, because of the rate; or a pause that such an answer asked for.
    #[error("{host} wants no request for some time; nothing is asked before {}", time_text(.until))]
    RateLimited {
        /// The host.
        host: String,
        /// When to go on.
        until: Seconds,
    },
    /// 422.
    #[error("{host} rejects the issue (422): {message}")]
    Rejected {
        /// The host.
        host: String,
        /// What it says.
        message: String,
    },
    /// A redirect that leads away.
    #[error("{host} redirects to {to}, which was not followed")]
    Redirected {
        /// The host.
        host: String,
        /// The host it leads to.
        to: String,
    },
    /// Too many redirects.
    #[error("{host} redirects in circles")]
    Circles {
        /// The host.
        host: String,
    },
    /// Any other status.
    #[error("{host} answers {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// HTML, most often of a proxy or a login page.
    #[error("{host} answers {found} where JSON was expected; is there a proxy or a login page in between?")]
    NotJson {
        /// The host.
        host: String,
        /// What was found.
        found: String,
    },
    /// JSON of another shape.
    #[error("{host} answers JSON of another shape than GitHub's: {message}")]
    OtherJson {
        /// The host.
        host: String,
        /// What is wrong with it.
        message: String,
    },
    /// More than is read.
    #[error("{host} answers more than {limit} bytes; the answer was not read")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit: u64,
    },
    /// The answer ends too early.
    #[error("the answer of {host} ends in the middle")]
    Cut {
        /// The host.
        host: String,
    },
    /// No answer in time.
    #[error("{host} does not answer in time")]
    Timeout {
        /// The host.
        host: String,
    },
    /// No connection.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What is in the way.
        reason: String,
    },
    /// The store is being closed.
    #[error("stopped")]
    Stopped,
}

impl Failure {
    /// Whether asking for another issue would fail alike, so that a refresh ends here.
    #[must_use]
    pub fn ends_refresh(&self) -> bool {
        !matches!(
            self,
            Failure::Missing | Failure::Deleted | Failure::OtherJson { .. } | Failure::TooLarge { .. }
        )
    }

    /// Whether trying again soon may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Failure::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
            Failure::Cut { .. } | Failure::Unreachable { .. } => true,
            _ => false,
        }
    }
}

fn untrusted_hint(untrusted: &bool) -> &'static str {
    if *untrusted {
        "; a host that only the workspace names gets one once the workspace is trusted"
    } else {
        ""
    }
}

fn hidden_hint(anonymous: &bool) -> &'static str {
    if *anonymous { "; a private one needs a token" } else { " to the owner of the token" }
}

fn time_text(until: &Seconds) -> String {
    crate::time::to_rfc3339(*until)
}
