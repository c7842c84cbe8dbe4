//! What the operator may switch on around the choice of a model: the visible badge, bounds for runaway loops, side
//! requests that are answered here, models for helpers.

use std::borrow::Cow;

use bytes::Bytes;
use lynkr_protocol::peek::{Edit, Peek, Piece, pieces};
use lynkr_protocol::{ApiError, Dialect, badge};
use lynkr_routing::Candidate;
use lynkr_types::{Change, FaultKind, Loss, Receipt, Retry, Scope};

use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::problems::peeked;

/// What the receipt calls the badges that are taken out of a history.
const BADGE: &str = "badge";

/// What is switched on.
#[derive(Debug, Clone, Default)]
pub struct Guards {
    /// `LYNKR_VISIBLE_ROUTING`: whether answers begin with a badge.
    pub visible: bool,
    /// `LYNKR_MAX_SESSION_TURNS`: the most messages of a request.
    pub most_turns: Option<usize>,
    /// `LYNKR_MAX_TOOL_TURNS`: the most results of tools in a request.
    pub most_tool_results: Option<usize>,
    /// `SUGGESTION_MODE_MODEL`.
    pub suggestions: Suggestions,
    /// `LYNKR_ANSWER_SIDE_REQUESTS`: whether titles and warm-ups are answered here.
    pub answers_aside: bool,
    /// `LYNKR_SUBAGENT_MODEL`: what answers a coding tool's helpers.
    pub subagent: Option<Candidate>,
    /// `LYNKR_BACKGROUND_MODEL`: what answers side requests.
    pub background: Option<Candidate>,
}

/// Who answers a coding tool that wants to know what the user might type next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Suggestions {
    /// Whoever answers side requests.
    #[default]
    Default,
    /// Nobody: the answer is empty.
    Nobody,
    /// This model.
    Model(Candidate),
}

impl Guards {
    /// Whether it has to be known if a request is beside its conversation.
    pub(crate) fn looks_aside(&self) -> bool {
        self.visible
            || self.answers_aside
            || self.background.is_some()
            || self.suggestions != Suggestions::Default
    }
}

impl Gateway {
    /// The request without the badges that earlier answers of this gateway began with.
    pub(crate) fn without_badges<'a>(
        &self,
        ingress: &'a Ingress,
        receipt: &mut Receipt,
    ) -> Result<Cow<'a, Ingress>, Failure> {
        if !self.options().routing.guards.visible || !badge::may_hold(&ingress.body) {
            return Ok(Cow::Borrowed(ingress));
        }
        let peek = peeked(ingress.dialect, &ingress.body)?;
        let mut edits = badge::strip(&ingress.body, &peek.turn_spans);
        if edits.is_empty() {
            return Ok(Cow::Borrowed(ingress));
        }
        receipt.note(Change::Lost(Loss::dropped(BADGE)));
        Ok(Cow::Owned(Ingress { body: edited(&ingress.body, &mut edits), ..ingress.clone() }))
    }

    /// Refuses a request of a loop that has gone on for longer than the operator wants.
    pub(crate) fn check_loop(&self, ingress: &Ingress, peek: &Peek) -> Result<(), Failure> {
        let guards = &self.options().routing.guards;
        if let Some(most) = guards.most_turns.filter(|most| peek.turns > *most) {
            return Err(looped("LYNKR_MAX_SESSION_TURNS", turns_field(ingress.dialect), peek.turns, most));
        }
        let Some(most) = guards.most_tool_results else { return Ok(()) };
        let results = self.router().tool_results(ingress, peek);
        if results > most {
            return Err(looped("LYNKR_MAX_TOOL_TURNS", "tool results", results, most));
        }
        Ok(())
    }
}

/// A body with its edits as one piece.
fn edited(body: &Bytes, edits: &mut [Edit]) -> Bytes {
    let mut new = Vec::with_capacity(body.len());
    for piece in pieces(body.len(), edits) {
        match piece {
            Piece::Kept(range) => new.extend_from_slice(body.get(range).unwrap_or_default()),
            Piece::New(text) => new.extend_from_slice(text.as_bytes()),
        }
    }
    Bytes::from(new)
}

const fn turns_field(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAiResponses => "input",
        Dialect::Gemini => "contents",
        Dialect::Anthropic | Dialect::OpenAiChat | Dialect::Ollama | Dialect::BedrockConverse => "messages",
    }
}

/// Sent again it is as long as before, here and anywhere else.
fn looped(setting: &str, what: &str, count: usize, most: usize) -> Failure {
    let message = format!(
        "loop_cap_exceeded: the request has {count} {what}, and this gateway takes {most} ({setting}): begin a new \
         conversation, or sum this one up"
    );
    let error = ApiError::new(FaultKind::RateLimit, message).with_code("loop_cap_exceeded");
    Failure { retry: Retry::Never, scope: Scope::Request, ..Failure::client(error) }
}
