//! How a request goes up: its bytes untouched but for splices, or translated.

use std::sync::Arc;

use bytes::Bytes;
use lynkr_protocol::neutral::{Block, Conversation, Role, ToolUse, Turn};
use lynkr_protocol::peek::{Edit, Peek, Piece, pieces};
use lynkr_protocol::tool_names::ToolNames;
use lynkr_protocol::{Dialect, anthropic, codec};
use lynkr_types::{Change, Loss, Receipt};

use crate::adapt::adapt;
use crate::agent::{Capture, Task};
use crate::embed::Embedded;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::problems::decoded;
use crate::route::{Routed, target};
use crate::sessions::Expected;
use crate::{envelope, stored};

/// What the receipt calls the line by which Claude Code bills its sessions.
const BILLING_LINE: &str = "system.billing_header";

/// How a request goes up.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The body, in pieces.
    pub(crate) body: Vec<Bytes>,
    /// Whether the client wants a stream.
    pub(crate) stream: bool,
    /// How the answer comes back.
    pub(crate) way: Way,
    /// About how many tokens the input has, where somebody wants to know and it isn't decoded.
    pub(crate) input: Option<u64>,
}

/// How the answer comes back.
#[derive(Debug)]
pub(crate) enum Way {
    /// Byte for byte.
    Passthrough {
        /// Whether we asked for the usage chunk at the end of a chat stream, which the client didn't.
        strip_usage: bool,
        /// Whether the provider refuses to be asked, so that what goes by is counted instead.
        count: bool,
    },
    /// Decoded, restored, encoded.
    Translate(Box<Translation>),
    /// Vectors, which have ways of their own.
    Embeddings(Embedded),
}

/// What a translated answer needs.
#[derive(Debug)]
pub(crate) struct Translation {
    /// The client's request, as far as its answer needs it.
    pub(crate) conversation: Arc<Conversation>,
    pub(crate) names: ToolNames,
    /// What is thought of the input before it is measured.
    pub(crate) expected: Expected,
    /// The input as the client would have to send it again, when the answer is kept for continuation.
    pub(crate) keep: Option<stored::Input>,
    /// The loop that the answer is a part of, until somebody takes it up.
    pub(crate) task: Option<Box<Task>>,
    /// Where the answer goes instead of to the client.
    pub(crate) capture: Option<Capture>,
}

/// A conversation as a provider gets it.
struct Written {
    body: Vec<Bytes>,
    names: ToolNames,
    expected: Expected,
}

impl Gateway {
    /// Plans the way up.
    pub(crate) fn plan(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        routed: &Routed<'_>,
        receipt: &mut Receipt,
    ) -> Result<Plan, Failure> {
        let stream = peek.stream.unwrap_or(ingress.dialect == Dialect::Ollama);
        let same = routed.dialect == ingress.dialect && peek.native;
        let passes = same && (routed.tools || peek.tools == 0);
        // Without what came before, the rest of a conversation is another one.
        if peek.thread && !(passes && routed.upstream.provider().keeps_threads) {
            return Err(Failure::client(anthropic::threads_unsupported()));
        }
        let runs_tools = self.may_run_tools(ingress, peek, routed);
        if passes && !runs_tools {
            return self.passed(ingress, peek, routed, stream, receipt);
        }
        let (body, keep) = self.stored().expand(ingress, peek)?;
        let mut conversation = decoded(ingress.dialect, &body)?;
        conversation.stream = stream;
        let task = if runs_tools { self.task(ingress, peek, &mut conversation, receipt)? } else { None };
        if passes && task.is_none() {
            return self.passed(ingress, peek, routed, stream, receipt);
        }
        // The answer echoes the client's request, in which the history was only referred to.
        let previous = task.is_none().then(|| peek.previous_response_id.clone()).flatten();
        let (task, way) = (task.map(Box::new), (stream, previous));
        self.translate(ingress, routed, conversation, way, receipt).map(|mut plan| {
            if let Way::Translate(translation) = &mut plan.way {
                (translation.keep, translation.task) = (keep, task);
            }
            plan
        })
    }

    /// Plans the way up of bytes as they are.
    fn passed(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        routed: &Routed<'_>,
        stream: bool,
        receipt: &mut Receipt,
    ) -> Result<Plan, Failure> {
        let plan = passthrough(ingress, peek, routed, stream, receipt)?;
        let is_wanted = ingress.warrant.measures();
        let weights = self.router().weights();
        let input = is_wanted.then(|| weights.input_tokens(&ingress.body, peek, &routed.model)).flatten();
        Ok(Plan { input, ..plan })
    }

    /// Plans a further step of a loop.
    pub(crate) fn plan_step(
        &self,
        ingress: &Ingress,
        conversation: &Conversation,
        routed: &Routed<'_>,
        (stream, capture): (bool, Capture),
        receipt: &mut Receipt,
    ) -> Result<Plan, Failure> {
        let mut plan = self.translate(ingress, routed, conversation.clone(), (stream, None), receipt)?;
        if let Way::Translate(translation) = &mut plan.way {
            translation.capture = Some(capture);
        }
        Ok(plan)
    }

