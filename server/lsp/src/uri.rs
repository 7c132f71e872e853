//! Between `file:` URIs and paths.
//!
//! A document is known by the URI string that the client sent, unchanged; only for files that no client has
//! named do we write a URI ourselves.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a path of a URI: RFC 3986 "unreserved", and the separator.
const KEEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Returns the path of a `file:` URI; `None` for every other scheme and for what is no UTF-8.
pub(crate) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).map(|_| &uri[5..])?;
    let path = match rest.strip_prefix("//") {
        // An authority is left out: `file://localhost/x` is `/x`.
        Some(rest) => rest.find('/').map(|at| &rest[at..])?,
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let decoded =
        if cfg!(windows) { decoded.trim_start_matches('/').replace('/', "\\") } else { decoded.into_owned() };
    Some(PathBuf::from(decoded))
}

/// Returns the `file:` URI of an absolute path.
pub(crate) fn from_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text.into_owned() };
    format!("file://{}", utf8_percent_encode(&text, KEEP))
}

/// Returns `uri` with a fragment, which may have been encoded already.
pub(crate) fn with_fragment(uri: &str, fragment: &str) -> String {
    let plain = percent_decode_str(fragment).decode_utf8_lossy();
    format!("{uri}#{}", utf8_percent_encode(&plain, KEEP))
}

/// Returns `path` relative to `root`, with `/`; `None` where it lies outside, may do so because of a `..`, or is no
/// UTF-8.
pub(crate) fn relative(root: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let parts = rest.components().map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

/// Returns where `path` leads, if that is elsewhere; the file itself need not be there.
pub(crate) fn real(path: &Path) -> Option<PathBuf> {
    let real = std::fs::canonicalize(path);
    let real = real.or_else(|error| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => std::fs::canonicalize(folder).map(|folder| folder.join(name)),
        _ => Err(error),
    });
    real.ok().filter(|real| real.as_os_str() != path.as_os_str())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn file_uris_and_paths_are_inverse() {
        for path in ["/a/b.md", "/a b/\u{e9}\u{1f680}/c#d?.md", "/100%/x"] {
            assert_eq!(to_path(&from_path(Path::new(path))), Some(PathBuf::from(path)), "{path}");
        }
    }

    #[test]
    fn clients_write_uris_in_their_own_way() {
        for uri in
            ["file:///a/b%20c.md", "FILE:///a/b%20c.md", "file://localhost/a/b c.md", "file:/a/b%20c.md"]
        {
            assert_eq!(to_path(uri), Some(PathBuf::from("/a/b c.md")), "{uri}");
        }
        assert_eq!(to_path("untitled:Untitled-1"), None);
        assert_eq!(to_path("file:///%ff"), None);
        assert_eq!(to_path(""), None);
    }

    #[test]
    fn fragments_are_encoded_once() {
        for fragment in ["über uns", "%C3%BCber%20uns"] {
            assert_eq!(with_fragment("file:///a.md", fragment), "file:///a.md#%C3%BCber%20uns");
        }
        assert_eq!(with_fragment("file:///a.md", "100%"), "file:///a.md#100%25");
    }

    #[test]
    fn relative_paths_have_slashes_and_stay_inside() {
        assert_eq!(relative(Path::new("/w"), Path::new("/w/a/b.md")).as_deref(), Some("a/b.md"));
        assert_eq!(relative(Path::new("/w"), Path::new("/wx/a.md")), None);
        assert_eq!(relative(Path::new("/w"), Path::new("/w/x/../../a.md")), None);
    }
}
