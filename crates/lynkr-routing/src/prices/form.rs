//! The form of the table: text, a line for each model, sorted by its name, fields parted by tabs, missing ones empty.
//! Prices are in 10⁻¹² dollars for a token.

use super::price::{LongContext, Price, Rates};
use super::table::{Entry, Mode};

/// The first line of every table.
pub(super) const TITLE: &str = "# lynkr model prices 1";

/// What the fields of a line are.
pub(super) const FIELDS: &str = "# name, provider, mode, abilities (t tools, v pictures, r reasoning), context, most output, \
                                 input, output, cache read, cache write, cache write 1h, reasoning, batch input, batch \
                                 output, above:input/output/read/write/write 1h;…";

/// A model's line.
pub(super) fn write(entry: &Entry) -> String {
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    let abilities: String = [('t', entry.tools), ('v', entry.vision), ('r', entry.reasoning)]
        .into_iter()
        .filter_map(|(letter, has)| has.then_some(letter))
        .collect();
    let rates = entry.price.rates;
    let long = |long: &LongContext| {
        let rates = long.rates;
        let parts = [rates.input, rates.output, rates.cache_read, rates.cache_write, rates.cache_write_1h];
        format!("{}:{}", long.above, parts.map(number).join("/"))
    };
    let fields = [
        entry.name.clone(),
        entry.provider.clone(),
        entry.mode.name().to_owned(),
        abilities,
        number(entry.context),
        number(entry.most_output),
        number(rates.input),
        number(rates.output),
        number(rates.cache_read),
        number(rates.cache_write),
        number(rates.cache_write_1h),
        number(rates.reasoning),
        number(entry.batch_input),
        number(entry.batch_output),
        entry.price.long.iter().map(long).collect::<Vec<_>>().join(";"),
    ];
    fields.join("\t").trim_end().to_owned()
}

/// Reads a model's line.
pub(super) fn read(line: &str) -> Option<Entry> {
    let mut fields = line.split('\t');
    let mut text = || fields.next().unwrap_or_default();
    let (name, provider, mode, abilities) = (text(), text(), Mode::named(text())?, text());
    let mut number = || optional(text());
    let (context, most_output) = (number()?, number()?);
    let rates = Rates {
        input: number()?,
        output: number()?,
        cache_read: number()?,
        cache_write: number()?,
        cache_write_1h: number()?,
        reasoning: number()?,
    };
    let (batch_input, batch_output) = (number()?, number()?);
    let long = text().split(';').filter(|part| !part.is_empty()).map(long).collect::<Option<Vec<_>>>()?;
    let is_sorted = long.is_sorted_by(|before, after| before.above < after.above);
    let is_whole = !name.is_empty() && fields.next().is_none() && is_sorted;
    is_whole.then(|| Entry {
        name: name.to_owned(),
        provider: provider.to_owned(),
        mode,
        tools: abilities.contains('t'),
        vision: abilities.contains('v'),
        reasoning: abilities.contains('r'),
        context,
        most_output,
        price: Price { rates, long },
        batch_input,
        batch_output,
    })
}

fn long(text: &str) -> Option<LongContext> {
    let (above, rates) = text.split_once(':')?;
    let mut parts = rates.split('/').map(optional);
    let mut next = || parts.next().unwrap_or(Some(None));
    let rates = Rates {
        input: next()?,
        output: next()?,
        cache_read: next()?,
        cache_write: next()?,
        cache_write_1h: next()?,
        reasoning: None,
    };
    Some(LongContext { above: above.parse().ok()?, rates })
}

/// `None` is no number; an empty text is none either, but a good one.
#[expect(clippy::option_option, reason = "the outer one is for `?`, the inner one is the value")]
fn optional(text: &str) -> Option<Option<u64>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}
