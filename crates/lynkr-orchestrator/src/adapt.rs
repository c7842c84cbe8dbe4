//! What a translated request is changed in for the sake of the provider's settings and its models' oddities.

use lynkr_protocol::neutral::{Conversation, Reasoning, Sampling};
use lynkr_types::{Change, Loss, Receipt};

use crate::route::Routed;

/// Changes the conversation; each change is receipted.
pub(crate) fn adapt(conversation: &mut Conversation, routed: &Routed<'_>, receipt: &mut Receipt) {
    lower_limit(conversation, routed, receipt);
    add_effort(conversation, routed, receipt);
    drop_sampling(conversation, routed, receipt);
}

/// Clients ask for as many tokens as their own vendor's models write. One that writes fewer would refuse each of
/// their requests.
fn lower_limit(conversation: &mut Conversation, routed: &Routed<'_>, receipt: &mut Receipt) {
    let most = routed.upstream.provider().quirks.most_tokens_of(&routed.model);
    if let (Some(most), Some(asked)) = (most, conversation.max_tokens)
        && asked > most
    {
        conversation.max_tokens = Some(most);
        receipt.note(Change::Lost(Loss::approximated("max_tokens")));
    }
}

/// The operator's effort, for a client that asks for none.
fn add_effort(conversation: &mut Conversation, routed: &Routed<'_>, receipt: &mut Receipt) {
    if conversation.reasoning.is_none()
        && let Some(effort) = routed.upstream.default_reasoning_effort()
    {
        conversation.reasoning = Some(Reasoning { effort: Some(effort.to_owned()), ..Reasoning::default() });
        receipt.note(Change::Added { field: "reasoning_effort", why: "configured" });
    }
}

/// Models that draw their tokens in one way only answer 400 to any other wish.
fn drop_sampling(conversation: &mut Conversation, routed: &Routed<'_>, receipt: &mut Receipt) {
    if !routed.upstream.provider().quirks.has_fixed_sampling(&routed.model) {
        return;
    }
    let Sampling { temperature, top_p, frequency_penalty, presence_penalty, .. } = &mut conversation.sampling;
    let fields = [
        ("temperature", temperature.take()),
        ("top_p", top_p.take()),
        ("frequency_penalty", frequency_penalty.take()),
        ("presence_penalty", presence_penalty.take()),
    ];
    for (name, said) in fields {
        if said.is_some() {
            receipt.note(Change::Lost(Loss::dropped(name)));
        }
    }
}

#[cfg(test)]
mod tests;
