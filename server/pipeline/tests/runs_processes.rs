//! Run processes: who starts, follows, stops and kills them.
#![cfg_attr(not(unix), allow(dead_code, unused_imports, reason = "there are signals on Unix only"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "it prints what a harness would, and its processes talk by it")]

#[path = "runs/support.rs"]
#[allow(dead_code, reason = "the other test uses it")]
mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use stagegate_core::run::{RunEvent, RunRecord, RunState};
use stagegate_pipeline::process::Cancel;
use stagegate_pipeline::runs::journal::Journal;
use stagegate_pipeline::runs::{Request, launch, watch};
use stagegate_pipeline::trust::TrustStore;
use stagegate_workspace::{WalkOptions, Workspace};
use support::{effects, plan, run_tests};

const STATE: &str = "STAGEGATE_STATE_DIR";
/// In the environment of every test, so that it would be seen where it must not be.
const CANARY: &str = "canary-of-a-secret";

fn main() {
    stagegate_pipeline::process::supervisor_main();
    let args: Vec<OsString> = std::env::args_os().collect();
    match args.get(1).and_then(|arg| arg.to_str()) {
        Some("__run") => std::process::exit(launch::run_process(&args[2..], &support::action).into()),
        Some("start") => return start(Path::new(&args[2])),
        _ => {}
    }
    if std::env::var_os(STATE).is_none() {
        // Trust is kept away from the person who tests.
        let state = tempfile::tempdir().unwrap();
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(&args[1..]).env(STATE, state.path()).env("DEPLOY_TOKEN", CANARY);
        let status = again.status().unwrap();
        drop(state);
        std::process::exit(status.code().unwrap_or(1));
    }
    #[cfg(unix)]
    run_tests(&[
        ("a_run_goes_on_without_who_started_it_and_is_followed", followed),
        ("of_fifty_that_start_at_once_one_wins", fifty),
        ("a_killed_run_is_interrupted_and_taken_up_again", interrupted),
        ("an_interrupted_run_is_undone", undone),
        ("a_cancelled_run_leaves_no_process_behind", cancelled),
        ("neither_ctrl_c_nor_the_end_of_the_starter_reach_a_run", out_of_reach),
        ("tools_do_not_inherit_the_lock_and_secrets_stay_secret", tools),
        ("nothing_is_run_in_a_workspace_that_is_not_trusted", untrusted),
    ]);
}

/// Waits until something is so.
fn wait_until(what: &str, at_most: Duration, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < at_most, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn trusted() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    trust(dir.path());
    dir
}

fn trust(folder: &Path) {
    let mut workspace = Workspace::load(folder);
    let options = WalkOptions::default();
    workspace.scan(&options);
    workspace.read_components(&options);
    let items = stagegate_pipeline::gates::trust_items(folder, &workspace.root).unwrap();
    TrustStore::open().unwrap().grant(folder, &items).unwrap();
}

