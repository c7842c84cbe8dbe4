//! Command lines that are understood, and complaints about others.

use super::{Options, Part, Suite};

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
        (plain.suite, plain.round.as_secs(), plain.rounds, plain.json.len()),
        (Suite::One(Part::Compare { quick: true }), 2, 2, 0)
    );
    let whole = parse("compare --save a.json --json b.json --compare c.json --strict --only burst").unwrap();
    assert_eq!(
        (whole.suite, whole.rounds, whole.strict),
        (Suite::One(Part::Compare { quick: false }), 5, true)
    );
    assert_eq!(
        (whole.json.len(), whole.before, whole.only),
        (2, Some("c.json".into()), vec!["burst".to_owned()])
    );
    let line = "compare --peer one=http://127.0.0.1:8081/ --peer two=127.0.0.1:8082 --mock 127.0.0.1:9000";
    let peers = parse(line).unwrap();
    assert_eq!(peers.peers[0], ("one".to_owned(), "127.0.0.1:8081".parse().unwrap()));
    assert_eq!((peers.peers.len(), peers.mock.port()), (2, 9000));
    let routing = parse("routing --outcomes a").unwrap();
    assert_eq!((routing.suite, routing.outcomes), (Suite::Routing, Some("a".into())));
    let people = parse("people --strict").unwrap();
    assert_eq!((people.suite, people.rounds, people.strict), (Suite::People, 11, true));
    let floor = parse("floor --listen 127.0.0.1:1 --upstream 127.0.0.1:2 --converts").unwrap();
    assert!(matches!(floor.suite, Suite::Floor { listen, converts: true, .. } if listen.port() == 1));
}

#[test]
fn nonsense_is_refused_by_name() {
    check_refused("", "which suite?");
    check_refused("marathon", "no suite is called marathon");
    check_refused("smoke --fast", "unknown argument --fast");
    check_refused("smoke --json", "--json needs a value");
    check_refused("smoke --seconds 0", "outside of");
    check_refused("smoke --seconds soon", "wants a number");
    check_refused("smoke --peer one=127.0.0.1:1", "needs --mock");
    check_refused("smoke --peer 127.0.0.1:1 --mock 127.0.0.1:2", "NAME=URL");
    check_refused("floor --listen 127.0.0.1:1", "--upstream is missing");
}

#[test]
fn only_names_suites_or_parts_of_cells() {
    let all = parse("all").unwrap();
    assert_eq!((all.parts().len(), all.wants("1.6 KB, whole")), (Part::ALL.len(), true));
    let some = parse("all --only pairs --only start").unwrap();
    assert_eq!(some.parts(), [Part::Start, Part::Pairs]);
    assert!(some.wants("anthropic → ollama"), "suites that are named run whole");
    let cells = parse("all --only burst").unwrap();
    assert!(!cells.parts().contains(&Part::Start) && cells.parts().contains(&Part::Features));
    assert!(cells.wants("burst of 200 streams") && !cells.wants("92 KB, whole"));
    let one = parse("compare --only compare --only burst --latency 5").unwrap();
    assert!(!one.wants("92 KB, whole") && one.latency.as_millis() == 5);
}
