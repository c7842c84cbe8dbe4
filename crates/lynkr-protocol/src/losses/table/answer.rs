//! The answer: its length, how it is drawn, its form.

use crate::losses::Fate::{Approximated, Dropped, Kept};
use crate::losses::Row;

const NO_FIELD: &str = "there is no such field";

pub(super) const ROWS: &[Row] = &[
    Row {
        feature: "max_tokens",
        about: "the most output tokens, under each of its names",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "max_tokens",
        about: "fewer than 16",
        fates: [Kept, Kept, Approximated("16, the least that it takes"), Kept, Kept, Kept],
    },
    Row {
        feature: "stop",
        about: "texts that end the answer",
        fates: [Kept, Kept, Dropped(NO_FIELD), Kept, Kept, Kept],
    },
    Row {
        feature: "stop",
        about: "white space alone among them",
        fates: [
            Dropped("it refuses such a text"),
            Kept,
            Dropped(NO_FIELD),
            Kept,
            Kept,
            Dropped("it refuses such a text"),
        ],
    },
    Row { feature: "temperature", about: "up to 1", fates: [Kept, Kept, Kept, Kept, Kept, Kept] },
    Row {
        feature: "temperature",
        about: "over 1",
        fates: [
            Approximated("1, the most that it takes"),
            Kept,
            Kept,
            Kept,
            Kept,
            Approximated("1, the most that it takes"),
        ],
    },
    Row {
        feature: "temperature",
        about: "beside reasoning",
        fates: [
            Dropped("it takes none while it thinks"),
            Kept,
            Kept,
            Kept,
            Kept,
            Dropped("Claude takes none while it thinks"),
        ],
    },
    Row { feature: "top_p", about: "alone", fates: [Kept, Kept, Kept, Kept, Kept, Kept] },
    Row {
        feature: "top_p",
        about: "beside `temperature`",
        fates: [
            Dropped("its newer models take one of the two"),
            Kept,
            Kept,
            Kept,
            Kept,
            Dropped("Claude's newer models take one of the two"),
        ],
    },
    Row {
        feature: "top_k",
        about: "how many candidates there are for a token",
        fates: [
            Kept,
            Dropped("not in the API; vendors that have it refuse or take it"),
            Dropped(NO_FIELD),
            Kept,
            Kept,
            Kept,
        ],
    },
    Row {
        feature: "frequency_penalty",
        about: "against repeating often; so is `presence_penalty`",
        fates: [Dropped(NO_FIELD), Kept, Dropped(NO_FIELD), Kept, Kept, Dropped(NO_FIELD)],
    },
    Row {
        feature: "seed",
        about: "fixes the randomness",
        fates: [Dropped(NO_FIELD), Kept, Dropped(NO_FIELD), Kept, Kept, Dropped(NO_FIELD)],
    },
    Row {
        feature: "response_format",
        about: "any JSON object",
        fates: [Dropped("it takes a schema only"), Kept, Kept, Kept, Kept, Dropped("it takes a schema only")],
    },
    Row {
        feature: "response_format",
        about: "JSON of a schema",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "response_format.description",
        about: "what the schema is for",
        fates: [Dropped(NO_FIELD), Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Kept],
    },
    Row {
        feature: "response_format.strict",
        about: "`strict: false`: the schema is a wish",
        fates: [
            Approximated("always to the letter"),
            Kept,
            Kept,
            Approximated("always to the letter"),
            Approximated("always to the letter"),
            Approximated("always to the letter"),
        ],
    },
    Row {
        feature: "verbosity",
        about: "how long-winded the answer is (`verbosity`, `text.verbosity`)",
        fates: [
            Dropped(NO_FIELD),
            Dropped("only OpenAI's own models take it, many other vendors refuse it"),
            Kept,
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
        ],
    },
];
