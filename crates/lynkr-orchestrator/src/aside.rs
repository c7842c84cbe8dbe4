//! Requests that a coding tool makes beside the conversation: some are answered here, where that is switched on, and
//! helpers may have models of their own.

use bytes::Bytes;
use lynkr_protocol::codec;
use lynkr_protocol::neutral::{Block, Reply, StopReason, Usage};
use lynkr_protocol::peek::Peek;
use lynkr_protocol::{Dialect, ReplyContext};
use lynkr_providers::Headers;
use lynkr_routing::{Candidate, Side};
use lynkr_types::{Change, Receipt};
use serde_json::{Value, json};

use crate::answer::{Answer, AnswerBody};
use crate::gateway::Gateway;
use crate::guards::Suggestions;
use crate::ingress::Ingress;
use crate::routing::Course;
use crate::session_id::Session;
use crate::settle::Account;

/// Who answers what no provider is asked for.
pub(crate) const HERE: &str = "lynkr";
/// The body field that says so.
const FIELD: &str = "lynkr_bypass";

/// What is known of a request that may be beside its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aside {
    pub(crate) side: Side,
    /// The beginning of what the conversation is about.
    pub(crate) topic: String,
    /// How a title is wanted.
    pub(crate) title: TitleForm,
}

/// How a coding tool wants a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TitleForm {
    /// `{"isNewTopic": …, "title": …}`
    Topic,
    /// `{"title": …}`
    Object,
    /// Words.
    Plain,
}

impl Aside {
    /// The answer that needs no model, where that is switched on.
    fn answer(&self, gateway: &Gateway) -> Option<String> {
        let guards = &gateway.options().routing.guards;
        match self.side {
            Side::Suggestion => (guards.suggestions == Suggestions::Nobody).then(String::new),
            Side::WarmUp => guards.answers_aside.then(|| "OK".to_owned()),
            Side::Title => guards.answers_aside.then(|| self.title()),
            Side::Background => None,
        }
    }

    /// The first three words of what the conversation is about.
    fn title(&self) -> String {
        let words: Vec<&str> = self.topic.split_whitespace().take(3).collect();
        let title: String = words.join(" ").chars().take(80).collect();
        match self.title {
            TitleForm::Topic => json!({"isNewTopic": true, "title": title}).to_string(),
            TitleForm::Object => json!({"title": title}).to_string(),
            TitleForm::Plain => title,
        }
    }
}

/// How this client calls what works for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Helper {
    /// A helper with a task of its own.
    Subagent,
    /// Something that nobody waits for.
    Background,
}

/// Which helper of a coding tool asks, by its headers: our own, Claude Code's, Codex's.
pub(crate) fn helper(ingress: &Ingress) -> Option<Helper> {
    if let Some(kind) = ingress.header("x-lynkr-agent") {
        let is = |name: &str| kind.trim().eq_ignore_ascii_case(name);
        return if is("background") {
            Some(Helper::Background)
        } else {
            is("subagent").then_some(Helper::Subagent)
        };
    }
    let named = ["x-claude-code-agent-id", "x-openai-subagent"];
    named
        .iter()
        .any(|name| ingress.header(name).is_some_and(|id| !id.trim().is_empty()))
        .then_some(Helper::Subagent)
}

impl Gateway {
    /// What is known of a request that may be beside its conversation, where anybody wants to know.
    pub(crate) fn aside(&self, ingress: &Ingress, peek: &Peek) -> Option<Aside> {
        let looks = self.options().routing.guards.looks_aside();
        looks.then(|| self.router().aside(ingress, peek)).flatten()
    }

    /// The model that the operator has for such a request, and what it is called in headers.
    pub(crate) fn model_aside(
        &self,
        ingress: &Ingress,
        aside: Option<&Aside>,
    ) -> Option<(Candidate, &'static str)> {
        let guards = &self.options().routing.guards;
        let side = aside.map(|aside| aside.side);
        if let (Some(Side::Suggestion), Suggestions::Model(own)) = (side, &guards.suggestions) {
            return Some((own.clone(), "suggestion"));
        }
        match helper(ingress) {
            Some(Helper::Subagent) if side.is_none() => guards.subagent.clone().map(|own| (own, "subagent")),
            found => (found.is_some() || side.is_some())
                .then(|| guards.background.clone())
                .flatten()
                .map(|own| (own, "background")),
        }
    }

    /// Answers a side request without a model, where that is switched on.
    pub(crate) fn answer_here(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        (aside, session): (Option<&Aside>, &Session),
        receipt: &mut Receipt,
    ) -> Option<Answer> {
        let aside = aside?;
        let text = aside.answer(self)?;
        let kind = aside.side.name();
        receipt.note(Change::Added { field: "answer", why: "made here" });
        let asked = peek.model.as_deref().unwrap_or_default();
        let stream = peek.stream.unwrap_or(ingress.dialect == Dialect::Ollama);
        let course = Course::here(kind, self.options().routing.threshold);
        let account = Account::here(ingress, asked, stream, receipt, self.books());
        let account = account.in_session(session.clone(), || None);
        let account = account.routed_by(course.record(0), None, 0);
        let context = self.reply_context(asked);
        let usage = Usage { input: Some(0), output: Some(0), ..Usage::default() };
        let reply = Reply {
            model: asked.to_owned(),
            blocks: vec![Block::text(text)],
            stop: Some(StopReason::EndTurn.into()),
            usage,
            ..Reply::default()
        };
        let (content_type, body) = written(ingress.dialect, &reply, context, stream, kind);
        account.finished(&reply.usage, true);
        let served = Candidate { provider: HERE.to_owned(), model: String::new() };
        let mut headers = Headers::new();
        course.tell(&served, 0, &mut headers);
        headers.add("x-lynkr-bypass", kind);
        let body = AnswerBody::Whole(body);
        Some(Answer { status: 200, content_type, headers, receipt: receipt.clone(), body })
    }
}

/// The answer in the client's dialect, with its content type.
fn written(
    dialect: Dialect,
    reply: &Reply,
    context: ReplyContext,
    stream: bool,
    kind: &str,
) -> (String, Bytes) {
    let client = codec(dialect);
    if stream {
        let mut encoder = client.event_encoder(context);
        let mut out = Vec::new();
        reply.to_events().iter().for_each(|event| encoder.push(event, &mut out));
        return (client.stream_content_type().to_owned(), Bytes::from(out));
    }
    let mut body = client.encode_reply(reply, &context);
    // Google's own libraries refuse answers with fields that they don't know.
    if dialect != Dialect::Gemini
        && let Ok(Value::Object(mut fields)) = serde_json::from_slice(&body)
    {
        fields.insert(FIELD.to_owned(), json!({"kind": kind}));
        body = Value::Object(fields).to_string().into_bytes();
    }
    ("application/json".to_owned(), Bytes::from(body))
}
