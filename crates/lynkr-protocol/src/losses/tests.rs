//! The table against the encoders: every sample goes to every dialect, and what happens is what the table says.

mod samples;

use std::collections::BTreeSet;

use lynkr_types::LossAction;
use samples::{Sample, samples};

use super::*;
use crate::golden::translate;
use crate::neutral::Conversation;
use crate::tool_names::ToolNames;
use crate::{Target, codec};

/// What happened to a sample: the fate's kind, and the losses by name.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Whole { body: String },
    Lost { losses: Vec<(LossAction, String)>, body: String },
    Refused { feature: String },
}

fn conversation(sample: &Sample) -> Conversation {
    let decoded = codec(sample.from).decode_request(sample.request.get().as_bytes());
    decoded.unwrap_or_else(|error| panic!("{} {}: {error}", sample.feature, sample.about))
}

/// What the pipeline does with a translated request.
fn send(sample: &Sample, target: Dialect) -> Found {
    let mut conversation = conversation(sample);
    let mut losses = Vec::new();
    if target != Dialect::OpenAiResponses {
        losses = ToolNames::flatten(&mut conversation).1;
    }
    match codec(target).encode_request(&conversation, &Target::new("up")) {
        Ok(encoded) => {
            let body = String::from_utf8(encoded.body).unwrap();
            losses.extend(encoded.losses);
            let losses: Vec<_> =
                losses.into_iter().map(|loss| (loss.action, loss.feature.into_owned())).collect();
            if losses.is_empty() { Found::Whole { body } } else { Found::Lost { losses, body } }
        }
        Err(error) => Found::Refused { feature: error.feature },
    }
}

/// Why what happened isn't what the table says; `None` when it is.
fn objection(sample: &Sample, target: Dialect, fate: Fate) -> Option<String> {
    let neutral = sample.loss.as_deref().unwrap_or(&sample.feature);
    let name = words::of(Some(sample.from), neutral).unwrap_or_else(|| neutral.to_owned());
    let only = |losses: &[(LossAction, String)], wanted: LossAction| {
        let said = losses.iter().filter(|(_, feature)| !sample.beside.contains(feature));
        losses.iter().any(|(_, feature)| feature.starts_with(&name))
            && said.clone().all(|(action, feature)| *action == wanted && feature.starts_with(&name))
    };
    let found = send(sample, target);
    let agrees = match (&found, fate) {
        (Found::Whole { body }, Fate::Kept) => body.contains(sample.word(target)),
        (Found::Whole { body }, Fate::Implied(_)) => !body.contains(sample.word(target)),
        (Found::Lost { losses, body }, Fate::Kept) => {
            losses.iter().all(|(_, feature)| sample.beside.contains(feature))
                && body.contains(sample.word(target))
        }
        (Found::Lost { losses, .. }, Fate::Approximated(_)) => only(losses, LossAction::Approximated),
        (Found::Lost { losses, .. }, Fate::Dropped(_)) => only(losses, LossAction::Dropped),
        (Found::Refused { feature }, Fate::Refused(_)) => feature.starts_with(&name),
        _ => false,
    };
    let what = format!("{} ({}): {} → {target}", sample.feature, sample.about, sample.from);
    (!agrees).then(|| format!("{what}\n  table: {fate:?} as {name}\n  found: {found:?}\n"))
}

fn row(sample: &Sample) -> &'static Row {
    let mut rows = TABLE.iter().flat_map(|section| section.rows);
    let found = rows.find(|row| row.feature == sample.feature && row.about.starts_with(&sample.about));
    found.unwrap_or_else(|| panic!("no row {} {}", sample.feature, sample.about))
}

#[test]
fn what_happens_is_what_the_table_says() {
    let mut objections = Vec::new();
    for sample in samples() {
        let row = row(&sample);
        for target in sample.targets() {
            objections.extend(objection(&sample, target, row.fate(target)));
        }
    }
    assert!(objections.is_empty(), "{}", objections.join("\n"));
}

