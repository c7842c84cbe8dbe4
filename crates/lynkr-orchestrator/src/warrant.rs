//! What a caller may do, and what is taken from it: decided by the surface, which knows the keys, and asked for here,
//! where the provider, the model and the size of a request are known.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use lynkr_protocol::codec;
use lynkr_protocol::neutral::Usage;
use lynkr_providers::Headers;
use lynkr_routing::Rates;

use crate::estimate;
use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::plan::{Plan, Way};

/// What is about to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking<'a> {
    /// The provider.
    pub provider: &'a str,
    /// The model that the provider is asked for.
    pub model: &'a str,
    /// What it may cost; `None` for what costs no tokens.
    pub estimate: Option<Estimate>,
    /// Whether it is a request that was let in before, and that goes to another model now.
    pub again: bool,
    /// The session that the client names, in the head or in the body of the request.
    pub session: Option<&'a str>,
}

/// What a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Tokens of the input.
    pub input: u64,
    /// The most tokens that the client wants as the answer, if it says.
    pub most_output: Option<u64>,
}

/// What a caller's budgets of costs have room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In billionths of a dollar, in the budget that has the least.
    pub nanos: u64,
    /// The most tokens that are reserved for an answer.
    pub output: u64,
}

impl Room {
    /// The longest prompt that fits at these prices, in tokens; `None` where no prompt is too long, or no price is known.
    pub(crate) fn prompt(self, rates: &Rates) -> Option<u64> {
        // Prices are in 10⁻¹² dollars for one token.
        let room = u128::from(self.nanos) * 1_000;
        let output = u128::from(self.output) * u128::from(rates.output.unwrap_or_default());
        match (room.checked_sub(output), rates.input?) {
            (None, _) => Some(0),
            (Some(_), 0) => None,
            (Some(left), input) => Some(u64::try_from(left / u128::from(input)).unwrap_or(u64::MAX)),
        }
    }
}

/// What a request did cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spent<'a> {
    /// It was answered to its end; counts that are missing weren't measured.
    Answered(&'a Usage),
    /// The answer began and was cut off, by either side.
    Cut(&'a Usage),
    /// There was no answer.
    Nothing,
}

/// What was taken for a request. A charge that is dropped without having been settled is one of a request whose end
/// nobody saw.
pub trait Charge: Send + Sync + Debug {
    /// The request is over. Called on the request's own path: nothing in here may wait. Only the first call counts.
    fn settle(&self, spent: Spent<'_>);
}

/// A request that may go on.
#[derive(Debug, Clone, Default)]
pub struct Permit {
    /// What was taken; `None` when nobody counts.
    pub charge: Option<Arc<dyn Charge>>,
    /// Headers for the answer.
    pub headers: Headers,
}

/// What one caller may do.
#[async_trait]
pub trait Warrant: Send + Sync + Debug {
    /// Whether the caller may ask this model of this provider. `asked` is the name that it used.
    fn allows(&self, provider: &str, model: &str, asked: &str) -> Result<(), Failure>;

    /// Whether it may use what passes unread, in which any model may be named.
    fn allows_unread(&self, provider: &str) -> Result<(), Failure>;

    /// Whether a model of this name is shown to it.
    fn shows(&self, provider: &str, model: &str) -> bool;

    /// Whether anybody wants an estimate of the tokens, which takes a while for long conversations.
    fn measures(&self) -> bool;

    /// What is left for costs before anything is taken, for a choice between models; `None` where nothing bounds them.
    async fn room(&self, _session: Option<&str>) -> Option<Room> {
        None
    }

    /// Takes what the request may cost, or refuses it.
    async fn admit(&self, asking: &Asking<'_>) -> Result<Permit, Failure>;
}

/// A caller that may do everything, and whom nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unbound;

#[async_trait]
impl Warrant for Unbound {
    fn allows(&self, _: &str, _: &str, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn allows_unread(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn shows(&self, _: &str, _: &str) -> bool {
        true
    }

    fn measures(&self) -> bool {
        false
    }

    async fn admit(&self, _: &Asking<'_>) -> Result<Permit, Failure> {
        Ok(Permit::default())
    }
}

/// What a request may cost, as far as it is worth finding out.
pub(crate) fn estimate_of(ingress: &Ingress, plan: &Plan, model: &str, most_output: Option<u64>) -> Estimate {
    if !ingress.warrant.measures() {
        return Estimate::default();
    }
    let input = match &plan.way {
        Way::Translate(translation) => translation.expected.shown(),
        Way::Embeddings(embedded) => return Estimate { input: embedded.estimate(), most_output: Some(0) },
        Way::Passthrough { .. } => {
            plan.input.unwrap_or_else(|| match codec(ingress.dialect).decode_request(&ingress.body) {
                Ok(conversation) => estimate::input_tokens(&conversation, model),
                // The provider reads what isn't read here. Few texts have more than a token for four bytes.
                Err(_) => ingress.body.len() as u64 / 4,
            })
        }
    };
    Estimate { input, most_output }
}

#[cfg(test)]
mod tests {
    //! How long a prompt may be.

    use super::*;

    #[test]
    fn what_is_left_for_the_prompt() {
        let rates = |input, output| Rates { input, output, ..Rates::default() };
        // A dollar, a thousand tokens of output; 3 and 15 dollars for a million tokens.
        let room = Room { nanos: 1_000_000_000, output: 1_000 };
        assert_eq!(room.prompt(&rates(Some(3_000_000), Some(15_000_000))), Some(328_333));
        assert_eq!(
            Room { nanos: 15_000_000, ..room }.prompt(&rates(Some(3_000_000), Some(15_000_000))),
            Some(0)
        );
        assert_eq!(Room { nanos: 1, ..room }.prompt(&rates(Some(3_000_000), Some(15_000_000))), Some(0));
        assert_eq!(
            Room { nanos: 0, ..room }.prompt(&rates(Some(0), Some(0))),
            None,
            "what is free is affordable"
        );
        assert_eq!(room.prompt(&rates(None, Some(1))), None, "what isn't known is no hindrance");
        assert_eq!(
            Room { nanos: u64::MAX, output: u64::MAX }.prompt(&rates(Some(1), Some(u64::MAX))),
            Some(0)
        );
    }
}
