//! The issue tracker of the language server: what `stagegate-issues` knows, for `stagegate-lsp`.

use std::path::Path;
use std::sync::Arc;

use stagegate_core::config::IssuesConfig;
use stagegate_core::issues::IssueBook;
use stagegate_core::todo::IssueId;
use stagegate_issues::{Failure, IssueStore, NewIssue, Settings};
use stagegate_lsp::issues::{self as lsp, Issues, Tracker};

/// Opens the issues of workspace folders.
pub(crate) struct Trackers;

struct Store {
    store: IssueStore,
    fetches: bool,
}

impl Tracker for Trackers {
    fn open(&self, root: &Path, config: &IssuesConfig) -> Arc<dyn Issues> {
        let settings = Settings {
            ask_gh: config.fetch,
            trusted: crate::issues::may_have_token(root, config),
            ..Settings::from(config)
        };
        Arc::new(Store { store: IssueStore::open(root, settings), fetches: config.fetch })
    }
}

impl Issues for Store {
    fn book(&self) -> Option<IssueBook> {
        let book = self.store.book().ok();
        for notice in self.store.notices() {
            tracing::warn!("{notice}");
        }
        book
    }

    fn may_fetch(&self) -> bool {
        self.fetches && self.store.repository().is_ok()
    }

    fn refresh(&self, issues: &[IssueId]) -> lsp::Refreshed {
        let open = self.store.refresh_open().failure;
        if let Some(failure) = open.filter(Failure::ends_refresh) {
            return lsp::Refreshed { more: false, failure: Some(failure.to_string()) };
        }
        let before = self.store.left(issues);
        if before == 0 {
            return lsp::Refreshed::default();
        }
        match self.store.fetch_some(issues) {
            Ok(()) => {
                let left = self.store.left(issues);
                lsp::Refreshed { more: left > 0 && left < before, failure: None }
            }
            Err(failure) => lsp::Refreshed { more: false, failure: Some(failure.to_string()) },
        }
    }

    fn create(&self, issue: &lsp::NewIssue) -> Result<lsp::Created, String> {
        let lsp::NewIssue { title, body, labels } = issue.clone();
        match self.store.create(&NewIssue { title, body, labels }) {
            Ok(created) => Ok(lsp::Created {
                number: created.issue.number,
                url: created.issue.url,
                without_labels: created.without_labels,
            }),
            Err(failure @ (Failure::Timeout { .. } | Failure::Cut { .. } | Failure::Unreachable { .. })) => {
                Err(format!("{failure}; it may have been created all the same, look before you try again"))
            }
            Err(failure) => Err(format!("No issue was created: {failure}")),
        }
    }
}