fn request() -> Request {
    Request { origin: "test".to_owned(), ..Request::default() }
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

/// Starts a run and says how that went, as another process.
fn start(folder: &Path) {
    match launch::start(folder, &plan(), &request()) {
        Ok(id) => println!("started {id}"),
        Err(error) => println!("refused: {error}; {}", error.help()),
    }
    // Whoever reads knows that it is over, whether or not this process is.
    if folder.join("linger").exists() {
        std::thread::sleep(Duration::from_secs(60));
    }
}

fn starter(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("start").arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn run(folder: &Path, id: &str) -> RunRecord {
    Journal::open_read(folder).unwrap().unwrap().run(id).unwrap().unwrap()
}

fn pid(folder: &Path, id: &str) -> Option<u32> {
    Journal::open_read(folder).unwrap().unwrap().process(id).unwrap().0
}

fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Follows a run to its end.
fn end(folder: &Path, id: &str) -> RunRecord {
    watch::watch(folder, id, watch::NOW, &mut |_, _| {}, &Cancel::new()).unwrap()
}

#[cfg(unix)]
fn kill(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// A name for each event.
fn named(event: &RunEvent) -> String {
    match event {
        RunEvent::Snapshot { run } => format!("snapshot {}", run.state.name()),
        RunEvent::Step { step, .. } => format!("{} {:?}", step.name, step.state),
        RunEvent::Gate { gate } => format!("gate {}", gate.gate),
        RunEvent::Output { step, line } => format!("{step} prints {line}"),
        RunEvent::Retry { step, attempt, .. } => format!("{step} again {attempt}"),
        RunEvent::Ended { summary, .. } => summary.clone(),
    }
}

fn followed() {
    let dir = trusted();
    let folder = dir.path();
    write(folder, "wait-deploy", "");
    write(folder, "tool-verify", "for i in 1 2 3; do echo line $i; sleep 0.05; done");
    let began = Instant::now();
    let id = launch::start(folder, &plan(), &request()).unwrap();
    println!("started in {:?}", began.elapsed());
    let again = launch::start(folder, &plan(), &request()).unwrap_err();
    assert!(again.to_string().starts_with(&format!("run `{id}` of `calc` is under way")), "{again}");
    // Three follow it: two from its beginning, one from now on.
    let follow = |from| {
        let (folder, id) = (folder.to_owned(), id.clone());
        std::thread::spawn(move || {
            let began = Instant::now();
            let (mut heard, mut attached) = (Vec::new(), None);
            let run = watch::watch(
                &folder,
                &id,
                from,
                &mut |_, event| {
                    attached.get_or_insert(began.elapsed());
                    heard.push(named(event));
                },
                &Cancel::new(),
            );
            (run.unwrap(), heard, attached.unwrap())
        })
    };
    let first = follow(0);
    wait_until("the deployment begins", Duration::from_secs(10), || run(folder, &id).steps[3].attempts > 0);
    let late = follow(watch::NOW);
    let second = follow(0);
    std::thread::sleep(Duration::from_millis(200));
    fs::remove_file(folder.join("wait-deploy")).unwrap();
    let (ended, heard, attached) = first.join().unwrap();
    assert_eq!(ended.state, RunState::Succeeded);
    assert_eq!(heard[0], "snapshot running");
    let expected = [
        "validate Started",
        "validate Done",
        "metadata Started",
        "metadata Done",
        "commit Started",
        "commit Done",
        "deploy Started",
        "deploy Done",
        "verify Started",
        "verify prints line 1",
        "verify prints line 2",
        "verify prints line 3",
        "verify Done",
        "context Started",
        "context Done",
        "reports Started",
        "reports Done",
        "promotion of `calc` to staging succeeded",
    ];
    assert_eq!(heard[1..], expected);
    assert_eq!(second.join().unwrap().1, heard);
    let (_, late, _) = late.join().unwrap();
    assert_eq!(late[0], "snapshot running");
    assert_eq!(late[1..], expected[7..]);
    println!("attached in {attached:?}");
    // Who comes afterwards hears how it ended.
    let mut after = Vec::new();
    watch::watch(folder, &id, watch::NOW, &mut |_, event| after.push(named(event)), &Cancel::new()).unwrap();
    assert_eq!(after, ["snapshot succeeded", "promotion of `calc` to staging succeeded"]);
    assert_eq!(fs::read_to_string(folder.join(format!(".stagegate/runs/{id}/run.log"))).unwrap(), "");
    #[cfg(target_os = "linux")]
    {
        wait_until("it leaves nothing in the system's list", Duration::from_secs(2), || {
            children().is_empty()
        });
    }
}

/// The children of this process, zombies too.
#[cfg(target_os = "linux")]
fn children() -> Vec<String> {
    let this = format!("PPid:\t{}\n", std::process::id());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let status = processes.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    status.filter(|status| status.contains(&this)).collect()
}

fn fifty() {
    let dir = trusted();
    let folder = dir.path();
    write(folder, "wait-deploy", "");
    let starters: Vec<Child> = (0..50).map(|_| starter(folder)).collect();
    let said = starters.into_iter().map(|child| child.wait_with_output().unwrap());
    let said: Vec<String> = said.map(|output| String::from_utf8(output.stdout).unwrap()).collect();
    let (won, lost): (Vec<_>, Vec<_>) = said.iter().partition(|said| said.starts_with("started "));
    assert_eq!(won.len(), 1, "{said:#?}");
    let id = won[0].trim().strip_prefix("started ").unwrap();
    let named = format!("refused: run `{id}` of `calc` is under way");
    let other: Vec<_> = lost.iter().filter(|said| !said.starts_with(&named)).collect();
    assert!(other.is_empty(), "{other:#?}");
    fs::remove_file(folder.join("wait-deploy")).unwrap();
    assert_eq!(end(folder, id).state, RunState::Succeeded);
    assert_eq!(effects(folder).lines().count(), 7);
}

/// A run whose process was killed while it deployed.
#[cfg(unix)]
fn killed() -> (tempfile::TempDir, String) {
    let dir = trusted();
    write(dir.path(), "wait-deploy", "");
    let id = launch::start(dir.path(), &plan(), &request()).unwrap();
    wait_until("the deployment begins", Duration::from_secs(10), || {
        run(dir.path(), &id).steps[3].attempts > 0
    });
    let (heard, hears) = channel();
    let (folder, watched) = (dir.path().to_owned(), id.clone());
    let watcher = std::thread::spawn(move || {
        let mut on_event = |_, event: &RunEvent| drop(heard.send(named(event)));
        watch::watch(&folder, &watched, watch::NOW, &mut on_event, &Cancel::new()).unwrap()
    });
    assert_eq!(hears.recv().unwrap(), "snapshot running");
    kill(pid(dir.path(), &id).unwrap(), rustix::process::Signal::KILL);
    assert_eq!(hears.recv_timeout(Duration::from_secs(5)).unwrap(), "snapshot interrupted");
    assert_eq!(watcher.join().unwrap().state, RunState::Interrupted);
    let refused = launch::start(dir.path(), &plan(), &request()).unwrap_err();
    let said = format!(
        "run `{id}` of `calc` was interrupted, and has not ended; let it go on with `stagegate resume {id}`, or undo it \
         with `stagegate cancel {id}`"
    );
    assert_eq!(format!("{refused}; {}", refused.help()), said);
    (dir, id)
}

#[cfg(unix)]
fn interrupted() {
    let (dir, id) = killed();
    let folder = dir.path();
    launch::resume(folder, &id, &request()).unwrap();
    let again = launch::resume(folder, &id, &request()).unwrap_err();
    assert!(again.to_string().contains("is under way"), "{again}");
    fs::remove_file(folder.join("wait-deploy")).unwrap();
    let ended = end(folder, &id);
    assert_eq!((ended.state, ended.resumed), (RunState::Succeeded, 1));
    assert_eq!(effects(folder), "validate\nmetadata\ncommit\ndeploy\nverify\ncontext\nreports\n");
    let late = launch::resume(folder, &id, &request()).unwrap_err();
    assert_eq!(late.to_string(), format!("run `{id}` has ended: it succeeded"));
    let unknown = launch::cancel(folder, "../x", &request()).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no run `../x`");
}

#[cfg(unix)]
fn undone() {
    let (dir, id) = killed();
    let folder = dir.path();
    assert_eq!(launch::cancel(folder, &id, &request()).unwrap(), launch::Cancelled::Undoing);
    let ended = end(folder, &id);
    assert_eq!(ended.state, RunState::Cancelled);
    assert_eq!(effects(folder), "validate\nmetadata\ncommit\nundo commit\nundo metadata\ncontext\nreports\n");
}

fn cancelled() {
    let dir = trusted();
    let folder = dir.path();
    // The tool does not care, and neither does its child, which left the group.
    write(
        folder,
        "tool-verify",
        "trap '' TERM\nsetsid sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &\necho ready\nwhile :; do sleep 0.1; done",
    );
    let id = launch::start(folder, &plan(), &request()).unwrap();
    wait_until("the tool runs", Duration::from_secs(10), || {
        let output = folder.join(format!(".stagegate/runs/{id}/output.jsonl"));
        fs::read_to_string(output).unwrap_or_default().contains("ready")
    });
    let pid = pid(folder, &id).unwrap();
    let began = Instant::now();
    assert_eq!(launch::cancel(folder, &id, &request()).unwrap(), launch::Cancelled::Asked);
    let ended = end(folder, &id);
    println!("stopped and undone in {:?}, with a grace of 500 ms", began.elapsed());
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    assert_eq!(ended.state, RunState::Cancelled);
    assert_eq!(effects(folder).lines().last(), Some("reports"));
    wait_until("the process of the run ends", Duration::from_secs(2), || !is_alive(pid));
    let here = format!("{}\0", folder.join("tool-verify").display());
    let survivors = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let is_of = |name: &str, what: &str| {
            fs::read(entry.path().join(name))
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(what))
        };
        is_of("cmdline", &here) || fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder)
    });
    let survivors: Vec<PathBuf> = survivors.map(|entry| entry.path()).collect();
    assert!(survivors.is_empty(), "{survivors:?}");
}

