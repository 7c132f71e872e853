//! `radon cc --json`: for each file a list of blocks, or why it could not be read.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Json, Text};
use super::{
    Block, BlockKind, Body, Complexity, MAX_HELD, ReadContext, Report, ReportError, Unchecked, bounded,
};

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    error: Text<'a>,
}

/// A block. The methods of a class are in the list of the file too.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    classname: Option<Text<'a>>,
    lineno: u32,
    endline: Option<u32>,
    complexity: u32,
}

pub(super) fn read(json: Json<'_>, cx: &ReadContext<'_>) -> Result<Report, ReportError> {
    let all: &RawValue = json.read()?;
    let mut body = Complexity::default();
    let mut unchecked = Vec::new();
    json.entries(all, |(path, value): (Text<'_>, &RawValue)| {
        body.files += 1;
        let path = cx.path(&path);
        if value.get().starts_with('{') {
            let failure: Failure<'_> = json.part(value)?;
            if unchecked.len() < MAX_HELD {
                unchecked.push(Unchecked { path: Some(path), reason: bounded(&failure.error) });
            }
            return Ok(());
        }
        json.items(value, |item: Item<'_>| {
            let kind = match &*item.kind {
                "function" => BlockKind::Function,
                "method" => BlockKind::Method,
                "class" => BlockKind::Class,
                other => {
                    return Err(json.malformed(format!(
                        "a block of type `{}`; expected function, method or class",
                        bounded(other)
                    )));
                }
            };
            let name = match item.classname.as_deref().filter(|class| !class.is_empty()) {
                Some(class) => format!("{class}.{}", &*item.name).into(),
                None => (*item.name).into(),
            };
            body.blocks.push(Block {
                path: path.clone(),
                name,
                kind,
                line: item.lineno,
                end_line: item.endline,
                complexity: item.complexity,
            });
            Ok(())
        })
    })?;
    Ok(Report {
        format: json.format,
        tool: Some("radon".into()),
        version: None,
        generated_ms: None,
        unchecked,
        body: Body::Complexity(body),
    })
}