#[test]
fn every_row_has_a_sample_for_every_dialect_that_another_can_ask() {
    let mut covered = BTreeSet::new();
    for sample in samples() {
        let row = row(&sample);
        for target in sample.targets() {
            covered.insert((row.feature, row.about, target));
        }
    }
    for row in TABLE.iter().flat_map(|section| section.rows) {
        for target in Dialect::ALL {
            let tested = covered.contains(&(row.feature, row.about, target));
            // What only one dialect can say never comes to it from another.
            assert!(tested || row.fate(target) == Fate::Kept, "{} ({}) to {target}", row.feature, row.about);
        }
    }
}

/// What the document says beside the tables, or in a row's own words: `(empty)` as the answer of a tool that said
/// nothing, and tiers that are translated.
const TOLD_IN_WORDS: &[&str] = &[".content", "service_tier"];

/// Whether a fate is of a kind.
type Is = fn(Fate) -> bool;

/// The other way round: what is refused of real clients' requests, or sent otherwise, is in the table.
#[test]
fn what_becomes_of_the_fixtures_is_in_the_table() {
    let mut unlisted = BTreeSet::new();
    let mut seen = 0;
    for fixture in crate::golden::fixtures("request.json") {
        let conversation = codec(fixture.dialect).decode_request(&fixture.bytes).unwrap();
        for target in Dialect::ALL.into_iter().filter(|target| *target != fixture.dialect) {
            let told: Vec<(String, Is)> = match translate(conversation.clone(), target) {
                Ok(encoded) => {
                    let changed = encoded.losses.into_iter();
                    let changed = changed.filter(|loss| loss.action == LossAction::Approximated);
                    changed.map(|loss| (loss.feature.into_owned(), is_approximated as Is)).collect()
                }
                Err(error) => vec![(error.feature, is_refused)],
            };
            for (feature, fits) in told {
                seen += 1;
                let rows = TABLE.iter().flat_map(|section| section.rows);
                let mut rows = rows.filter(|row| fits(row.fate(target)));
                let named = |row: &Row| {
                    let word = words::of(Some(fixture.dialect), row.feature);
                    feature.starts_with(&word.unwrap_or_else(|| row.feature.to_owned()))
                };
                let is_told = TOLD_IN_WORDS.iter().any(|told| feature.ends_with(told));
                if !is_told && !rows.any(named) {
                    unlisted.insert(format!("{} to {target}: {feature}", fixture.name()));
                }
            }
        }
    }
    assert!(seen > 20, "the fixtures show {seen} changes");
    assert!(unlisted.is_empty(), "{unlisted:#?}");
}

fn is_approximated(fate: Fate) -> bool {
    matches!(fate, Fate::Approximated(_))
}

fn is_refused(fate: Fate) -> bool {
    matches!(fate, Fate::Refused(_))
}

#[test]
fn the_document_lists_every_refusal() {
    let document = dialects_markdown();
    let (_, list) = document.split_once("## What is refused").unwrap();
    for row in TABLE.iter().flat_map(|section| section.rows) {
        for target in Dialect::ALL {
            let line = format!("| `{}` | {} |", row.feature, row.about);
            let listed =
                list.lines().any(|own| own.starts_with(&line) && own.contains(&format!("`{target}`")));
            assert_eq!(listed, is_refused(row.fate(target)), "{line} {target}");
        }
    }
}

#[test]
fn each_loss_is_told_once_in_the_clients_words() {
    let body = br#"{"stop_sequences":["x"],"messages":[{"role":"user","content":[
        {"type":"text","text":"a","cache_control":{"type":"ephemeral"}},
        {"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]}"#;
    let conversation = codec(Dialect::Anthropic).decode_request(body).unwrap();
    let encoded = codec(Dialect::OpenAiResponses).encode_request(&conversation, &Target::new("up")).unwrap();
    let names: Vec<_> = encoded.losses.iter().map(|loss| loss.feature.as_ref()).collect();
    assert_eq!(names, ["stop_sequences", "cache_control"]);
}
