//! Reading commands.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::{Call, Commands, ErrorCommand, HELP};

#[test]
fn commands_stand_anywhere_in_a_line() {
    let commands =
        Commands::of("please /lynkr tool Bash {\"command\": \"ls\"}\nand /lynkr pace 5\n/lynkr think");
    let call = Call {
        name: Some("Bash".to_owned()),
        arguments: Some(json!({"command": "ls"})),
        parallel: 1,
        rounds: 1,
    };
    assert_eq!(commands.call, Some(call));
    assert_eq!(commands.pace, Some(Duration::from_millis(5)));
    assert!(commands.think.is_some());
    assert!(commands.unknown.is_empty());
}

#[test]
fn each_command() {
    assert_eq!(Commands::of("/lynkr tools parallel 3").call.unwrap().parallel, 3);
    assert_eq!(Commands::of("/lynkr loop 20 ls").call.unwrap().rounds, 20);
    assert_eq!(Commands::of("/lynkr long 9").long, Some(9));
    assert_eq!(Commands::of("/lynkr echo a  b").echo.unwrap(), "a  b");
    assert_eq!(Commands::of("/lynkr echo\n a\n\tb\n").echo.unwrap(), " a\n\tb\n");
    assert_eq!(
        Commands::of("/lynkr error 429 2 1").error,
        Some(ErrorCommand { status: 429, times: Some(2), retry_after: Some(1) })
    );
    assert_eq!(Commands::of("/lynkr cut 3").cut, Some(3));
    assert!(Commands::of("/lynkr").help);
    assert!(Commands::of("/lynkr json\n/lynkr refuse").refuse);
}

#[test]
fn what_is_no_command() {
    assert_eq!(Commands::of("see /lynkr/src and /lynkrs"), Commands::default());
    let bad = Commands::of("/lynkr dance\n/lynkr error 200\n/lynkr tool x {\n/lynkr long");
    assert_eq!(
        bad.unknown,
        [
            "/lynkr dance: no such command",
            "/lynkr error 200: needs a status from 400 to 599",
            "/lynkr tool x {: the arguments are no JSON: EOF while parsing an object at line 1 column 1",
            "/lynkr long: needs a number of tokens",
        ]
    );
}

#[test]
fn every_command_of_the_help_is_known() {
    for line in HELP.lines() {
        let word = line.split_whitespace().nth(1).unwrap();
        let unknown = Commands::of(&format!("/lynkr {word}")).unknown;
        assert!(unknown.iter().all(|reason| !reason.contains("no such command")), "{word}");
    }
}

proptest! {
    #[test]
    fn no_message_panics(text in "(/lynkr ?[a-z]{0,5} ?.{0,8}\n?){0,4}") {
        let _ = Commands::of(&text);
    }
}
