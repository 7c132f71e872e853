//! Answers in the shape that GitHub's REST API documents, with the fields that nobody here reads.

use serde_json::{Value, json};

fn user(login: &str) -> Value {
    json!({
        "login": login, "id": 1, "node_id": "MDQ6VXNlcjE=", "avatar_url": "https://avatars.example/1", "gravatar_id": "",
        "url": format!("https://api.github.com/users/{login}"), "type": "User", "site_admin": false,
    })
}

/// An issue of `acme/shop`.
pub(crate) fn issue(base: &str, number: u64, state: &str) -> Value {
    json!({
        "id": 1_000 + number, "node_id": "MDU6SXNzdWUx", "url": format!("{base}/repos/acme/shop/issues/{number}"),
        "repository_url": format!("{base}/repos/acme/shop"),
        "labels_url": format!("{base}/repos/acme/shop/issues/{number}/labels{{/name}}"),
        "html_url": format!("{base}/acme/shop/issues/{number}"),
        "number": number, "state": state, "state_reason": null, "title": format!("Cart loses item {number}"),
        "body": "I'm having a problem with this.", "user": user("octocat"),
        "labels": [
            { "id": 208_045_946, "node_id": "MDU6TGFiZWw=", "name": "component:cart", "color": "f29513", "default": false, "description": null },
            { "id": 208_045_947, "node_id": "MDU6TGFiZWx=", "name": "blocker:tests", "color": "ff0000", "default": true, "description": "" },
        ],
        "assignee": user("hubot"), "assignees": [user("hubot"), user("octocat")],
        "milestone": { "number": 1, "title": "v1.0", "state": "open", "description": "", "due_on": "2012-10-09T23:39:01Z" },
        "locked": false, "active_lock_reason": null, "comments": 0, "author_association": "OWNER",
        "closed_at": if state == "closed" { json!("2024-05-06T07:08:09Z") } else { Value::Null },
        "created_at": "2011-04-22T13:33:48Z", "updated_at": "2024-05-06T07:08:09Z",
        "reactions": { "total_count": 0, "+1": 0 }, "performed_via_github_app": null,
    })
}

/// A pull request in the list of issues.
pub(crate) fn pull(base: &str, number: u64) -> Value {
    let mut value = issue(base, number, "open");
    value["html_url"] = json!(format!("{base}/acme/shop/pull/{number}"));
    value["pull_request"] = json!({
        "url": format!("{base}/repos/acme/shop/pulls/{number}"), "html_url": format!("{base}/acme/shop/pull/{number}"), "merged_at": null,
    });
    value
}

pub(crate) fn repository() -> Value {
    json!({ "id": 1_296_269, "name": "shop", "full_name": "acme/shop", "private": false, "has_issues": true })
}

/// An error.
pub(crate) fn error(message: &str, status: &str) -> Value {
    json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status })
}
