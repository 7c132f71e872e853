//! Asking a deployed component over HTTP whether it is healthy (requirement 000, step 6: `curl .../health`).

use std::io::Read as _;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use stagegate_core::config::Health;
use stagegate_core::plan::shown_url;
use stagegate_core::run::StepFailure;
use ureq::http::Uri;
use ureq::http::header::{LOCATION, USER_AGENT};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::{lasting, transient};
use crate::process::Cancel;
use crate::runs::Clock;

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// How much of an answer is looked through, in bytes.
const MAX_BODY: u64 = 1 << 20;

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// How often we look whether somebody cancels.
const LOOK: Duration = Duration::from_millis(25);

/// Asks `url`, which has no placeholders any more, until the component is healthy or its time is over. Returns how long that
/// took.
pub(crate) fn wait(
    health: &Health,
    url: &str,
    cancel: &Cancel,
    clock: &dyn Clock,
) -> Result<Duration, StepFailure> {
    let began = Instant::now();
    let limit = Duration::try_from_secs_f64(health.timeout).unwrap_or(Duration::from_secs(60));
    let pause = Duration::try_from_secs_f64(health.interval).unwrap_or(Duration::from_secs(1));
    let shown = shown_url(url);
    loop {
        let left = limit.saturating_sub(began.elapsed()).max(Duration::from_millis(100));
        let Some(answer) = ask(health, url, left.min(ANSWER), cancel) else {
            return Err(lasting(format!("the health check of {shown} was cancelled"), "start the run again"));
        };
        let found = match answer {
            Ok(()) => return Ok(began.elapsed()),
            Err(found) => found,
        };
        if began.elapsed() + pause >= limit {
            let contains = health.contains.as_ref().map(|text| format!(" and `{text}`")).unwrap_or_default();
            return Err(transient(
                format!(
                    "{shown} is not healthy after {limit:?}: {found}; expected status {}{contains}",
                    health.status
                ),
                "look at the component where it runs, or correct `health` of the environment",
            ));
        }
        if !clock.wait(pause, cancel) {
            return Err(lasting(format!("the health check of {shown} was cancelled"), "start the run again"));
        }
    }
}

/// Asks once; `None` where somebody cancels. The request itself cannot be stopped, so it is waited for elsewhere.
fn ask(health: &Health, url: &str, timeout: Duration, cancel: &Cancel) -> Option<Result<(), String>> {
    let (sender, receiver) = channel();
    let (health, url) = (health.clone(), url.to_owned());
    let asked = std::thread::Builder::new()
        .name("health".to_owned())
        .spawn(move || drop(sender.send(once(&health, &url, timeout))));
    if let Err(error) = asked {
        return Some(Err(format!("no thread could be started: {error}")));
    }
    loop {
        if cancel.is_cancelled() {
            return None;
        }
        match receiver.recv_timeout(LOOK) {
            Ok(answer) => return Some(answer),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Some(Err("the request failed inside".to_owned())),
        }
    }
}

fn once(health: &Health, url: &str, timeout: Duration) -> Result<(), String> {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let mut config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(timeout));
    let first: Uri = url.parse().map_err(|_| "the address cannot be read".to_owned())?;
    if is_this_machine(&first) {
        // No proxy reaches it.
        config = config.proxy(None);
    }
    let agent: Agent = config.build().into();
    let began = Instant::now();
    let mut at = first.clone();
    for _ in 0..=MAX_REDIRECTS {
        let left = timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err("no answer in time".to_owned());
        }
        let request =
            agent.get(&at).header(USER_AGENT, "stagegate").config().timeout_global(Some(left)).build();
        let mut answer = request.call().map_err(|error| in_words(&error))?;
        let status = answer.status().as_u16();
        let location = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location)
            && status != health.status
        {
            at = redirected(&first, &at, location)?;
            continue;
        }
        if status != health.status {
            return Err(format!("status {status}"));
        }
        let Some(text) = &health.contains else { return Ok(()) };
        let mut body = Vec::new();
        let mut reader = answer.body_mut().as_reader().take(MAX_BODY);
        reader.read_to_end(&mut body).map_err(|error| format!("its answer broke off: {}", error.kind()))?;
        let is_there = memchr::memmem::find(&body, text.as_bytes()).is_some();
        return if is_there {
            Ok(())
        } else {
            Err(format!("status {status}, and an answer without the text"))
        };
    }
    Err(format!("more than {MAX_REDIRECTS} redirects"))
}

/// Returns where a redirect leads, where that is the same host.
fn redirected(first: &Uri, at: &Uri, location: &str) -> Result<Uri, String> {
    let origin = |uri: &Uri| {
        let scheme = uri.scheme_str().unwrap_or_default().to_owned();
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        (scheme, uri.host().unwrap_or_default().to_ascii_lowercase(), port)
    };
    let absolute = if location.contains("://") {
        location.to_owned()
    } else if let Some(rest) = location.strip_prefix("//") {
        format!("{}://{rest}", at.scheme_str().unwrap_or("https"))
    } else {
        let authority = at.authority().map(ToString::to_string).unwrap_or_default();
        let folder = at.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let path =
            if location.starts_with('/') { location.to_owned() } else { format!("{folder}/{location}") };
        format!("{}://{authority}{path}", at.scheme_str().unwrap_or("https"))
    };
    let to: Uri = absolute.parse().map_err(|_| "it leads to an address that cannot be read".to_owned())?;
    let (from, target) = (origin(first), origin(&to));
    // The same host, and never from `https` to `http`.
    let upgraded = from.0 == "http" && target.0 == "https" && from.1 == target.1;
    match () {
        () if from == target || upgraded => Ok(to),
        () if from.1 == target.1 => Err("it leads to another port or protocol of the host".to_owned()),
        () => Err(format!("it leads to another host, {}", target.1)),
    }
}

fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Says why there was no answer, without the address, which may hold a password.
fn in_words(error: &Error) -> String {
    match error {
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::HostNotFound => "there is no such host".to_owned(),
        Error::ConnectionFailed => "nobody answers there".to_owned(),
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nobody answers there (connection refused)".to_owned()
        }
        Error::Io(error) => format!("the connection broke: {}", error.kind()),
        Error::Tls(_) | Error::Rustls(_) => {
            "no secure connection: the certificate or the protocol was not accepted".to_owned()
        }
        Error::BadUri(_) => "the address cannot be read".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

#[cfg(test)]
mod tests;
