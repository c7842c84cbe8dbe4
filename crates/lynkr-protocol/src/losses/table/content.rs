//! Content of turns: words, pictures, files, and what only one provider understands.

use crate::losses::Fate::{Approximated, Dropped, Kept, Refused};
use crate::losses::Row;

const OWN_FORM: &str = "each provider makes its own, and none takes another's";
const AUTOMATIC: &str = "it caches by itself";
const OTHER_STORE: &str = "the file lies in another provider's store; send the bytes";
const BASE64_ONLY: &str = "it takes base64 only; send the bytes";
const NO_PICTURES: &str = "its model's turns hold no pictures";
const TEXT_ONLY: &str = "it reads text only; send the text";
const AS_WORDS: &str = "its text, with its title, stands among the words";
const NO_FIELD: &str = "there is no such field";
const S3: &str = "it takes bytes and places in Amazon S3; send the bytes";
const UNHEARD: &str = "the model would never hear or see it";
const NOT_ITS_OWN: &str = "only the provider that made it understands it";

pub(super) const ROWS: &[Row] = &[
    Row { feature: "text", about: "words", fates: [Kept, Kept, Kept, Kept, Kept, Kept] },
    Row {
        feature: "citations",
        about: "where the words of an earlier answer come from (`citations`, `annotations`)",
        fates: [
            Dropped(OWN_FORM),
            Dropped(OWN_FORM),
            Dropped(OWN_FORM),
            Dropped(OWN_FORM),
            Dropped(OWN_FORM),
            Dropped(OWN_FORM),
        ],
    },
    Row {
        feature: "cache_control",
        about: "a cache marker on words, pictures, files, calls, results or tools",
        fates: [
            Kept,
            Dropped(
                "it caches by itself; upstreams that take markers (OpenRouter) get those on content and tools",
            ),
            Dropped(AUTOMATIC),
            Dropped(AUTOMATIC),
            Dropped(AUTOMATIC),
            Kept,
        ],
    },
    Row {
        feature: "image",
        about: "a picture in place, as base64",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "image.url",
        about: "a picture at a URL",
        fates: [Kept, Kept, Kept, Refused(BASE64_ONLY), Kept, Refused(S3)],
    },
    Row {
        feature: "image.source",
        about: "a picture in a provider's file store",
        fates: [
            Refused(OTHER_STORE),
            Refused("it takes pictures in place or at a URL"),
            Refused(OTHER_STORE),
            Refused(BASE64_ONLY),
            Refused(OTHER_STORE),
            Refused(S3),
        ],
    },
    Row {
        feature: "image.detail",
        about: "how closely the model looks at a picture",
        fates: [Dropped(NO_FIELD), Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Dropped(NO_FIELD)],
    },
    Row {
        feature: "tool_result.image",
        about: "a picture within a tool's answer",
        fates: [
            Kept,
            Approximated("shown in the user message after it, with a line that names the call"),
            Kept,
            Kept,
            Kept,
            Kept,
        ],
    },
    Row {
        feature: "assistant.image",
        about: "a picture within a turn of the model",
        fates: [
            Dropped(NO_PICTURES),
            Dropped(NO_PICTURES),
            Dropped(NO_PICTURES),
            Kept,
            Kept,
            Dropped(NO_PICTURES),
        ],
    },
    Row {
        feature: "document",
        about: "a PDF in place, as base64",
        fates: [Kept, Kept, Kept, Refused(TEXT_ONLY), Kept, Kept],
    },
    Row {
        feature: "document",
        about: "a document that is text",
        fates: [
            Kept,
            Approximated(AS_WORDS),
            Approximated(AS_WORDS),
            Approximated(AS_WORDS),
            Approximated(AS_WORDS),
            Kept,
        ],
    },
    Row {
        feature: "document",
        about: "a file of another kind, as base64",
        fates: [
            Refused("it reads PDF and text"),
            Kept,
            Kept,
            Refused(TEXT_ONLY),
            Kept,
            Refused("it reads PDF, text and office files"),
        ],
    },
    Row {
        feature: "document.source",
        about: "a document at a URL",
        fates: [
            Kept,
            Refused("it fetches no files; send the bytes"),
            Kept,
            Refused(TEXT_ONLY),
            Kept,
            Refused(S3),
        ],
    },
    Row {
        feature: "document.source",
        about: "a document in a provider's file store (OpenAI's two dialects share theirs)",
        fates: [
            Refused(OTHER_STORE),
            Refused(OTHER_STORE),
            Refused(OTHER_STORE),
            Refused(TEXT_ONLY),
            Refused(OTHER_STORE),
            Refused(S3),
        ],
    },
    Row {
        feature: "document.context",
        about: "a document's other fields (`context`, `citations`)",
        fates: [Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Dropped(NO_FIELD), Dropped(NO_FIELD), Kept],
    },
    Row {
        feature: "tool_result.document",
        about: "a PDF within a tool's answer",
        fates: [
            Kept,
            Approximated("shown in the user message after it, with a line that names the call"),
            Kept,
            Refused(TEXT_ONLY),
            Kept,
            Kept,
        ],
    },
    Row {
        feature: "input_audio",
        about: "sound or film",
        fates: [Refused(UNHEARD), Kept, Refused(UNHEARD), Refused(UNHEARD), Kept, Kept],
    },
    Row {
        feature: "refusal",
        about: "an earlier answer by which the model declined",
        fates: [
            Approximated("as words"),
            Kept,
            Kept,
            Approximated("as words"),
            Approximated("as words"),
            Approximated("as words"),
        ],
    },
    Row {
        feature: "another block",
        about: "a block of a type that only one provider knows: its server tools' calls and results, references",
        fates: [
            Dropped(NOT_ITS_OWN),
            Dropped(NOT_ITS_OWN),
            Dropped(NOT_ITS_OWN),
            Dropped(NOT_ITS_OWN),
            Dropped(NOT_ITS_OWN),
            Dropped(NOT_ITS_OWN),
        ],
    },
    Row {
        feature: "messages[].another field",
        about: "a field of a message or block that only one dialect knows (`name`)",
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
