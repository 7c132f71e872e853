//! Reading XML reports: elements as they open and close, bounded in depth. A document type is skipped, and one
//! that declares entities refused, so neither files nor memory can be reached through them.

use std::borrow::Cow;

use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Format, ReportError};

/// How deep elements may be nested; reports of real tools need less than ten.
const MAX_DEPTH: usize = 64;

/// The elements of one report.
pub(super) struct Xml<'a> {
    format: Format,
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    /// Whether the root element was closed.
    ended: bool,
}

/// What comes next.
pub(super) enum Node<'a> {
    /// An element opens; an empty one closes right after.
    Open(Element<'a>),
    /// The element that opened last closes.
    Close,
    /// Text in it.
    Text(Cow<'a, str>),
}

/// An element with its attributes.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(format: Format, bytes: &'a [u8]) -> Result<Xml<'a>, ReportError> {
        let text = super::utf8(format, bytes)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Ok(Xml { format, text, reader, depth: 0, ended: false })
    }

    /// The next opening, closing or text; `None` at the end of a whole document.
    pub(super) fn next(&mut self) -> Result<Option<Node<'a>>, ReportError> {
        loop {
            let node = match self.reader.read_event() {
                Ok(Event::Start(start)) => {
                    self.depth += 1;
                    if self.ended {
                        return Err(self.malformed("a second root element"));
                    }
                    if self.depth > MAX_DEPTH {
                        return Err(self.malformed(format!("elements nested deeper than {MAX_DEPTH}")));
                    }
                    Node::Open(Element { start })
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.ended = self.depth == 0;
                    Node::Close
                }
                Ok(Event::Text(text)) if self.depth > 0 => Node::Text(text.into_inner()),
                Ok(Event::CData(text)) if self.depth > 0 => Node::Text(text.into_inner()),
                Ok(Event::GeneralRef(reference)) if self.depth > 0 => {
                    let named = quick_xml::escape::resolve_predefined_entity(&reference).map(Cow::Borrowed);
                    let resolved = || Some(Cow::Owned(reference.resolve_char_ref().ok()??.to_string()));
                    let text = named.or_else(resolved);
                    Node::Text(text.unwrap_or_else(|| Cow::Owned(format!("&{};", &*reference))))
                }
                Ok(Event::Text(text)) if !text.trim_ascii().is_empty() => {
                    return Err(self.malformed("text outside of the root element"));
                }
                Ok(Event::CData(_) | Event::GeneralRef(_)) => {
                    return Err(self.malformed("text outside of the root element"));
                }
                // No report needs entities of its own, and what they stand for would be missing.
                Ok(Event::DocType(text)) if text.contains("<!ENTITY") => {
                    return Err(self.malformed("a document type that declares entities; expected none"));
                }
                Ok(Event::Eof) if self.ended => return Ok(None),
                Ok(Event::Eof) => return Err(self.truncated()),
                Ok(_) => continue,
                Err(error) => return Err(self.error(&error)),
            };
            return Ok(Some(node));
        }
    }

    /// Skips the rest of the element that opened last, and gives its text, bounded.
    pub(super) fn text_to_close(&mut self) -> Result<String, ReportError> {
        let mut text = String::new();
        let mut inner = 0;
        while let Some(node) = self.next()? {
            match node {
                Node::Open(_) => inner += 1,
                Node::Close if inner == 0 => break,
                Node::Close => inner -= 1,
                Node::Text(part) if text.len() <= 2 * super::MAX_MESSAGE_BYTES => {
                    let mut end = part.len().min(4 * super::MAX_MESSAGE_BYTES);
                    while !part.is_char_boundary(end) {
                        end -= 1;
                    }
                    text.push_str(&part[..end]);
                }
                Node::Text(_) => {}
            }
        }
        Ok(text)
    }

    /// Skips the rest of the element that opened last.
    pub(super) fn skip_to_close(&mut self) -> Result<(), ReportError> {
        let mut inner = 0;
        while let Some(node) = self.next()? {
            match node {
                Node::Open(_) => inner += 1,
                Node::Close if inner == 0 => break,
                Node::Close => inner -= 1,
                Node::Text(_) => {}
            }
        }
        Ok(())
    }

    /// That something cannot be, where the reader stands.
    pub(super) fn malformed(&self, why: impl Into<Box<str>>) -> ReportError {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or_default();
        self.malformed_at(at, why.into())
    }

    /// That the report contradicts itself.
    pub(super) fn contradiction(&self, why: impl Into<Box<str>>) -> ReportError {
        ReportError::Contradiction { format: self.format, why: why.into() }
    }

    /// That the root element is that of another format.
    pub(super) fn wrong_format(&self) -> ReportError {
        ReportError::WrongFormat { expected: self.format, found: None }
    }

    fn truncated(&self) -> ReportError {
        ReportError::Truncated { format: self.format, offset: self.text.len() }
    }

    fn malformed_at(&self, at: usize, why: Box<str>) -> ReportError {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        ReportError::Malformed { format: self.format, line, column, why }
    }

    fn error(&self, error: &Error) -> ReportError {
        let cut = match error {
            Error::Syntax(error) => !matches!(error, SyntaxError::InvalidBangMarkup),
            Error::IllFormed(error) => matches!(error, IllFormedError::MissingEndTag(_)),
            _ => false,
        };
        let at = usize::try_from(self.reader.error_position()).unwrap_or_default();
        // `<!-` may be the start of `<!--`.
        let cut = cut
            || (at + "<!DOCTYPE".len() > self.text.len()
                && self.text.get(at..).is_some_and(|rest| rest.starts_with("<!")));
        if cut {
            return self.truncated();
        }
        self.malformed_at(at, error.to_string().into())
    }
}

impl<'a> Element<'a> {
    /// The name without its namespace.
    pub(super) fn name(&self) -> &str {
        local(self.start.name().0)
    }

    /// The value of an attribute, its entities resolved where XML defines them.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        // An attribute that is broken ends the list; of two, the first is taken.
        let mut attributes = self.start.attributes();
        let mut attributes = attributes.with_checks(false).map_while(Result::ok);
        attributes.find(|attribute| local(attribute.key.0) == name).map(|attribute| {
            match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value,
                Err(_) => attribute.value,
            }
        })
    }

    /// The first attribute that is broken, or there twice.
    pub(super) fn broken_attribute(&self) -> Option<String> {
        self.start.attributes().find_map(Result::err).map(|error| error.to_string())
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The name of the root element, also where the rest is cut off.
pub(super) fn root_name(bytes: &[u8]) -> Option<&str> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
    };
    let mut reader = Reader::from_str(valid);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                let name = local(start.name().0).to_owned();
                return ["coverage", "testsuites", "testsuite"].into_iter().find(|known| *known == name);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