#[cfg(unix)]
fn out_of_reach() {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::CommandExt as _;
    let dir = trusted();
    let folder = dir.path();
    write(folder, "wait-deploy", "");
    write(folder, "linger", "");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("start").arg(folder).stdout(Stdio::piped()).process_group(0);
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let id = line.trim().strip_prefix("started ").unwrap();
    let group = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
    child.wait().unwrap();
    wait_until("the deployment begins", Duration::from_secs(10), || run(folder, id).steps[3].attempts > 0);
    assert_eq!(run(folder, id).state, RunState::Running);
    let pid = pid(folder, id).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    if let Some((_, rest)) = stat.rsplit_once(") ") {
        let fields: Vec<&str> = rest.split(' ').collect();
        assert_eq!(fields[3], pid.to_string(), "it leads a session of its own");
        assert_eq!(fields[4], "0", "it has no terminal");
    }
    // A signal to the process itself cancels the run.
    kill(pid, rustix::process::Signal::TERM);
    assert_eq!(end(folder, id).state, RunState::Cancelled);
}

fn tools() {
    let dir = trusted();
    let folder = dir.path();
    let look = "for pid in $$ $PPID; do ls -l /proc/$pid/fd; done\necho $DEPLOY_TOKEN; printf %s $DEPLOY_TOKEN | base64";
    write(folder, "tool-verify", look);
    write(folder, "fail-context", CANARY);
    let id = launch::start(folder, &plan(), &request()).unwrap();
    let mut heard = String::new();
    let mut on_event = |_, event: &RunEvent| heard.push_str(&format!("{event:?}\n"));
    watch::watch(folder, &id, 0, &mut on_event, &Cancel::new()).unwrap();
    assert!(heard.contains("/dev/null") && !heard.contains(".lock"), "{heard}");
    assert!(heard.contains("[redacted DEPLOY_TOKEN]"), "{heard}");
    fs::remove_file(folder.join("fail-context")).unwrap();
    let mut texts = vec![("what watchers hear".to_owned(), heard.into_bytes())];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.metadata().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => texts.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap())),
            }
        }
    }
    assert!(texts.len() > 5);
    for (of, text) in texts {
        let text = String::from_utf8_lossy(&text);
        // In base64 as well.
        assert!(!text.contains(CANARY) && !text.contains("Y2FuYXJ5LW9mLWEtc2VjcmV0"), "{of}");
    }
}

fn untrusted() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let id = launch::start(folder, &plan(), &request()).unwrap();
    let ended = end(folder, &id);
    assert_eq!(ended.state, RunState::Failed);
    let failure = ended.steps[0].failure.as_ref().unwrap();
    assert_eq!(failure.message, "the workspace is not trusted, so nothing is run");
    assert_eq!(effects(folder), "");
    #[cfg(unix)]
    {
        // Trust that lapses leaves an interrupted run as it is.
        let (dir, id) = killed();
        let folder = dir.path();
        TrustStore::open().unwrap().revoke(folder).unwrap();
        let refused = launch::resume(folder, &id, &request()).unwrap_err();
        assert_eq!(refused.to_string(), "the workspace is not trusted, so nothing is run");
        assert_eq!(run(folder, &id).state, RunState::Interrupted);
        trust(folder);
        fs::remove_file(folder.join("wait-deploy")).unwrap();
        launch::resume(folder, &id, &request()).unwrap();
        assert_eq!(end(folder, &id).state, RunState::Succeeded);
    }
}
