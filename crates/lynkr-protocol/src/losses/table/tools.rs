//! Tools on offer, the choice among them, calls and results.

use crate::losses::Fate::{Approximated, Dropped, Implied, Kept, Refused};
use crate::losses::Row;

const OTHER_RUNS_IT: &str = "another provider runs it";
const FORCED: &str = "the forced tool runs at another provider";
const NO_FIELD: &str = "there is no such field";
const DEFAULT: &str = "so it is unless told otherwise";
const WRAPPED: &str =
    "a function with the one text argument `input`, its grammar told in words; unwrapped in the answer";
const WITH_FIRST: &str = "it stands in the description of the first of them";
const MARKED: &str = "`[tool error]` stands ahead of the answer";
const WRAPPED_ARGUMENTS: &str = "an object that holds them as `raw_arguments`";
const ONE_OR_ALL: &str = "it has `auto`, `none`, `any` and one named tool only";

pub(super) const ROWS: &[Row] = &[
    Row {
        feature: "tools",
        about: "a function with its whole schema; to upstreams that take no tools, dropped with a receipt",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "tools[].strict",
        about: "arguments must follow the schema to the letter",
        fates: [Dropped(NO_FIELD), Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Kept],
    },
    Row {
        feature: "tools[].custom",
        about: "a free-form tool, called with plain text",
        fates: [
            Approximated(WRAPPED),
            Approximated(WRAPPED),
            Kept,
            Approximated(WRAPPED),
            Approximated(WRAPPED),
            Approximated(WRAPPED),
        ],
    },
    Row {
        feature: "tools[].namespace",
        about: "tools grouped in a namespace: flat names there, restored in the answer",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "tools[].namespace.description",
        about: "what a namespace says of all its tools",
        fates: [
            Approximated(WITH_FIRST),
            Approximated(WITH_FIRST),
            Kept,
            Approximated(WITH_FIRST),
            Approximated(WITH_FIRST),
            Approximated(WITH_FIRST),
        ],
    },
    Row {
        feature: "tools[].server tool",
        about: "a tool that the provider runs itself (web search, code execution …)",
        fates: [
            Dropped(OTHER_RUNS_IT),
            Dropped(OTHER_RUNS_IT),
            Dropped(OTHER_RUNS_IT),
            Dropped(OTHER_RUNS_IT),
            Dropped(OTHER_RUNS_IT),
            Dropped(OTHER_RUNS_IT),
        ],
    },
    Row {
        feature: "tool_choice",
        about: "a server tool that must be called",
        fates: [
            Refused(FORCED),
            Refused(FORCED),
            Refused(FORCED),
            Refused(FORCED),
            Refused(FORCED),
            Refused(FORCED),
        ],
    },
    Row {
        feature: "tools[].another field",
        about: "a field of a tool that only one dialect knows (`defer_loading`)",
        fates: [
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
            Dropped(NO_FIELD),
        ],
    },
    Row {
        feature: "tool_choice",
        about: "`auto`",
        fates: [Kept, Kept, Kept, Implied(DEFAULT), Implied(DEFAULT), Kept],
    },
    Row {
        feature: "tool_choice",
        about: "`none`",
        fates: [
            Kept,
            Kept,
            Kept,
            Approximated("no tool is offered"),
            Kept,
            Approximated("no tool is offered, unless earlier calls demand that some are"),
        ],
    },
    Row {
        feature: "tool_choice",
        about: "any tool must be called (`any`, `required`)",
        fates: [Kept, Kept, Kept, Dropped("it can't be made to call"), Kept, Kept],
    },
    Row {
        feature: "tool_choice",
        about: "one tool must be called",
        fates: [Kept, Kept, Kept, Approximated("no other tool is offered"), Kept, Kept],
    },
    Row {
        feature: "tool_choice",
        about: "some of the tools may be called (`allowed_tools`)",
        fates: [
            Refused(ONE_OR_ALL),
            Kept,
            Kept,
            Refused("it has no choice of tools"),
            Kept,
            Refused(ONE_OR_ALL),
        ],
    },
    Row {
        feature: "tool_choice",
        about: "a choice where no tool is on offer",
        fates: [
            Implied("there is nothing to choose"),
            Implied("there is nothing to choose"),
            Kept,
            Implied("there is nothing to choose"),
            Implied("there is nothing to choose"),
            Implied("there is nothing to choose"),
        ],
    },
    Row {
        feature: "parallel_tool_calls",
        about: "one call at a time",
        fates: [Kept, Kept, Kept, Dropped(NO_FIELD), Dropped(NO_FIELD), Dropped(NO_FIELD)],
    },
    Row {
        feature: "parallel_tool_calls",
        about: "several calls at a time",
        fates: [Implied(DEFAULT), Kept, Kept, Implied(DEFAULT), Implied(DEFAULT), Implied(DEFAULT)],
    },
    Row {
        feature: "tool_use",
        about: "calls of tools and their results, paired by id",
        fates: [Kept, Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "tool_use.arguments",
        about: "arguments that are no JSON object, as models sometimes write them",
        fates: [
            Approximated(WRAPPED_ARGUMENTS),
            Kept,
            Kept,
            Approximated(WRAPPED_ARGUMENTS),
            Approximated(WRAPPED_ARGUMENTS),
            Approximated(WRAPPED_ARGUMENTS),
        ],
    },
    Row {
        feature: "tool_use.id",
        about: "a call's id with characters other than letters, digits, `_`, `-`",
        fates: [Approximated("`_` in their place, in the call and its result"), Kept, Kept, Kept, Kept, Kept],
    },
    Row {
        feature: "tool_result.is_error",
        about: "a tool that failed",
        fates: [Kept, Approximated(MARKED), Approximated(MARKED), Approximated(MARKED), Kept, Kept],
    },
];
