//! One request: sent to one host only, bounded in time and size, tried again where that may help.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LINK, LOCATION, RETRY_AFTER, USER_AGENT,
};
use ureq::http::{Method, Request};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, Timeout};

use super::json;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::line::line;
use crate::provider::{Answer, Validators};
use crate::secret::Secret;
use crate::settings::Limits;
use crate::time::{Clock, Seconds, from_http_date};

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// The pause where the host does not say how long.
const USUAL_PAUSE: Seconds = 60;

/// The longest pause that is believed. GitHub counts by the hour.
const MAX_PAUSE: Seconds = 2 * 60 * 60;

/// An answer, read whole.
pub(super) struct Reply {
    pub(super) status: u16,
    /// The path below the API that a redirect, meant to last, has led to.
    pub(super) moved_to: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
    pause: Option<Seconds>,
}

impl Reply {
    fn header(&self, name: impl Into<HeaderName>) -> Option<&str> {
        self.headers.get(name.into())?.to_str().ok()
    }

    /// Reads the body.
    pub(super) fn json(&self, host: &str) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let kind = self.header(CONTENT_TYPE).unwrap_or("no type").split(';').next().unwrap_or_default();
            if error.is_eof() && kind.ends_with("json") {
                return Failure::Cut { host: host.to_owned() };
            }
            Failure::NotJson { host: host.to_owned(), found: line(kind, 60) }
        })
    }

    /// What the host says went wrong: a line.
    pub(super) fn message(&self) -> String {
        json::message(&self.body)
    }

    /// Whether a 422 is about `field`.
    pub(super) fn blames(&self, field: &str) -> bool {
        json::blames(&self.body, field)
    }

    /// Whether a list goes on.
    pub(super) fn has_next(&self) -> bool {
        self.header(LINK).is_some_and(|link| link.split(',').any(|part| part.contains("rel=\"next\"")))
    }

    pub(super) fn answer<T>(self, content: Option<T>, moved: Option<String>) -> Answer<T> {
        let text = |name: HeaderName| self.header(name).filter(|text| text.len() <= 500).map(str::to_owned);
        let validators = Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) };
        let as_of = self.header(HeaderName::from_static("date")).and_then(from_http_date);
        Answer { content, validators, as_of, moved, pause: self.pause }
    }
}

/// Sends requests to one host.
pub(super) struct Http {
    agent: Agent,
    endpoint: Endpoint,
    limits: Limits,
    clock: Clock,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Http {
    pub(super) fn new(endpoint: Endpoint, limits: Limits, clock: Clock) -> Http {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.request));
        if endpoint.url("").starts_with("http://") {
            // Only this machine, so no proxy shall see it.
            config = config.proxy(None);
        }
        Http { agent: config.build().into(), endpoint, limits, clock }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn host(&self) -> String {
        self.endpoint.host().to_owned()
    }

    /// Gets `path` below the API, or posts `body` to it. Redirects are followed on the host only.
    pub(super) fn send(
        &self,
        path: &str,
        body: Option<&serde_json::Value>,
        known: &Validators,
        token: Option<&Secret>,
    ) -> Result<Reply, Failure> {
        let mut path = path.to_owned();
        let mut lasting = true;
        for turn in 0..=MAX_REDIRECTS {
            let mut reply = self.retried(&path, body, known, token)?;
            if !matches!(reply.status, 301 | 302 | 307 | 308) {
                reply.moved_to = (turn > 0 && lasting).then_some(path);
                return Ok(reply);
            }
            lasting &= matches!(reply.status, 301 | 308);
            let location = reply.header(LOCATION).unwrap_or_default();
            path = self
                .endpoint
                .path_of(location)
                .map_err(|to| Failure::Redirected { host: self.host(), to })?;
        }
        Err(Failure::Circles { host: self.host() })
    }

    /// Tries several times where a failure may pass. What creates something is sent once.
    fn retried(
        &self,
        path: &str,
        body: Option<&serde_json::Value>,
        known: &Validators,
        token: Option<&Secret>,
    ) -> Result<Reply, Failure> {
        let tries = if body.is_some() { 1 } else { self.limits.tries.max(1) };
        let mut wait = self.limits.first_wait;
        for _ in 1..tries {
            match self.once(path, body, known, token) {
                Err(failure) if failure.is_passing() => {
                    let pause = varied(wait.min(self.limits.longest_wait));
                    tracing::debug!(%failure, ?pause, "the request is tried again");
                    std::thread::sleep(pause);
                    wait = wait.saturating_mul(2);
                }
                other => return other,
            }
        }
        self.once(path, body, known, token)
    }

