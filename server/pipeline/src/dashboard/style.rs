//! The style sheet, and its hash: the policy of the page allows this one and no other.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::text::Text;

const SHEET: &str = include_str!("../../templates/dashboard/style.css");

/// A style sheet.
#[derive(Debug)]
pub(super) struct Style {
    /// As it stands in the page.
    pub(super) text: String,
    /// As the policy names it: `sha256-...`.
    pub(super) hash: String,
}

impl Style {
    /// Returns the style sheet, and names of the columns of the matrix for narrow screens, where there is no head.
    pub(super) fn new<'a>(columns: impl Iterator<Item = &'a Text>) -> Style {
        let mut text = compact(SHEET);
        for (at, title) in columns.enumerate() {
            let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
            let title: String = title.as_str().chars().filter(plain).collect();
            let _ = write!(
                text,
                "@media screen and (max-width:760px){{.matrix td:nth-child({})::after{{content:\"{title}\"}}}}",
                at + 2
            );
        }
        let hash = format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())));
        Style { text, hash }
    }
}

/// Leaves out comments and line ends: a browser reads the line end of Windows as another character than we hashed.
fn compact(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}
