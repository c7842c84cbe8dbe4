//! The store that the gateway keeps things in.

use lynkr_config::{Problem, Values};
use lynkr_store::{Store, StoreOptions, StoreUrl};

/// Opens the store. A store that the operator named and that can't be opened is a reason not to start; the file that is
/// used when nobody named one isn't: the gateway then works without keeping anything, and says so.
pub(crate) async fn open(values: &Values) -> Result<Option<Store>, Problem> {
    let url = StoreUrl::from_values(values)?;
    let shown = url.shown();
    match Store::open(&StoreOptions::new(url)).await {
        Ok(store) => Ok(Some(store)),
        Err(error) => match named(values) {
            Some(env) => Err(Problem::error(env, format!("names {shown}, which can't be opened: {error}"))),
            None => {
                tracing::warn!(store = shown, %error, "nothing is kept: the store can't be opened");
                Ok(None)
            }
        },
    }
}

/// The setting that names the store, if one does.
fn named(values: &Values) -> Option<&'static str> {
    ["LYNKR_DATABASE_URL", "DATABASE_URL", "SESSION_DB_PATH"]
        .into_iter()
        .find(|env| values.source(env).is_some())
}
