//! Comments in Markdown: `<!-- -->` outside fences and code, and `#` in the front matter.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use ropey::Rope;

use super::absent::Absent;
use super::comment::Comment;
use super::syntax::HASH;
use super::tokens;
use crate::frontmatter;
use crate::text::Source;

/// What every comment in a body begins with.
const OPEN: &str = "<!--";

fn is_tag_in(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, OPEN.as_bytes()).is_some()
}

/// Whether a body may hold a comment; of a text whose last version held none, only what changed since is searched.
pub(super) fn has_tags(rope: &Rope, tags: &mut Absent) -> bool {
    tags.holds(rope, OPEN.len(), is_tag_in)
}

/// Returns the comments of `text`, in order of place.
pub(super) fn comments(text: &str) -> Vec<Comment> {
    let source = Source::Str(text);
    let head = frontmatter::read(source);
    let mut found = Vec::new();
    if let Some(front_matter) = head.front_matter() {
        let yaml = front_matter.fences.yaml;
        let base = usize::from(yaml.start());
        let inner = tokens::comments(&text[yaml], &HASH);
        found.extend(inner.into_iter().map(|c| Comment { start: c.start + base, end: c.end + base, ..c }));
    }
    let start = head.body_start(source);
    let Some(body) = text.get(start..).filter(|body| is_tag_in(body.as_bytes())) else { return found };
    let mut block: Option<usize> = None;
    for (event, place) in Parser::new(body).into_offset_iter() {
        match event {
            Event::Start(Tag::HtmlBlock) => block = Some(place.start),
            Event::End(TagEnd::HtmlBlock) => {
                let from = block.take().unwrap_or(place.start);
                tokens::of_tags(text, start + from, start + place.end, &mut found);
            }
            Event::InlineHtml(_) => tokens::of_tags(text, start + place.start, start + place.end, &mut found),
            _ => {}
        }
    }
    found
}
