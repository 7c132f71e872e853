//! coverage.py's JSON, formats 2 and 3 (coverage.py 5 and newer).

use serde::Deserialize;

use super::json::{Json, Text};
use super::{Body, Coverage, FileCoverage, Lines, ReadContext, Report, ReportError};

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
}

/// What is needed of a file. Its branches, contexts, functions and classes are skipped; the lines that ran are not
/// needed where those that did not are known.
#[derive(Deserialize)]
struct File {
    summary: Summary,
    missing_lines: Vec<u32>,
}

#[derive(Deserialize)]
struct Summary {
    covered_lines: u32,
    num_statements: u32,
    missing_lines: u32,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let mut files = Vec::new();
    let meta: Meta<'_> = json.read_entries("meta", "files", |(path, mut file): (Text<'_>, File)| {
        let Summary { covered_lines: covered, num_statements: statements, missing_lines } = file.summary;
        if covered.checked_add(missing_lines) != Some(statements) {
            return Err(json.contradiction(format!(
                "{} has {covered} covered and {missing_lines} missing lines, but {statements} statements",
                &*path
            )));
        }
        let missing = Lines::from_unsorted(&mut file.missing_lines);
        if missing.count() != missing_lines {
            return Err(json.contradiction(format!(
                "{} lists {} missing lines and counts {missing_lines}",
                &*path,
                missing.count()
            )));
        }
        files.push(FileCoverage { path: cx.path(&path), statements, covered, missing });
        Ok(())
    })?;
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    if let Some(twice) = files.windows(2).find(|pair| pair[0].path == pair[1].path) {
        return Err(json.contradiction(format!("{} is there twice", twice[0].path)));
    }
    Ok(Report {
        format: json.format,
        tool: Some("coverage.py".into()),
        version: meta.version.map(|version| (*version).into()),
        generated_ms: None,
        unchecked: Vec::new(),
        body: Body::Coverage(Coverage { files }),
    })
}
