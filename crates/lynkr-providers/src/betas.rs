//! What becomes of `anthropic-beta` on the way to a cloud.
//!
//! Anthropic's own API gets the header as it came, whatever is in it: it knows its own values, and a client
//! gains new ones with each release. The clouds refuse a whole request for one value that they don't know, so
//! towards them only what is known to be taken goes on; Amazon Bedrock takes the values as the body field
//! `anthropic_beta`, Google's Agent Platform (Vertex AI) as the same header as Anthropic. The rest is left out
//! with a line on the receipt, together with the body fields that mean nothing without it.
//!
//! Sources: "Anthropic Claude Messages API" and "Inference using Anthropic Messages API" in the Amazon Bedrock
//! user guide; "Beta headers", "Features overview" and the page of each feature in the Claude API docs; "Claude
//! Code gateway compatibility guide" (feature pass-through) for the fields that travel with a value.

use lynkr_config::{Kind, Setting};
use lynkr_types::Loss;

/// A cloud that serves Claude with fewer betas than Anthropic does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// Amazon Bedrock's InvokeModel: the body field `anthropic_beta`, a list of strings.
    Bedrock,
    /// Google's Agent Platform, formerly Vertex AI: the header `anthropic-beta`.
    Vertex,
}

/// What a cloud does with a beta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It takes it under the same name.
    Taken,
    /// It takes what it stands for under these names.
    Named(&'static [&'static str]),
    /// It refuses it, and the feature with it: the paired body fields must go as well.
    Refused,
    /// It needs no beta for it: the value is left out and the fields stay.
    Unneeded,
}

/// A beta, what each cloud does with it, and what belongs to it in the body.
struct Beta {
    name: &'static str,
    bedrock: Fate,
    vertex: Fate,
    /// The body fields that are an error without the beta, as paths; `[]` stands for each element.
    fields: &'static [&'static str],
}

impl Beta {
    const fn fate(&self, cloud: Cloud) -> Fate {
        match cloud {
            Cloud::Bedrock => self.bedrock,
            Cloud::Vertex => self.vertex,
        }
    }
}

/// The setting that holds what the operator vouches for.
pub(crate) const ALLOWED: &str = "LYNKR_ALLOWED_BETAS";

pub(crate) const SETTINGS: &[Setting] = &[Setting::new(
    ALLOWED,
    "upstream.allowed_betas",
    Kind::List,
    "Values of `anthropic-beta` that go up to Claude on Bedrock and on Vertex AI as the client sent them, with the \
     fields that they need, though this version of Lynkr knows that cloud to refuse them or doesn't know them. They \
     are never added to a request that didn't ask for them.",
)];

use Fate::{Named, Refused, Taken, Unneeded};

/// The clouds' name for the part of advanced tool use that they have.
const TOOL_SEARCH: &str = "tool-search-tool-2025-10-19";
const TOOL_EXAMPLES: &str = "tool-examples-2025-10-29";

