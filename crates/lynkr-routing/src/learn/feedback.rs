//! What the next turn says about the answer before it: complaints, the same ask again, work undone, tools that failed.
//!
//! Only the beginning of what the user writes counts, and only whole phrases: "no, that's wrong" is a complaint,
//! "no problem" and "fix the wrong label" are not.

use super::checks::Checks;
use super::number::count;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// How much of what the user writes is looked at, in characters.
const LOOKED_AT: usize = 200;
/// From this likeness of their words on two asks are the same.
const ALIKE: f64 = 0.8;
/// Asks with fewer different words are never the same: "continue" may well come twice.
const LEAST_WORDS: usize = 3;

/// What came after an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Next<'a> {
    /// What the user wrote, without envelopes and tool results; `None` or empty inside of a tool exchange.
    pub words: Option<&'a str>,
    /// For each result of a tool that the answer called: whether it is an error.
    pub tool_errors: &'a [bool],
    /// Whether an edit of the answer was undone, where the caller saw that ([`super::edits`]).
    pub undone: bool,
    /// What tests, builds and the like said that the answer had run.
    pub checks: Checks,
    /// Whether the very same request came once more.
    pub again: bool,
}

/// What the next turn says.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Feedback {
    /// The user says that it is wrong or doesn't work.
    pub complaint: bool,
    /// The user asks the same again.
    pub repeated: bool,
    /// The work was undone, or the user wants it to be.
    pub reverted: bool,
    /// The user is pleased.
    pub praise: bool,
    /// The share of tool calls that failed, from 0 to 1.
    pub tool_errors: f64,
    /// What tests, builds and the like said, from −1 (all failed) to 1 (all passed); 0 where none ran.
    #[serde(default)]
    pub checks: f64,
}

/// Phrases with which a complaint begins.
const BEGINNINGS: &[&str] = &[
    "no ,",
    "no .",
    "no !",
    "no that",
    "no it",
    "no this",
    "no i",
    "no you",
    "nope",
    "wrong",
    "incorrect",
    "not right",
    "not correct",
    "still not",
    "still fails",
    "still failing",
    "still broken",
    "still wrong",
    "still doesn't",
    "still does not",
    "still getting",
    "still the same",
    "same error",
    "same problem",
    "try again",
    "that's not",
    "that is not",
    "this isn't",
    "this is not",
    "that isn't",
    "you broke",
    "you forgot",
    "you didn't",
    "you did not",
    "you missed",
    "you deleted",
    "you removed",
    "why did you",
    "nein ,",
    "falsch",
    "das ist falsch",
    "non ,",
    "c'est faux",
    "no es correcto",
    "eso está mal",
];

/// Phrases that complain wherever they stand.
const COMPLAINTS: &[&str] = &[
    "that's wrong",
    "that is wrong",
    "this is wrong",
    "it's wrong",
    "it is wrong",
    "that's incorrect",
    "that is incorrect",
    "this is incorrect",
    "not what i asked",
    "not what i wanted",
    "not what i meant",
    "didn't work",
    "did not work",
    "that doesn't work",
    "that does not work",
    "it doesn't work",
    "it does not work",
    "this doesn't work",
    "still doesn't work",
    "still does not work",
    "still fails",
    "your change broke",
    "your changes broke",
    "your fix broke",
    "made it worse",
    "funktioniert nicht",
    "geht immer noch nicht",
    "ça ne marche pas",
    "no funciona",
];

/// Phrases that want work undone.
const REVERTS: &[&str] = &[
    "revert that",
    "revert this",
    "revert it",
    "revert your",
    "revert the last",
    "undo that",
    "undo this",
    "undo it",
    "undo your",
    "undo the last",
    "roll back your",
    "roll that back",
    "rollback your",
    "put it back",
    "change it back",
    "restore what you",
];

/// Beginnings of a reply from somebody who is pleased.
const PRAISE: &[&str] = &[
    "thanks",
    "thank you",
    "perfect",
    "great",
    "excellent",
    "awesome",
    "works now",
    "it works",
    "that works",
    "nice",
    "lgtm",
    "looks good",
    "danke",
    "merci",
    "gracias",
];

/// What the next turn says about the answer to `ask`; `None` where it says nothing at all.
pub fn feedback(ask: &str, next: &Next<'_>) -> Option<Feedback> {
    let words = next.words.map(str::trim).filter(|words| !words.is_empty());
    let silent = words.is_none() && next.tool_errors.is_empty() && next.checks.is_empty();
    if silent && !next.undone && !next.again {
        return None;
    }
    let text = words.map(normal).unwrap_or_default();
    let complaint = starts(&text, BEGINNINGS) || holds(&text, COMPLAINTS);
    let failed = next.tool_errors.iter().filter(|error| **error).count();
    Some(Feedback {
        complaint,
        repeated: next.again || words.is_some_and(|words| is_same(ask, words)),
        reverted: next.undone || holds(&text, REVERTS),
        praise: !complaint && starts(&text, PRAISE),
        tool_errors: count(failed) / count(next.tool_errors.len().max(1)),
        checks: next.checks.balance(),
    })
}

