//! What models cost: from settings to prices.

mod refresh;

use std::collections::BTreeMap;

use lynkr_config::{Problem, Values};
use lynkr_providers::Upstream;
use lynkr_routing::{Overrides, Prices, Table};

pub use refresh::{Standing, standing};
pub(crate) use refresh::{keep_fresh, table};

/// The prices that the configuration makes of a table.
pub(crate) fn prices<'a>(
    values: &Values,
    table: Table,
    upstreams: impl Iterator<Item = &'a Upstream>,
) -> Result<Prices, Problem> {
    let kind = |upstream: &Upstream| {
        let provider = upstream.provider();
        Some((provider.name.to_owned(), provider.kind?.to_owned()))
    };
    let kinds: BTreeMap<String, String> = upstreams.filter_map(kind).collect();
    Ok(Prices::new(table, overrides(values)?).with_kinds(kinds))
}

/// The prices in effect, for commands: without what named providers are copies of.
///
/// # Errors
/// When the operator's own prices can't be read.
pub fn price_list(values: &Values) -> Result<Prices, Problem> {
    Ok(Prices::new(table(values)?, overrides(values)?))
}

fn overrides(values: &Values) -> Result<Overrides, Problem> {
    const ENV: &str = "MODEL_PRICE_OVERRIDES";
    let Some(text) = values.text(ENV) else { return Ok(Overrides::default()) };
    Overrides::parse(text).map_err(|why| {
        Problem::error(ENV, why.to_string())
            .with_hint(r#"write {"model": {"input": 3, "output": 15}}, dollars for a million tokens"#)
    })
}