    /// A conversation in the provider's own dialect.
    pub(crate) fn translate(
        &self,
        ingress: &Ingress,
        routed: &Routed<'_>,
        mut conversation: Conversation,
        (stream, previous): (bool, Option<String>),
        receipt: &mut Receipt,
    ) -> Result<Plan, Failure> {
        receipt.note(Change::Translated { from: ingress.dialect.name(), to: routed.dialect.name() });
        let is_read =
            routed.dialect == Dialect::Anthropic && routed.upstream.reads_billing_line(&routed.model);
        if !is_read && anthropic::remove_billing_line(&mut conversation) {
            receipt.note(Change::Lost(Loss::dropped(BILLING_LINE)));
        }
        let asked = asked(&mut conversation, ingress.dialect, previous);
        let Written { body, names, expected } = self.written(ingress, conversation, routed, receipt)?;
        let (conversation, keep) = (Arc::new(asked), None);
        let translation = Translation { conversation, names, expected, keep, task: None, capture: None };
        Ok(Plan { body, stream, way: Way::Translate(Box::new(translation)), input: None })
    }

    /// Writes a conversation for a provider.
    fn written(
        &self,
        ingress: &Ingress,
        mut conversation: Conversation,
        routed: &Routed<'_>,
        receipt: &mut Receipt,
    ) -> Result<Written, Failure> {
        let mut names = ToolNames::default();
        if routed.dialect != Dialect::OpenAiResponses {
            let (flat, losses) = ToolNames::flatten(&mut conversation);
            names = flat;
            receipt.note_losses(losses);
        }
        adapt(&mut conversation, routed, receipt);
        let target = target(routed);
        let encoded =
            codec(routed.dialect).encode_request(&conversation, &target).map_err(Failure::client)?;
        receipt.note_losses(encoded.losses);
        if conversation.max_tokens.is_none() && routed.dialect == Dialect::Anthropic {
            receipt.note(Change::Added { field: "max_tokens", why: "required" });
        }
        let expected = self.sessions().expect(ingress, conversation, routed);
        let body = match routed.envelope() {
            Some(envelope) => envelope::wrap(envelope, ingress, encoded.body, receipt)?,
            None => vec![Bytes::from(encoded.body)],
        };
        Ok(Written { body, names, expected })
    }
}

/// What of a conversation its answer needs. What was said isn't kept while the provider answers, but for the ids of
/// calls; the fields are echoed in one dialect only, as the client has them.
fn asked(conversation: &mut Conversation, client: Dialect, previous: Option<String>) -> Conversation {
    let turns = std::mem::take(&mut conversation.turns);
    let calls = turns.iter().flat_map(|turn| &turn.blocks).filter_map(|block| match block {
        Block::ToolUse(call) => Some(Block::ToolUse(ToolUse { id: call.id.clone(), ..ToolUse::default() })),
        _ => None,
    });
    let calls = vec![Turn::new(Role::Assistant, calls.collect())];
    let fields = match client {
        Dialect::OpenAiResponses => conversation.clone(),
        _ => Conversation { include_usage: conversation.include_usage, ..Conversation::default() },
    };
    conversation.turns = turns;
    Conversation { turns: calls, previous_response_id: previous, ..fields }
}

fn passthrough(
    ingress: &Ingress,
    peek: &Peek,
    routed: &Routed<'_>,
    stream: bool,
    receipt: &mut Receipt,
) -> Result<Plan, Failure> {
    let quirks = &routed.upstream.provider().quirks;
    let mut edits = match routed.envelope() {
        Some(envelope) => envelope::edits(envelope, ingress, &ingress.body, receipt)?,
        None if ingress.in_url.is_some() => Vec::new(),
        None => peek.set_model(&routed.model).into_iter().collect(),
    };
    if ingress.dialect == Dialect::Anthropic && peek.max_tokens.is_none() && !routed.verbatim {
        let limit = quirks.max_tokens_for(&routed.model);
        edits.push(peek.insert("max_tokens", &limit.to_string()));
        receipt.note(Change::Added { field: "max_tokens", why: "required" });
    }
    // Each request has another; a server that doesn't know it would find nothing in its cache again.
    if let Some(range) = &peek.billing_line
        && !routed.upstream.reads_billing_line(&routed.model)
    {
        edits.push(Edit { range: range.clone(), text: String::new() });
        receipt.note(Change::Lost(Loss::dropped(BILLING_LINE)));
    }
    let mut strip_usage = false;
    if ingress.dialect == Dialect::OpenAiChat
        && stream
        && quirks.stream_usage_option
        && let Some(edit) = peek.ask_for_usage(&ingress.body)
    {
        edits.push(edit);
        strip_usage = true;
        receipt.note(Change::Added { field: "stream_options.include_usage", why: "usage is measured" });
    }
    let count = ingress.dialect == Dialect::OpenAiChat && !quirks.stream_usage_option;
    let way = Way::Passthrough { strip_usage, count };
    Ok(Plan { body: splice(&ingress.body, &mut edits), stream, way, input: None })
}

/// The body with its edits, as slices of the old bytes with the new ones in between.
pub(crate) fn splice(body: &Bytes, edits: &mut [Edit]) -> Vec<Bytes> {
    if edits.is_empty() {
        return vec![body.clone()];
    }
    pieces(body.len(), edits)
        .into_iter()
        .map(|piece| match piece {
            Piece::Kept(range) => body.slice(range),
            Piece::New(text) => Bytes::copy_from_slice(text.as_bytes()),
        })
        .collect()
}