/// The beginning in small letters, its words and marks apart, with one space at each end.
fn normal(text: &str) -> String {
    let mut normal = String::from(" ");
    for letter in text.chars().take(LOOKED_AT).flat_map(char::to_lowercase) {
        match letter {
            '’' => normal.push('\''),
            ',' | '.' | '!' | '?' | ';' | ':' => normal.extend([' ', letter, ' ']),
            _ if letter.is_whitespace() => normal.push(' '),
            _ => normal.push(letter),
        }
    }
    let words: Vec<&str> = normal.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

fn starts(text: &str, phrases: &[&str]) -> bool {
    let text = text.trim_start();
    phrases.iter().any(|phrase| text.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' ')))
}

fn holds(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        text.match_indices(phrase)
            .any(|(at, _)| text[..at].ends_with(' ') && text[at + phrase.len()..].starts_with(' '))
    })
}

/// Whether two asks are the same, but for a few words.
fn is_same(before: &str, now: &str) -> bool {
    let [before, now] = [before, now].map(normal_words);
    let common = before.intersection(&now).count();
    let all = before.len() + now.len() - common;
    before.len() >= LEAST_WORDS && now.len() >= LEAST_WORDS && count(common) >= ALIKE * count(all)
}

fn normal_words(ask: &str) -> HashSet<String> {
    let words = ask.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(LOOKED_AT).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    //! Complaints are told from words that merely sound like them.

    use super::*;

    #[track_caller]
    fn say(words: &str) -> Feedback {
        feedback("add a login page to the app", &Next { words: Some(words), ..Next::default() }).unwrap()
    }

    #[test]
    fn complaints() {
        for words in [
            "No, that's wrong.",
            "no that is not it",
            "Nope",
            "That’s wrong: the page is blank",
            "it doesn't work",
            "Still failing with the same error",
            "Hmm, not what I asked for",
            "you deleted my tests!",
            "Try again",
            "Wrong file.",
            "Das ist falsch, bitte nochmal",
            "no. use the other table",
        ] {
            assert!(say(words).complaint, "{words}");
        }
        for words in [
            "No problem, now add a logout",
            "Fix the wrong label in the form",
            "nothing is wrong, go on",
            "ok, and now?",
            "What's wrong with this function?",
            "The user doesn't work here any more: remove her",
            "Now add tests",
            "Write a page that says that passwords are incorrect",
            "not only that one, the others too",
        ] {
            assert!(!say(words).complaint, "{words}");
        }
    }

    #[test]
    fn reverts_and_praise() {
        assert!(say("please undo that").reverted && say("Revert your last change.").reverted);
        for words in
            ["implement undo", "how do I rollback my last migration?", "what does git revert this-branch do"]
        {
            assert!(!say(words).reverted, "{words}");
        }
        assert!(say("Thanks! Now the logout").praise && say("works now").praise);
        assert!(!say("greatest common divisor, please").praise);
        assert!(!say("thanks, but it doesn't work").praise);
    }

    #[test]
    fn repeats() {
        assert!(say("Add a login page to the app!").repeated);
        assert!(say("please add a login page to the app").repeated);
        assert!(!say("add a logout page to the shop").repeated);
        let again = feedback("continue", &Next { words: Some("continue"), ..Next::default() }).unwrap();
        assert!(!again.repeated);
    }

    #[test]
    fn tools_and_silence() {
        assert_eq!(feedback("do it", &Next::default()), None);
        assert_eq!(feedback("do it", &Next { words: Some(" \n"), ..Next::default() }), None);
        let next = Next { tool_errors: &[true, false, false, true], ..Next::default() };
        let expect = Feedback { tool_errors: 0.5, ..Feedback::default() };
        assert_eq!(feedback("do it", &next), Some(expect));
        let undone = feedback("", &Next { undone: true, ..Next::default() });
        assert_eq!(undone, Some(Feedback { reverted: true, ..Feedback::default() }));
        let again = feedback("continue", &Next { again: true, ..Next::default() }).unwrap();
        assert!(again.repeated);
        let ran = feedback("", &Next { checks: Checks { passed: 1, failed: 3 }, ..Next::default() }).unwrap();
        assert!((ran.checks + 0.5).abs() < 1e-9);
    }
}
