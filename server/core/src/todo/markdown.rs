//! Comments in Markdown: `<!-- -->` outside fences and code, and `#` in the front matter.

use std::sync::Arc;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use ropey::Rope;

use super::absent::Absent;
use super::comment::Comment;
use super::syntax::HASH;
use super::tokens;
use crate::frontmatter;
use crate::markdown::{read_pieces, reread_pieces};
use crate::text::{Change, Source};

/// What every comment in a body begins with.
const OPEN: &str = "<!--";

fn is_tag_in(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, OPEN.as_bytes()).is_some()
}

/// Whether a body may hold a comment; of a text whose last version held none, only what changed since is searched.
pub(super) fn has_tags(rope: &Rope, tags: &mut Absent) -> bool {
    tags.holds(rope, OPEN.len(), is_tag_in)
}

/// The comments of one piece of a body, by their places in it.
type Piece = Arc<[Comment]>;

/// What is kept of one version of a text.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    rope: Rope,
    start: usize,
    pieces: Vec<(usize, Piece)>,
}

/// Returns the comments of `text`, in order of place.
pub(super) fn comments(text: &str) -> Vec<Comment> {
    let (mut found, start) = in_head(text);
    if is_tag_in(text.get(start..).unwrap_or_default().as_bytes()) {
        add(&read_pieces(Source::Str(text), start, read), &mut found);
    }
    found
}

/// Like [`comments`], of `text`, which is that of `rope`; pieces that did not change since `kept` are not read again.
pub(super) fn comments_again(text: &str, rope: &Rope, kept: &mut Option<Kept>) -> Vec<Comment> {
    let (mut found, start) = in_head(text);
    let pieces = match kept.take() {
        Some(old) => {
            reread_pieces((&old.pieces, old.start), Change::between(&old.rope, rope), rope, start, read)
        }
        None => read_pieces(Source::Rope(rope), start, read),
    };
    add(&pieces, &mut found);
    *kept = Some(Kept { rope: rope.clone(), start, pieces });
    found
}

/// Returns the comments of the front matter, and where the body starts.
fn in_head(text: &str) -> (Vec<Comment>, usize) {
    let source = Source::Str(text);
    let head = frontmatter::read(source);
    let mut found = Vec::new();
    if let Some(front_matter) = head.front_matter() {
        let yaml = front_matter.fences.yaml;
        let base = usize::from(yaml.start());
        found.extend(tokens::comments(&text[yaml], &HASH).into_iter().map(|comment| comment.from(base)));
    }
    (found, head.body_start(source))
}

/// Adds the comments of all pieces to `found`.
fn add(pieces: &[(usize, Piece)], found: &mut Vec<Comment>) {
    let placed = pieces.iter().flat_map(|(at, piece)| piece.iter().map(|comment| comment.from(*at)));
    found.extend(placed);
}

/// Reads one piece of a body.
fn read(piece: &str) -> Piece {
    let mut found = Vec::new();
    if !is_tag_in(piece.as_bytes()) {
        return found.into();
    }
    let mut block: Option<usize> = None;
    for (event, place) in Parser::new(piece).into_offset_iter() {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(place.start),
            Event::End(TagEnd::HtmlBlock) => {
                let from = block.take().unwrap_or(place.start);
                tokens::of_tags(piece, from, place.end, &mut found);
            }
            Event::InlineHtml(_) => tokens::of_tags(piece, place.start, place.end, &mut found),
            _ => {}
        }
    }
    found.into()
}
