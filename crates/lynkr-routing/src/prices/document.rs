//! The document about prices, with the figures of the table that the program brings along.

use super::table::Table;

/// `docs/prices.md`.
pub fn prices_markdown() -> String {
    let table = Table::built_in();
    let date = table.date().map(|date| date.to_string()).unwrap_or_default();
    let (tiers, caches) = table.entries().fold((0_u32, 0_u32), |(tiers, caches), entry| {
        let has_tiers = u32::from(!entry.price.long.is_empty());
        let has_cache = u32::from(entry.price.rates.cache_read.is_some());
        (tiers + has_tiers, caches + has_cache)
    });
    TEXT.replace("{ORIGIN}", table.origin())
        .replace("{LICENCE}", table.licence())
        .replace("{DATE}", &date)
        .replace("{COUNT}", &table.len().to_string())
        .replace("{CACHES}", &caches.to_string())
        .replace("{TIERS}", &tiers.to_string())
}

const TEXT: &str = include_str!("document.md");
