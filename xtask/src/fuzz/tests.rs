//! A bounded run over every target, the kept inputs, and the generator itself.

use super::corpus::Corpus;
use super::mutate::{Dice, mutate};
use super::{feed, fuzz, targets};

/// A few seconds for all targets together, unoptimised.
const INPUTS: u64 = 60;

#[test]
fn no_input_that_was_kept_fails_again() {
    let corpus = Corpus::read().unwrap();
    let all = targets::all();
    for name in corpus.kept_for() {
        assert!(all.iter().any(|target| target.name == name), "no target is called {name}");
    }
    for target in &all {
        for input in corpus.kept(&target.name) {
            feed(target, input, 0).unwrap();
        }
    }
}

/// The document's table names every target, and no other.
#[test]
fn the_document_names_each_target() {
    let page = std::fs::read_to_string(crate::tree::root().join("docs/testing.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Fuzzing")).unwrap();
    let mut named = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        for name in row.split(" | ").nth(1).unwrap().trim_end_matches(" |").split(", ") {
            let name = name.trim_matches('`');
            match name.strip_prefix("DIALECT-") {
                Some(rest) => {
                    named.extend(
                        lynkr_protocol::Dialect::ALL.map(|dialect| format!("{}-{rest}", dialect.name())),
                    );
                }
                None => named.push(name.to_owned()),
            }
        }
    }
    let mut all: Vec<String> = targets::all().into_iter().map(|target| target.name).collect();
    named.sort();
    all.sort();
    assert_eq!(named, all);
}

#[test]
fn no_input_fails() {
    let corpus = Corpus::read().unwrap();
    for target in targets::all() {
        assert!(!corpus.of(&target).is_empty(), "{} begins with nothing", target.name);
        for number in 1..=INPUTS {
            if let Err(failure) = fuzz(&target, &corpus, number) {
                let kept = Corpus::keep(&target.name, &failure.input).unwrap();
                panic!("{}: {}\ncargo xtask fuzz --replay {kept}", target.name, failure.message);
            }
        }
    }
}

#[test]
fn a_number_always_makes_the_same_input() {
    let seed = br#"{"model":"m","messages":[{"role":"user","content":"Hello."}]}"#;
    let inputs = |first: u64| -> Vec<Vec<u8>> {
        (first..first + 50).map(|number| mutate(seed, b"{\"a\":[1]}", &mut Dice::new(number))).collect()
    };
    assert_eq!(inputs(1), inputs(1));
    let changed = inputs(1).iter().filter(|input| input.as_slice() != seed).count();
    assert!(changed > 40, "{changed} of 50 differ from what they grew from");
    let json =
        inputs(1).iter().filter(|input| serde_json::from_slice::<serde_json::Value>(input).is_ok()).count();
    assert!((10..50).contains(&json), "{json} of 50 are JSON: both kinds are wanted");
}

#[test]
fn a_panic_is_a_failure_with_its_input() {
    let mut target = targets::all().remove(0);
    target.run = Box::new(|input, _| assert!(input.len() < 3, "too long"));
    feed(&target, b"{}", 1).unwrap();
    let failure = feed(&target, b"{ }", 1).unwrap_err();
    assert_eq!((failure.input.as_slice(), failure.message.as_str()), (&b"{ }"[..], "too long"));
}
