//! What a tool may do, and what must come of it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stagegate_pipeline::process::{Cancel, Capture, Command, End, Outcome, Stream, run};

/// Longer than anything here takes, also on a busy machine; a test that meets it has failed.
const LONG: Duration = Duration::from_secs(120);

fn command(program: &str, args: &[&str]) -> Command {
    crate::before();
    let mut command = Command::new(program, std::env::temp_dir()).args(args.iter().copied());
    command.timeout = LONG;
    command.grace = Duration::from_millis(200);
    command
}

fn sh(script: &str) -> Command {
    command("sh", &["-c", script])
}

fn go(command: &Command) -> Outcome {
    run(command, &Cancel::new(), &mut |_, _| {})
}

/// Runs `script` with more and more time until it is stopped after `ready` holds: how fast it starts is not known.
fn stopped(mut command: Command, ready: impl Fn(&Outcome) -> bool) -> Outcome {
    command.timeout = Duration::from_millis(400);
    loop {
        let outcome = go(&command);
        assert_eq!(outcome.end, End::TimedOut { after: command.timeout }, "{outcome:?}");
        assert_eq!(outcome.survivors, 0, "{outcome:?}");
        if ready(&outcome) {
            return outcome;
        }
        command.timeout *= 2;
        assert!(command.timeout < LONG, "it is never ready: {outcome:?}");
    }
}

/// Returns whether a process lives; a zombie is none of the living, but must not be left either.
fn exists(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

/// Returns the zombies among our children.
fn zombies_of(parent: u32) -> Vec<String> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| stat.rsplit(')').next().unwrap().starts_with(&format!(" Z {parent} ")))
        .collect()
}

#[test]
fn an_exit_code_and_both_streams() {
    let outcome = go(&sh("echo out; echo err >&2; exit 3"));
    assert_eq!(outcome.end, End::Exited(3));
    assert_eq!(
        (outcome.stdout.to_string().as_str(), outcome.stderr.to_string().as_str()),
        ("out\n", "err\n")
    );
    assert_eq!((outcome.stray, outcome.survivors), (0, 0));
    assert!(outcome.started <= outcome.ended);
}

#[test]
fn arguments_reach_the_tool_as_they_are() {
    let outcome = go(&command("printf", &["%s|", "$HOME", "a b", "*", "", "; exit 1", "\"'"]));
    assert_eq!(outcome.stdout.head, "$HOME|a b|*||; exit 1|\"'|");
}

#[test]
fn nothing_is_on_standard_input() {
    let outcome = go(&sh("cat; echo end"));
    assert_eq!(outcome.stdout.head, "end\n");
}

#[test]
fn the_environment_is_ours_with_changes() {
    let mut command = sh("echo \"$A|$B|${HOME:-none}|${PATH:+path}\"; pwd");
    command.env = vec![("A".into(), "1".into()), ("B".into(), OsString::from_vec(vec![0xFF]))];
    command.env_remove = vec!["HOME".into()];
    let folder = tempfile::tempdir().unwrap();
    command.folder = folder.path().canonicalize().unwrap();
    let outcome = go(&command);
    assert_eq!(outcome.stdout.head, format!("1|\u{FFFD}|none|path\n{}\n", command.folder.display()));
}

#[test]
fn a_program_that_is_missing() {
    for program in ["stagegate-no-such-tool", "./stagegate-no-such-tool", "/no/such/tool", ""] {
        let outcome = go(&command(program, &[]));
        assert_eq!(outcome.end, End::NotFound { program: program.to_owned() });
    }
    let mut without_path = command("sh", &["-c", "exit 0"]);
    without_path.env_remove = vec!["PATH".into()];
    assert_eq!(go(&without_path).end, End::NotFound { program: "sh".to_owned() });
}

