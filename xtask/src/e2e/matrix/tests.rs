//! The matrix: marks, reasons and totals.

use super::super::column::Column;
use super::*;

#[test]
fn exceptions_of_one_reason_share_a_line() {
    let cell = |client, column, case| Cell { client: &CLIENTS[client], column, case };
    let (chat, ollama) = (Column::OpenAiChat, Column::Ollama);
    let red = |why: &str| Verdict::Red(vec![why.to_owned()], None);
    let verdicts = [
        (cell(0, chat, Case::Tool), Verdict::Green),
        (cell(0, chat, Case::Cut), red("half")),
        (cell(0, ollama, Case::Cut), red("half")),
        (cell(1, ollama, Case::Cut), red("other")),
    ];
    assert_eq!(marks(&verdicts, &CLIENTS[0], "openai_chat", &[Case::Tool, Case::Cut]), "✓✗");
    assert_eq!(marks(&verdicts, &CLIENTS[1], "ollama", &[Case::Tool, Case::Cut]), "·✗");
    let lines = exceptions("Red", &verdicts, |verdict| matches!(verdict, Verdict::Red(..)));
    assert_eq!(
        lines,
        [
            "",
            "Red:",
            "",
            "- claude-code × cut (openai_chat, ollama): half",
            "- claude-code-bedrock × cut (ollama): other"
        ]
    );
    assert_eq!(Totals::of(&verdicts), Totals { green: 1, red: 3, impossible: 0 });
}
