//! Instructions: ahead of the conversation and in the middle of it.

use crate::losses::Fate::{Approximated, Kept, Refused};
use crate::losses::Row;

const WORDS_ONLY: &str = "instructions are words there; a user message can show it";

pub(super) const ROWS: &[Row] = &[
    Row {
        feature: "system",
        about: "instructions ahead of the conversation, as one text or as blocks",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "developer",
        about: "the same in a message of the role `developer`; where that role is unknown it becomes `system`",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "messages[].role=system",
        about: "an instruction in the middle of the conversation",
        fates: [
            Approximated("a `<system-reminder>` in the next user turn"),
            // Upstreams whose templates take instructions at the start only get the reminder too.
            Kept,
            Kept,
            Kept,
            Approximated("a `<system-reminder>` in the user turn"),
            Approximated("a `<system-reminder>` in the user turn"),
        ],
    },
    Row {
        feature: "system.image",
        about: "a picture within an instruction",
        fates: [
            Refused(WORDS_ONLY),
            Refused(WORDS_ONLY),
            Kept,
            Kept,
            Refused(WORDS_ONLY),
            Refused(WORDS_ONLY),
        ],
    },
];
