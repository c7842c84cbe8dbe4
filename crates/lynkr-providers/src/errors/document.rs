//! `docs/errors.md`, written from the table.

use std::fmt::Write as _;

use lynkr_types::Scope;

use super::row::{Again, ErrorRow, Wait};
use super::table::ERROR_ROWS;

const HEAD: &str = "# Errors\n\n\
    What a provider's refusal means here. The first row that fits decides; what no row knows is judged by its \
    status. Written from the table in `crates/lynkr-providers/src/errors/table.rs`; a test sends each row's \
    example through the gateway, for clients of each dialect.\n\n\
    - **Kind**: what the client is told, in its own dialect's words. A client of the provider's own dialect gets \
    the provider's own body, unchanged.\n\
    - **Counts at**: the narrowest thing that the refusal speaks of. What is wrong with a *request* says nothing of \
    anybody else's; a *model*, a *credential* or a *provider* in trouble may be passed over for a while. Only rows \
    marked ✓ count against anybody's health: a provider's 4xx never does, but for 429.\n\
    - **Again**: whether the gateway sends the same request again, and whether the client may (else \
    `x-should-retry: false` says so). *Elsewhere*: this target won't answer, another may.\n\
    - **Wait**: where the provider says how long. The client gets it as `retry-after`. Nothing is made up where \
    nothing is said.\n\
    - **Status**: what the client gets; `=` is the provider's own, and for an error in a 200 the one that the error \
    itself names.\n\n\
    | Provider | Status | Words | Meaning | Kind | Counts at | Again | Wait | Status |\n\
    |---|---|---|---|---|---|---|---|---|\n";

/// The whole document.
pub fn errors_markdown() -> String {
    let mut text = HEAD.to_owned();
    for row in ERROR_ROWS {
        let status = row.status.map_or_else(|| "=".to_owned(), |status| status.to_string());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | `{:?}` | {} | {} | {} | {status} |",
            or_any(row.providers.iter().map(|name| format!("`{name}`"))),
            or_any(row.statuses.iter().map(ToString::to_string)),
            words(row),
            row.note,
            row.kind,
            scope(row),
            again(row.again),
            wait(row.wait),
        );
    }
    text
}

fn or_any(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "any".to_owned() } else { items.join(", ") }
}

fn words(row: &ErrorRow) -> String {
    let codes: Vec<String> = row.codes.iter().map(|code| format!("`{code}`")).collect();
    let says: Vec<String> = row.says.iter().map(|part| format!("“{part}”")).collect();
    match (codes.is_empty(), says.is_empty()) {
        (true, true) => "–".to_owned(),
        (false, true) => codes.join(", "),
        (true, false) => says.join(", "),
        (false, false) => format!("{} with {}", codes.join(", "), says.join(", ")),
    }
}

const fn scope(row: &ErrorRow) -> &'static str {
    match (row.scope, row.kind.counts()) {
        (Scope::Request, false) => "request",
        (Scope::Request, true) => "request ✓",
        (Scope::Model, false) => "model",
        (Scope::Model, true) => "model ✓",
        (Scope::Credential, false) => "credential",
        (Scope::Credential, true) => "credential ✓",
        (Scope::Provider, false) => "provider",
        (Scope::Provider, true) => "provider ✓",
    }
}

const fn again(again: Again) -> &'static str {
    match again {
        Again::Never => "no",
        Again::Same => "yes",
        Again::Elsewhere => "elsewhere",
    }
}

const fn wait(wait: Wait) -> &'static str {
    match wait {
        Wait::Unsaid => "–",
        Wait::Header => "header",
        Wait::Body => "body",
    }
}
