//! What one caller may do.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use lynkr_orchestrator::{Asking, Estimate, Failure, Headers, Identity, Permit, Room, Warrant};
use lynkr_routing::TokenUse;
use lynkr_store::{ApiKey, KeyLimits, Window};

use super::bill::Bill;
use super::limits::{self, Limit};
use super::prices::charge;
use super::{Governor, Policy, RateBy, refusals};
use crate::identify::bounded;

/// Who asks, with what holds for it.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) governor: Arc<Governor>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) identity: Arc<Identity>,
    /// The key of the store that it showed.
    pub(crate) key: Option<Arc<ApiKey>>,
    pub(crate) peer: Option<IpAddr>,
}

impl Caller {
    /// Who asks, with the session that the body of the request names where its head names none.
    fn identity(&self, session: Option<&str>) -> Arc<Identity> {
        match session {
            Some(session) if self.identity.session.is_none() => {
                Arc::new(Identity { session: Some(bounded(session)), ..(*self.identity).clone() })
            }
            _ => Arc::clone(&self.identity),
        }
    }

    /// Every limit on requests that holds.
    fn request_limits(&self, who: &Identity) -> Vec<Limit> {
        let own = self.key.iter().flat_map(|key| limits::of_requests(&key.rule.limits, &key.id));
        self.general_limit(who).into_iter().chain(own).collect()
    }

    fn general_limit(&self, who: &Identity) -> Option<Limit> {
        let rate = self.policy.rate?;
        let address = self.peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
        let named = |kind: &str, name: Option<&String>| name.map(|name| format!("{kind} {name}"));
        let subject = match rate.by {
            RateBy::Ip => None,
            RateBy::Session => named("session", who.session.as_ref()),
            RateBy::Both => {
                named("session", who.session.as_ref()).map(|session| format!("{address} {session}"))
            }
            RateBy::Key => named("key", who.key.as_ref()),
            RateBy::User => named("user", who.user.as_ref()),
        };
        let subject = subject.unwrap_or(address);
        Some(Limit::new("general", (rate.most, rate.window), Window::Fixed, &subject, "requests"))
    }

    fn token_limits(&self) -> Vec<Limit> {
        self.key.iter().flat_map(|key| limits::of_tokens(&key.rule.limits, &key.id)).collect()
    }

    /// Whether there is room for more tokens at all; how many it will be is known only in the end.
    async fn has_tokens(&self, limits: &[Limit]) -> Result<(), Failure> {
        for limit in limits {
            let verdict = self.governor.take(limit, 0).await;
            if !verdict.allowed {
                self.governor.metrics.rate_limited();
                return Err(refusals::rate_limited(limit.what, verdict.limit, verdict.resets_in));
            }
        }
        Ok(())
    }

    fn enter(&self) -> Result<Option<String>, Failure> {
        let most = self.key.as_ref().and_then(|key| Some((key.id.clone(), key.rule.limits.concurrent?)));
        match most {
            Some((key, most)) if !self.governor.enter(&key, most) => {
                self.governor.metrics.rate_limited();
                Err(refusals::too_many_at_once(most))
            }
            other => Ok(other.map(|(key, _)| key)),
        }
    }

    /// Takes what a request may cost. What was taken so far comes back when something else has no room.
    async fn charge(
        &self,
        asking: &Asking<'_>,
        who: &Identity,
        estimate: Estimate,
    ) -> Result<Permit, Failure> {
        let tokens = self.token_limits();
        self.has_tokens(&tokens).await?;
        let reserve = self.policy.output_reserve;
        let output = estimate.most_output.map_or(reserve, |most| most.min(reserve));
        let quote = self.policy.prices.now().of(asking.provider, asking.model);
        let mut bill = Bill {
            governor: Arc::clone(&self.governor),
            place: self.enter()?,
            room: None,
            tokens,
            quote: quote.clone(),
            input: estimate.input,
            output,
            settled: AtomicBool::new(false),
        };
        let mut headers = Headers::default();
        if self.policy.budgets {
            let expected = TokenUse { input: estimate.input, output, ..TokenUse::default() };
            let cost = charge(quote.as_deref(), &expected);
            let reserved = self.governor.reserve(who, &cost).await;
            let reserved = reserved.inspect_err(|_| {
                // Nothing was sent.
                lynkr_orchestrator::Charge::settle(&bill, lynkr_orchestrator::Spent::Nothing);
            })?;
            if quote.is_none() && reserved.counts_costs {
                tracing::warn!(model = asking.model, "no price is known: its cost counts to no budget");
            }
            for standing in &reserved.warnings {
                headers.add(refusals::BUDGET_HEADER, &refusals::warning(standing));
            }
            bill.room = reserved.room;
        }
        Ok(Permit { charge: Some(Arc::new(bill)), headers })
    }
}

