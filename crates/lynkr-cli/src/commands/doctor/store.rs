//! The store: whether it opens, its schema, damage, and who may read its files.

use std::time::Duration;

use lynkr_store::{Store, StoreOptions, StoreUrl};

use super::Context;
use super::configuration::open_to_others;
use super::finding::{Finding, Verdict};

/// A large store takes its time.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn look(on: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(folder) = on.loaded.values.path("LYNKR_STATE_DIR").filter(|folder| folder.exists()) {
        found.extend(open_to_others(folder));
    }
    let url = match StoreUrl::from_values(&on.loaded.values) {
        Ok(url) => url,
        Err(problem) => {
            let finding = Finding::new(Verdict::Wrong, problem.key, problem.message);
            found.push(match problem.hint {
                Some(hint) => finding.with_suggestion(hint),
                None => finding,
            });
            return found;
        }
    };
    let shown = url.shown();
    if let StoreUrl::Sqlite(path) = &url {
        if !path.exists() {
            found.push(Finding::new(
                Verdict::Note,
                "store",
                format!("{shown} isn't there yet: the first start makes it"),
            ));
            return found;
        }
        // Opening it puts that right.
        found.extend(open_to_others(path));
    }
    match tokio::time::timeout(PATIENCE, examined(&StoreOptions::new(url))).await {
        Ok(Ok(schema)) => {
            found.push(Finding::new(
                Verdict::Good,
                "store",
                format!("{shown} has schema {schema} and no damage"),
            ));
        }
        Ok(Err(why)) => {
            found.push(
                Finding::new(Verdict::Wrong, "store", format!("{shown}: {why}"))
                    .with_suggestion("lynkr db check"),
            );
        }
        Err(_) => {
            let told = format!("{shown} isn't looked through within {} seconds", PATIENCE.as_secs());
            found.push(Finding::new(Verdict::Warning, "store", told).with_suggestion("lynkr db check"));
        }
    }
    found
}

async fn examined(options: &StoreOptions) -> Result<i64, String> {
    let store = Store::open(options).await.map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
    let schema = store.schema().await.map_err(|error| error.to_string());
    let damage = store.check().await.map_err(|error| error.to_string());
    store.close(Duration::from_secs(1)).await;
    match damage?.as_slice() {
        [] => schema,
        [first, ..] => Err(format!("is damaged: {first}")),
    }
}
