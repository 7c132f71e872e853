//! Issues that block a component (FORMATS.md, "GitHub").

use super::{Refusal, RefusalCode};
use crate::issues::IssueBook;

/// Most characters of a title that are shown.
const MAX_TITLE: usize = 120;

/// Returns a reason for each open issue that is labelled `blocker` or `blocker:*` and with the component.
#[must_use]
pub fn blocker_issues(book: &IssueBook, component: &str) -> Vec<Refusal> {
    let refusal = |(number, issue): (u64, &crate::issues::IssueState)| {
        let title: String =
            issue.title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TITLE).collect();
        Refusal {
            code: RefusalCode::BlockerIssue,
            message: format!("issue #{number} blocks `{component}` and is open: {}", title.trim()),
            help: format!("close it once it is solved, or take its label away: {}", issue.url),
            path: None,
            gate: None,
        }
    };
    book.blockers(component).into_iter().map(refusal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issues::{Answer, IssueState, OpenState};
    use expect_test::expect;

    #[test]
    fn open_issues_that_block_the_component_are_reasons() {
        let mut book = IssueBook::new("github.com", "acme/shop");
        let issue = |title: &str, state, labels: &[&str]| {
            Answer::Found(IssueState {
                title: title.into(),
                state,
                labels: labels.iter().map(|label| Box::from(*label)).collect(),
                assignee: None,
                milestone: None,
                url: "https://github.com/acme/shop/issues/7".into(),
                updated_at: None,
                fetched_at: None,
            })
        };
        let labels = ["blocker:tests", "component:price-list"];
        book.insert("acme/shop", 7, issue("Totals\nare \u{1b}wrong", OpenState::Open, &labels));
        book.insert("acme/shop", 8, issue("Solved", OpenState::Closed, &labels));
        book.insert("acme/shop", 9, issue("Other", OpenState::Open, &["blocker", "component:other"]));
        expect![[r#"
            [
                Refusal {
                    code: BlockerIssue,
                    message: "issue #7 blocks `price_list` and is open: Totals are  wrong",
                    help: "close it once it is solved, or take its label away: https://github.com/acme/shop/issues/7",
                    path: None,
                    gate: None,
                },
            ]
        "#]].assert_debug_eq(&blocker_issues(&book, "price_list"));
    }
}