#[async_trait]
impl Warrant for Caller {
    fn allows(&self, provider: &str, model: &str, asked: &str) -> Result<(), Failure> {
        let Some(key) = &self.key else { return Ok(()) };
        if !has_provider(key, provider) {
            return Err(refusals::not_allowed("provider", provider));
        }
        if has_model(key, provider, model) || (!asked.is_empty() && has_model(key, provider, asked)) {
            return Ok(());
        }
        Err(refusals::not_allowed("model", if asked.is_empty() { model } else { asked }))
    }

    fn allows_unread(&self, provider: &str) -> Result<(), Failure> {
        let Some(key) = &self.key else { return Ok(()) };
        if !has_provider(key, provider) {
            return Err(refusals::not_allowed("provider", provider));
        }
        // A batch may name any model, and nobody looks.
        if key.rule.models.is_empty() {
            Ok(())
        } else {
            Err(refusals::not_allowed("model", "files and batches"))
        }
    }

    fn shows(&self, provider: &str, model: &str) -> bool {
        self.allows(provider, model, model).is_ok()
    }

    fn measures(&self) -> bool {
        self.policy.budgets && self.governor.has_budgets()
    }

    async fn room(&self, session: Option<&str>) -> Option<Room> {
        if !self.policy.budgets {
            return None;
        }
        let nanos = self.governor.room_for_costs(&self.identity(session)).await?;
        Some(Room { nanos, output: self.policy.output_reserve })
    }

    async fn admit(&self, asking: &Asking<'_>) -> Result<Permit, Failure> {
        if self.is_free() {
            return Ok(Permit::default());
        }
        // In a box of its own: the ways to the store take room, and most callers never go them.
        Box::pin(self.admit_counted(asking)).await
    }
}

impl Caller {
    /// Whether no limit and no budget holds.
    fn is_free(&self) -> bool {
        let is_limited = self.key.as_ref().is_some_and(|key| key.rule.limits != KeyLimits::default());
        let has_budget = self.policy.budgets && !self.governor.is_without_budgets();
        self.policy.rate.is_none() && !is_limited && !has_budget
    }

    async fn admit_counted(&self, asking: &Asking<'_>) -> Result<Permit, Failure> {
        let who = self.identity(asking.session);
        // It is one request, however many models it takes to answer it.
        let limits = if asking.again { Vec::new() } else { self.request_limits(&who) };
        let mut headers = self.governor.take_all(&limits).await?;
        let Some(estimate) = asking.estimate else { return Ok(Permit { charge: None, headers }) };
        let permit = self.charge(asking, &who, estimate).await?;
        headers.extend(permit.headers);
        Ok(Permit { headers, ..permit })
    }
}

fn has_provider(key: &ApiKey, provider: &str) -> bool {
    let names = &key.rule.providers;
    names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(provider))
}

/// Names are a model's own, or `provider:model`; a trailing `*` stands for any ending.
fn has_model(key: &ApiKey, provider: &str, model: &str) -> bool {
    let names = &key.rule.models;
    let full = format!("{provider}:{model}");
    let fits = |name: &String| match name.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning) || full.starts_with(beginning),
        None => *name == model || *name == full,
    };
    names.is_empty() || names.iter().any(fits)
}
