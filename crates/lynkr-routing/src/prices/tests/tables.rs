//! What makes a table of a list, which texts are no table, and what the operator may write.

use crate::prices::table::Mode;
use crate::prices::{ConvertError, Date, Origin, OverrideError, Overrides, Table, TableError, convert};

const FIXTURE: &str = include_str!("list.json");

fn origin() -> Origin<'static> {
    Origin { source: "a fixture", licence: "none", date: Date::parse("2026-11-21").unwrap() }
}

/// The fixture's models, and enough others to be a whole list.
fn list() -> String {
    let many: Vec<String> = (0..100)
        .map(|n| format!(r#""other/m-{n:03}": {{"mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}"#))
        .collect();
    FIXTURE.trim_end().trim_end_matches('}').to_owned() + "," + &many.join(",") + "}"
}

#[test]
fn a_list_becomes_a_table() {
    let table = convert(list().as_bytes(), origin()).unwrap();
    let own: Vec<&str> = table.text().lines().filter(|line| !line.starts_with("other/")).collect();
    insta::assert_snapshot!(own.join("\n"));
    assert_eq!((table.origin(), table.licence()), ("a fixture", "none"));
    assert_eq!(table.date(), Date::parse("2026-11-21"));
    // The same list makes the same table, whatever the order of its models.
    let parsed: serde_json::Value = serde_json::from_str(&list()).unwrap();
    let mut reversed: Vec<(&String, &serde_json::Value)> = parsed.as_object().unwrap().iter().collect();
    reversed.reverse();
    let reversed: Vec<String> = reversed.iter().map(|(name, facts)| format!("{name:?}: {facts}")).collect();
    let again = convert(format!("{{{}}}", reversed.join(",")).as_bytes(), origin()).unwrap();
    assert_eq!(again.text(), table.text());
}

#[test]
fn every_model_of_the_table_is_found() {
    let table = Table::built_in();
    assert!(table.len() > 3_000, "{}", table.len());
    let mut count = 0;
    for entry in table.entries() {
        assert_eq!(table.get(&entry.name).as_ref(), Some(&entry), "{}", entry.name);
        assert!(entry.price.rates.input.is_some(), "{}", entry.name);
        count += 1;
    }
    assert_eq!(count, table.len());
    for missing in ["", "a", "zzzzzz", "gpt-", "gpt-4o\n", "\t"] {
        assert_eq!(table.get(missing), None, "{missing:?}");
    }
    // What the program brings along is what it would take from elsewhere.
    assert_eq!(Table::parse(table.text().to_owned()).unwrap().len(), count);
    assert!(table.licence().starts_with("MIT"), "{}", table.licence());
    assert!(table.date().is_some() && table.origin().starts_with("litellm "), "{}", table.origin());
    assert_eq!(table.get("text-embedding-3-small").unwrap().mode, Mode::Embedding);
}

#[test]
fn what_is_no_list_is_refused() {
    for text in ["", "[]", "<html>", "{\"a\": {}", "{\"a\": {}} trailing", "null"] {
        assert!(matches!(convert(text.as_bytes(), origin()), Err(ConvertError::Json(_))), "{text}");
    }
    let few = convert(FIXTURE.as_bytes(), origin());
    assert!(matches!(few, Err(ConvertError::Table(TableError::TooFew(_)))), "{few:?}");
}

#[test]
fn what_is_no_table_is_refused() {
    let whole = convert(list().as_bytes(), origin()).unwrap().text().to_owned();
    assert!(Table::parse(whole.clone()).is_ok());
    let broken = |from: &str, to: &str| Table::parse(whole.replacen(from, to, 1)).unwrap_err();
    assert_eq!(broken("# lynkr model prices 1", "# lynkr model prices 2"), TableError::NoTable);
    assert!(matches!(broken("other/m-050", "aaa"), TableError::Line(_)));
    assert!(matches!(broken("\tchat", "\tchatter"), TableError::Line(_)));
    assert!(matches!(broken("other/m-050\t", "other/m-050\tx\t"), TableError::Line(_)));
    let half: Vec<&str> = whole.lines().take(50).collect();
    assert!(matches!(Table::parse(half.join("\n")), Err(TableError::TooFew(_))));
}

#[test]
fn dates_go_both_ways() {
    for (days, text) in
        [(0, "1970-01-01"), (19_782, "2024-02-29"), (20_778, "2026-11-21"), (11_016, "2000-02-29")]
    {
        assert_eq!(Date { days }.to_string(), text);
        assert_eq!(Date::parse(text), Some(Date { days }));
    }
    for days in (0..80_000).step_by(17) {
        assert_eq!(Date::parse(&Date { days }.to_string()), Some(Date { days }));
    }
    for wrong in ["", "2026", "2026-13-01", "2026-00-01", "2026-01-32", "x-y-z", "1969-01-01"] {
        assert_eq!(Date::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn wrong_overrides_are_named() {
    let error = |text: &str| Overrides::parse(text).unwrap_err().to_string();
    let wrong = [
        "",
        "[]",
        r#"{"m": 3}"#,
        r#"{"m": {"output": 1}}"#,
        r#"{"m": {"input": 1}}"#,
        r#"{"m": {"input": -1, "output": 1}}"#,
        r#"{"m": {"input": "3", "output": 1}}"#,
        r#"{"m": {"input": 1, "output": 2, "cached": 1}}"#,
        r#"{"m": {"input": 1, "output": 2, "above": 3}}"#,
        r#"{"m": {"input": 1, "output": 2, "above": {"200k": {"input": 2}}}}"#,
        r#"{"m": {"input": 1, "output": 2, "above": {"200000": {"output": null}}}}"#,
    ];
    let said: Vec<String> = wrong.iter().map(|text| format!("{text}\n    {}", error(text))).collect();
    insta::assert_snapshot!(said.join("\n"));
    assert!(matches!(Overrides::parse(r#"{"m": 3}"#), Err(OverrideError::NoPrice(_))));
    assert!(Overrides::parse("{}").unwrap().is_empty());
}
