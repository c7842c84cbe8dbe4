//! A model that a prompt names. Coding tools let people write prompts of agents, but not which model of which provider
//! an agent asks; so the prompt may begin with it: `<lynkr-model>openai:gpt-5</lynkr-model>`, or as claude-code-router
//! has it, `<CCR-SUBAGENT-MODEL>openai,gpt-5</CCR-SUBAGENT-MODEL>`.
//!
//! Only the system prompt counts, and there only the beginning of a text: that is the client's own. What a user pastes
//! and what tools read names nothing.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::{Edit, Peek};
use lynkr_types::{Change, Loss, Receipt};
use memchr::memmem;
use serde::Deserialize;

use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::plan::splice;
use crate::problems::peeked;

/// How tags open, at the beginning of a text, and close.
const TAGS: [(&str, &str); 2] =
    [("\"<lynkr-model>", "</lynkr-model>"), ("\"<CCR-SUBAGENT-MODEL>", "</CCR-SUBAGENT-MODEL>")];

/// What the receipt calls a tag that is taken out.
const TAG: &str = "model_tag";

/// The longest name of a provider with its model.
const LONGEST: usize = 200;

/// A tag that was found.
#[derive(Debug, PartialEq, Eq)]
struct Tag {
    /// The model, as `provider:model`.
    model: String,
    /// Where it stands; `None` where its text is nothing else, since vendors refuse empty texts.
    place: Option<Range<usize>>,
}

/// Looks at a request. Some dialects say the model in the path, and nothing of it in the body.
pub(crate) fn looked_at(ingress: &Ingress) -> Result<Peek, Failure> {
    let mut peek = peeked(ingress.dialect, &ingress.body)?;
    if let Some(in_url) = &ingress.in_url {
        peek.model = Some(in_url.model.clone());
        peek.stream = Some(in_url.stream);
    }
    Ok(peek)
}

/// The request without its tag, as one that names the tag's model; `None` where it has none.
pub(crate) fn untagged(
    ingress: &Ingress,
    peek: &Peek,
    receipt: &mut Receipt,
) -> Result<Option<(Ingress, Peek)>, Failure> {
    let Some(Tag { model, place }) = tag(ingress, peek) else { return Ok(None) };
    let mut own = ingress.clone();
    if let Some(range) = place {
        let pieces = splice(&ingress.body, &mut [Edit { range, text: String::new() }]);
        own.body = Bytes::from(pieces.concat());
        receipt.note(Change::Lost(Loss::dropped(TAG)));
    }
    let mut peek = looked_at(&own)?;
    peek.model = Some(model);
    Ok(Some((own, peek)))
}

fn tag(ingress: &Ingress, peek: &Peek) -> Option<Tag> {
    let span = peek.system.clone().or_else(|| system_turn(ingress, peek))?;
    let text = std::str::from_utf8(ingress.body.get(span.clone())?).ok()?;
    TAGS.into_iter().find_map(|(open, close)| {
        // Where a text begins with it: the quote is no part of a text itself.
        let at = memmem::find(text.as_bytes(), open.as_bytes())?;
        let (before, after) = text.split_at_checked(at)?;
        let (name, rest) = after.get(open.len()..)?.split_once(close).filter(|_| !ends_escaped(before))?;
        let (begin, end) = (at + 1, at + open.len() + name.len() + close.len());
        let place = (!rest.starts_with('"')).then_some(span.start + begin..span.start + end);
        Some(Tag { model: named(name)?, place })
    })
}

fn ends_escaped(before: &str) -> bool {
    before.ends_with('\\')
}

/// `provider:model` of what a tag says; `None` where that is no name.
fn named(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/,@".contains(&byte);
    let fits = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(is_name);
    fits.then(|| text.replacen(',', ":", 1))
}

/// The system prompt of a dialect that has it among its turns.
fn system_turn(ingress: &Ingress, peek: &Peek) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct Roled<'a> {
        #[serde(borrow)]
        role: Cow<'a, str>,
    }
    if !matches!(ingress.dialect, Dialect::OpenAiChat | Dialect::Ollama) {
        return None;
    }
    let span = peek.turn_spans.first()?;
    let turn: Roled<'_> = serde_json::from_slice(ingress.body.get(span.clone())?).ok()?;
    matches!(&*turn.role, "system" | "developer").then(|| span.clone())
}

#[cfg(test)]
mod tests {
    //! Which texts name a model.

    use super::*;

    fn ingress(dialect: Dialect, body: &str) -> Ingress {
        Ingress::sample(dialect, &[], body.to_owned())
    }

    /// The model that counts and the body that goes on.
    fn read(dialect: Dialect, body: &str) -> Option<(String, String)> {
        let ingress = ingress(dialect, body);
        let peek = looked_at(&ingress).unwrap();
        let (own, peek) = untagged(&ingress, &peek, &mut Receipt::default()).unwrap()?;
        Some((peek.model.unwrap(), String::from_utf8(own.body.to_vec()).unwrap()))
    }

    #[test]
    fn the_system_prompt_may_begin_with_a_model() {
        let turns = r#""messages":[{"role":"user","content":"hi"}]"#;
        let rows = [
            (r#""<lynkr-model>openai:gpt-5</lynkr-model>You help.""#, Some(r#""You help.""#)),
            (
                r#"[{"type":"text","text":"You are Claude Code."},{"type":"text","text":"<CCR-SUBAGENT-MODEL>openai,gpt-5</CCR-SUBAGENT-MODEL>\nYou help."}]"#,
                Some(
                    r#"[{"type":"text","text":"You are Claude Code."},{"type":"text","text":"\nYou help."}]"#,
                ),
            ),
            // An empty text is refused by vendors.
            (
                r#""<lynkr-model>openai:gpt-5</lynkr-model>""#,
                Some(r#""<lynkr-model>openai:gpt-5</lynkr-model>""#),
            ),
            (r#""Write <lynkr-model>openai:gpt-5</lynkr-model> at the beginning.""#, None),
            (r#""Say \"<lynkr-model>openai:gpt-5</lynkr-model>\".""#, None),
            (r#""<lynkr-model>no name</lynkr-model>""#, None),
            (r#""<lynkr-model>openai:gpt-5""#, None),
        ];
        for (system, left) in rows {
            let body = format!(r#"{{"system":{system},{turns}}}"#);
            let wanted =
                left.map(|left| ("openai:gpt-5".to_owned(), format!(r#"{{"system":{left},{turns}}}"#)));
            assert_eq!(read(Dialect::Anthropic, &body), wanted, "{system}");
        }
    }

    #[test]
    fn a_turn_names_a_model_only_where_it_is_the_system_prompt() {
        let turn = |role: &str| {
            format!(r#"{{"messages":[{{"role":"{role}","content":"<lynkr-model>a:b</lynkr-model>Hi."}}]}}"#)
        };
        let model = |dialect, role: &str| read(dialect, &turn(role)).map(|(model, _)| model);
        for dialect in [Dialect::OpenAiChat, Dialect::Ollama] {
            assert_eq!(model(dialect, "system").as_deref(), Some("a:b"));
            assert_eq!(model(dialect, "user"), None);
        }
        assert_eq!(model(Dialect::Anthropic, "user"), None);
    }
}
