//! LCOV tracefiles: <https://man.archlinux.org/man/geninfo.1#TRACEFILE_FORMAT>.

use super::line_table::{LineTable, MAX_LINE};
use super::{Body, Format, ReadContext, Report, ReportError};

/// The record that is being read.
struct Record {
    file: usize,
    /// Whether it has a line.
    has_lines: bool,
    /// Lines that it says it has.
    found: u32,
}

pub(super) fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let format = Format::Lcov;
    let text = super::utf8(format, bytes)?;
    let mut table = LineTable::default();
    let mut record: Option<Record> = None;
    // A name of a test announces a record.
    let mut announced = false;
    let mut number = 0;
    let malformed =
        |line: usize, why: String| ReportError::Malformed { format, line, column: 1, why: why.into() };
    // Only a line that is whole is believed: `DA:12,1` may be the start of `DA:12,10`, or of a longer path.
    let mut rest = text;
    while !rest.is_empty() {
        number += 1;
        if let Some(record) = &mut record
            && let Some((line, ran, length)) = plain_line(rest.as_bytes())
        {
            record.has_lines = true;
            table.add(record.file, line, ran);
            rest = &rest[length..];
            continue;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let line = rest[..end.unwrap_or(rest.len())].trim();
        rest = end.map_or("", |end| &rest[end + 1..]);
        if end.is_none() && line != "end_of_record" && !line.is_empty() {
            return Err(ReportError::Truncated { format, offset: bytes.len() });
        }
        if line == "end_of_record" {
            let Some(record) = record.take() else {
                return Err(malformed(number, "`end_of_record` without `SF:` before it".to_owned()));
            };
            if record.found > 0 && !record.has_lines {
                return Err(ReportError::Unreadable {
                    format,
                    why: format!("line {number}: `LF:{}` without a single `DA:` line, so which lines ran is not known; have the tool write the lines, not only the summary", record.found).into(),
                });
            }
            continue;
        }
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        match (key, &mut record) {
            ("TN", None) => announced = true,
            ("SF", None) => {
                announced = false;
                record = Some(Record { file: table.file(cx.path(value)), has_lines: false, found: 0 });
            }
            ("SF", Some(_)) => {
                return Err(malformed(number, "a second `SF:` before `end_of_record`".to_owned()));
            }
            ("DA", Some(record)) => {
                let Some((line, ran)) = line_of(value) else {
                    return Err(malformed(
                        number,
                        format!("expected `DA:<line>,<times>`, found `{}`", super::bounded(line)),
                    ));
                };
                record.has_lines = true;
                table.add(record.file, line, ran);
            }
            ("LF", Some(record)) => record.found = value.trim().parse().unwrap_or(0),
            ("DA", None) => return Err(malformed(number, "`DA:` without `SF:` before it".to_owned())),
            // Comments, test names, functions, branches, MC/DC, versions: none is needed.
            _ if is_known(key) || line.is_empty() || line.starts_with('#') => {}
            _ => {
                return Err(malformed(
                    number,
                    format!("expected a line of LCOV, found `{}`", super::bounded(line)),
                ));
            }
        }
    }
    if record.is_some() || announced || table.is_empty() {
        return Err(ReportError::Truncated { format, offset: bytes.len() });
    }
    Ok(Report {
        format,
        tool: None,
        version: None,
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Coverage(table.into_coverage()),
    })
}

/// The line number, whether it ran, and the length of a whole `DA:12,3` at the start of `text`: nearly every line of a
/// tracefile is one, and is read without being looked at twice. `None` for anything else.
fn plain_line(text: &[u8]) -> Option<(u32, bool, usize)> {
    let mut rest = text.strip_prefix(b"DA:")?;
    let mut line = 0_u32;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        line = line * 10 + u32::from(digit - b'0');
        if line > MAX_LINE / 10 {
            return None;
        }
        rest = after;
    }
    let mut times = rest.strip_prefix(b",")?;
    let mut ran = false;
    while let [digit @ b'0'..=b'9', after @ ..] = times {
        ran |= *digit != b'0';
        times = after;
    }
    let has_both = text.len() > rest.len() + 3 && rest.len() > times.len() + 1;
    let end = times.strip_prefix(b"\r").unwrap_or(times).strip_prefix(b"\n")?;
    has_both.then_some((line, ran, text.len() - end.len()))
}

/// The line number and whether it ran, of `12,3` or `12,3,checksum`.
fn line_of(value: &str) -> Option<(u32, bool)> {
    let mut parts = value.split(',');
    let line = parts.next()?.trim().parse().ok().filter(|&line| line <= MAX_LINE)?;
    let times = parts.next()?.trim();
    // Loops run more often than fits into any integer; what counts is whether it is 0. gcov may write an exponent.
    if !times.is_empty() && times.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((line, times.bytes().any(|byte| byte != b'0')));
    }
    let times = times.parse::<f64>().ok().filter(|times| times.is_finite() && *times >= 0.0)?;
    Some((line, times > 0.0))
}

fn is_known(key: &str) -> bool {
    matches!(
        key,
        "TN" | "VER"
            | "FN"
            | "FNDA"
            | "FNF"
            | "FNH"
            | "FNL"
            | "FNA"
            | "BRDA"
            | "BRF"
            | "BRH"
            | "MCDC"
            | "MCF"
            | "MCH"
            | "LH"
            | "LF"
    )
}
