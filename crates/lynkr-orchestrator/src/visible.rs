//! The visible badge of one answer, and the field that tells programs the same.

use std::fmt::Write as _;

use bytes::Bytes;
use lynkr_protocol::badge::{self, Inserter};
use lynkr_protocol::peek::Peek;
use lynkr_protocol::{Dialect, codec};
use lynkr_routing::{Candidate, Decision, Tier, Verdict};
use lynkr_types::{Change, Receipt};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::routing::Course;

/// The body field for programs.
const FIELD: &str = "lynkr_interaction";

/// What is shown of a decision in its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// The badge; `None` where a program reads the answer.
    badge: Option<String>,
    /// The field of a whole answer; `None` in a stream.
    interaction: Option<Value>,
}

impl Shown {
    /// Puts the badge into a stream.
    pub(crate) fn inserter(&self, dialect: Dialect) -> Option<Inserter> {
        self.badge.as_deref().map(|badge| Inserter::new(dialect, badge))
    }

    /// Puts it into an answer that came whole, which may be written as a stream. What isn't an object stays as it is.
    pub(crate) fn in_whole(&self, dialect: Dialect, content_type: &str, bytes: Bytes) -> Bytes {
        if content_type != "application/json" {
            let is_stream = content_type == codec(dialect).stream_content_type();
            let inserter = self.inserter(dialect).filter(|_| is_stream);
            return inserter.map_or(bytes.clone(), |mut inserter| Bytes::from(inserter.push(&bytes)));
        }
        let Ok(mut answer @ Value::Object(_)) = serde_json::from_slice(&bytes) else { return bytes };
        if let Some(badge) = &self.badge {
            badge::insert(dialect, &mut answer, badge);
        }
        if let (Some(interaction), Value::Object(fields)) = (&self.interaction, &mut answer) {
            fields.insert(FIELD.to_owned(), interaction.clone());
        }
        Bytes::from(answer.to_string())
    }
}

/// What there is to show.
pub(crate) struct Showing<'a> {
    pub(crate) ingress: &'a Ingress,
    pub(crate) peek: &'a Peek,
    pub(crate) course: &'a Course,
    /// The model that serves.
    pub(crate) served: &'a Candidate,
    /// Its place in the course.
    pub(crate) place: usize,
    /// Whether the answer is streamed.
    pub(crate) stream: bool,
    /// Whether the request is beside its conversation.
    pub(crate) aside: bool,
}

impl Gateway {
    /// What is shown in an answer, where that is switched on.
    pub(crate) fn shown(&self, showing: &Showing<'_>, receipt: &mut Receipt) -> Option<Shown> {
        if !self.options().routing.guards.visible {
            return None;
        }
        let Showing { ingress, peek, course, served, place, stream, aside } = *showing;
        let record = course.record(place);
        let pin = self.pin_score(course);
        let tier = record.served.or(record.tier).map_or("STATIC", Tier::name);
        let mut says = format!("{tier} → {} ({})", served.model, served.provider);
        if let Some(score) = record.score {
            let _ = write!(says, " · score {}", score.round());
        }
        if let Some(pin) = pin {
            let _ = write!(says, " · pin@{pin}");
        }
        let savings = self.savings(served).filter(|_| !stream);
        if let Some(savings) = savings {
            let _ = write!(says, " · savings ~{savings}%");
        }
        let badge =
            (!aside && badge::has_place(ingress.dialect, &ingress.body, peek)).then(|| badge::badge(&says));
        if badge.is_some() {
            receipt.note(Change::Added { field: "badge", why: "before the first text" });
        }
        // Google's own libraries refuse answers with fields that they don't know.
        let has_field = !stream && ingress.dialect != Dialect::Gemini;
        if has_field {
            receipt.note(Change::Added { field: FIELD, why: "visible routing" });
        }
        let interaction = || {
            let decision = course.decision.as_deref();
            json!({
                "tool": "lynkr.route",
                "mode": mode(decision),
                "headline": format!("[Lynkr] {says}"),
                "route": record.method,
                "risk": decision.map(|decision| decision.risk.level.name()),
                "risk_hits": decision.map(|decision| decision.risk.hits.clone()).unwrap_or_default(),
                "complexity_score": record.score.map(f32::round),
                "pin_score": pin,
                "estimated_savings_percent": savings,
            })
        };
        Some(Shown { badge, interaction: has_field.then(interaction) })
    }

    /// The score that the session was pinned at, where its pin serves.
    fn pin_score(&self, course: &Course) -> Option<f32> {
        let stays = matches!(course.decision.as_ref()?.pinned, Some(Verdict::Stays(_)));
        let pin = self.router().pins().get(course.key.filter(|_| stays)?)?;
        Some(pin.score.get().round())
    }

    /// How much less the model costs than the first one for the hardest work, in percent; `None` where a price isn't
    /// known or nothing is saved.
    #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
    fn savings(&self, served: &Candidate) -> Option<f64> {
        let policy = self.options().routing.policy.as_ref()?;
        let prices = self.options().prices.now();
        let price = |candidate: &Candidate| {
            let rates = prices.of(&candidate.provider, &candidate.model)?.price.rates;
            Some(rates.input? as f64 + rates.output? as f64)
        };
        let hardest = price(policy.ladder.rung(Tier::Reasoning).candidates.first()?)?;
        let saved = (100.0 * (1.0 - price(served)? / hardest)).round();
        (saved.is_finite() && saved > 0.0).then_some(saved)
    }
}

/// The documented names of ways to decide.
fn mode(decision: Option<&Decision>) -> &'static str {
    let Some(decision) = decision else { return "static" };
    let begins = |method: &str| decision.method.starts_with(method);
    match decision.tier {
        _ if begins("risk") => "risk_forced_tier",
        _ if begins("agentic") => "agentic_workflow",
        Tier::Simple if begins("force") => "force_local",
        _ if begins("force") => "force_cloud",
        _ => "tier_routed",
    }
}
