//! Cobertura XML: <https://raw.githubusercontent.com/cobertura/web/master/htdocs/xml/coverage-04.dtd>.

use super::line_table::{LineTable, MAX_LINE};
use super::paths::is_absolute;
use super::xml::{Element, Node, Xml};
use super::{Body, Format, ReadContext, Report, ReportError, ReportPath};

/// Unix times below this are seconds, from it on milliseconds: it is the year 5138 in seconds and 1973 in milliseconds.
const LEAST_MS: i64 = 100_000_000_000;

pub(super) fn read(bytes: &[u8], cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let mut xml = Xml::new(Format::Cobertura, bytes)?;
    let (mut version, mut generated_ms) = (None, None);
    let mut sources: Vec<String> = Vec::new();
    let mut table = LineTable::default();
    let mut file = None;
    let mut open: Vec<Tag> = Vec::new();
    while let Some(node) = xml.next()? {
        let element = match node {
            Node::Open(element) => element,
            Node::Close => {
                if open.pop() == Some(Tag::Class) {
                    file = None;
                }
                continue;
            }
            Node::Text(_) => continue,
        };
        if open.is_empty() {
            if element.name() != "coverage" {
                return Err(xml.wrong_format());
            }
            version = element.attribute("version").filter(|version| !version.is_empty()).map(Box::from);
            generated_ms = element.attribute("timestamp").and_then(|time| unix_ms(&time));
        }
        let tag = match element.name() {
            "source" => {
                sources.push(xml.text_to_close()?.trim().to_owned());
                continue;
            }
            "class" => {
                let Some(name) = element.attribute("filename").filter(|name| !name.is_empty()) else {
                    return Err(xml.malformed("expected `filename` on `<class>`, found none"));
                };
                file = Some(table.file(in_sources(&name, &sources, cx)?));
                Tag::Class
            }
            "line" => {
                let Some((line, ran)) = line_of(&element) else {
                    return Err(xml.malformed("expected `number` and `hits` as whole numbers on `<line>`"));
                };
                let Some(file) = file else {
                    return Err(xml.malformed("a `<line>` outside of a `<class>`"));
                };
                table.add(file, line, ran);
                Tag::Other
            }
            _ => Tag::Other,
        };
        open.push(tag);
    }
    Ok(Report {
        format: Format::Cobertura,
        tool: None,
        version,
        generated_ms,
        unchecked: Vec::new(),
        body: Body::Coverage(table.into_coverage()),
    })
}

#[derive(PartialEq)]
enum Tag {
    Class,
    Other,
}

fn line_of(element: &Element<'_>) -> Option<(u32, bool)> {
    let line = element.attribute("number")?.trim().parse().ok().filter(|&line| line <= MAX_LINE)?;
    let hits = element.attribute("hits")?;
    let hits = hits.trim();
    (!hits.is_empty() && hits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| (line, hits.bytes().any(|byte| byte != b'0')))
}

/// The time in Unix milliseconds: coverage.py and istanbul write milliseconds, gcovr and llvm-cov seconds.
fn unix_ms(time: &str) -> Option<i64> {
    let time = time.trim().parse().ok().filter(|time| *time > 0)?;
    if time < LEAST_MS { Some(time * 1000) } else { Some(time) }
}

/// The file `name` of a report with these source folders. With one folder it is relative to that; with several, the
/// report does not say to which, so the files of the workspace have to tell.
fn in_sources(name: &str, sources: &[String], cx: &ReadContext<'_>) -> Result<ReportPath, ReportError> {
    if is_absolute(name) {
        return Ok(cx.path(name));
    }
    let mut candidates: Vec<ReportPath> = Vec::new();
    for source in sources.iter().filter(|source| !source.is_empty()) {
        let path = cx.path(&format!("{source}/{name}"));
        if !candidates.contains(&path) {
            candidates.push(path);
        }
    }
    match &candidates[..] {
        [] => Ok(cx.path(name)),
        [only] => Ok(only.clone()),
        _ => {
            let is_there = |path: &&ReportPath| {
                !path.outside && cx.is_file.is_some_and(|files| files.is_file(&path.path))
            };
            let mut there = candidates.iter().filter(is_there);
            match (there.next(), there.next()) {
                (Some(only), None) => Ok(only.clone()),
                _ => Err(ReportError::Unreadable {
                    format: Format::Cobertura,
                    why: format!("it names {} source folders and not in which of them `{name}` is; use coverage.py JSON or LCOV, or write one report for each folder", candidates.len()).into(),
                }),
            }
        }
    }
}
