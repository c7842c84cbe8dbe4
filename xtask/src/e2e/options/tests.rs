//! The command line of the task.

use super::*;

fn parsed(line: &str) -> anyhow::Result<Options> {
    parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn the_narrow_matrix_is_one_case_with_every_client_and_every_column() {
    let cells = parsed("--ci").unwrap().cells();
    assert!(cells.iter().all(|cell| cell.case == Case::Tool));
    for client in &CLIENTS {
        let columns = cells.iter().filter(|cell| cell.client == client).count();
        assert!(columns >= 2, "{}", client.name);
    }
    for column in Column::ALL {
        let clients = cells.iter().filter(|cell| cell.column == column).count();
        assert!(clients >= 3, "{}", column.name());
    }
}

#[test]
fn the_whole_matrix_leaves_out_what_a_cloud_doesn_t_change() {
    let cells = parsed("--full").unwrap().cells();
    let has = |client: &str, column: Column, case: Case| {
        cells.iter().any(|cell| cell.client.name == client && cell.column == column && cell.case == case)
    };
    assert!(has("aider-openai", Column::Gemini, Case::Session));
    assert!(!has("aider-openai", Column::VertexGemini, Case::Tool));
    assert!(has("claude-code", Column::VertexClaude, Case::RateLimit));
    assert!(!has("claude-code", Column::VertexClaude, Case::Session));
}

#[test]
fn a_selection_narrows_and_writes_no_document() {
    let options = parsed("--full --client copilot --upstream ollama --case cut --case image").unwrap();
    assert_eq!(options.cells().len(), 8);
    assert!(!options.writes_document());
    assert!(parsed("--full").unwrap().writes_document());
    assert!(!parsed("--full --direct").unwrap().writes_document());
}

#[test]
fn mistakes_are_named() {
    for (line, needle) in [
        ("--client vim", "unknown client vim"),
        ("--upstream x", "unknown upstream x"),
        ("--case x", "unknown case x"),
        ("--case", "--case needs a value"),
        ("--jobs two", "--jobs needs a number"),
        ("--speed", "unknown argument --speed"),
    ] {
        let error = parsed(line).unwrap_err().to_string();
        assert!(error.contains(needle), "{error}");
    }
}
