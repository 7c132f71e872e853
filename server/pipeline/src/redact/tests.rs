//! Canaries: secrets that must not be seen again.

use super::*;

const CANARY: &str = "c4n/ry+\"ü\\~Z?9";

fn redactor(variables: &[(&str, &str)]) -> Redactor {
    Redactor::from_env(variables.iter().map(|(name, value)| (name.into(), value.into())))
}

/// Redacts `text` whole and in parts of every size, which must say the same.
fn redact(redactor: &Redactor, text: &str) -> String {
    let whole = redactor.redact(text).into_owned();
    for size in 1..=text.len() {
        let mut parts = Vec::new();
        let mut stream = redactor.stream();
        text.as_bytes()
            .chunks(size)
            .for_each(|part| stream.push(part, &mut |clean| parts.extend_from_slice(clean)));
        stream.finish(&mut |clean| parts.extend_from_slice(clean));
        assert_eq!(String::from_utf8_lossy(&parts), whole, "in parts of {size}");
    }
    whole
}

#[test]
fn names_that_sound_secret() {
    for name in [
        "GITHUB_TOKEN",
        "npm_token",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PASSWD",
        "OPENAI_API_KEY",
        "APIKEY",
        "CARGO_REGISTRY_CREDENTIAL",
        "SSH_PRIVATE_KEY",
        "HTTP_AUTH",
        "DB_PASS",
        "GH_PAT",
        "GPG_PASSPHRASE",
        "SIGNING_KEY",
    ] {
        assert!(sounds_secret(name), "{name}");
    }
    for name in [
        "PATH",
        "HOME",
        "PWD",
        "GIT_AUTHOR_NAME",
        "SSH_AUTH_SOCK",
        "XAUTHORITY",
        "TOKENIZERS_PARALLELISM",
        "KEYBOARD",
        "LANG",
        "PATTERN",
        "GOPRIVATE",
    ] {
        assert!(!sounds_secret(name), "{name}");
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    let redactor = redactor(&[("MY_TOKEN", CANARY), ("HOME", "/home/somebody")]);
    let engine = base64::engine::general_purpose::STANDARD;
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut texts = vec![
        CANARY.to_owned(),
        serde_json::to_string(CANARY).unwrap(),
        percent_encoding::utf8_percent_encode(CANARY, NON_ALPHANUMERIC).to_string(),
        percent_encoding::utf8_percent_encode(CANARY, COMPONENT).to_string(),
        percent_encoding::utf8_percent_encode(CANARY, COMPONENT)
            .to_string()
            .replace("%C3%BC", "%c3%bc")
            .replace("%2F", "%2f")
            .replace("%2B", "%2b")
            .replace("%5C", "%5c")
            .replace("%3F", "%3f"),
    ];
    for before in ["", "u", "us", "user:", "user:x"] {
        for after in ["", "@", "@h", "@ho"] {
            texts.push(engine.encode(format!("{before}{CANARY}{after}")));
            texts.push(url_safe.encode(format!("{before}{CANARY}{after}")));
        }
    }
    for text in texts {
        let clean = redact(&redactor, &format!("a {text} b"));
        assert!(clean.contains("[redacted MY_TOKEN]"), "{text}: {clean}");
        // What is left of the text around it: at most a group of base64 on each side, and quotes.
        assert!(clean.len() <= "a [redacted MY_TOKEN] b".len() + 16, "{text}: {clean}");
    }
    assert_eq!(redact(&redactor, "in /home/somebody"), "in /home/somebody");
}

#[test]
fn credentials_in_urls() {
    let redactor = redactor(&[
        ("DATABASE_URL", "postgres://shop:hunter2%21x@db.example/shop"),
        ("PIP_INDEX_URL", "https://tok3n-without-name@pip.example/simple https://u:s3condone@b.example/"),
        ("PLAIN", "https://example.org/a@b?c=d"),
    ]);
    let clean = redact(
        &redactor,
        "postgres://shop:hunter2%21x@db, hunter2!x, tok3n-without-name, s3condone, https://example.org/a@b",
    );
    assert_eq!(
        clean,
        "postgres://shop:[redacted DATABASE_URL]@db, [redacted DATABASE_URL], [redacted PIP_INDEX_URL], \
         [redacted PIP_INDEX_URL], https://example.org/a@b"
    );
}

#[test]
fn a_secret_of_several_lines_is_found_line_by_line() {
    let redactor =
        redactor(&[("DEPLOY_PRIVATE_KEY", "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n")]);
    assert_eq!(
        redact(&redactor, "1: MIIEvQIBADANBgkqhkiG9w0B\n2: short"),
        "1: [redacted DEPLOY_PRIVATE_KEY]\n2: short"
    );
}

#[test]
fn secrets_that_overlap_or_begin_alike() {
    let redactor = redactor(&[("A_TOKEN", "abcdef"), ("B_TOKEN", "abcdefghij"), ("C_TOKEN", "efghijkl")]);
    assert_eq!(
        redact(&redactor, "abcdef-abcdefgh-abcdefghijkl-abcde"),
        "[redacted A_TOKEN]-[redacted A_TOKEN]gh-[redacted B_TOKEN]kl-abcde"
    );
}

#[test]
fn what_is_no_secret_stays() {
    let redactor = redactor(&[("A_TOKEN", "true"), ("B_TOKEN", ""), ("C_PASSWORD", " \n")]);
    assert!(redactor.0.is_none());
    assert_eq!(redact(&redactor, "true is true"), "true is true");
    assert_eq!(redact(&Redactor::default(), "text"), "text");
}

#[test]
fn a_stream_holds_back_only_what_could_be_a_secret() {
    let mut stream = redactor(&[("A_TOKEN", "abcdefghij")]).stream();
    let mut seen = Vec::new();
    stream.push(b"a line\n", &mut |part| seen.extend_from_slice(part));
    assert_eq!(seen, b"a line\n");
    stream.push(b"12 abc", &mut |part| seen.extend_from_slice(part));
    assert_eq!(seen, b"a line\n12 ");
    stream.push(b"x", &mut |part| seen.extend_from_slice(part));
    assert_eq!(seen, b"a line\n12 abcx");
}

#[test]
fn nothing_shows_what_it_knows() {
    assert!(!format!("{:?}", redactor(&[("A_TOKEN", CANARY)])).contains("c4n"));
    let mut stream = redactor(&[("A_TOKEN", "abcdefghij")]).stream();
    stream.push(b"abcdef", &mut |_| {});
    assert!(!format!("{stream:?}").contains("97"), "{stream:?}");
}
