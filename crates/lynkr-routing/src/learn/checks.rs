//! What tests, builds and the like said, by the end of what a tool printed. Only the summaries that these programs print
//! at the beginning of a line count, so that a file that was merely read says nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::number::count;

/// How much of the end of an output is looked at, in bytes. Summaries come last.
const LOOKED_AT: usize = 4 * 1024;

/// How many runs of tests, builds and the like there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checks {
    /// Those that passed.
    pub passed: usize,
    /// Those that failed.
    pub failed: usize,
}

/// Beginnings of lines that only a failed run prints.
const FAILURES: &[&str] = &[
    "test result: FAILED",
    "--- FAIL:",
    "FAIL\t",
    "FAILED (",
    "error: could not compile",
    "error[E",
    "npm ERR!",
    "npm error",
    "Traceback (most recent call last)",
    "BUILD FAILED",
    "FAILURE: Build failed",
    "[ERROR] BUILD FAILURE",
    "[INFO] BUILD FAILURE",
    "make: *** ",
];

/// Beginnings of lines that a run prints in which all went well.
const SUCCESSES: &[&str] =
    &["test result: ok.", "ok  \t", "BUILD SUCCESS", "[INFO] BUILD SUCCESS", "    Finished `", "Finished `"];

impl Checks {
    /// What the output of one tool says: at most one run, failed if anything in it did.
    pub fn read(output: &str) -> Self {
        let from = output.len().saturating_sub(LOOKED_AT);
        let from = (from..output.len()).find(|at| output.is_char_boundary(*at)).unwrap_or(output.len());
        let (mut passed, mut failed) = (false, false);
        for line in output.get(from..).unwrap_or_default().lines() {
            let counted = counted(line);
            failed |= FAILURES.iter().any(|start| line.starts_with(start)) || counted == Some(false);
            failed |= exit_code(line).is_some_and(|code| code != 0) || compiler_error(line);
            passed |= SUCCESSES.iter().any(|start| line.starts_with(start)) || counted == Some(true);
        }
        Self { passed: usize::from(passed && !failed), failed: usize::from(failed) }
    }

    /// What a tool's result says, in the form of any dialect: one run, as above.
    pub fn of_result(result: &Value) -> Self {
        let mut all = Self::default();
        outputs(result, &mut all);
        let failed = all.failed > 0;
        Self { passed: usize::from(all.passed > 0 && !failed), failed: usize::from(failed) }
    }

    /// Adds those of another output.
    pub const fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// Whether nothing ran.
    pub const fn is_empty(self) -> bool {
        self.passed == 0 && self.failed == 0
    }

    /// From −1 (all failed) to 1 (all passed); 0 where nothing ran.
    pub fn balance(self) -> f64 {
        let runs = self.passed.saturating_add(self.failed).max(1);
        (count(self.passed) - count(self.failed)) / count(runs)
    }
}

/// Where results have what a tool printed.
const OUTPUTS: &[&str] = &[
    "content",
    "text",
    "output",
    "stdout",
    "stderr",
    "result",
    "response",
    "toolResult",
    "functionResponse",
    "json",
];

fn outputs(value: &Value, all: &mut Checks) {
    match value {
        Value::String(text) => all.add(Checks::read(text)),
        Value::Array(parts) => parts.iter().for_each(|part| outputs(part, all)),
        Value::Object(fields) => {
            OUTPUTS.iter().filter_map(|name| fields.get(*name)).for_each(|inside| outputs(inside, all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a line that counts tests says: `== 3 failed, 12 passed in 0.5s ==`, `Tests:  1 failed, 4 total`, `5 passing`.
fn counted(line: &str) -> Option<bool> {
    let text = line.trim_matches(['=', ' ', '\t']);
    let text = text.strip_prefix("Tests:").or_else(|| text.strip_prefix("Tests")).unwrap_or(text);
    if !text.trim_start().starts_with(|first: char| first.is_ascii_digit()) || text.len() > 200 {
        return None;
    }
    let words: Vec<&str> = text.split([' ', ',', '|']).filter(|word| !word.is_empty()).collect();
    let number = |names: &[&str]| {
        let pairs = words.iter().zip(words.iter().skip(1));
        let found = pairs.filter(|(_, name)| names.contains(name)).find_map(|(n, _)| n.parse::<u64>().ok());
        found.unwrap_or(0)
    };
    let failed = number(&["failed", "failing", "failures", "errors"]);
    let passed = number(&["passed", "passing"]);
    (failed > 0 || passed > 0).then_some(failed == 0)
}

/// `Exit code: 1`, `exit status 2`.
fn exit_code(line: &str) -> Option<i64> {
    let text = line.trim().to_ascii_lowercase();
    let rest = text.strip_prefix("exit code").or_else(|| text.strip_prefix("exit status"))?;
    rest.trim_start_matches([':', ' ']).parse().ok()
}

/// `src/a.ts(3,5): error TS2304: …`, `main.c:3:5: error: …`.
fn compiler_error(line: &str) -> bool {
    let is_place = |text: &str| text.ends_with(|last: char| last.is_ascii_digit() || last == ')');
    let typescript = line.split_once(": error TS").is_some_and(|(place, _)| is_place(place));
    let c = line.split_once(": error: ").is_some_and(|(place, _)| is_place(place) && place.contains(':'));
    typescript || c
}

#[cfg(test)]
mod tests {
    //! What programs print, and what only looks like it.

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_are_told_from_other_output() {
        let (passed, failed, none) = ((1, 0), (0, 1), (0, 0));
        for (output, expect) in [
            ("running 3 tests\n\ntest result: ok. 3 passed; 0 failed; 0 ignored", passed),
            ("test result: ok. 3 passed; 0 failed\ntest result: FAILED. 1 passed; 2 failed", failed),
            ("======= 3 failed, 12 passed in 0.52s =======", failed),
            ("======= 12 passed in 0.52s =======", passed),
            ("Tests:       1 failed, 3 passed, 4 total", failed),
            ("Tests:       4 passed, 4 total\nTime: 1 s", passed),
            ("  5 passing (12ms)", passed),
            ("  5 passing (12ms)\n  1 failing", failed),
            ("--- FAIL: TestAdd (0.00s)\nFAIL\tcalc\t0.01s", failed),
            ("ok  \tcalc\t0.012s", passed),
            ("error[E0308]: mismatched types\nerror: could not compile `x`", failed),
            ("src/a.ts(3,5): error TS2304: Cannot find name 'x'.", failed),
            ("main.c:3:5: error: expected ';'", failed),
            ("Traceback (most recent call last):\n  File \"a.py\", line 1", failed),
            ("done\nExit code: 2", failed),
            ("exit code 0", none),
            ("BUILD SUCCESSFUL in 3s", passed),
            ("    Finished `dev` profile in 2s", passed),
            // A file that was read, and prose.
            ("12\t    println!(\"test result: FAILED\");", none),
            ("# the job prints error: something when it failed", none),
            ("3 files changed, 12 insertions", none),
            ("", none),
        ] {
            let found = Checks::read(output);
            assert_eq!((found.passed, found.failed), expect, "{output}");
        }
    }

    #[test]
    fn only_the_end_counts() {
        let long = format!("test result: FAILED.\n{}test result: ok. 1 passed", "é\n".repeat(4_000));
        assert_eq!(Checks::read(&long), Checks { passed: 1, failed: 0 });
        assert!((Checks { passed: 3, failed: 1 }.balance() - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            let found = Checks::read(&text);
            prop_assert!(found.passed + found.failed <= 1);
        }
    }
}
