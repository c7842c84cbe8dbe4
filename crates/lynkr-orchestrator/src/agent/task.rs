//! One request in server mode: whose tools are whose, and the conversation as it grows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use lynkr_protocol::Dialect;
use lynkr_protocol::neutral::{
    Block, Conversation, Extra, Reply, Role, Tool, ToolChoice, ToolKind, ToolUse, Turn,
};
use lynkr_protocol::peek::Peek;
use lynkr_protocol::wire::Json;
use lynkr_tools::Toolbox;
use lynkr_types::{Change, Receipt};

use super::AgentOptions;
use super::digest::Owner;
use super::guard::Guard;
use super::limits::Limits;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::route::Routed;
use crate::session_id::Session;

/// What the receipt gives as the reason.
const WHY: &str = "TOOL_EXECUTION_MODE=server";

/// Who runs which call.
#[derive(Debug)]
pub(crate) struct Owners {
    tools: Arc<Toolbox>,
    /// The names that the client declared.
    declared: BTreeSet<String>,
    /// Whether the client declared tools of a vendor's, whose calls may have any name.
    has_vendors: bool,
}

impl Owners {
    pub(crate) fn new(tools: &Arc<Toolbox>, declared: &[Tool]) -> Self {
        Self {
            tools: Arc::clone(tools),
            declared: declared.iter().map(|tool| tool.name.clone()).collect(),
            has_vendors: declared.iter().any(|tool| matches!(tool.kind, ToolKind::Server { .. })),
        }
    }

    /// Whether the client can't be asked to run this call: the tool is the gateway's, or nobody's.
    pub(crate) fn is_ours(&self, call: &ToolUse) -> bool {
        if call.namespace.is_some() || call.freeform {
            return false;
        }
        match self.tools.canonical(&call.name) {
            // A registered name is the gateway's, even if the client declares it too.
            Some(name) if name == call.name && self.tools.runs(name) => true,
            _ => !self.declared.contains(&call.name) && !self.has_vendors,
        }
    }

    pub(crate) fn tools(&self) -> &Arc<Toolbox> {
        &self.tools
    }
}

/// The request.
#[derive(Debug)]
pub(crate) struct Task {
    /// The conversation as the client has it, which its answer echoes.
    pub(crate) client: Arc<Conversation>,
    /// The conversation as the model has it.
    pub(crate) grown: Conversation,
    /// How many of its turns there were at first.
    pub(crate) turns: usize,
    pub(crate) owners: Arc<Owners>,
    pub(crate) limits: Limits,
    pub(crate) guard: Guard,
    /// Whose memory it is.
    pub(crate) owner: Owner,
    /// How often the model was asked.
    pub(crate) steps: u64,
    pub(crate) began: Instant,
}

impl Gateway {
    /// Whether a request may have a loop: its conversation must be here as a whole, and its bytes not be a
    /// subscriber's own.
    pub(crate) fn may_run_tools(&self, ingress: &Ingress, peek: &Peek, routed: &Routed<'_>) -> bool {
        self.options().agent.is_some()
            && routed.tools
            && !routed.verbatim
            && !peek.thread
            && self.stored().pinned_to(ingress, peek).is_none()
    }

    /// Makes a request one with a loop: takes the gateway's own fields out of it, puts back what was hidden before, and
    /// adds the tools. `None` where the client says that no tools, or only its own, are to be called.
    pub(crate) fn task(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        conversation: &mut Conversation,
        receipt: &mut Receipt,
    ) -> Result<Option<Task>, Failure> {
        let Some(options) = &self.options().agent else { return Ok(None) };
        let limits = Limits::of(options, ingress.dialect, conversation)?;
        let owners = Arc::new(Owners::new(&options.tools, &conversation.tools));
        if !wanted(conversation, &options.tools) {
            return Ok(None);
        }
        let client = Arc::new(Conversation {
            previous_response_id: peek.previous_response_id.clone(),
            ..conversation.clone()
        });
        let owner = owner(ingress, peek, self.options().fingerprints);
        if self.hidden().restore(&owner, &mut conversation.turns) {
            receipt.note(Change::Added { field: "messages", why: WHY });
        }
        if offer(conversation, options) {
            receipt.note(Change::Added { field: "tools", why: WHY });
        }
        Ok(Some(Task {
            client,
            grown: conversation.clone(),
            turns: conversation.turns.len(),
            owners,
            limits,
            guard: Guard::default(),
            owner,
            steps: 1,
            began: Instant::now(),
        }))
    }
}

