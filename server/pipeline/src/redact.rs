//! Keeps secrets of the environment out of everything that is shown or stored (DESIGN.md section 8).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// The shortest value that is taken for a secret, in bytes: shorter ones stand in too many texts by chance.
const SHORTEST: usize = 6;
/// The shortest line of a secret of several lines that is looked for alone.
const SHORTEST_LINE: usize = 16;

/// Replaces secrets in texts by `[redacted NAME]`. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Redactor(Option<Arc<Patterns>>);

struct Patterns {
    automaton: AhoCorasick,
    /// What is looked for, and the index of its name.
    forms: Vec<(Vec<u8>, usize)>,
    /// What stands in place of each secret.
    labels: Vec<String>,
    longest: usize,
    /// Whether a form begins with this byte.
    begins: Box<[bool; 256]>,
}

impl std::fmt::Debug for Patterns {
    /// Never shows a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.labels).finish()
    }
}

impl Redactor {
    /// Returns one that knows the secrets among these environment variables: values whose name sounds like a secret, and
    /// names and passwords within URLs; each also in base64, percent-encoded, and as a string of JSON.
    pub fn from_env(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        // One name for each value: the first in the order of the alphabet.
        let mut secrets: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort();
        for (name, value) in variables {
            let name = name.to_string_lossy().into_owned();
            let value = value.into_encoded_bytes();
            for secret in secrets_of(&name, &value) {
                secrets.entry(secret).or_insert_with(|| name.clone());
            }
        }
        Self::new(&secrets)
    }

    fn new(secrets: &BTreeMap<Vec<u8>, String>) -> Self {
        let labels: Vec<String> = secrets.values().map(|name| format!("[redacted {name}]")).collect();
        let mut all = BTreeMap::new();
        for (index, secret) in secrets.keys().enumerate() {
            for form in forms(secret) {
                all.entry(form).or_insert(index);
            }
        }
        let forms: Vec<(Vec<u8>, usize)> = all.into_iter().collect();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(forms.iter().map(|(form, _)| form));
        let longest = forms.iter().map(|(form, _)| form.len()).max().unwrap_or_default();
        let mut begins = Box::new([false; 256]);
        for (form, _) in &forms {
            begins[usize::from(form[0])] = true;
        }
        match automaton {
            Ok(automaton) if longest > 0 => {
                Self(Some(Arc::new(Patterns { automaton, forms, labels, longest, begins })))
            }
            _ => Self(None),
        }
    }

    /// Returns `text` without the secrets.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(patterns) = &self.0 else { return Cow::Borrowed(text) };
        if !patterns.automaton.is_match(text) {
            return Cow::Borrowed(text);
        }
        let mut clean = Vec::with_capacity(text.len());
        let mut stream = self.stream();
        stream.push(text.as_bytes(), &mut |part| clean.extend_from_slice(part));
        stream.finish(&mut |part| clean.extend_from_slice(part));
        Cow::Owned(String::from_utf8_lossy(&clean).into_owned())
    }

    /// Returns what redacts a text that comes in parts: a secret that lies across two of them is found too.
    #[must_use]
    pub fn stream(&self) -> Redacting {
        Redacting { patterns: self.0.clone(), held: Vec::new() }
    }
}

/// Redacts a text that comes in parts, in memory bounded by the longest secret.
pub struct Redacting {
    patterns: Option<Arc<Patterns>>,
    /// What could be the beginning of a secret.
    held: Vec<u8>,
}

impl std::fmt::Debug for Redacting {
    /// Never shows a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redacting").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

impl Redacting {
    /// Takes the next part, and gives on what is surely no part of a secret.
    pub fn push(&mut self, bytes: &[u8], to: &mut dyn FnMut(&[u8])) {
        let Some(patterns) = &self.patterns else { return to(bytes) };
        if self.held.is_empty() {
            let done = patterns.replace(bytes, to);
            self.held.extend_from_slice(&bytes[done..]);
        } else {
            self.held.extend_from_slice(bytes);
            let done = patterns.replace(&self.held, to);
            self.held.drain(..done);
        }
    }

    /// Gives on what was held, when nothing more will come.
    pub fn finish(&mut self, to: &mut dyn FnMut(&[u8])) {
        to(&std::mem::take(&mut self.held));
    }
}

impl Patterns {
    /// Gives `bytes` on without secrets, as far as that can be decided. Returns how far.
    fn replace(&self, bytes: &[u8], to: &mut dyn FnMut(&[u8])) -> usize {
        let mut hold = self.hold(bytes, 0);
        let mut at = 0;
        for found in self.automaton.find_iter(bytes) {
            if found.start() >= hold {
                break;
            }
            if at < found.start() {
                to(&bytes[at..found.start()]);
            }
            let (_, label) = self.forms[found.pattern().as_usize()];
            to(self.labels[label].as_bytes());
            at = found.end();
            if at > hold {
                hold = self.hold(bytes, at);
            }
        }
        if at < hold {
            to(&bytes[at..hold]);
        }
        hold
    }

