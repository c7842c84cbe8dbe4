//! Good answers pass, broken ones are found, and pieces of a stream give what the whole text gives.

use super::*;
use proptest::prelude::*;

fn answer<'a>(ask: &'a str, text: &'a Excerpt) -> Answer<'a> {
    Answer { ask, text, calls: &[], stop: Stop::Done, tools_given: false, status: 200, brief: false }
}

#[track_caller]
fn check(ask: &str, text: &str, expect: &[Finding]) -> f64 {
    let excerpt = Excerpt::from(text);
    let verdict = verify(&answer(ask, &excerpt));
    assert_eq!(verdict.findings, expect, "{text:.80}");
    assert_eq!(verdict.quality > FAILED_QUALITY, expect.is_empty(), "{text:.80}: {}", verdict.quality);
    verdict.quality
}

const GOOD: &str = "The loop ends one element early, because the range excludes its upper bound. Use `0..=n` instead, and \
    the last row is included; the test in `rows.rs` then passes as well.";

#[test]
fn good_answers_pass() {
    assert!(check("Why is the last row missing?", GOOD, &[]) > 0.7);
    check("What is 2+2?", "42", &[]);
    check("Say hi in Russian", "Привет! Как дела?", &[]);
    check("Сделай это", "Готово: файл изменён.", &[]);
    check("Is alpha big?", "It depends on α, β and γ, and on ∑ of all → small.", &[]);
    let code = "Here:\n```rust\nfn hello() { println!(\"Привет, мир\") }\n```\nThat prints a greeting.";
    check("Write a function that greets", code, &[]);
    let table = format!("| a | b | c |\n|---|---|---|\n{}", "| --- | - | - | = | = |\n".repeat(30));
    check("Make a table", &table, &[]);
}

#[test]
fn broken_answers_are_found() {
    check("Explain monads", "", &[Finding::Empty]);
    check("Explain monads", " \n ", &[Finding::Empty]);
    check("Explain monads", "Explain monads\n", &[Finding::Echo]);
    check("Explain the loop", "The loop 循环结束得太早", &[Finding::Drift { letters: 7 }]);
    check("Write a function", "Sure:\n```rust\nfn main() {", &[Finding::OpenFence]);
    check("Write a function", "````md\n```\nfn main() {}\n```\n", &[Finding::OpenFence]);
    let long = "please ".repeat(30);
    check(&long, "Ok.", &[Finding::Thin(25.0)]);
}

#[test]
fn loops_are_found() {
    for (sentence, times) in [
        ("the cat sat on the mat and ", 12),
        (
            "I should look at the file again because the test \
        is failing and I do not know why it does that so let me look once more at it ",
            8,
        ),
    ] {
        let text = Excerpt::from(sentence.repeat(times).as_str());
        let verdict = verify(&answer("What next?", &text));
        assert!(matches!(verdict.findings[..], [Finding::Repetition { .. }]), "{verdict:?}");
    }
    let chinese = Excerpt::from("我不知道怎么办".repeat(30).as_str());
    let verdict = verify(&answer("怎么办", &chinese));
    assert!(matches!(verdict.findings[..], [Finding::Repetition { .. }]), "{verdict:?}");
    let steps: Vec<String> = (0..60).map(|n| format!("Step {n} changes file number {}.", n * 7)).collect();
    let different = steps.join(" ");
    let text = Excerpt::from(different.as_str());
    assert!(verify(&answer("What did you do?", &text)).passed());
}

#[test]
fn tool_calls() {
    let empty = Excerpt::default();
    let judge = |arguments: &str| {
        let calls = [Call { name: "Edit", arguments }];
        let verdict = verify(&Answer { calls: &calls, tools_given: true, ..answer("fix it", &empty) });
        (verdict.passed(), verdict.quality)
    };
    for good in ["", "{}", r#" {"path": "a\nb"} "#] {
        assert_eq!(judge(good), (true, CALLS_QUALITY), "{good}");
    }
    for bad in ["{", "[1]", r#"{"a": }"#, r#"{"a": 1} trailing"#, "null"] {
        assert_eq!(judge(bad), (false, FAILED_QUALITY), "{bad}");
    }
}

#[test]
fn status_limits_and_brevity() {
    let text = Excerpt::from(GOOD);
    let base = answer("Why is the last row missing?", &text);
    let failed = verify(&Answer { status: 529, ..base });
    assert_eq!((failed.findings, failed.quality), (vec![Finding::Status(529)], 0.0));
    let cut = verify(&Answer { stop: Stop::Limit, ..base });
    assert_eq!((cut.passed(), cut.quality), (true, CUT_QUALITY));
    let open = Excerpt::from("```\nhalf");
    let cut = verify(&Answer { stop: Stop::Limit, text: &open, ..base });
    assert_eq!((cut.findings, cut.quality), (vec![Finding::OpenFence], CUT_QUALITY));
    let (ask, ok) = ("please ".repeat(40), Excerpt::from("Done."));
    assert!(!verify(&answer(&ask, &ok)).passed());
    assert!(verify(&Answer { brief: true, ..answer(&ask, &ok) }).passed());
    assert!(verify(&Answer { tools_given: true, ..answer(&ask, &ok) }).passed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_are_the_whole(
        text in r"([a-zё漢 \n]|```|~~~|\n```\n){0,200}", cut in 0..400_usize, status in 0..700_u16, ask in ".{0,40}"
    ) {
        let whole = Excerpt::from(text.as_str());
        let at = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let mut pieces = Excerpt::default();
        pieces.push(&text[..at]);
        pieces.push(&text[at..]);
        prop_assert_eq!(pieces.parts(), whole.parts());
        let [one, two] = [&whole, &pieces].map(|text| verify(&Answer { status, ..answer(&ask, text) }));
        prop_assert!((0.0..=1.0).contains(&one.quality));
        prop_assert_eq!(one, two);
    }

    #[test]
    fn memory_is_bounded(piece in "[a-z漢 ]{1,600}", times in 1..80_usize) {
        let mut text = Excerpt::default();
        for _ in 0..times {
            text.push(&piece);
        }
        prop_assert_eq!(text.len(), piece.len() * times);
        let kept: usize = text.parts().iter().map(|part| part.len()).sum();
        prop_assert!(kept <= 3 * 8 * 1024);
        let all = piece.repeat(times);
        let [head, tail] = text.parts();
        prop_assert!(all.starts_with(head) && all.ends_with(tail));
        prop_assert!(kept >= all.len().min(16 * 1024 - 8));
    }
}
