//! Command lines that are understood, and complaints about others.

use super::{Options, Subject, Suite};

fn parse(line: &str) -> Result<Options, String> {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    Options::parse(&arguments).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(line: &str, complaint: &str) {
    match parse(line) {
        Ok(options) => panic!("{line} was taken as {options:?}"),
        Err(error) => assert!(error.contains(complaint), "{error}"),
    }
}

#[test]
fn suites_and_subjects_are_told_apart() {
    let plain = parse("smoke").unwrap();
    assert_eq!(
        (plain.suite, plain.subject, plain.round.as_secs(), plain.json),
        (Suite::Smoke, Subject::Lynkr, 3, None)
    );
    assert_eq!(parse("smoke --floor --seconds 0.5").unwrap().subject, Subject::Floor);
    let running = parse("smoke --gateway http://127.0.0.1:8081/ --mock 127.0.0.1:9000").unwrap();
    assert_eq!(running.subject, Subject::Running("127.0.0.1:8081".parse().unwrap()));
    assert_eq!(running.mock.port(), 9000);
    assert_eq!(parse("routing").unwrap().suite, Suite::Routing);
    let floor = parse("floor --listen 127.0.0.1:1 --upstream 127.0.0.1:2").unwrap();
    assert!(matches!(floor.suite, Suite::Floor { listen, .. } if listen.port() == 1));
}

#[test]
fn nonsense_is_refused_by_name() {
    check_refused("", "which suite?");
    check_refused("marathon", "no suite is called marathon");
    check_refused("smoke --fast", "unknown argument --fast");
    check_refused("smoke --json", "--json needs a value");
    check_refused("smoke --seconds 0", "outside of");
    check_refused("smoke --gateway 127.0.0.1:1", "needs --mock");
    check_refused("smoke --floor --gateway 127.0.0.1:1 --mock 127.0.0.1:2", "exclude each other");
    check_refused("floor --listen 127.0.0.1:1", "--upstream is missing");
}
