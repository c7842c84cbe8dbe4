//! The command line of the task.

use super::*;

fn parsed(line: &str) -> anyhow::Result<Options> {
    parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn the_narrow_matrix_is_one_case_everywhere() {
    let cells = parsed("--ci").unwrap().cells();
    assert_eq!(cells.len(), CLIENTS.len() * Column::ALL.len());
    assert!(cells.iter().all(|cell| cell.case == Case::Tool));
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
