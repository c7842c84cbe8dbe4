//! The caller, what is kept of the answer, and everything else.

use crate::losses::Fate::{Dropped, Implied, Kept, Refused};
use crate::losses::Row;

const NO_FIELD: &str = "there is no such field";
const NOTHING_KEPT: &str = "it keeps nothing";
const NO_STORE: &str = "it keeps no answers to go on from; the gateway puts in those that it kept itself";
const TOO_LONG: &str = "OpenAI takes 64 characters";

pub(super) const ROWS: &[Row] = &[
    Row {
        feature: "user",
        about: "who asks (`user`, `safety_identifier`, `metadata.user_id`)",
        fates: [Kept, Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Dropped(NO_FIELD)],
    },
    Row {
        feature: "user",
        about: "longer than 64 characters",
        fates: [
            Kept,
            Dropped(TOO_LONG),
            Dropped(TOO_LONG),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
        ],
    },
    Row {
        feature: "metadata",
        about: "free metadata",
        fates: [
            Dropped(NO_FIELD),
            Dropped("taken only with `store: true`"),
            Kept,
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Kept,
        ],
    },
    Row {
        feature: "service_tier",
        about: "a tier of the provider; `auto`, `default` and `standard_only` are translated",
        fates: [Dropped("it has others"), Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Kept],
    },
    Row {
        feature: "store",
        about: "`true`: the provider keeps the answer",
        fates: [
            Dropped(NOTHING_KEPT),
            Kept,
            Kept,
            Dropped(NOTHING_KEPT),
            Dropped(NOTHING_KEPT),
            Dropped(NOTHING_KEPT),
        ],
    },
    Row {
        feature: "store",
        about: "`false`",
        fates: [
            Implied(NOTHING_KEPT),
            Implied("nothing is kept unless asked for"),
            Kept,
            Implied(NOTHING_KEPT),
            Implied(NOTHING_KEPT),
            Implied(NOTHING_KEPT),
        ],
    },
    Row {
        feature: "previous_response_id",
        about: "goes on from an answer that the provider kept",
        fates: [
            Refused(NO_STORE),
            Refused(NO_STORE),
            Kept,
            Refused(NO_STORE),
            Refused(NO_STORE),
            Refused(NO_STORE),
        ],
    },
    Row {
        feature: "prompt_cache_key",
        about: "which requests share a cache",
        fates: [
            Dropped(NO_FIELD),
            Dropped("only OpenAI's own models take it, many other vendors refuse it"),
            Kept,
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
        ],
    },
    Row {
        feature: "another field",
        about: "a top-level field that only one dialect knows (`logit_bias`, `context_management`, `keep_alive`)",
        fates: [
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
        ],
    },
];
