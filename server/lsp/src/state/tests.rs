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
