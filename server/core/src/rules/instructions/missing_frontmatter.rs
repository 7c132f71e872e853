//! `instructions/missing-frontmatter`.

use super::edit::proposed_description;
use crate::diagnostic::{Fix, TextEdit};
use crate::frontmatter::{Head, yaml};
use crate::instructions::{APPLY_TO, DESCRIPTION};
use crate::rules::{RuleContext, declare_rule};
use crate::text::{Source, TextRange, offset, range};

/// How much of the file is looked at for its first line; a longer one is underlined up to here.
const FIRST_LOOK_BYTES: usize = 1024;

/// How many lines may stand before front matter that was meant as such.
const LATE_LINES: usize = 10;

/// How much of the file is looked at for front matter that starts late.
const LATE_LOOK_BYTES: usize = 8 * 1024;

declare_rule! {
    /// ## What it checks
    /// The first line of the file is `---`: the file starts with front matter.
    ///
    /// ## Why it matters
    /// Without front matter nothing says which files the instructions are for, so no tool attaches them. The
    /// incumbent's gate fails. A `---` further down is a thematic break to every consumer.
    ///
    /// ## Example
    /// ```markdown
    /// # Testing rules
    ///
    /// Write tests first.
    /// ```
    ///
    /// ## Fix
    /// A front matter block is added at the start, with `applyTo` for all files and the first heading as
    /// `description`. Never applied on its own: only you know which files are meant.
    ///
    /// Where front matter is there, but starts late, no second block is offered. Blank lines before it are removed,
    /// which is safe; anything else is for you to move.
    ///
    /// ## References
    /// Requirement 002, "Instruction Validation Gates": "Frontmatter must be present between `---` markers".
    MISSING_FRONTMATTER = {
        code: "instructions/missing-frontmatter",
        summary: "the file does not start with front matter",
        severity: Error,
        fix: Safe,
        since: "0.1.0",
    }
}

pub(crate) fn check(cx: &mut RuleContext<'_>) {
    if !matches!(cx.file.head, Head::Missing) {
        return;
    }
    let start = cx.file.body_start;
    let look = cx.source.slice(start, start + FIRST_LOOK_BYTES);
    let line = look.split(['\n', '\r']).next().unwrap_or_default();
    let line_end = match &look[line.len()..] {
        rest if rest.starts_with("\r\n") => "\r\n",
        rest if rest.starts_with('\r') => "\r",
        _ => "\n",
    };
    if let Some(late) = Late::find(cx.source, start) {
        let message = late.message();
        cx.report(&MISSING_FRONTMATTER, range(start, start + line.len()), message)
            .field("frontmatter")
            .help("front matter starts with `---` at the very start of the file")
            .related(late.opening, "the front matter stands here")
            .fix(late.fix(start))
            .done();
        return;
    }
    let mut lines = vec!["---".to_owned(), "applyTo: \"**\"".to_owned()];
    lines.extend(proposed_description(cx).map(|description| format!("description: {description}")));
    lines.extend(["---".to_owned(), String::new()]);
    let edit = TextEdit { range: range(start, start), new_text: lines.join(line_end) };
    let fix = Fix { title: "Add front matter".to_owned(), safe: false, edits: vec![edit] };
    cx.report(
        &MISSING_FRONTMATTER,
        range(start, start + line.len()),
        "the file has no front matter; expected `---` as its first line",
    )
    .field("frontmatter")
    .help("start the file with `---`, `applyTo: \"...\"`, `description: \"...\"`, `---`")
    .fix(fix)
    .done();
}

/// Front matter that does not start on the first line.
struct Late {
    /// How many lines stand before it.
    before: usize,
    /// Whether they are all blank.
    blank: bool,
    /// Whether it reads well.
    sound: bool,
    /// Blanks in front of the fences.
    indents: [TextRange; 2],
    /// The opening `---`.
    opening: TextRange,
}

impl Late {
    /// Looks for a fence near the start of `source`, behind which a known key and another fence follow.
    fn find(source: Source<'_>, start: usize) -> Option<Late> {
        let look = source.slice(start, start + LATE_LOOK_BYTES);
        let place = |at: usize, line: &str| {
            let indent = line.len() - line.trim_ascii_start().len();
            TextRange::at(offset(start + at), offset(indent))
        };
        let mut lines = Source::Str(&look).lines_from(0);
        let (mut blank, mut code, mut prose) = (true, false, false);
        for before in 0..LATE_LINES {
            let (at, line) = lines.next()?;
            if line.trim_ascii() != "---" {
                let line = line.trim_ascii();
                let comment = line.starts_with("<!--") || line.ends_with("-->");
                blank &= line.is_empty();
                code |= line.starts_with("```") || line.starts_with("~~~");
                prose |= !(line.is_empty() || comment || code);
                continue;
            }
            if code && prose {
                return None; // An example in the text.
            }
            let mut keyed = false;
            let mut rest = lines.take(LATE_LINES * 5);
            let (closing_at, closing) = rest.find(|(_, line)| {
                let key = line.trim_ascii_start();
                keyed |= [APPLY_TO, DESCRIPTION]
                    .iter()
                    .any(|name| key.strip_prefix(name).is_some_and(|value| value.starts_with(':')));
                line.trim_ascii() == "---"
            })?;
            let indents = [place(at, &line), place(closing_at, &closing)];
            let opening = TextRange::at(indents[0].end(), offset(3));
            let sound = yaml::read(&look[at + line.len()..closing_at], 0).problems.is_empty();
            return keyed.then_some(Late { before, blank, sound, indents, opening });
        }
        None
    }

