//! The pins of sessions, kept in the store: they outlive the process, and replicas share them.

use std::time::Duration;

use async_trait::async_trait;
use lynkr_orchestrator::PinShelf;
use lynkr_routing::{Candidate, Pin, Score};
use lynkr_store::{SessionPin, Store, Timestamp};

/// How long a request waits for its session's pin. Without it the session may change its model, which costs a cache.
const PATIENCE: Duration = Duration::from_millis(250);

/// The pins in a store.
#[derive(Debug)]
pub(crate) struct PinnedIn(pub(crate) Store);

#[async_trait]
impl PinShelf for PinnedIn {
    fn keep(&self, id: &str, pin: &Pin) {
        self.0.writer().pin(written(id, pin));
    }

    async fn find(&self, id: &str) -> Option<Option<Pin>> {
        match tokio::time::timeout(PATIENCE, self.0.pins().find(id)).await {
            Ok(Ok(found)) => Some(found.and_then(|kept| read(&kept))),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the model of a session can't be looked for");
                None
            }
            Err(_) => {
                tracing::warn!("the model of a session can't be looked for: the store takes too long");
                None
            }
        }
    }
}

fn written(id: &str, pin: &Pin) -> SessionPin {
    SessionPin {
        id: id.to_owned(),
        at: Timestamp::from_millis(i64::try_from(pin.at.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        provider: pin.candidate.provider.clone(),
        model: pin.candidate.model.clone(),
        tier: pin.tier.name().to_owned(),
        score: hundredths(pin.score),
        turns: pin.turns as u64,
        warm_tokens: pin.warm,
        has_tools: pin.has_tools,
    }
}

/// A pin as it was kept; `None` where another program has written what isn't one.
fn read(kept: &SessionPin) -> Option<Pin> {
    let at = u64::try_from(kept.at.as_millis()).ok()? / 1_000;
    let score = f32::from(u16::try_from(kept.score).ok()?) / 100.0;
    Some(Pin {
        candidate: Candidate { provider: kept.provider.clone(), model: kept.model.clone() },
        tier: kept.tier.parse().ok()?,
        score: Score::new(score),
        turns: usize::try_from(kept.turns).ok()?,
        at,
        warm: kept.warm_tokens,
        has_tools: kept.has_tools,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is from 0 to 100")]
fn hundredths(score: Score) -> u64 {
    (score.get() * 100.0).round() as u64
}

#[cfg(test)]
mod tests {
    use lynkr_routing::Tier;

    use super::*;

    #[test]
    fn a_pin_comes_back_as_it_went() {
        let pin = Pin {
            candidate: Candidate { provider: "openai".into(), model: "gpt:4".into() },
            tier: Tier::Reasoning,
            score: Score::new(87.25),
            turns: 31,
            at: 1_767_225_600,
            warm: None,
            has_tools: true,
        };
        assert_eq!(read(&written("x", &pin)), Some(pin.clone()));
        let foreign = SessionPin { tier: "EXTREME".to_owned(), ..written("x", &pin) };
        assert_eq!(read(&foreign), None);
    }
}