const fn beta(name: &'static str, bedrock: Fate, vertex: Fate, fields: &'static [&'static str]) -> Beta {
    Beta { name, bedrock, vertex, fields }
}

/// Every beta that is known, in alphabetical order.
const BETAS: &[Beta] = &[
    beta(
        "advanced-tool-use-2025-11-20",
        Named(&[TOOL_SEARCH, TOOL_EXAMPLES]),
        Named(&[TOOL_SEARCH]),
        &["tools[].allowed_callers"],
    ),
    beta("advisor-tool-2026-03-01", Refused, Refused, &["tools[advisor_20260301]"]),
    // Tells who asks; it switches nothing on.
    beta("claude-code-20250219", Unneeded, Unneeded, &[]),
    beta("code-execution-2025-05-22", Refused, Refused, &["container", "tools[code_execution_20250522]"]),
    beta("code-execution-2025-08-25", Refused, Refused, &["container", "tools[code_execution_20250825]"]),
    beta("compact-2026-01-12", Taken, Taken, &["context_management.edits[compact_20260112]"]),
    beta("computer-use-2024-10-22", Taken, Taken, &[]),
    beta("computer-use-2025-01-24", Taken, Taken, &[]),
    beta("computer-use-2025-11-24", Taken, Taken, &[]),
    beta("context-1m-2025-08-07", Taken, Taken, &[]),
    beta("context-management-2025-06-27", Taken, Taken, &["context_management"]),
    beta("dev-full-thinking-2025-05-14", Taken, Refused, &[]),
    beta("effort-2025-11-24", Taken, Unneeded, &["output_config.effort"]),
    beta("extended-cache-ttl-2025-04-11", Unneeded, Unneeded, &[]),
    beta("fast-mode-2026-02-01", Refused, Refused, &["speed"]),
    beta("files-api-2025-04-14", Refused, Refused, &["messages[].content[].source.file_id"]),
    beta("fine-grained-tool-streaming-2025-05-14", Taken, Unneeded, &[]),
    beta("interleaved-thinking-2025-05-14", Taken, Taken, &[]),
    beta("mcp-client-2025-04-04", Refused, Refused, &["mcp_servers"]),
    beta("mcp-client-2025-11-20", Refused, Refused, &["mcp_servers"]),
    beta("mid-conversation-system-2026-04-07", Refused, Refused, &["messages[system]"]),
    // Subscriptions are Anthropic's: no cloud takes their tokens.
    beta("oauth-2025-04-20", Unneeded, Unneeded, &[]),
    beta("output-128k-2025-02-19", Taken, Refused, &[]),
    beta("pdfs-2024-09-25", Unneeded, Unneeded, &[]),
    beta("prompt-caching-2024-07-31", Unneeded, Unneeded, &[]),
    beta("prompt-caching-scope-2026-01-05", Refused, Refused, &["cache_control.scope"]),
    beta("redact-thinking-2026-02-12", Refused, Refused, &[]),
    beta("skills-2025-10-02", Refused, Refused, &["container"]),
    beta("structured-outputs-2025-11-13", Refused, Refused, &["output_format", "tools[].strict"]),
    beta("task-budgets-2026-03-13", Refused, Refused, &["output_config.task_budget"]),
    beta("thinking-token-count-2026-05-13", Refused, Refused, &[]),
    beta("token-counting-2024-11-01", Unneeded, Unneeded, &[]),
    beta("token-efficient-tools-2025-02-19", Taken, Refused, &[]),
    beta(TOOL_EXAMPLES, Taken, Refused, &["tools[].input_examples"]),
    beta(TOOL_SEARCH, Taken, Taken, &["tools[].defer_loading"]),
    beta("web-fetch-2025-09-10", Refused, Refused, &["tools[web_fetch_20250910]"]),
    beta("web-search-2025-03-05", Refused, Taken, &["tools[web_search_20250305]"]),
];

/// What goes to a cloud of a client's betas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappedBetas {
    /// The values that go up, each once, in the client's order: the body field `anthropic_beta` for Bedrock, the
    /// header `anthropic-beta` (joined with commas) for Vertex. Empty: neither is sent.
    pub values: Vec<String>,
    /// Paths of body fields that the cloud would refuse, because their beta was left out. `[]` stands for each
    /// element, `[name]` for the elements of that type or role.
    pub fields: Vec<&'static str>,
    /// What was left out or renamed, for the receipt.
    pub losses: Vec<Loss>,
}

/// Maps the values of all `anthropic-beta` headers of a request, and of a body's `anthropic_beta`, for a cloud.
///
/// `also` are values that the operator vouches for: they go up as they are, known or not, so that a value that
/// is newer than this table can be used before the table knows it.
pub fn map_betas<'a>(
    cloud: Cloud,
    headers: impl IntoIterator<Item = &'a str>,
    also: &[String],
) -> MappedBetas {
    let mut mapped = MappedBetas::default();
    let asked = headers.into_iter().flat_map(|header| header.split(','));
    for asked in asked.map(str::trim).filter(|asked| !asked.is_empty()) {
        if also.iter().any(|vouched| vouched.eq_ignore_ascii_case(asked)) {
            mapped.take(asked);
            continue;
        }
        let known = BETAS.iter().find(|beta| beta.name.eq_ignore_ascii_case(asked));
        match known.map(|beta| (beta, beta.fate(cloud))) {
            Some((beta, Taken)) => mapped.take(beta.name),
            Some((beta, Named(names))) => mapped.rename(beta, names),
            Some((beta, Refused)) => mapped.refuse(beta.name, beta.fields),
            // What it switches on is on there: nothing is lost.
            Some((_, Unneeded)) => {}
            None => mapped.refuse(asked, &[]),
        }
    }
    mapped.keep_paid_fields();
    mapped
}

impl MappedBetas {
    fn take(&mut self, name: &str) {
        if !self.values.iter().any(|own| own == name) {
            self.values.push(name.to_owned());
        }
    }

    fn rename(&mut self, beta: &Beta, names: &[&str]) {
        for name in names {
            self.take(name);
        }
        self.go_without(beta.fields);
        self.lose(Loss::approximated(format!("anthropic-beta:{}", beta.name)));
    }

    fn refuse(&mut self, name: &str, fields: &[&'static str]) {
        self.go_without(fields);
        self.lose(Loss::dropped(format!("anthropic-beta:{name}")));
    }

    fn go_without(&mut self, fields: &[&'static str]) {
        for field in fields {
            if !self.fields.contains(field) {
                self.fields.push(field);
            }
        }
    }

    fn lose(&mut self, loss: Loss) {
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// A field stays if another beta that goes up pays for it.
    fn keep_paid_fields(&mut self) {
        let values = &self.values;
        let goes_up = |beta: &&Beta| values.iter().any(|value| value == beta.name);
        let kept: Vec<&str> = BETAS.iter().filter(goes_up).flat_map(|beta| beta.fields).copied().collect();
        self.fields.retain(|field| !kept.contains(field));
    }
}

#[cfg(test)]
mod tests;