    fn message(&self) -> String {
        let stand = match self.before {
            0 => "the `---` is indented".to_owned(),
            1 => "1 line stands before it".to_owned(),
            before => format!("{before} lines stand before it"),
        };
        format!("front matter has to start on line 1; {stand}")
    }

    /// Removes the blank lines in front; safe unless the fences move, too, or what they hold is broken.
    fn fix(&self, start: usize) -> Option<Fix> {
        if !self.blank {
            return None;
        }
        let before = TextRange::new(offset(start), self.opening.start());
        let removed = [before, self.indents[1]].into_iter().filter(|range| !range.is_empty());
        let edits = removed.map(|range| TextEdit { range, new_text: String::new() }).collect();
        let safe = self.sound && self.indents.iter().all(|indent| indent.is_empty());
        Some(Fix { title: "Start the file with its front matter".to_owned(), safe, edits })
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::instructions::testing::check;
    use expect_test::expect;

    const RULE: &str = "instructions/missing-frontmatter";

    #[test]
    fn a_block_is_proposed_from_the_first_heading() {
        check(
            "text\n\n# A \"b\"\n",
            RULE,
            &expect![[r#"
            0:0-0:4 error instructions/missing-frontmatter "text": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"A \\\"b\\\"\"\n---\ntext\n\n# A \"b\"\n"
        "#]],
        );
        check(
            "\u{feff}# T\r\n",
            RULE,
            &expect![[r##"
            0:1-0:4 error instructions/missing-frontmatter "# T": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "\u{feff}---\r\napplyTo: \"**\"\r\ndescription: \"T\"\r\n---\r\n# T\r\n"
        "##]],
        );
    }

    #[test]
    fn without_a_heading_the_description_is_left_to_the_author() {
        check(
            "",
            RULE,
            &expect![[r#"
            0:0-0:0 error instructions/missing-frontmatter "": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\n---\n"
        "#]],
        );
        check(
            "-----\n#\n",
            RULE,
            &expect![[r#"
            0:0-0:5 error instructions/missing-frontmatter "-----": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\n---\n-----\n#\n"
        "#]],
        );
    }

    #[test]
    fn front_matter_that_starts_late_is_not_doubled() {
        check(
            "\u{feff}\r\n  \r\n---\r\napplyTo: a\r\n---\r\n# T\r\n",
            RULE,
            &expect![[r#"
            0:1-0:1 error instructions/missing-frontmatter "": front matter has to start on line 1; 2 lines stand before it
              field: frontmatter
              help: front matter starts with `---` at the very start of the file
              related 2:0-2:3: the front matter stands here
              safe fix: Start the file with its front matter
                "\u{feff}---\r\napplyTo: a\r\n---\r\n# T\r\n"
        "#]],
        );
        check(
            "<!-- c -->\n\n---\ndescription: a\n---\n# T\n",
            RULE,
            &expect![[r#"
            0:0-0:10 error instructions/missing-frontmatter "<!-- c -->": front matter has to start on line 1; 2 lines stand before it
              field: frontmatter
              help: front matter starts with `---` at the very start of the file
              related 2:0-2:3: the front matter stands here
        "#]],
        );
        check(
            "````markdown\n---\napplyTo: a\n---\n````\n",
            RULE,
            &expect![[r#"
            0:0-0:12 error instructions/missing-frontmatter "````markdown": front matter has to start on line 1; 1 line stands before it
              field: frontmatter
              help: front matter starts with `---` at the very start of the file
              related 1:0-1:3: the front matter stands here
        "#]],
        );
        check(
            " ---\n applyTo: a\n ---\n# T\n",
            RULE,
            &expect![[r#"
            0:0-0:4 error instructions/missing-frontmatter " ---": front matter has to start on line 1; the `---` is indented
              field: frontmatter
              help: front matter starts with `---` at the very start of the file
              related 0:1-0:4: the front matter stands here
              review fix: Start the file with its front matter
                "---\n applyTo: a\n---\n# T\n"
        "#]],
        );
    }

    #[test]
    fn a_non_breaking_space_is_no_blank() {
        check(
            "---\u{a0}\napplyTo: a\n---\n# T\n",
            RULE,
            &expect![[r#"
            0:0-0:4 error instructions/missing-frontmatter "---\u{a0}": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"applyTo: a\"\n---\n---\u{a0}\napplyTo: a\n---\n# T\n"
        "#]],
        );
    }

    #[test]
    fn a_thematic_break_is_no_late_front_matter() {
        check(
            "# T\n\n---\n\ntext\n\n---\n",
            RULE,
            &expect![[r##"
            0:0-0:3 error instructions/missing-frontmatter "# T": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"T\"\n---\n# T\n\n---\n\ntext\n\n---\n"
        "##]],
        );
        check(
            "# T\n\nSo:\n```yaml\n---\napplyTo: a\n---\n```\n",
            RULE,
            &expect![[r##"
            0:0-0:3 error instructions/missing-frontmatter "# T": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"T\"\n---\n# T\n\nSo:\n```yaml\n---\napplyTo: a\n---\n```\n"
        "##]],
        );
        check(
            "# T\n\n---\n\napplyTo: a\n",
            RULE,
            &expect![[r##"
            0:0-0:3 error instructions/missing-frontmatter "# T": the file has no front matter; expected `---` as its first line
              field: frontmatter
              help: start the file with `---`, `applyTo: "..."`, `description: "..."`, `---`
              review fix: Add front matter
                "---\napplyTo: \"**\"\ndescription: \"T\"\n---\n# T\n\n---\n\napplyTo: a\n"
        "##]],
        );
    }

    #[test]
    fn front_matter_that_is_broken_or_empty_is_not_missing() {
        check("---\n---\n", RULE, &expect![[""]]);
        check("---\na: 1\n", RULE, &expect![[""]]);
    }
}
