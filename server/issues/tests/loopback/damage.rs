//! A cache that is damaged, foreign, removed, or not allowed.

use stagegate_issues::{Known, Notice};

use crate::server::{Reply, Request, Server, json};
use crate::shapes::issue;
use crate::{Hand, open, shown};

fn good(request: &Request) -> Reply {
    json(200, &issue("https://github.com", 1, if request.path.ends_with("/1") { "open" } else { "closed" }))
}

#[test]
fn a_damaged_file_is_put_aside() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let file = folder.path().join(".stagegate/issues.db");
    open(folder.path(), &server, &hand).refresh(&[1]);
    for (round, damage) in
        [b"this is no database, but a text of some length".to_vec(), vec![0; 100_000], whole(&file)]
            .into_iter()
            .enumerate()
    {
        std::fs::write(&file, damage).unwrap();
        let store = open(folder.path(), &server, &hand);
        assert_eq!(shown(&store, &[1]), "#1 nothing (old)\n", "{round}");
        store.refresh(&[1]);
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n", "{round}");
        let notices = store.notices();
        assert!(
            matches!(&notices[..], [Notice::Rebuilt { aside, .. }] if aside.is_file()),
            "{round} {notices:?}"
        );
        assert!(store.notices().is_empty());
        drop(store);
        let store = open(folder.path(), &server, &hand);
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n", "{round}");
        assert!(store.notices().is_empty());
    }
}

/// The file at `path`, with its middle overwritten.
fn whole(path: &std::path::Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    let len = bytes.len();
    bytes[100..len].fill(0xaa);
    bytes
}

#[test]
fn a_file_that_is_damaged_while_in_use_is_put_aside() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let file = folder.path().join(".stagegate/issues.db");
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    let bytes = vec![0x55; 200_000];
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(file.with_extension("db-wal"), &bytes).unwrap();
    for _ in 0..3 {
        let _ = store.states(&[1]);
        hand.turn(3600);
        store.refresh(&[1]);
    }
    assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
    assert!(matches!(&store.notices()[..], [Notice::Rebuilt { .. }]));
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_removed_while_in_use_is_made_again() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    assert!(store.due(&[1]).is_empty());
    std::fs::remove_dir_all(folder.path().join(".stagegate")).unwrap();
    assert_eq!(shown(&store, &[1]), "#1 nothing (old)\n");
    store.refresh(&[1]);
    for store in [store, open(folder.path(), &server, &hand)] {
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
    }
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let file = folder.path().join(".stagegate/issues.db");
    open(folder.path(), &server, &hand).refresh(&[1]);
    rusqlite::Connection::open(&file).unwrap().execute("UPDATE version SET number = 99", []).unwrap();
    let store = open(folder.path(), &server, &hand);
    store.refresh(&[1]);
    assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
    let notices = store.notices();
    assert!(matches!(&notices[..], [Notice::NotKept { reason }] if reason.contains("newer")), "{notices:?}");
    let version: i64 = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row("SELECT number FROM version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn tables_of_another_shape_are_put_aside() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let file = folder.path().join(".stagegate/issues.db");
    for sql in [
        "DROP TABLE issue",
        "UPDATE issue SET labels = 'x'",
        "UPDATE issue SET number = -5",
        "PRAGMA application_id = 7",
    ] {
        open(folder.path(), &server, &hand).refresh(&[1]);
        rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let store = open(folder.path(), &server, &hand);
        let _ = (shown(&store, &[1]), store.open_issues());
        store.refresh(&[1]);
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n", "{sql}");
        assert!(matches!(&store.notices()[..], [Notice::Rebuilt { .. }]), "{sql}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_works_without() {
    let server = Server::start(|request, _| good(request));
    let hand = Hand::new();
    // A file stands where the folder would be: refused to everybody, even to root.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".stagegate"), "").unwrap();
    let missing = folder.path().join("missing");
    for root in [folder.path(), &missing] {
        let store = open(root, &server, &hand);
        store.refresh(&[1]);
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
        let notices = store.notices();
        assert!(matches!(&notices[..], [Notice::NotKept { .. }]), "{notices:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_of_the_repository_lead_nowhere() {
    let server = Server::start(|request, _| good(request));
    let hand = Hand::new();
    let outside = tempfile::tempdir().unwrap();
    for link in [".stagegate", ".stagegate/issues.db", ".stagegate/issues.lock"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join(link);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        let to = if link == ".stagegate" { outside.path().to_owned() } else { outside.path().join("file") };
        std::os::unix::fs::symlink(to, at).unwrap();
        let store = open(folder.path(), &server, &hand);
        store.refresh(&[1]);
        assert_eq!(shown(&store, &[1]), "#1 open: Cart loses item 1\n");
        assert!(matches!(&store.notices()[..], [Notice::NotKept { .. }]), "{link}");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0, "{link}");
    }
}

#[test]
fn the_folder_hides_itself_from_git() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    let store = open(folder.path(), &server, &hand);
    assert_eq!(shown(&store, &[1]), "#1 nothing (old)\n");
    assert!(!folder.path().join(".stagegate").exists());
    store.refresh(&[1]);
    assert_eq!(std::fs::read_to_string(folder.path().join(".stagegate/.gitignore")).unwrap(), "*\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            std::fs::metadata(folder.path().join(".stagegate/issues.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_a_file_of_the_repository_claims_is_shown_like_any_text_of_strangers() {
    let server = Server::start(|request, _| good(request));
    let (folder, hand) = (tempfile::tempdir().unwrap(), Hand::new());
    open(folder.path(), &server, &hand).refresh(&[1]);
    let file = rusqlite::Connection::open(folder.path().join(".stagegate/issues.db")).unwrap();
    file.execute(
        "UPDATE issue SET url = 'https://evil.example/', title = 'a' || char(10) || char(27) || 'b'",
        [],
    )
    .unwrap();
    file.execute("INSERT INTO moved SELECT host, repository, '/user' FROM issue", []).unwrap();
    file.execute("INSERT INTO pause SELECT host, 0, 9999999999 FROM issue", []).unwrap();
    let store = open(folder.path(), &server, &hand);
    let Known::Issue(issue) = store.states(&[1]).remove(0).known else { panic!() };
    assert_eq!((issue.title.as_str(), issue.url), ("a  b", format!("{}/acme/shop/issues/1", server.url)));
    store.refresh(&[2]);
    assert_eq!(server.asked()[1..], ["GET /repos/acme/shop/issues/2"]);
}
