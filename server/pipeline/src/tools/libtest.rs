//! What `cargo test` prints, which has no report that can be read.

/// Returns what the lines `test result: ...` of `cargo test` add up to: passed, failed, ignored. `None` where there is no
/// such line, because nothing was built, or one that cannot be read.
#[must_use]
pub fn libtest_counts(stdout: &str) -> Option<[usize; 3]> {
    let mut sums: Option<[usize; 3]> = None;
    for line in stdout.lines() {
        let Some(rest) = line.trim_end().strip_prefix("test result: ") else { continue };
        let (_, counts) = rest.split_once(". ")?;
        let mut numbers = counts.split("; ").map(|part| part.split_once(' '));
        let mut next = |word: &str| -> Option<usize> {
            let (number, found) = numbers.next()??;
            if found == word { number.parse().ok() } else { None }
        };
        let line = [next("passed")?, next("failed")?, next("ignored")?];
        let sums = sums.get_or_insert([0; 3]);
        for (sum, number) in sums.iter_mut().zip(line) {
            *sum = sum.checked_add(number)?;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_all_binaries_are_added() {
        let line = |counts: &str| {
            format!("test result: ok. {counts}; 0 measured; 0 filtered out; finished in 0.00s\n")
        };
        let two = line("1 passed; 0 failed; 2 ignored")
            + "\nrunning 0 tests\n\n"
            + &line("0 passed; 3 failed; 0 ignored");
        assert_eq!(libtest_counts(&two), Some([1, 3, 2]));
        assert_eq!(libtest_counts(&line("0 passed; 0 failed; 0 ignored")), Some([0, 0, 0]));
        assert_eq!(libtest_counts("error: could not compile `a`"), None);
        assert_eq!(libtest_counts("test result: ok. many passed"), None);
        assert_eq!(libtest_counts("  test result: ok"), None);
    }
}
