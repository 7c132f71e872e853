//! Giving way to everything else.

/// Lets the calling thread, and every thread that it starts from here on, give way to everything else (nice 10). Nothing
/// happens where only whole processes have a priority.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // Work that goes on as it did before is no failure.
        let _ = rustix::process::nice(10);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn other_threads_stay_as_they_are() {
        // The 19th field is the nice value; the name before it may hold blanks.
        let nice = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse::<i32>().unwrap()
        };
        let before = nice();
        std::thread::spawn(move || {
            give_way();
            assert_eq!(nice(), (before + 10).min(19));
            std::thread::spawn(move || assert_eq!(nice(), (before + 10).min(19))).join().unwrap();
        })
        .join()
        .unwrap();
        assert_eq!(nice(), before);
    }
}
