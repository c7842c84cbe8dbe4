//! What models cost: a table of list prices built in, the operator's own prices above it, and the arithmetic.
//!
//! [`Prices::of`] finds a model's price under whatever name its seller gives it, [`Price::cost`] multiplies. A price that
//! isn't known is `None` and never zero; what runs on the operator's own machine costs zero and says so
//! ([`PriceSource::Local`]).

mod amount;
mod convert;
mod date;
mod document;
mod form;
mod memo;
mod names;
mod overrides;
mod price;
mod sellers;
mod table;

pub use amount::Money;
pub use convert::{ConvertError, Origin, convert};
pub use date::Date;
pub use document::prices_markdown;
pub use overrides::{OverrideError, Overrides};
pub use price::{LongContext, Price, Rates, TokenUse};
pub use table::{Entry, Mode, Table, TableError};

use std::collections::BTreeMap;
use std::sync::Arc;

use memo::Memo;
use names::Forms;
use sellers::Seller;

/// No model has a longer name.
const LONGEST_NAME: usize = 512;

/// How a price was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceSource {
    /// The operator said so.
    Override,
    /// The model runs on the operator's own machine, or is one that its seller gives away: it costs nothing.
    Local,
    /// The table has the name as it is.
    Exact,
    /// The table has the name without what says who sells it and where.
    Stripped,
    /// The table has another name of the model.
    Alias,
    /// The table has the name without its date.
    Undated,
    /// The table has a name that this one begins with: an estimate.
    Prefix,
}

impl PriceSource {
    /// The name in records and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Local => "local",
            Self::Exact => "exact",
            Self::Stripped => "stripped",
            Self::Alias => "alias",
            Self::Undated => "undated",
            Self::Prefix => "prefix",
        }
    }
}

/// A price, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub price: Price,
    /// How it was found.
    pub source: PriceSource,
    /// What the table knows of the model besides; `None` where the price isn't from the table.
    pub entry: Option<Entry>,
}

/// The prices of one moment: a table, and the operator's own above it.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    table: Table,
    overrides: Overrides,
    /// What the providers are that the operator gave names of their own.
    kinds: BTreeMap<String, String>,
    memo: Memo,
}

impl Prices {
    /// Prices of a table, the operator's own going first.
    pub fn new(table: Table, overrides: Overrides) -> Self {
        Self { table, overrides, kinds: BTreeMap::new(), memo: Memo::default() }
    }

    /// The same prices where some providers have names of the operator's: these names, with the providers that they are
    /// copies of.
    #[must_use]
    pub fn with_kinds(self, kinds: BTreeMap<String, String>) -> Self {
        Self { kinds, memo: Memo::default(), ..self }
    }

    /// The same prices by another table.
    #[must_use]
    pub fn with_table(&self, table: Table) -> Self {
        Self { table, ..self.clone() }
    }

    /// The table.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// The price of a model at a provider; `None` when nobody knows it.
    pub fn of(&self, provider: &str, model: &str) -> Option<Arc<Quote>> {
        if model.len() > LONGEST_NAME {
            return None;
        }
        self.memo.get(provider, model, || self.look_up(provider, model))
    }

    fn look_up(&self, provider: &str, model: &str) -> Option<Quote> {
        let seller = Seller { name: provider, kind: self.kinds.get(provider).map(String::as_str) };
        let model = names::cleaned(model);
        if let Some(price) = self.overrides.of(seller, &model) {
            let price = price.filled(seller.caching(&model));
            return Some(Quote { price, source: PriceSource::Override, entry: None });
        }
        if seller.gives(&model) {
            return Some(Quote { price: Price::FREE, source: PriceSource::Local, entry: None });
        }
        if seller.is_local() {
            return None;
        }
        let (entry, source) = self.find(seller, &model)?;
        let price = entry.price.clone().filled(seller.caching(&model));
        Some(Quote { price, source, entry: Some(entry) })
    }

    /// Like [`Prices::of`], for a model that was asked under one name and gave itself another in its answer, such as the
    /// model behind a deployment. The name that was asked goes first, unless it leads to an estimate only.
    pub fn of_served(&self, provider: &str, model: &str, answered_by: &str) -> Option<Arc<Quote>> {
        let asked = self.of(provider, model);
        let is_certain = asked.as_ref().is_some_and(|quote| quote.source != PriceSource::Prefix);
        if is_certain || answered_by.is_empty() || answered_by == model {
            return asked;
        }
        self.of(provider, answered_by).filter(|other| other.source != PriceSource::Prefix).or(asked)
    }

    fn find(&self, seller: Seller<'_>, model: &str) -> Option<(Entry, PriceSource)> {
        let mut forms = Forms::new(seller, model);
        for source in [PriceSource::Exact, PriceSource::Stripped, PriceSource::Alias, PriceSource::Undated] {
            let known = forms.next(source).find_map(|key| self.table.get(&key));
            if let Some(entry) = known {
                return Some((entry, source));
            }
        }
        forms.beginnings().find_map(|key| self.table.get(&key)).map(|entry| (entry, PriceSource::Prefix))
    }
}

#[cfg(test)]
mod tests;