/// Writes a file, and returns its path.
fn file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn things_that_cannot_be_executed_say_why() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "plain", "#!/bin/sh\n", 0o644);
    file(dir.path(), "garbage", "\u{1}\u{2}garbage", 0o755);
    file(dir.path(), "empty", "", 0o755);
    file(dir.path(), "lost", "#!/no/such/interpreter -x\nexit 0\n", 0o755);
    fs::create_dir(dir.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
    for (name, wanted) in [
        ("plain", "chmod +x"),
        ("garbage", "neither a program of this machine nor a script"),
        ("empty", "neither a program of this machine nor a script"),
        ("lost", "`#!/no/such/interpreter -x`"),
        ("folder", "is a folder"),
        ("link", "is a link that leads nowhere"),
    ] {
        // By its path, by a path from the working folder, and by its name.
        let path = dir.path().join(name);
        for program in [path.to_str().unwrap(), &format!("./{name}"), name] {
            let mut command = command(program, &[]);
            command.folder = dir.path().to_owned();
            command.env = vec![("PATH".into(), dir.path().into())];
            match go(&command).end {
                End::NotExecutable { program: asked, why } => {
                    assert_eq!(asked, program);
                    assert!(why.contains(wanted), "{program}: {why}");
                }
                other => panic!("{program}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_relative_entry_of_path_is_not_searched() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "tool", "#!/bin/sh\nexit 0\n", 0o755);
    for path in [".", "", ":/no/such/folder:"] {
        let mut command = command("tool", &[]);
        command.folder = dir.path().to_owned();
        command.env = vec![("PATH".into(), path.into())];
        assert_eq!(go(&command).end, End::NotFound { program: "tool".to_owned() }, "{path:?}");
    }
}

#[test]
fn what_cannot_be_started_says_why() {
    let not_started = |command: &Command, wanted: &str| match go(command).end {
        End::NotStarted { why } => assert!(why.contains(wanted), "{why}"),
        other => panic!("{other:?}"),
    };
    let mut missing = sh("exit 0");
    missing.folder = "/no/such/folder".into();
    not_started(&missing, "its working folder /no/such/folder does not exist");
    missing.folder = "/etc/hostname".into();
    not_started(&missing, "its working folder /etc/hostname is no folder");
    not_started(&command("echo", &[&"x".repeat(8 << 20)]), "longer than this system allows");
    not_started(&command("echo", &["a\0b"]), "a NUL byte");
    let mut env = sh("exit 0");
    env.env = vec![("A".into(), "a\0b".into())];
    not_started(&env, "a NUL byte");
    for name in ["A\0", "", "A=B"] {
        env.env = vec![(name.into(), "x".into())];
        not_started(&env, "cannot be the name of an environment variable");
    }
}

#[test]
fn a_signal_of_its_own() {
    assert_eq!(go(&sh("kill -SEGV $$")).end, End::Signalled(11));
    assert_eq!(go(&sh("kill -KILL $$")).end, End::Signalled(9));
    assert_eq!(go(&sh("kill -TERM 0")).end, End::Signalled(15), "its group is not ours");
}

#[test]
fn no_time_at_all_starts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = sh("touch started");
    command.folder = dir.path().to_owned();
    command.timeout = Duration::ZERO;
    assert_eq!(go(&command).end, End::TimedOut { after: Duration::ZERO });
    assert!(!dir.path().join("started").exists());
}

#[test]
fn no_bound_at_all_is_fine() {
    let mut command = sh("exit 4");
    (command.timeout, command.grace) = (Duration::MAX, Duration::MAX);
    assert_eq!(go(&command).end, End::Exited(4));
}

#[test]
fn a_tool_that_hangs_is_asked_then_killed() {
    // Asked, it can still clean up.
    let mut polite = sh("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    polite.grace = LONG;
    let outcome = stopped(polite, |outcome| outcome.stdout.head.contains("ready"));
    assert_eq!(outcome.stdout.head, "ready\nbye\n");
    // It does not listen, nor do its children.
    let deaf = sh("trap '' TERM; echo $$; sleep 1000 & echo $!; while :; do sleep 1000; done");
    let start = Instant::now();
    let outcome = stopped(deaf, |outcome| outcome.stdout.head.lines().count() == 2);
    assert!(start.elapsed() < LONG);
    assert!(!outcome.stdout.head.lines().any(exists), "{}", outcome.stdout);
    // It is suspended.
    let mut suspended = sh("trap 'echo bye; exit 0' TERM; echo ready; kill -STOP $$");
    suspended.grace = LONG;
    let outcome = stopped(suspended, |outcome| outcome.stdout.head.contains("ready"));
    assert_eq!(outcome.stdout.head, "ready\nbye\n");
}

/// Ways to get away. Each prints the number of a process that would live for ever.
fn escapes() -> Vec<&'static str> {
    let mut escapes = vec![
        // A child that stays, and holds the streams.
        "sleep 1000 & echo $!",
        // A child that does not hold the streams.
        "sleep 1000 >/dev/null 2>&1 & echo $!",
        // A daemon: forked twice, in a session of its own.
        "(setsid sh -c 'echo $$ > f; exec sleep 1000' &); until [ -s f ]; do sleep 0.01; done; cat f",
        "(setsid sh -c 'trap \"\" TERM HUP INT; echo $$ > f; while :; do sleep 1000; done' </dev/null &)
            until [ -s f ]; do sleep 0.01; done; cat f",
        // A grandchild in a group of its own.
        "sh -c 'set -m; sleep 1000 & echo $!; exit 0'",
    ];
    if crate::SUPERVISED {
        // Nothing that we gave it is left to be known by.
        escapes.push(
            "(env -i /usr/bin/setsid /bin/sh -c 'echo $$ > f; exec /bin/sleep 1000' &)
            until [ -s f ]; do sleep 0.01; done; cat f",
        );
    }
    escapes
}

#[test]
fn nothing_that_a_tool_leaves_behind_survives() {
    for script in escapes() {
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let mut command = sh(&format!("{script}; exit 0"));
        command.folder = folder.path().to_owned();
        let outcome = go(&command);
        assert_eq!(outcome.end, End::Exited(0), "{script}");
        assert!(outcome.stray >= 1, "{script}: {outcome:?}");
        assert_eq!(outcome.survivors, 0, "{script}");
        let pid = outcome.stdout.head.trim();
        assert!(pid.parse::<u32>().is_ok(), "{script}: {outcome:?}");
        assert!(!exists(pid), "{script} left {pid}");
        assert!(start.elapsed() < LONG / 2, "{script}");
    }
}

#[test]
fn nothing_survives_a_timeout() {
    for script in escapes() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = sh(&format!("rm -f f; {script}; exec sleep 1000"));
        command.folder = folder.path().to_owned();
        let outcome = stopped(command, |outcome| !outcome.stdout.head.is_empty());
        let pid = outcome.stdout.head.trim();
        assert!(pid.parse::<u32>().is_ok(), "{script}: {outcome:?}");
        assert!(!exists(pid), "{script} left {pid}");
    }
}

#[test]
fn a_child_that_ends_by_itself_is_not_left_behind() {
    // On a busy machine it may take longer than it is given.
    let in_time = (0..50).map(|_| go(&sh("sh -c 'echo late' & exit 0"))).any(|outcome| {
        assert_eq!((&outcome.end, outcome.survivors), (&End::Exited(0), 0));
        outcome.stray == 0 && outcome.stdout.head == "late\n"
    });
    assert!(in_time);
}

#[test]
fn a_tool_that_forks_all_the_time_is_stopped() {
    let script =
        "i=0; while [ $i -lt 200 ]; do (trap '' TERM; setsid sleep 1000 &); i=$((i+1)); done; sleep 1000";
    stopped(sh(script), |outcome| outcome.stray > 0);
}

#[test]
fn cancelled_in_the_middle() {
    let cancel = Cancel::new();
    let start = Instant::now();
    let from_elsewhere = cancel.clone();
    let mut begun = false;
    let outcome =
        run(&sh("trap '' TERM; echo begun; while :; do sleep 1000; done"), &cancel, &mut |_, line| {
            begun |= line == "begun";
            let cancel = from_elsewhere.clone();
            std::thread::spawn(move || cancel.cancel());
        });
    assert!(begun);
    assert_eq!(outcome.end, End::Cancelled);
    assert!(start.elapsed() < LONG / 2);
    assert_eq!(
        run(&sh("exit 0"), &cancel, &mut |_, _| {}).end,
        End::Cancelled,
        "nothing is started any more"
    );
}

#[test]
fn killed_at_once() {
    let cancel = Cancel::new();
    let mut command = sh("trap '' TERM; echo begun; while :; do sleep 1000; done");
    command.grace = LONG;
    let start = Instant::now();
    let outcome = run(&command, &cancel, &mut |_, _| {
        cancel.cancel();
        cancel.kill();
    });
    assert_eq!(outcome.end, End::Cancelled);
    assert!(start.elapsed() < LONG / 2, "the grace was not waited for");
}

#[test]
fn killed_at_once_while_it_still_cleans_up() {
    let cancel = Cancel::new();
    let mut command = sh("trap 'echo asked' TERM; echo begun; while :; do sleep 0.05; done");
    command.grace = LONG;
    let start = Instant::now();
    let outcome = run(&command, &cancel, &mut |_, line| match line {
        "begun" => cancel.cancel(),
        "asked" => cancel.kill(),
        _ => {}
    });
    assert_eq!(outcome.stdout.head, "begun\nasked\n");
    assert_eq!(outcome.end, End::Cancelled);
    assert!(start.elapsed() < LONG / 2);
}

/// Returns the most memory that this process ever used, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_flood_needs_little_memory() {
    let before = peak();
    let mut lines = 0;
    let command = sh("head -c 1073741824 /dev/zero; echo end >&2; yes ä | head -c 20000001; exit 5");
    let outcome = run(&command, &Cancel::new(), &mut |_, line| lines += line.len());
    assert_eq!(outcome.end, End::Exited(5));
    let kept = outcome.stdout.head.len() as u64 + outcome.stdout.tail.len() as u64;
    assert_eq!(kept + outcome.stdout.left_out, (1 << 30) + 20_000_001);
    assert_eq!(outcome.stdout.head, "\0".repeat(64 << 10));
    assert!(outcome.stdout.tail.ends_with("ä\nä\nä\n") || outcome.stdout.tail.ends_with("ä\nä\n\u{FFFD}"));
    assert_eq!(outcome.stderr.head, "end\n");
    assert!(lines > 0);
    let grown = peak() - before;
    assert!(grown < 64 << 10, "{grown} KiB more than before");
}

#[test]
fn bytes_that_are_no_text() {
    let outcome = go(&sh(r"printf 'a\377\0b\303'; printf '\376\n' >&2"));
    assert_eq!(outcome.stdout.head, "a\u{FFFD}\0b\u{FFFD}");
    assert_eq!(outcome.stderr.head, "\u{FFFD}\n");
}

#[test]
fn lines_come_while_it_runs() {
    let mut lines = Vec::new();
    let cancel = Cancel::new();
    // It ends only because its line was seen.
    let outcome = run(
        &sh("echo one; echo two >&2; printf three; sleep 0.2; echo; echo go; sleep 1000"),
        &cancel,
        &mut |s, line| {
            lines.push((s, line.to_owned()));
            if line == "go" {
                cancel.cancel();
            }
        },
    );
    assert_eq!(outcome.end, End::Cancelled);
    let of = |stream| lines.iter().filter(|(s, _)| *s == stream).map(|(_, l)| l.as_str()).collect::<Vec<_>>();
    assert_eq!(of(Stream::Stdout), ["one", "three", "go"]);
    assert_eq!(of(Stream::Stderr), ["two"]);
}

#[test]
fn a_report_on_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    let report = |script: &str, limit: u64| {
        let mut command = sh(script);
        command.stdout_file = Some(path.clone());
        command.stdout_limit = limit;
        command.timeout = Duration::from_secs(60);
        command.capture = Capture { head: 4, tail: 4 };
        go(&command)
    };
    let outcome = report(r"printf 'a\377b{}012345'; echo err >&2; exit 1", 11);
    assert_eq!(outcome.end, End::Exited(1));
    assert_eq!(fs::read(&path).unwrap(), b"a\xFFb{}012345");
    assert_eq!(outcome.stdout.left_out, 3);

    // What stood there before is neither replaced nor removed.
    match report("echo new", 100).end {
        End::NotStarted { why } => assert!(why.contains("report.json, cannot be created"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&path).unwrap(), b"a\xFFb{}012345");
    fs::remove_file(&path).unwrap();

    assert_eq!(report("yes", 1 << 20).end, End::OutputTooLarge { limit: 1 << 20 });
    assert!(!path.exists(), "half a report never counts");
    assert_eq!(report("echo '{'; kill -KILL $$", 100).end, End::Signalled(9));
    assert!(!path.exists(), "half a report never counts");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_that_is_full_is_no_report() {
    let mut command = sh("echo '{}'");
    command.stdout_file = Some("/dev/full".into());
    assert!(matches!(go(&command).end, End::NotStarted { .. }), "a device is no fresh file");
}

#[test]
fn many_at_once_do_not_take_each_others_children() {
    let one = |n: i32| {
        std::thread::spawn(move || {
            let script =
                format!("sh -c 'setsid sleep 1000 >/dev/null 2>&1 & echo $!'; sleep 0.1; echo {n}; exit {n}");
            (n, go(&sh(&script)))
        })
    };
    let all: Vec<_> = (0..20).map(one).collect();
    for (n, outcome) in all.into_iter().map(|thread| thread.join().unwrap()) {
        assert_eq!(outcome.end, End::Exited(n), "{outcome:?}");
        let lines: Vec<_> = outcome.stdout.head.lines().collect();
        assert_eq!(lines[1], n.to_string());
        assert!(!exists(lines[0]), "{} left {}", n, lines[0]);
        assert_eq!((outcome.stray, outcome.survivors), (1, 0));
    }
}

#[test]
fn other_children_of_ours_are_left_alone() {
    let mut other = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    let mut ended = std::process::Command::new("false").spawn().unwrap();
    nothing_left(&go(&sh("sleep 1000 & exit 0")));
    assert!(other.try_wait().unwrap().is_none(), "it still runs");
    assert_eq!(ended.wait().unwrap().code(), Some(1), "nobody else reaped it");
    other.kill().unwrap();
    other.wait().unwrap();
}

fn nothing_left(outcome: &Outcome) {
    assert_eq!((outcome.end.clone(), outcome.stray, outcome.survivors), (End::Exited(0), 1, 0));
}

#[test]
fn a_tool_in_the_background_gives_way() {
    let mut command = sh("sleep 0.5; cut -d' ' -f19 /proc/self/stat");
    command.background = true;
    let usual = go(&sh("cut -d' ' -f19 /proc/self/stat")).stdout.head;
    let background = go(&command).stdout.head;
    let nice = |text: &str| text.trim().parse::<i32>().unwrap();
    assert_eq!(nice(&background), (nice(&usual) + 10).min(19));
}

#[test]
fn secrets_are_never_seen() {
    let secret = "c4nary-s3cret";
    let mut command = sh(
        "printf '%s' c4nary-; sleep 0.1; echo s3cret; echo c4nary-s3cret >&2; head -c 200 /dev/zero; echo c4nary-s3cret",
    );
    command.redactor = stagegate_pipeline::redact::Redactor::from_env([("MY_TOKEN".into(), secret.into())]);
    for head in 0..40 {
        command.capture = Capture { head, tail: 40 - head };
        let mut seen = String::new();
        let outcome = run(&command, &Cancel::new(), &mut |_, line| seen.push_str(line));
        let all = format!("{}{}{seen}", outcome.stdout, outcome.stderr);
        assert!(!all.contains("nary") && !all.contains("s3cret"), "{head}: {all}");
        assert!(seen.contains("[redacted MY_TOKEN]"));
        command.args =
            vec!["-c".into(), "echo c4nary-s3cret; head -c 200 /dev/zero; echo c4nary-s3cret".into()];
    }
}

#[test]
fn no_zombie_is_left() {
    for _ in 0..3 {
        go(&sh("(setsid sleep 0.01 &); (setsid sleep 1000 &); sleep 0.1"));
    }
    // Other tests of this process may be between the end of a tool and its reaping.
    let start = Instant::now();
    while !zombies_of(std::process::id()).is_empty() {
        assert!(start.elapsed() < LONG, "{:?}", zombies_of(std::process::id()));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where a victim, this test program once more, writes what it knows.
const VICTIM: &str = "STAGEGATE_TEST_VICTIM";

/// Not a test: what the tests below start and kill. Its tool ignores signals, and has a daemon.
#[test]
#[ignore = "started by other tests"]
fn victim() {
    let Some(folder) = std::env::var_os(VICTIM).map(PathBuf::from) else { return };
    let cancel = Cancel::on_signals().unwrap();
    let mut command =
        sh("trap 'echo >> asked' TERM; (setsid sleep 1000 &) ; echo $$ > pids.new; mv pids.new pids
        while :; do sleep 0.05; done");
    command.folder = folder.clone();
    command.grace = if folder.join("patient").exists() { LONG } else { Duration::from_millis(200) };
    let outcome = run(&command, &cancel, &mut |_, _| {});
    fs::write(folder.join("end"), format!("{:?} {:?} {}", outcome.end, cancel.signal(), outcome.survivors))
        .unwrap();
}

/// Waits until `done`, for a long time.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONG, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A victim that has started its tool.
struct Victim {
    child: std::process::Child,
    folder: tempfile::TempDir,
    pid: String,
}

impl Victim {
    fn start(patient: bool) -> Self {
        crate::before();
        let folder = tempfile::tempdir().unwrap();
        if patient {
            fs::write(folder.path().join("patient"), "").unwrap();
        }
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cases::victim", "--ignored", "--quiet"])
            .env(VICTIM, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        wait_until("the tool starts", || folder.path().join("pids").exists());
        let pid = fs::read_to_string(folder.path().join("pids")).unwrap().trim().to_owned();
        assert!(exists(&pid));
        Self { child, folder, pid }
    }

    fn signal(&self, signal: &str) {
        kill(signal, &self.child.id().to_string());
    }

    fn end(mut self) -> String {
        self.child.wait().unwrap();
        assert!(!exists(&self.pid));
        fs::read_to_string(self.folder.path().join("end")).unwrap()
    }
}

fn kill(signal: &str, pid: &str) {
    assert!(std::process::Command::new("kill").args([signal, pid]).status().unwrap().success());
}

#[test]
fn a_signal_to_us_stops_the_tool_first() {
    for (signal, number) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1)] {
        let victim = Victim::start(false);
        victim.signal(signal);
        assert_eq!(victim.end(), format!("Cancelled Some({number}) 0"));
    }
}

#[test]
fn a_second_signal_kills_at_once() {
    let victim = Victim::start(true);
    victim.signal("-INT");
    wait_until("the tool is asked", || victim.folder.path().join("asked").exists());
    victim.signal("-INT");
    assert_eq!(victim.end(), "Cancelled Some(2) 0");
}

#[test]
fn when_we_are_killed_the_tool_does_not_go_on() {
    if !crate::SUPERVISED {
        println!("skipped: nobody is left to stop it");
        return;
    }
    let mut victim = Victim::start(false);
    victim.signal("-KILL");
    victim.child.wait().unwrap();
    wait_until("the tool is gone", || !exists(&victim.pid));
}

#[test]
fn when_the_supervisor_is_killed_nothing_survives() {
    if !crate::SUPERVISED {
        println!("skipped: there is no supervisor");
        return;
    }
    let script = "trap '' TERM; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; echo $$; echo $PPID; sleep 0.2; kill -KILL $PPID
        while :; do sleep 0.05; done";
    let outcome = go(&sh(script));
    assert!(matches!(&outcome.end, End::Lost { why } if why.contains("was ended")), "{outcome:?}");
    assert_eq!((outcome.survivors, outcome.stdout.head.lines().count()), (0, 4));
    assert!(!outcome.stdout.head.lines().any(exists), "{}", outcome.stdout);
}

#[test]
fn when_the_supervisor_is_asked_to_stop_so_is_the_tool() {
    if !crate::SUPERVISED {
        println!("skipped: there is no supervisor");
        return;
    }
    let outcome = go(&sh("trap 'echo bye; exit 0' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"));
    assert_eq!((outcome.end, outcome.stdout.head.as_str()), (End::Cancelled, "bye\n"));
}

#[test]
fn a_tool_has_no_terminal_to_wait_at() {
    if crate::SUPERVISED {
        let outcome = go(&sh(
            "exec 2>/dev/null; (exec </dev/tty) && echo terminal; cut -d' ' -f6 /proc/self/stat; echo $PPID",
        ));
        let lines: Vec<_> = outcome.stdout.head.lines().collect();
        assert_eq!(lines[0], lines[1], "the session is that of the supervisor: {outcome:?}");
    }
}
