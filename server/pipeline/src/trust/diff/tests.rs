use expect_test::expect;

use super::*;

#[test]
fn a_change_is_shown_with_what_is_around_it() {
    let before = "one\ntwo\nthree\nfour\nfive\nsix\n";
    let after = "one\ntwo\nthree\nFOUR\nfive\nsix\nseven\n";
    expect![[r#"
        @@ -2,5 +2,6 @@
         two
         three
        -four
        +FOUR
         five
         six
        +seven
    "#]]
    .assert_eq(&diff(before, after, 60));
    assert_eq!(diff(before, before, 60), "");
    expect![[r#"
        @@ -0,0 +1,2 @@
        +a
        +b
    "#]]
    .assert_eq(&diff("", "a\nb\n", 60));
}

#[test]
fn a_hostile_text_cannot_steer_the_terminal_or_forge_lines() {
    let evil =
        "ok\u{1b}[2K\rfake\u{8}\n@@ -1 +1 @@\n-forged\u{2028}+forged\u{85}\u{202e}txt\u{200b}\t|\u{feff}\n";
    expect![[r#"
        @@ -1 +1,3 @@
        -ok
        +ok\u{1b}[2K\u{d}fake\u{8}
        +@@ -1 +1 @@
        +-forged\u{2028}+forged\u{85}\u{202e}txt\u{200b}    |\u{feff}
    "#]]
    .assert_eq(&diff("ok\n", evil, 60));
}

#[test]
fn a_changed_line_end_is_seen() {
    expect![[r#"
        @@ -1 +1 @@
        -a
        +a\u{d}
    "#]]
    .assert_eq(&diff("a\n", "a\r\n", 60));
}

#[test]
fn long_differences_are_cut_and_say_so() {
    let after: String = (0..100).map(|number| format!("{number}\n")).collect();
    let text = diff("", &after, 3);
    assert_eq!(text, "@@ -0,0 +1,100 @@\n+0\n+1\n... 98 more lines\n");
    let text = diff("", &"\u{1b}".repeat(1000), 3);
    assert!(text.ends_with("\\u{1b} ... 800 more characters\n"), "{text}");
}

#[test]
fn texts_that_are_slow_to_compare_do_not_take_long() {
    let text = |salt: usize| (0..32_000).map(|n| format!("{}\n", (n * salt) % 7)).collect::<String>();
    let start = std::time::Instant::now();
    assert!(diff(&text(3), &text(5), 10).lines().count() <= 11);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