    /// Returns the first place from `from` on where a secret could begin that goes on after `bytes`.
    fn hold(&self, bytes: &[u8], from: usize) -> usize {
        let first = bytes.len().saturating_sub(self.longest - 1).max(from);
        (first..bytes.len())
            .find(|start| {
                let rest = &bytes[*start..];
                self.begins[usize::from(rest[0])]
                    && self.forms.iter().any(|(form, _)| form.len() > rest.len() && form.starts_with(rest))
            })
            .unwrap_or(bytes.len())
    }
}

/// Returns the secrets that a variable holds.
fn secrets_of(name: &str, value: &[u8]) -> Vec<Vec<u8>> {
    let mut secrets = Vec::new();
    if sounds_secret(name) {
        let value = value.trim_ascii();
        secrets.push(value.to_vec());
        secrets.extend(
            value
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| line.len() >= SHORTEST_LINE)
                .map(<[u8]>::to_vec),
        );
    }
    secrets.extend(credentials(value));
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets
}

/// Returns whether a variable of this name holds a secret.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // These say where a secret is, or how many tokens fit.
    const HARMLESS: [&str; 4] =
        ["SSH_AUTH_SOCK", "GOOGLE_APPLICATION_CREDENTIALS", "TOKENIZERS_PARALLELISM", "XAUTHORITY"];
    const PARTS: [&str; 9] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "API_KEY",
        "APIKEY",
        "CREDENTIAL",
        "ACCESS_KEY",
    ];
    const WORDS: [&str; 7] = ["AUTH", "AUTHORIZATION", "PRIVATE", "PASS", "PAT", "KEY", "COOKIE"];
    !HARMLESS.contains(&name.as_str())
        && (PARTS.iter().any(|part| name.contains(part))
            || name.split(['_', '-', '.']).any(|word| WORDS.contains(&word)))
}

/// Returns the names and passwords within the URLs of a value: `https://NAME:PASSWORD@host`.
fn credentials(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(at) = memchr::memmem::find(rest, b"://") {
        rest = &rest[at + 3..];
        let end = rest.iter().position(|byte| b"/?# \t\r\n\"'<>".contains(byte)).unwrap_or(rest.len());
        let Some(host) = memchr::memrchr(b'@', &rest[..end]) else { continue };
        let user = &rest[..host];
        let parts = match memchr::memchr(b':', user) {
            Some(colon) => vec![&user[colon + 1..]],
            // A token stands where the name would.
            None => vec![user],
        };
        for part in parts {
            found.push(part.to_vec());
            found.push(percent_encoding::percent_decode(part).collect());
        }
        rest = &rest[host..];
    }
    found
}

/// What `encodeURIComponent` and most libraries leave as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Returns the forms in which a secret may stand in a text.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    for set in [NON_ALPHANUMERIC, COMPONENT] {
        let encoded = percent_encoding::percent_encode(secret, set).to_string();
        forms.push(lower_escapes(&encoded));
        forms.push(encoded.into_bytes());
    }
    let text = String::from_utf8_lossy(secret);
    if let Ok(json) = serde_json::to_string(&text) {
        forms.push(json.as_bytes()[1..json.len() - 1].to_vec());
    }
    for alphabet in [STANDARD, URL_SAFE] {
        let engine = GeneralPurpose::new(&alphabet, NO_PAD);
        forms.extend((0..3).map(|offset| aligned(&engine, secret, offset)));
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// Returns the base64 of `secret` where it stands `offset` bytes after the start of a group of three, without the
/// characters that depend on its neighbours. Padding comes after it and need not be looked for.
fn aligned(engine: &GeneralPurpose, secret: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(secret);
    let encoded = engine.encode(&bytes).into_bytes();
    let first = [0, 2, 3][offset];
    let last = bytes.len() * 8 / 6;
    encoded[first.min(last)..last].to_vec()
}

/// `%2F` as `%2f`.
fn lower_escapes(encoded: &str) -> Vec<u8> {
    let mut bytes = encoded.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' && at + 2 < bytes.len() {
            bytes[at + 1..at + 3].make_ascii_lowercase();
            at += 2;
        }
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests;