    fn once(
        &self,
        path: &str,
        body: Option<&serde_json::Value>,
        known: &Validators,
        token: Option<&Secret>,
    ) -> Result<Reply, Failure> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let start = Instant::now();
        let answer = self.exchange(&method, path, body, known, token);
        let shown = path.split('?').next().unwrap_or_default();
        let took = start.elapsed();
        match &answer {
            Ok(reply) => {
                tracing::debug!(%method, host = self.endpoint.host(), path = shown, status = reply.status, ?took, "answered");
            }
            Err(failure) => {
                tracing::debug!(%method, host = self.endpoint.host(), path = shown, %failure, ?took, "failed");
            }
        }
        let reply = answer?;
        if matches!(reply.status, 403 | 429)
            && let Some(until) = self.limited(&reply)
        {
            return Err(Failure::RateLimited { host: self.host(), until });
        }
        match reply.status {
            status @ 500.. => Err(Failure::Status { host: self.host(), status }),
            _ => Ok(reply),
        }
    }

    fn exchange(
        &self,
        method: &Method,
        path: &str,
        body: Option<&serde_json::Value>,
        known: &Validators,
        token: Option<&Secret>,
    ) -> Result<Reply, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.endpoint.url(path))
            .header(USER_AGENT, concat!("stagegate/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        } else if let Some(at) = &known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, at);
        }
        if let Some(value) = token.and_then(bearer) {
            request = request.header(AUTHORIZATION, value);
        }
        let bytes = body.map(|body| body.to_string().into_bytes());
        if bytes.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let other = |_| Failure::Unreachable {
            host: self.host(),
            reason: "the request cannot be written".to_owned(),
        };
        let answer = match bytes {
            Some(bytes) => self.agent.run(request.body(bytes).map_err(other)?),
            None => self.agent.run(request.body(()).map_err(other)?),
        };
        let (parts, body) = answer.map_err(|error| self.failure(&error))?.into_parts();
        let declared = body.content_length();
        if declared.is_some_and(|length| length > self.limits.body) {
            return Err(Failure::TooLarge { host: self.host(), limit: self.limits.body });
        }
        let body = body.into_with_config().limit(self.limits.body).read_to_vec();
        let body = body.map_err(|error| match self.failure(&error) {
            Failure::Unreachable { host, .. } => Failure::Cut { host },
            failure => failure,
        })?;
        if declared.is_some_and(|length| length != body.len() as u64) {
            return Err(Failure::Cut { host: self.host() });
        }
        let mut reply = Reply {
            status: parts.status.as_u16(),
            moved_to: None,
            headers: parts.headers,
            body,
            pause: None,
        };
        reply.pause = (reply.header(HeaderName::from_static("x-ratelimit-remaining")) == Some("0"))
            .then(|| self.reset(&reply))
            .flatten();
        Ok(reply)
    }

    /// Says when to go on, if the host refused because there were too many requests.
    fn limited(&self, reply: &Reply) -> Option<Seconds> {
        let now = self.clock.now();
        if let Some(text) = reply.header(RETRY_AFTER) {
            // The other form is a date, by the clock of the host.
            let seconds = text.trim().parse().ok().or_else(|| {
                let date = reply.header(HeaderName::from_static("date")).and_then(from_http_date)?;
                Some(from_http_date(text.trim())?.saturating_sub(date))
            });
            return Some(now + seconds.unwrap_or(USUAL_PAUSE).clamp(1, MAX_PAUSE));
        }
        let said = || reply.message().to_lowercase().contains("rate limit");
        reply.pause.or_else(|| (reply.status == 429 || said()).then_some(now + USUAL_PAUSE))
    }

    /// When the host counts anew, by our clock.
    fn reset(&self, reply: &Reply) -> Option<Seconds> {
        let reset: Seconds =
            reply.header(HeaderName::from_static("x-ratelimit-reset"))?.trim().parse().ok()?;
        let now = self.clock.now();
        let theirs = reply.header(HeaderName::from_static("date")).and_then(from_http_date).unwrap_or(now);
        Some(now + reset.saturating_sub(theirs).clamp(1, MAX_PAUSE))
    }

    /// Says in our words what went wrong: the library's could repeat an address.
    fn failure(&self, error: &Error) -> Failure {
        let host = self.host();
        let unreachable =
            |reason: &str| Failure::Unreachable { host: self.host(), reason: reason.to_owned() };
        match error {
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                unreachable("it takes too long to connect")
            }
            Error::Timeout(_) => Failure::Timeout { host },
            Error::BodyExceedsLimit(limit) => Failure::TooLarge { host, limit: *limit },
            Error::HostNotFound => unreachable("the host is not known"),
            Error::ConnectionFailed => unreachable("it does not accept a connection"),
            Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
                unreachable("the proxy does not let us through")
            }
            Error::Rustls(error) => unreachable(insecure(error)),
            Error::Tls(_) => unreachable("no secure connection can be made"),
            Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => {
                unreachable("what it answers is no HTTP")
            }
            Error::Io(error) => {
                match (error.kind(), error.get_ref().and_then(|inner| inner.downcast_ref())) {
                    (_, Some(error)) => unreachable(insecure(error)),
                    (std::io::ErrorKind::UnexpectedEof, None) => Failure::Cut { host },
                    (std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock, None) => {
                        Failure::Timeout { host }
                    }
                    (kind, None) => unreachable(&kind.to_string()),
                }
            }
            _ => unreachable("the connection failed"),
        }
    }
}

/// Why there is no secure connection.
fn insecure(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(_) => "its certificate is not accepted",
        rustls::Error::General(text) if text.contains("CA cert") => {
            "this system trusts no certificate at all"
        }
        _ => "no secure connection can be made",
    }
}

/// The value of the header with the token; what is sent is marked, so that nothing logs it.
fn bearer(token: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Half of `wait`, and some of the other half by chance: never more than `wait`.
fn varied(wait: Duration) -> Duration {
    wait / 2 + (wait / 2).mul_f64(fastrand::f64())
}
