//! Environments that commands deploy to.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use expect_test::expect;
use stagegate_core::plan::{RunKind, StepName};
use stagegate_pipeline::runs::steps::deploy::Deploy;
use stagegate_pipeline::runs::steps::lists::Notify;
use stagegate_pipeline::runs::steps::undeploy::Undeploy;
use stagegate_pipeline::runs::steps::verify::Verify;

use super::bench::{Bench, is_apart, shown, wait_for};

/// A deployment by scripts: which release is served stands in `served`, and `log` has every call.
const CONFIG: &str = r#"
environments:
  staging:
    deploy: [[./deploy.sh, "{release}", "{component}", "{version}", "{commit}"]]
    wait: [[./log.sh, wait, "{stage}"]]
    verify: [[./verify.sh, "{release}"]]
    undo: [[./undo.sh, "{release}"]]
    timeout: 5
    env: { PLACE: somewhere }
    smoke: [./log.sh, smoke, "{run}"]
    notify: [[./log.sh, notify, one], [./log.sh, notify, two]]
"#;

fn bench(config: &str) -> Bench {
    let bench = Bench::new(config);
    bench.script("log.sh", r#"echo "$@" >> log"#);
    bench.script(
        "deploy.sh",
        r#"echo "deploy $@ $PLACE $STAGEGATE_RUN $STAGEGATE_STAGE" >> log; echo "$1" > served"#,
    );
    bench.script("undo.sh", r#"echo "undo $@" >> log; echo "$1" > served"#);
    bench.script("verify.sh", r#"echo "verify $@" >> log; test "$(cat served)" = "$1""#);
    bench.trust();
    bench
}

/// What was called since it was asked last.
fn log(bench: &Bench) -> String {
    let text = bench.text("log");
    let _ = fs::remove_file(bench.root().join("log"));
    text
}

#[test]
fn a_deployment_and_its_rollback() {
    if !is_apart("by_commands::a_deployment_and_its_rollback") {
        return;
    }
    let mut bench = bench(CONFIG);
    let mut story = String::new();
    for (run, value) in [("20261121-034500-aaaaaa", 1), ("20261122-034500-bbbbbb", 2)] {
        bench.begin(run, RunKind::Promotion);
        bench.lay("src/calc/__init__.py", &format!("VALUE = {value}\n"));
        let plan = shown(&[bench.effects(StepName::Deploy), bench.effects(StepName::Verify)].concat());
        let done = bench.perform(StepName::Deploy, &Deploy).unwrap();
        story += &format!("{plan}  {} ({:?})\n{}", done.summary, bench.state().previous, log(&bench));
        bench.next_step();
        let done = bench.perform(StepName::Verify, &Verify).unwrap();
        story += &format!("  {}\n{}", done.summary, log(&bench));
    }
    bench.begin("20261123-034500-cccccc", RunKind::Rollback);
    bench.run.undoes = Some("20261122-034500-bbbbbb".into());
    let plan = shown(&[bench.effects(StepName::Undeploy), bench.effects(StepName::Verify)].concat());
    let done = bench.perform(StepName::Undeploy, &Undeploy).unwrap();
    story += &format!("{plan}  {}\n{}", done.summary, log(&bench));
    // Who takes the run up again sees that it is done.
    assert_eq!(bench.already_done(StepName::Undeploy, &Undeploy).unwrap().unwrap().summary, done.summary);
    assert_eq!(log(&bench), "(entity not found)");
    expect![[r#"
        deploy: ./deploy.sh <run> calc 1.2.0 <commit>
        wait for the rollout: ./log.sh wait staging
        verify the deployment: ./verify.sh <run>
        smoke tests: ./log.sh smoke <run>
          the release 20261121-034500-aaaaaa deployed to staging (None)
        deploy 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef somewhere 20261121-034500-aaaaaa staging
        wait staging
        verify 20261121-034500-aaaaaa
          smoke tests passed
        smoke 20261121-034500-aaaaaa
        deploy: ./deploy.sh <run> calc 1.2.0 <commit>
        wait for the rollout: ./log.sh wait staging
        verify the deployment: ./verify.sh <run>
        smoke tests: ./log.sh smoke <run>
          the release 20261122-034500-bbbbbb deployed to staging (Some("20261121-034500-aaaaaa"))
        deploy 20261122-034500-bbbbbb calc 1.2.0 0123456789abcdef somewhere 20261122-034500-bbbbbb staging
        wait staging
        verify 20261122-034500-bbbbbb
          smoke tests passed
        smoke 20261122-034500-bbbbbb
        undo the deployment: ./undo.sh 20261121-034500-aaaaaa
        wait for the rollout: ./log.sh wait staging
        verify the deployment: ./verify.sh 20261121-034500-aaaaaa
        smoke tests: ./log.sh smoke <run>
          staging serves the release 20261121-034500-aaaaaa again
        undo 20261121-034500-aaaaaa
        wait staging
        verify 20261121-034500-aaaaaa
    "#]]
    .assert_eq(&story);
    assert_eq!(bench.text("served"), "20261121-034500-aaaaaa\n");
    // Nothing but the record of releases was written.
    assert!(!bench.root().join(".stagegate/environments/staging/calc/current/src").exists());
}

#[test]
fn commands_that_fail_do_nothing_that_would_be_undone() {
    if !is_apart("by_commands::commands_that_fail_do_nothing_that_would_be_undone") {
        return;
    }
    let mut bench = bench(CONFIG);
    bench.script("deploy.sh", "echo deploy >> log; echo to nowhere >&2; test $(grep -c deploy log) -ge 3");
    bench.script("verify.sh", "exit 0");
    let mut lines = String::new();
    for attempt in 1..=3 {
        bench.attempt = attempt;
        match bench.perform(StepName::Deploy, &Deploy) {
            Ok(done) => lines += &format!("{}\n", done.summary),
            Err(failure) => lines += &format!("{}\n", bench.said(&failure)),
        }
    }
    expect![[r#"
        transient: `./deploy.sh 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef` ended with exit code 1; it printed: to nowhere; mend that, or correct `environments.staging.deploy` in stagegate.yaml
        transient: `./deploy.sh 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef` ended with exit code 1; it printed: to nowhere; mend that, or correct `environments.staging.deploy` in stagegate.yaml
        the release 20261121-034500-aaaaaa deployed to staging
    "#]].assert_eq(&lines);
    // One that fails for good is not undone: what would be undone is the release before.
    bench.begin("20261122-034500-bbbbbb", RunKind::Promotion);
    bench.script("deploy.sh", "exit 1");
    bench.script("undo.sh", "echo undo >> log");
    log(&bench);
    bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    let undone = bench.undo(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(undone, "staging serves the release 20261121-034500-aaaaaa again");
    assert_eq!(log(&bench), "(entity not found)");
}

#[test]
fn one_that_fails_after_the_deployment_is_undone_once() {
    if !is_apart("by_commands::one_that_fails_after_the_deployment_is_undone_once") {
        return;
    }
    let mut bench = bench(CONFIG);
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    bench.begin("20261122-034500-bbbbbb", RunKind::Promotion);
    bench.script(
        "log.sh",
        r#"echo "$@" >> log; test "$1" != wait || test "$(cat served)" != 20261122-034500-bbbbbb"#,
    );
    log(&bench);
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    expect!["transient: `./log.sh wait staging` ended with exit code 1; it printed nothing; run it by hand; `environments.staging.wait` names the command"]
        .assert_eq(&bench.said(&failure));
    let undone = bench.undo(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(bench.undo(StepName::Deploy, &Deploy).unwrap(), undone);
    expect![[r#"
        staging serves the release 20261121-034500-aaaaaa again
        deploy 20261122-034500-bbbbbb calc 1.2.0 0123456789abcdef somewhere 20261122-034500-bbbbbb staging
        wait staging
        undo 20261121-034500-aaaaaa
        wait staging
        verify 20261121-034500-aaaaaa
    "#]]
    .assert_eq(&format!("{undone}\n{}", log(&bench)));
    assert_eq!(bench.text("served"), "20261121-034500-aaaaaa\n");
}

#[test]
fn an_answer_that_was_lost_is_asked_for() {
    if !is_apart("by_commands::an_answer_that_was_lost_is_asked_for") {
        return;
    }
    let mut story = String::new();
    for (name, config, script) in [
        ("it was deployed", CONFIG.to_owned(), ""),
        (
            "it was not",
            CONFIG.to_owned(),
            "echo deploy >> log; test -e again && echo $1 > served; touch again",
        ),
        ("nobody can tell", CONFIG.replace("verify: [[./verify.sh, \"{release}\"]]", ""), ""),
    ] {
        let mut bench = bench(&config);
        if !script.is_empty() {
            bench.script("deploy.sh", script);
        }
        // Remembered: the release before, and that a command begins; then we are killed.
        bench.journal.killed_after = Some(2);
        bench.perform(StepName::Deploy, &Deploy).unwrap_err();
        bench.journal.killed_after = None;
        bench.attempt = 2;
        story += &format!("{name}\n{}", log(&bench));
        let known = bench.already_done(StepName::Deploy, &Deploy).unwrap();
        let done = match known {
            Some(done) => format!("known: {}", done.summary),
            None => format!("again: {}", bench.perform(StepName::Deploy, &Deploy).unwrap().summary),
        };
        story += &format!("  {done}\n{}", log(&bench));
    }
    expect![[r#"
        it was deployed
        deploy 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef somewhere 20261121-034500-aaaaaa staging
          known: the release 20261121-034500-aaaaaa had been deployed already to staging
        verify 20261121-034500-aaaaaa
        it was not
        deploy
          again: the release 20261121-034500-aaaaaa deployed to staging
        verify 20261121-034500-aaaaaa
        deploy
        wait staging
        verify 20261121-034500-aaaaaa
        nobody can tell
        deploy 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef somewhere 20261121-034500-aaaaaa staging
          again: the release 20261121-034500-aaaaaa deployed to staging
        deploy 20261121-034500-aaaaaa calc 1.2.0 0123456789abcdef somewhere 20261121-034500-aaaaaa staging
        wait staging
    "#]]
    .assert_eq(&story);
}

#[test]
fn one_that_hangs_is_killed_with_its_children() {
    if !is_apart("by_commands::one_that_hangs_is_killed_with_its_children") {
        return;
    }
    let mut bench = bench(&CONFIG.replace("timeout: 5", "timeout: 1"));
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    bench.begin("20261122-034500-bbbbbb", RunKind::Promotion);
    bench.script("deploy.sh", "echo \"$1\" > served; (sleep 300 & echo $! > child; wait) & sleep 300");
    log(&bench);
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    let said = bench.said(&failure);
    assert!(said.starts_with("transient: ") && said.contains("because it ran longer than 1s"), "{said}");
    let child = bench.text("child");
    assert!(!Path::new("/proc").join(child.trim()).exists(), "{child} lives");
    // What it did is not known, so it is undone.
    bench.undo(StepName::Deploy, &Deploy).unwrap();
    assert_eq!(bench.text("served"), "20261121-034500-aaaaaa\n");

    // A command that ends and leaves a child behind has ended well, and its child is gone.
    bench.begin("20261123-034500-cccccc", RunKind::Promotion);
    bench.script("deploy.sh", "echo \"$1\" > served; setsid sleep 300 & echo $! > child");
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    let child = bench.text("child");
    assert!(!Path::new("/proc").join(child.trim()).exists(), "{child} lives");
}

#[test]
fn a_cancel_stops_it() {
    if !is_apart("by_commands::a_cancel_stops_it") {
        return;
    }
    let mut bench = bench(CONFIG);
    bench.script("deploy.sh", "touch began; sleep 300");
    let (cancel, began) = (bench.cancel.clone(), bench.root().join("began"));
    let thread = std::thread::spawn(move || {
        wait_for(&began);
        cancel.cancel();
        Instant::now()
    });
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    assert!(thread.join().unwrap().elapsed() < Duration::from_secs(2));
    assert!(!failure.transient && failure.message.contains("was cancelled"), "{failure:?}");
}

#[test]
fn secrets_are_shown_nowhere() {
    if !is_apart("by_commands::secrets_are_shown_nowhere") {
        return;
    }
    let mut bench = bench(CONFIG);
    let body = "echo $DEPLOY_TOKEN; printf %s \"$DEPLOY_TOKEN\" | base64; echo \"bad token $DEPLOY_TOKEN\" >&2; exit 1";
    bench.script("deploy.sh", body);
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    let all = format!("{failure:?}{:?}{:?}", bench.journal.lines, bench.journal.remembered);
    assert!(!all.contains("4711") && !all.contains("Y2FuYXJ5"), "{all}");
    assert!(
        failure.message.ends_with("it printed: bad token [redacted DEPLOY_TOKEN]"),
        "{}",
        failure.message
    );
}

#[test]
fn what_cannot_be_executed_is_not_tried_again() {
    if !is_apart("by_commands::what_cannot_be_executed_is_not_tried_again") {
        return;
    }
    let mut lines = String::new();
    let deploy = "./deploy.sh, \"{release}\", \"{component}\", \"{version}\", \"{commit}\"";
    for (name, command) in [
        ("no such program", "no-such-program-anywhere, x"),
        ("may not be executed", "./stagegate.yaml"),
        ("an argument nobody knows", "./deploy.sh, \"{relaese}\""),
    ] {
        let mut bench = bench(&CONFIG.replace(deploy, command));
        let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
        lines += &format!("{name}: {}\n", bench.said(&failure));
        assert_eq!(log(&bench), "(entity not found)");
    }
    expect![[r#"
        no such program: lasting: `no-such-program-anywhere x` was not started: there is no program `no-such-program-anywhere`; install it, or correct `environments.staging.deploy` in stagegate.yaml
        may not be executed: lasting: `./stagegate.yaml` was not started: `./stagegate.yaml` cannot be executed: ROOT./stagegate.yaml may not be executed by this user; `chmod +x` allows it; install it, or correct `environments.staging.deploy` in stagegate.yaml
        an argument nobody knows: lasting: `environments.staging.deploy` cannot be read, so nobody knows how to deploy; correct it; `stagegate check` says what is wrong
    "#]].assert_eq(&lines);
}

#[test]
fn nothing_is_executed_that_nobody_trusted() {
    if !is_apart("by_commands::nothing_is_executed_that_nobody_trusted") {
        return;
    }
    let mut bench = bench(CONFIG);
    bench.lay("stagegate.yaml", &CONFIG.replace("./log.sh, wait", "./log.sh, other"));
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    let said = bench.said(&failure);
    assert!(said.starts_with("lasting: what would be run changed since the workspace was trusted"), "{said}");
    assert!(said.contains("environments.staging.wait"), "{said}");
    assert_eq!(log(&bench), "(entity not found)");
    bench.trust();
    bench.perform(StepName::Deploy, &Deploy).unwrap();
}

#[test]
fn lists_go_on_where_they_stopped() {
    if !is_apart("by_commands::lists_go_on_where_they_stopped") {
        return;
    }
    let mut bench = bench(CONFIG);
    bench.begin("20261122-034500-bbbbbb", RunKind::Rollback);
    bench.script("log.sh", r#"echo "$@" >> log; test "$2" != two || test -e ready"#);
    let failure = bench.perform(StepName::Notify, &Notify).unwrap_err();
    assert!(failure.transient);
    bench.lay("ready", "");
    let done = bench.perform(StepName::Notify, &Notify).unwrap();
    assert_eq!(done.summary, "told who has to know");
    assert_eq!(log(&bench), "notify one\nnotify two\nnotify two\n");
}

/// A cluster that remembers revisions as Kubernetes does, in the folder `$CLUSTER`.
const KUBECTL: &str = r#"#!/bin/sh
echo "kubectl $*" >> "$CLUSTER/log"
case "$1 $2" in
  "apply -f") cat "$3" > "$CLUSTER/next" || exit 1 ;;
  "annotate "*) mv "$CLUSTER/now" "$CLUSTER/before" 2>/dev/null; echo "${3#*=}" > "$CLUSTER/now" ;;
  "rollout status") exit 0 ;;
  "rollout undo") mv "$CLUSTER/before" "$CLUSTER/now" ;;
  "wait "*) case "$3" in *"=$(cat "$CLUSTER/now")") exit 0 ;; *) echo "timed out" >&2; exit 1 ;; esac ;;
  *) echo "unknown command" >&2; exit 1 ;;
esac
"#;

#[test]
fn the_example_for_kubernetes_works() {
    const NAME: &str = "by_commands::the_example_for_kubernetes_works";
    let Some(cluster) = std::env::var_os("CLUSTER").map(std::path::PathBuf::from) else {
        // `kubectl` is another one in the process that does the work.
        let cluster = tempfile::tempdir().unwrap();
        let program = cluster.path().join("kubectl");
        fs::write(&program, KUBECTL).unwrap();
        Command::new("chmod").arg("+x").arg(&program).status().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture"]).env("CLUSTER", cluster.path());
        command.env("PATH", super::bench::path_with(cluster.path()));
        command.env("STAGEGATE_STATE_DIR", cluster.path().join("state"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    };
    let docs = include_str!("../../../../docs/environments.md");
    let (_, example) = docs.split_once("```yaml\n# Kubernetes\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let mut bench = bench(example);
    assert!(bench.workspace().config_findings().is_empty(), "{:?}", bench.workspace().config_findings());
    bench.lay("k8s/staging/calc.yaml", "kind: Deployment\n");
    bench.trust();
    let mut log = String::new();
    let mut note = |bench: &Bench, what: &str| {
        let calls = fs::read_to_string(cluster.join("log")).unwrap_or_default();
        let _ = fs::remove_file(cluster.join("log"));
        log += &format!("{what}\n{calls}").replace(&*bench.root().to_string_lossy(), "ROOT");
    };
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    note(&bench, "deploy");
    bench.begin("20261122-034500-bbbbbb", RunKind::Promotion);
    bench.perform(StepName::Deploy, &Deploy).unwrap();
    note(&bench, "deploy the next one");
    let undone = bench.undo(StepName::Deploy, &Deploy).unwrap();
    note(&bench, &undone);
    bench.begin("20261123-034500-cccccc", RunKind::Promotion);
    fs::remove_file(bench.root().join("k8s/staging/calc.yaml")).unwrap();
    let failure = bench.perform(StepName::Deploy, &Deploy).unwrap_err();
    note(&bench, &bench.said(&failure));
    bench.undo(StepName::Deploy, &Deploy).unwrap();
    note(&bench, "undo of what was never deployed");
    expect![[r#"
        deploy
        kubectl apply -f k8s/staging/calc.yaml -n tta-staging
        kubectl annotate deployment/calc stagegate-release=20261121-034500-aaaaaa --overwrite -n tta-staging
        kubectl rollout status deployment/calc -n tta-staging --timeout=5m
        kubectl wait deployment/calc --for=jsonpath={.metadata.annotations.stagegate-release}=20261121-034500-aaaaaa --timeout=10s -n tta-staging
        deploy the next one
        kubectl apply -f k8s/staging/calc.yaml -n tta-staging
        kubectl annotate deployment/calc stagegate-release=20261122-034500-bbbbbb --overwrite -n tta-staging
        kubectl rollout status deployment/calc -n tta-staging --timeout=5m
        kubectl wait deployment/calc --for=jsonpath={.metadata.annotations.stagegate-release}=20261122-034500-bbbbbb --timeout=10s -n tta-staging
        staging serves the release 20261121-034500-aaaaaa again
        kubectl rollout undo deployment/calc -n tta-staging
        kubectl rollout status deployment/calc -n tta-staging --timeout=5m
        kubectl wait deployment/calc --for=jsonpath={.metadata.annotations.stagegate-release}=20261121-034500-aaaaaa --timeout=10s -n tta-staging
        transient: `kubectl apply -f k8s/staging/calc.yaml -n tta-staging` ended with exit code 1; it printed: cat: k8s/staging/calc.yaml: No such file or directory; mend that, or correct `environments.staging.deploy` in stagegate.yaml
        kubectl apply -f k8s/staging/calc.yaml -n tta-staging
        undo of what was never deployed
    "#]].assert_eq(&log);
}
