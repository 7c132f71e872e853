//! What several threads do to one document.

use std::sync::atomic::AtomicI32;
use std::sync::mpsc::channel;

use stagegate_core::text::TextRange;

use super::*;
use crate::analysis::News;

/// One thread moves something with every version and tells of it, another one looks whenever it is told. Once it has
/// looked as often as it was told, it has seen the last version.
#[test]
fn no_version_of_a_document_is_overlooked() {
    const URI: &str = "file:///w/specs/a.md";
    let state = State::default();
    let text = "# A\n\n**Component Name:** a\n**Status:** staging\n";
    let facts = stagegate_core::facts(Source::Str(text), "specs/a.md", &Root::default()).unwrap();
    let (sender, events) = channel();
    let (seen, looked) = (AtomicI32::new(0), AtomicU64::new(0));
    state.put(Document::new(URI, 0, text, &[]));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for () in events {
                let document = state.look_at(Path::new("/w/specs/a.md")).unwrap();
                seen.store(document.version, Ordering::SeqCst);
                looked.fetch_add(1, Ordering::SeqCst);
            }
        });
        let mut told = 0;
        for version in 1..=200_000 {
            let mut document = state.document(URI).unwrap();
            document.changed(version);
            state.put(document.clone());
            let headline = TextRange::empty(version.unsigned_abs().into());
            let said = Some(Facts { headline, ..facts.clone() });
            if document.analysis.tell(said, &document.rope) != News::None {
                sender.send(()).unwrap();
                told += 1;
            }
            if version % 20 == 0 {
                while looked.load(Ordering::SeqCst) < told {
                    std::thread::yield_now();
                }
                assert_eq!(seen.load(Ordering::SeqCst), version);
            }
        }
        drop(sender);
    });
}

#[test]
fn large_documents_are_not_searched_for_todo_comments() {
    let found = |lines: usize, name: &str| {
        let text = format!("{}# TODO: x\n", "x = 1\n".repeat(lines));
        let document = Document::new(&format!("file:///work/{name}"), 1, &text, &[]);
        document.diagnostics(&[]).iter().filter(|finding| finding.rule.family() == "todo").count()
    };
    assert_eq!(found(10, "a.py"), 1);
    let limit = usize::try_from(stagegate_core::todo::DEFAULT_MAX_BYTES).unwrap();
    assert_eq!(found(limit / 6 - 2, "a.py"), 1);
    assert_eq!(found(limit / 6, "a.py"), 0);
    let spec = "# Cart\n\n<!-- TODO: x -->\n";
    let document = Document::new("file:///work/specs/cart.md", 1, spec, &[]);
    assert!(document.diagnostics(&[]).iter().any(|finding| finding.rule.code == "todo/bare-todo"));
}

/// What a keystroke may not take the time to know is made sure of later, unless something more urgent comes.
#[test]
fn todo_comments_of_a_large_broken_document_are_made_sure_of() {
    let block = "fn f(a: u32) -> u32 {\n    // TODO: mend\n    a + 1\n}\n\n";
    let halves = [block.repeat(1000), block.repeat(1000)];
    // A character that nothing but a parse is certain of.
    let doubt = "const C: char = '\\u{0_0_0_0_4_1}';\n";
    let text = format!("{doubt}{}", halves.join("const S: &str = r#\"\"#;\n"));
    let mut document = Document::new("file:///work/a.rs", 1, &text, &[]);
    let count = |document: &Document| {
        let (root, path) = document.place(&[]);
        document.todos(&path, &root).len()
    };
    assert_eq!(count(&document), 2000);
    assert!(!document.guesses_todos(&[]));
    assert_eq!(document.make_sure_of_todos(&[], &|| false), Some(false), "it is sure");
    document.rope.insert(doubt.len() + block.len() * 500, "x");
    document.changed(2);
    assert_eq!(count(&document), 2000);
    assert!(document.guesses_todos(&[]));
    // A string that is opened swallows what follows.
    document.rope.insert(doubt.len() + block.len() * 500, "r#\"");
    document.changed(3);
    assert_eq!(count(&document), 2000);
    assert!(document.guesses_todos(&[]));
    assert_eq!(document.make_sure_of_todos(&[], &|| false), None);
    assert_eq!(count(&document), 2000);
    assert_eq!(document.make_sure_of_todos(&[], &|| true), Some(true));
    assert!(!document.guesses_todos(&[]));
    assert_eq!(count(&document), 1500);
}
