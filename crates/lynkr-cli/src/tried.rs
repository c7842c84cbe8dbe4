//! Credentials that are tried with their providers, all at once, and what came of it in words.

use std::sync::Arc;

use lynkr_app::{Checked, Credential, Scout};
use lynkr_config::Values;
use lynkr_providers::Provider;
use tokio::task::JoinSet;

use crate::progress::Progress;
use crate::terminal::Tone;

/// Tries the credentials of these providers.
pub(crate) async fn try_all(
    scout: &Arc<Scout>,
    providers: &[&'static Provider],
    values: &Values,
) -> Vec<(&'static Provider, Checked)> {
    let mut under_way = JoinSet::new();
    for (place, provider) in providers.iter().copied().enumerate() {
        let (scout, values) = (Arc::clone(scout), values.clone());
        under_way.spawn(async move { (place, provider, scout.check(provider, &values).await) });
    }
    let progress = Progress::of("trying credentials", providers.len());
    let mut tried = Vec::new();
    while let Some(one) = under_way.join_next().await {
        if let Ok((place, provider, checked)) = one {
            progress.done(&format!("{}: {}", provider.title, in_words(provider, &checked).1));
            tried.push((place, provider, checked));
        }
    }
    progress.end();
    tried.sort_by_key(|(place, ..)| *place);
    tried.into_iter().map(|(_, provider, checked)| (provider, checked)).collect()
}

/// What came of trying a provider, and how good that is.
pub(crate) fn in_words(provider: &Provider, checked: &Checked) -> (Tone, String) {
    let models = match checked.models.len() {
        0 => String::new(),
        1 => ", 1 model".to_owned(),
        many => format!(", {many} models"),
    };
    let wants_key = provider.key_required;
    match &checked.credential {
        Credential::Good if wants_key => (Tone::Good, format!("takes the key{models}")),
        Credential::Good => (Tone::Good, format!("answers{models}")),
        Credential::Taken if wants_key => {
            (Tone::Good, format!("doesn't refuse the key; it gives no list that would prove more{models}"))
        }
        Credential::Taken => (Tone::Good, format!("answers; it gives no list of models{models}")),
        Credential::Absent => {
            (Tone::Warning, "has no key here: it is reached by clients that bring their own".to_owned())
        }
        Credential::Refused { status, why } => {
            (Tone::Bad, format!("refuses the credential (status {status}): {why}"))
        }
        Credential::Unknown(why) => (Tone::Bad, format!("couldn't be asked: {why}")),
        Credential::Unusable(why) => (Tone::Bad, format!("can't be used: {why}")),
    }
}
