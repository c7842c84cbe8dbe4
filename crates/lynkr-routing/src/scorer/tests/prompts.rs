//! Reads the committed sets.

/// A labelled prompt of `data/prompts.tsv`.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) held_out: bool,
    pub(super) tier: crate::Tier,
    pub(super) family: &'static str,
    pub(super) text: String,
}

/// A scenario: which tiers are right, and which signals beside the words' difficulty that rests on.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) id: &'static str,
    pub(super) right: Vec<crate::Tier>,
    pub(super) needs: &'static str,
    pub(super) text: String,
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn plain(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

pub(super) fn prompts() -> Vec<Prompt> {
    let read = |row: Vec<&'static str>| match row[..] {
        [split, tier, _, family, text] => {
            Prompt { held_out: split == "held-out", tier: tier.parse().unwrap(), family, text: plain(text) }
        }
        _ => panic!("not five columns: {row:?}"),
    };
    rows(include_str!("../../../data/prompts.tsv")).map(read).collect()
}

fn scenarios_of(table: &'static str) -> Vec<Scenario> {
    let read = |row: Vec<&'static str>| match row[..] {
        [id, right, needs, text] => {
            let right = right.split(',').map(|tier| tier.parse().unwrap()).collect();
            Scenario { id, right, needs, text: plain(text) }
        }
        _ => panic!("not four columns: {row:?}"),
    };
    rows(table).map(read).collect()
}

/// The eleven scenarios.
pub(super) fn scenarios() -> Vec<Scenario> {
    scenarios_of(include_str!("../../../data/evaluation/scenarios.tsv"))
}

/// The eleven in other words.
pub(super) fn paraphrases() -> Vec<Scenario> {
    scenarios_of(include_str!("../../../data/evaluation/paraphrases.tsv"))
}

/// Harmless requests with risky words.
pub(super) fn harmless() -> Vec<String> {
    rows(include_str!("../../../data/evaluation/harmless.tsv")).map(|row| plain(row[0])).collect()
}
