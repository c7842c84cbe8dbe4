//! What named providers are made of lives as long as the process. The configuration may be read any number of times in
//! between, so what is the same as before is the same value: only what was never seen before takes memory.

use std::sync::{Mutex, PoisonError};

use lynkr_config::Setting;

use crate::endpoint::{Endpoint, Layout};
use crate::provider::Provider;

/// Lists that were made so far.
struct Table<T: 'static>(Mutex<Vec<&'static [T]>>);

impl<T: PartialEq> Table<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The list of this content.
    fn the(&self, items: Vec<T>) -> &'static [T] {
        if items.is_empty() {
            return &[];
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.iter().find(|own| **own == items) {
            return own;
        }
        let own: &'static [T] = items.leak();
        known.push(own);
        own
    }
}

static TEXTS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
static LISTS: Table<&'static str> = Table::new();
static ENDPOINTS: Table<Endpoint> = Table::new();
static LAYOUTS: Table<Layout> = Table::new();
static SETTINGS: Table<Setting> = Table::new();
static PROVIDERS: Table<Provider> = Table::new();

pub(super) fn text(text: String) -> &'static str {
    let mut known = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(own) = known.iter().find(|own| **own == text) {
        return own;
    }
    let own: &'static str = text.leak();
    known.push(own);
    own
}

pub(super) fn texts(list: Vec<&'static str>) -> &'static [&'static str] {
    LISTS.the(list)
}

pub(super) fn endpoints(list: Vec<Endpoint>) -> &'static [Endpoint] {
    ENDPOINTS.the(list)
}

pub(super) fn layouts(list: Vec<Layout>) -> &'static [Layout] {
    LAYOUTS.the(list)
}

pub(super) fn settings(list: Vec<Setting>) -> &'static [Setting] {
    SETTINGS.the(list)
}

/// `None` can't be: the list of one provider has one.
pub(super) fn provider(provider: &Provider) -> Option<&'static Provider> {
    PROVIDERS.the(vec![*provider]).first()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_the_same_value() {
        let made = || text(["int", "erned"].concat());
        assert!(std::ptr::eq(made(), made()));
        assert!(!std::ptr::eq(made(), text("another".to_owned())));
        let list = || texts(vec![made(), "b"]);
        assert!(std::ptr::eq(list(), list()));
        assert_eq!(list(), ["interned", "b"]);
        assert_eq!(texts(Vec::new()), [""; 0]);
    }
}
