//! Notices a model that calls the same again and again: first it is told, then it must answer with what it has.

use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};

/// The call of the same kind at which a model is told, and the one that is no longer run.
const TOLD: usize = 5;
const ENDED: usize = 8;

/// How many different calls are remembered; the one that wasn't made for the longest makes room.
const MOST: usize = 50;

/// Tools that are called alike on purpose.
const EXEMPT: &[&str] = &["todo", "updateplan", "proposeplan"];

/// Tools whose calls are the same when most of their words are.
const LOOSE: &[&str] = &["grep", "glob", "search", "find", "bash", "shell"];

/// How much of the words of two calls must be the same, of a hundred.
const ALIKE: usize = 80;

/// What is to be done with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is run.
    Run,
    /// It is run, and the model is told that it repeats itself.
    Tell,
    /// It isn't run.
    End,
}

/// One kind of call.
#[derive(Debug, Clone)]
struct Kind {
    signature: Vec<u8>,
    name: String,
    words: BTreeSet<String>,
    times: usize,
}

/// The calls of one task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// The one that was made last is the last.
    kinds: Vec<Kind>,
}

impl Guard {
    /// Counts a call and judges it.
    pub(crate) fn judge(&mut self, name: &str, arguments: &str) -> Verdict {
        let plain = name.to_lowercase();
        if EXEMPT.iter().any(|exempt| plain.contains(exempt)) {
            return Verdict::Run;
        }
        let times = self.count(plain, arguments);
        match times {
            0..TOLD => Verdict::Run,
            ENDED.. => Verdict::End,
            _ => Verdict::Tell,
        }
    }

    fn count(&mut self, name: String, arguments: &str) -> usize {
        let is_loose = LOOSE.iter().any(|loose| name.contains(loose));
        let signature = digest(&SHA256, format!("{name}:{arguments}").as_bytes()).as_ref().to_vec();
        let words = if is_loose { words(arguments) } else { BTreeSet::new() };
        let same = |kind: &Kind| {
            kind.signature == signature || (is_loose && kind.name == name && alike(&kind.words, &words))
        };
        let mut kind = match self.kinds.iter().position(same) {
            Some(at) => self.kinds.remove(at),
            None => Kind { signature, name, words, times: 0 },
        };
        kind.times += 1;
        let times = kind.times;
        self.kinds.push(kind);
        if self.kinds.len() > MOST {
            self.kinds.remove(0);
        }
        times
    }
}

fn words(arguments: &str) -> BTreeSet<String> {
    let words = arguments.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let (both, all) = (one.intersection(other).count(), one.union(other).count());
    both * 100 >= all * ALIKE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(name: &str, arguments: impl Fn(usize) -> String) -> Vec<Verdict> {
        let mut guard = Guard::default();
        (1..=9).map(|number| guard.judge(name, &arguments(number))).collect()
    }

    #[test]
    fn the_fifth_same_call_is_told_and_the_eighth_is_not_run() {
        let same = verdicts("fs_read", |_| "{\"path\":\"a\"}".to_owned());
        assert_eq!(same[..4], [Verdict::Run; 4]);
        assert_eq!(same[4..7], [Verdict::Tell; 3]);
        assert_eq!(same[7..], [Verdict::End; 2]);
    }

    #[test]
    fn other_arguments_are_another_call_unless_it_searches_for_nearly_the_same() {
        let other = |number| format!("{{\"path\":\"file number {number} of the many that are there\"}}");
        assert_eq!(verdicts("fs_read", other), [Verdict::Run; 9]);
        assert_eq!(verdicts("workspace_search", other).last(), Some(&Verdict::End));
        assert_eq!(
            verdicts("workspace_search", |number| format!("{{\"query\":\"w{number}\"}}")),
            [Verdict::Run; 9]
        );
        assert_eq!(verdicts("TodoWrite", |_| String::new()), [Verdict::Run; 9]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut guard = Guard::default();
        for number in 0..1_000 {
            guard.judge("fs_read", &number.to_string());
        }
        assert_eq!(guard.kinds.len(), MOST);
    }
}
