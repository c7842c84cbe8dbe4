//! What is the user's and what is the tool's.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, words: &str) {
    assert_eq!(own_words(text), words, "{text}");
}

#[test]
fn the_users_words_stay_as_they_are() {
    for text in [
        "",
        "fix it",
        "a <b>bold</b> word",
        "if a < b && c > d {}",
        "<div class=\"x\">\n  hi\n</div>",
        "a [1] b",
    ] {
        assert!(matches!(own_words(text), Cow::Borrowed(same) if same == text), "{text}");
    }
    check("  \n fix it \n", "fix it");
    check("what does <system-reminder> mean in a prompt?", "what does <system-reminder> mean in a prompt?");
}

#[test]
fn envelopes_go() {
    check("<system-reminder>\nnever deploy\n</system-reminder>\nfix it", "fix it");
    check("fix it\n\n<system-reminder>x</system-reminder>", "fix it");
    check("fix<System-Reminder kind=\"a\">x</System-Reminder>it", "fix it");
    check("<environment_context>\n  <cwd>/srv</cwd>\n</environment_context>", "");
    check("<user_instructions>a</user_instructions><turn-context>b</turn-context>\nfix it", "fix it");
    check("<task-notification><status>done</status></task-notification>\nwell?", "well?");
    check("<user_query>\nfix it\n</user_query>", "fix it");
    check(
        "<command-message>fix is running</command-message>\n<command-name>/fix</command-name>\n<command-args>the null check</command-args>",
        "the null check",
    );
    check("# AGENTS.md instructions for /srv/app\n\n<INSTRUCTIONS>\nbe careful\n</INSTRUCTIONS>", "");
    check(
        "# Context from my IDE setup:\n\n## Open tabs:\n- auth.ts\n\n## My request for Codex:\nfix it",
        "fix it",
    );
}

#[test]
fn lines_and_whole_messages_go() {
    check("*[Lynkr] SIMPLE → m (p) · score 3*\n\nfix it", "fix it");
    check("[Lynkr] MEDIUM → m (p)\nfix it\n[Lynkr] again", "fix it");
    check("[Request interrupted by user for tool use]\nuse tabs", "use tabs");
    check("[Request interrupted by user]", "");
    check("[SUGGESTION MODE: Suggest what the user might type next]\n\nFIRST: look", "");
    check(
        "This session is being continued from a previous conversation that ran out of context.\nSummary: all",
        "",
    );
    check("  <session>\nfix the audit\n</session>", "");
}

#[test]
fn lines_of_the_tool_are_known_by_their_first_byte() {
    for start in LINES {
        for line in [start.to_owned(), start.to_uppercase()] {
            assert_eq!(without_lines(&line), "", "{line}");
        }
    }
}

#[test]
fn broken_envelopes() {
    // One that is never closed ends with the text.
    check("fix it\n<system-reminder>\nnever deploy", "fix it");
    // One inside of another, and one that only mentions its own name.
    check("<system-reminder>a<system-reminder>b</system-reminder>c</system-reminder> fix it", "fix it");
    check("<system-reminder>about <system-reminder> tags</system-reminder> fix it", "fix it");
    check("fix it </system-reminder>", "fix it");
    check("<", "<");
    check("</", "</");
    check("<system-reminder", "<system-reminder");
    check("<system-reminder \u{1f980}", "<system-reminder \u{1f980}");
}

#[test]
fn many_tags_take_time_in_proportion() {
    let text = "x <system-reminder> ".repeat(50_000);
    assert_eq!(own_words(&text).len(), text.trim().len());
    let text = "<system-reminder></system-reminder>".repeat(50_000);
    assert_eq!(own_words(&text), "");
}

proptest! {
    #[test]
    fn lines_as_split(text in "[a\u{e4}\r\n]{0,20}") {
        prop_assert_eq!(lines(&text).collect::<Vec<_>>(), text.split('\n').collect::<Vec<_>>());
    }

    #[test]
    fn never_panics(text in "\\PC{0,200}") {
        own_words(&text);
    }

    #[test]
    fn hostile_pieces_never_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "<system-reminder>", "</system-reminder>", "<user_query>", "</user_query>", "<", ">", "/", "\n", "[Lynkr]", "é", " ",
        "<command-name ", "</system-reminder", "# Context from my IDE setup", "## My request for Codex:", "a",
    ]), 0..40)) {
        let text = pieces.concat();
        let words = own_words(&text).into_owned();
        prop_assert!(words.len() <= text.len() + pieces.len());
        prop_assert_eq!(words.trim(), words.as_str());
    }
}
