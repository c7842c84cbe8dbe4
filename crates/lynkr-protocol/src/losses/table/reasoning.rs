//! Reasoning: how much is asked for, and what of earlier turns goes back.

use crate::losses::Fate::{Approximated, Dropped, Implied, Kept};
use crate::losses::Row;

const OWN_ONLY: &str = "it takes back only reasoning that it can check";
const WORDS_STAY: &str = "the words go as reasoning, the proof has no place";
const LEVEL: &str = "on or off; a level for models that take one";
const LEAST: &str = "the least that the model can be set to";
const HIGHEST: &str = "`high`, the highest that every reasoning model knows";
const NEAREST: &str = "the nearest of `low`, `medium`, `high`";

pub(super) const ROWS: &[Row] = &[
    Row {
        feature: "thinking.proof",
        about: "reasoning that Anthropic signed",
        fates: [Kept, Dropped(WORDS_STAY), Dropped(OWN_ONLY), Dropped(WORDS_STAY), Dropped(WORDS_STAY), Kept],
    },
    Row {
        feature: "thinking.proof",
        about: "reasoning that Anthropic encrypted (`redacted_thinking`)",
        fates: [
            Kept,
            Dropped("it has no words"),
            Dropped(OWN_ONLY),
            Dropped("it has no words"),
            Dropped("it has no words"),
            Kept,
        ],
    },
    Row {
        feature: "thinking.proof",
        about: "a reasoning item of the Responses API with `encrypted_content`",
        fates: [
            Dropped(OWN_ONLY),
            Dropped(WORDS_STAY),
            Kept,
            Dropped(WORDS_STAY),
            Dropped(WORDS_STAY),
            Dropped(OWN_ONLY),
        ],
    },
    Row {
        feature: "thinking.proof",
        about: "a part of an answer that Gemini signed (`thoughtSignature`)",
        fates: [
            Dropped(OWN_ONLY),
            Dropped(WORDS_STAY),
            Dropped(OWN_ONLY),
            Dropped(WORDS_STAY),
            Kept,
            Dropped(OWN_ONLY),
        ],
    },
    Row {
        feature: "thinking.proof",
        about: "OpenRouter's `reasoning_details` with signatures or encrypted parts",
        fates: [
            Dropped(OWN_ONLY),
            Kept,
            Dropped(OWN_ONLY),
            Dropped(WORDS_STAY),
            Dropped(WORDS_STAY),
            Dropped(OWN_ONLY),
        ],
    },
    Row {
        feature: "thinking",
        about: "reasoning without a proof (`reasoning_content`, `thinking`)",
        fates: [Dropped(OWN_ONLY), Kept, Dropped(OWN_ONLY), Kept, Kept, Dropped(OWN_ONLY)],
    },
    Row {
        feature: "reasoning.effort",
        about: "`low`, `medium`, `high`",
        fates: [
            Approximated(
                "a budget of 4,096, 16,384 or 32,000 tokens; left out, with a receipt, beside a forced tool or unsigned calls",
            ),
            Kept,
            Kept,
            Approximated(LEVEL),
            Kept,
            Approximated(
                "a budget of 4,096, 16,384 or 32,000 tokens; left out, with a receipt, beside a forced tool or unsigned calls; kept for `anthropic` clients; Nova and gpt-oss have levels",
            ),
        ],
    },
    Row {
        feature: "reasoning.effort",
        about: "`minimal`",
        fates: [
            Approximated("no thinking"),
            Kept,
            Kept,
            Approximated(LEVEL),
            Kept,
            Approximated("no thinking"),
        ],
    },
    Row {
        feature: "reasoning.effort",
        about: "`xhigh` and `max` of Anthropic's clients",
        fates: [
            Kept,
            Approximated(HIGHEST),
            Approximated(HIGHEST),
            Approximated(LEVEL),
            Approximated("`HIGH`, the highest level"),
            Kept,
        ],
    },
    Row {
        feature: "reasoning.effort",
        about: "`none`",
        fates: [
            Implied("it doesn't think unless asked"),
            Kept,
            Kept,
            Kept,
            Approximated(LEAST),
            Implied("it doesn't think unless asked"),
        ],
    },
    Row {
        feature: "reasoning.budget",
        about: "at most so many tokens",
        fates: [Kept, Approximated(NEAREST), Approximated(NEAREST), Approximated("on"), Kept, Kept],
    },
    Row {
        feature: "reasoning",
        about: "as much as the model thinks fit (`adaptive`, `think: true`)",
        fates: [
            Approximated("a budget of 16,384 tokens"),
            Implied("reasoning models do so by themselves"),
            Kept,
            Kept,
            Implied("reasoning models do so by themselves"),
            Approximated("a budget of 16,384 tokens; kept for `anthropic` clients"),
        ],
    },
    Row {
        feature: "reasoning",
        about: "no reasoning (`disabled`, `think: false`)",
        fates: [
            Implied("it doesn't think unless asked"),
            Approximated("left to the model: most refuse to be told"),
            Approximated("left to the model: most refuse to be told"),
            Kept,
            Approximated(LEAST),
            Implied("it doesn't think unless asked"),
        ],
    },
    Row {
        feature: "reasoning.summary",
        about: "how the reasoning is shown",
        fates: [
            Approximated("thinking is shown as the model's provider shows it"),
            Dropped("it is shown as the provider shows it"),
            Kept,
            Dropped("it is shown whole"),
            Kept,
            Approximated("thinking is shown as the model's provider shows it"),
        ],
    },
];
