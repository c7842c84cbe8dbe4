//! What the same tokens would have cost at one model that answers everything.

use lynkr_routing::{Money, Price, PriceSource, Prices, TokenUse};
use lynkr_store::{LENGTHS, UsageCell};

/// The model that spend is compared with, unless another is named.
pub const FLAGSHIP: &str = "claude-sonnet-4-5-20250929";

/// Who may sell a model that is named without a provider, in the order in which they are asked.
const SELLERS: [&str; 6] = ["anthropic", "openai", "vertex", "moonshot", "zai", "deepseek"];

/// A model that everything might have gone to.
#[derive(Debug, Clone)]
pub struct Flagship {
    /// Its name, as it was asked for.
    pub model: String,
    price: Option<Price>,
}

impl Flagship {
    /// A model by its name, or by `provider:model`.
    pub fn new(prices: &Prices, model: &str) -> Self {
        Self { model: model.to_owned(), price: find(prices, model) }
    }

    /// Whether its price is known.
    pub const fn is_priced(&self) -> bool {
        self.price.is_some()
    }

    /// What a cell's tokens would have cost; `None` where the price isn't known.
    pub fn cost(&self, cell: &UsageCell) -> Option<Money> {
        cost_at(self.price.as_ref()?, cell)
    }

    /// What a single request's tokens would have cost.
    pub fn cost_of(&self, tokens: &TokenUse) -> Option<Money> {
        self.price.as_ref()?.cost(tokens)
    }
}

/// What a cell's tokens cost at a price. All requests of a cell are of one length, so that one of the price's rates holds for
/// all of them.
pub(crate) fn cost_at(price: &Price, cell: &UsageCell) -> Option<Money> {
    let exceeded = usize::try_from(cell.length).ok()?.checked_sub(1).and_then(|index| LENGTHS.get(index));
    let rates = price.rates_for(exceeded.map_or(0, |length| length + 1));
    Price { rates, long: Vec::new() }.cost(&tokens(cell))
}

/// A cell's tokens.
pub(crate) const fn tokens(cell: &UsageCell) -> TokenUse {
    TokenUse {
        input: cell.input_tokens,
        cache_read: cell.cache_read_tokens,
        cache_write: cell.cache_write_tokens,
        cache_write_1h: 0,
        output: cell.output_tokens,
        reasoning: cell.reasoning_tokens,
    }
}

fn find(prices: &Prices, model: &str) -> Option<Price> {
    if let Some((provider, name)) = model.split_once(':')
        && let Some(quote) = prices.of(provider, name)
    {
        return Some(quote.price.clone());
    }
    let quotes: Vec<_> = SELLERS.iter().filter_map(|seller| prices.of(seller, model)).collect();
    let certain = quotes.iter().find(|quote| quote.source != PriceSource::Prefix);
    certain.or_else(|| quotes.first()).map(|quote| quote.price.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(input: u64, length: u64) -> UsageCell {
        UsageCell { input_tokens: input, length, ..UsageCell::default() }
    }

    #[test]
    fn a_flagship_is_found_by_its_name() {
        let prices = Prices::default();
        let at = |model: &str| Flagship::new(&prices, model).cost(&cell(1_000_000, 0)).map(Money::nanos);
        assert_eq!(at(FLAGSHIP), Some(3_000_000_000));
        assert_eq!(at("openai:gpt-4o-mini"), Some(150_000_000));
        assert_eq!(at("gpt-4o-mini"), Some(150_000_000));
        assert_eq!(at("nobody-sells-this"), None);
        assert!(!Flagship::new(&prices, "nobody-sells-this").is_priced());
    }

    #[test]
    fn long_requests_cost_what_long_requests_cost() {
        let prices = Prices::default();
        let bedrock = Flagship::new(&prices, "bedrock:claude-sonnet-4-5-20250929-v1:0");
        let nanos = |length| bedrock.cost(&cell(1_000_000, length)).map(Money::nanos);
        assert_eq!(nanos(0), Some(3_000_000_000));
        assert_eq!(nanos(2), Some(3_000_000_000));
        assert_eq!(nanos(3), Some(6_000_000_000));
    }
}
