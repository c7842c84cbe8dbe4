//! The tables of scenarios.

use super::*;

#[test]
fn scenarios_of_both_languages_share_a_row() {
    let line = |scenario: &str, verdict: &str, why: &str| Line {
        scenario: scenario.to_owned(),
        verdict: verdict.to_owned(),
        why: why.to_owned(),
    };
    let results = [
        (
            Proof { sdk: &SDKS[0], column: Column::Anthropic },
            vec![line("answer", "ok", ""), line("files", "skipped", "none")],
        ),
        (Proof { sdk: &SDKS[0], column: Column::Ollama }, vec![line("answer", "failed", "half")]),
        (Proof { sdk: &SDKS[2], column: Column::Anthropic }, vec![line("answer", "ok", "")]),
    ];
    let text = render(&results);
    for expected in [
        "| anthropic SDK | anthropic | ollama |",
        "| `answer` | ✓✓ | ✗· |",
        "| `files` | –· | ·· |",
        "- proof-py-anthropic × `answer`: half (ollama)",
        "- proof-py-anthropic × `files`: none (anthropic)",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
}
