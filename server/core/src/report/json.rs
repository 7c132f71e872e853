//! Reading JSON reports piece by piece: a large list is taken as its raw text and its items are read one at a time, so
//! that never more than one of them is held.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::sniff::sniff;
use super::{Format, ReportError};

/// The bytes of one report, for errors to say where they are.
#[derive(Clone, Copy)]
pub(super) struct Json<'a> {
    pub(super) format: Format,
    pub(super) bytes: &'a [u8],
}

/// Text that is only copied where it holds escapes. (serde does not borrow an `Option<Cow<str>>`.)
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'a> Json<'a> {
    /// Reads the whole report.
    pub(super) fn read<T: Deserialize<'a>>(self) -> Result<T, ReportError> {
        serde_json::from_slice(self.bytes).map_err(|error| self.error(&error, 0))
    }

    /// Reads a part of the report.
    pub(super) fn part<T: Deserialize<'a>>(self, raw: &'a RawValue) -> Result<T, ReportError> {
        serde_json::from_str(raw.get()).map_err(|error| self.error(&error, self.offset(raw)))
    }

    /// Reads a list, one item after the other.
    pub(super) fn items<T: Deserialize<'a>>(
        self,
        raw: &'a RawValue,
        each: impl FnMut(T) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut items = Items { each, stopped: None, item: PhantomData::<T> };
        let read = serde_json::Deserializer::from_str(raw.get()).deserialize_seq(&mut items);
        match (items.stopped, read) {
            (Some(stopped), _) => Err(stopped),
            (None, read) => read.map_err(|error| self.error(&error, self.offset(raw))),
        }
    }

    /// Reads an object, one entry after the other. A key that is there twice is given twice.
    pub(super) fn entries<T: Deserialize<'a>>(
        self,
        raw: &'a RawValue,
        each: impl FnMut((Text<'a>, T)) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut entries = Entries(Items { each, stopped: None, item: PhantomData::<T> });
        let read = serde_json::Deserializer::from_str(raw.get()).deserialize_map(&mut entries);
        match (entries.0.stopped, read) {
            (Some(stopped), _) => Err(stopped),
            (None, read) => read.map_err(|error| self.error(&error, self.offset(raw))),
        }
    }

    /// Reads the whole report, an object: the entries of its object `list` one after the other, and its field `other`
    /// as a whole, in whichever order they come. As [`Json::entries`], without looking at the list twice.
    pub(super) fn read_entries<O: Deserialize<'a>, T: Deserialize<'a>>(
        self,
        other: &'static str,
        list: &'static str,
        each: impl FnMut((Text<'a>, T)) -> Result<(), ReportError>,
    ) -> Result<O, ReportError> {
        let mut entries = Entries(Items { each, stopped: None, item: PhantomData::<T> });
        let mut deserializer = serde_json::Deserializer::from_slice(self.bytes);
        let outer = Outer { other, list, entries: &mut entries, kind: PhantomData };
        let read = deserializer.deserialize_map(outer).and_then(|other| deserializer.end().map(|()| other));
        match (entries.0.stopped, read) {
            (Some(stopped), _) => Err(stopped),
            (None, read) => read.map_err(|error| self.error(&error, 0)),
        }
    }

    /// Where `raw` starts in the report.
    fn offset(self, raw: &RawValue) -> usize {
        let offset = (raw.get().as_ptr() as usize).wrapping_sub(self.bytes.as_ptr() as usize);
        if offset < self.bytes.len() { offset } else { 0 }
    }

    /// What is wrong, where the part that was read starts at `offset`.
    fn error(self, error: &serde_json::Error, offset: usize) -> ReportError {
        let format = self.format;
        let before = self.bytes.get(..offset).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() + error.line();
        let column = match memchr::memrchr(b'\n', before) {
            _ if error.line() > 1 => error.column(),
            Some(at) => offset - at - 1 + error.column(),
            None => offset + error.column(),
        };
        match error.classify() {
            Category::Eof => return ReportError::Truncated { format, offset: self.bytes.len() },
            // `100.` may be the start of `100.5`.
            Category::Syntax
                if error.to_string().starts_with("invalid number") && self.is_end(line, column) =>
            {
                return ReportError::Truncated { format, offset: self.bytes.len() };
            }
            Category::Data if sniff(self.bytes).is_none() => {
                return ReportError::WrongFormat { expected: format, found: None };
            }
            Category::Data | Category::Syntax | Category::Io => {}
        }
        ReportError::Malformed { format, line, column, why: in_words(&error.to_string()) }
    }

    /// Whether the report ends at that place.
    fn is_end(self, line: usize, column: usize) -> bool {
        let last = memchr::memrchr(b'\n', self.bytes).map_or(0, |at| at + 1);
        line == memchr::memchr_iter(b'\n', self.bytes).count() + 1 && column >= self.bytes.len() - last
    }

    /// That something in the report cannot be, where it is not known on which line.
    pub(super) fn malformed(self, why: impl Into<Box<str>>) -> ReportError {
        ReportError::Malformed { format: self.format, line: 0, column: 0, why: why.into() }
    }

    /// That the report contradicts itself.
    pub(super) fn contradiction(self, why: impl Into<Box<str>>) -> ReportError {
        ReportError::Contradiction { format: self.format, why: why.into() }
    }
}

/// A message of serde without its place, and without names of types.
fn in_words(message: &str) -> Box<str> {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].replace("expected u32", "expected a whole number from 0 to 4294967295").into()
}

/// Hands each item of a list, or each entry of an object, to a function.
struct Items<T, F> {
    each: F,
    stopped: Option<ReportError>,
    item: PhantomData<T>,
}

/// As [`Items`], for the entries of an object.
struct Entries<T, F>(Items<T, F>);

impl<T, F> Items<T, F> {
    fn give<I, E: de::Error>(&mut self, item: I) -> Result<(), E>
    where
        F: FnMut(I) -> Result<(), ReportError>,
    {
        (self.each)(item).map_err(|error| {
            self.stopped = Some(error);
            E::custom("stopped")
        })
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), ReportError>> Visitor<'de> for &mut Items<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element::<T>()? {
            self.give(item)?;
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut((Text<'de>, T)) -> Result<(), ReportError>> Visitor<'de>
    for &mut Entries<T, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(entry) = map.next_entry::<Text<'de>, T>()? {
            self.0.give(entry)?;
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut((Text<'de>, T)) -> Result<(), ReportError>> DeserializeSeed<'de>
    for &mut Entries<T, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// An object with a large object in it.
struct Outer<'e, O, T, F> {
    other: &'static str,
    list: &'static str,
    entries: &'e mut Entries<T, F>,
    kind: PhantomData<O>,
}

impl<'de, O, T, F> Visitor<'de> for Outer<'_, O, T, F>
where
    O: Deserialize<'de>,
    T: Deserialize<'de>,
    F: FnMut((Text<'de>, T)) -> Result<(), ReportError>,
{
    type Value = O;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<O, A::Error> {
        let (mut other, mut has_list) = (None, false);
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if *key == *self.list {
                if std::mem::replace(&mut has_list, true) {
                    return Err(de::Error::duplicate_field(self.list));
                }
                map.next_value_seed(&mut *self.entries)?;
            } else if *key == *self.other {
                if other.replace(map.next_value()?).is_some() {
                    return Err(de::Error::duplicate_field(self.other));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if !has_list {
            return Err(de::Error::missing_field(self.list));
        }
        other.ok_or_else(|| de::Error::missing_field(self.other))
    }
}