/// Whether the gateway's tools have a place in a request. One that must call some tool of the client's would be answered
/// with a call of another.
fn wanted(conversation: &Conversation, tools: &Toolbox) -> bool {
    match &conversation.tool_choice {
        Some(ToolChoice::None) => false,
        Some(ToolChoice::Required) => {
            conversation.tools.is_empty() || conversation.tools.iter().any(|tool| tools.runs(&tool.name))
        }
        _ => tools.offered().next().is_some(),
    }
}

/// Adds the tools that the client didn't declare itself, behind its own. Tells whether there were any.
fn offer(conversation: &mut Conversation, options: &AgentOptions) -> bool {
    let before = conversation.tools.len();
    for spec in options.tools.offered() {
        if conversation.tools.iter().any(|tool| tool.name == spec.name) {
            continue;
        }
        conversation.tools.push(Tool {
            name: spec.name.clone().into_owned(),
            namespace: None,
            description: Some(spec.description.clone().into_owned()),
            kind: ToolKind::Function { schema: Some(Json::of(&spec.schema)), strict: None },
            cache: None,
            extra: Extra::NONE,
        });
    }
    conversation.tools.len() > before
}

/// Callers and sessions are apart.
fn owner(ingress: &Ingress, peek: &Peek, fingerprints: bool) -> Owner {
    let mut name = ingress.caller().to_be_bytes().to_vec();
    let session = Session::of(ingress, peek, fingerprints);
    name.extend(session.id().map_or("", |session| &session.id).as_bytes());
    Owner { name, keeps_ids: !matches!(ingress.dialect, Dialect::Ollama | Dialect::Gemini) }
}

impl Task {
    /// The model's turn.
    pub(crate) fn add_reply(&mut self, reply: &Reply) {
        // Some providers refuse texts without words.
        let says = |block: &&Block| block.as_text().is_none_or(|text| !text.trim().is_empty());
        let blocks: Vec<Block> = reply.blocks.iter().filter(says).cloned().collect();
        if !blocks.is_empty() {
            self.grown.turns.push(Turn::new(Role::Assistant, blocks));
        }
    }

    /// The results of its calls. What the client forced was the first step's.
    pub(crate) fn add_results(&mut self, results: Vec<Block>, must_answer: bool) {
        self.grown.turns.push(Turn::new(Role::User, results));
        if must_answer {
            self.grown.tool_choice = Some(ToolChoice::None);
        } else if matches!(self.grown.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool { .. })) {
            self.grown.tool_choice = Some(ToolChoice::Auto);
        }
    }

    /// Whether another step may begin.
    pub(crate) fn may_go_on(&self) -> Result<(), Failure> {
        let elapsed = self.began.elapsed();
        if self.steps < self.limits.steps && elapsed < self.limits.duration {
            return Ok(());
        }
        Err(self.limits.exceeded(self.steps, elapsed))
    }

    /// The calls of a turn that are the gateway's.
    pub(crate) fn own_calls(&self, reply: &Reply) -> Vec<ToolUse> {
        self.calls(reply, true)
    }

    /// Whether some call of a turn is the client's.
    pub(crate) fn has_clients_calls(&self, reply: &Reply) -> bool {
        !self.calls(reply, false).is_empty()
    }

    fn calls(&self, reply: &Reply, ours: bool) -> Vec<ToolUse> {
        let call = |block: &Block| match block {
            Block::ToolUse(call) if self.owners.is_ours(call) == ours => Some(call.clone()),
            _ => None,
        };
        reply.blocks.iter().filter_map(call).collect()
    }
}
