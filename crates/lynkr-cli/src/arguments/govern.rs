//! What can be typed about keys and budgets.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use lynkr_config::Inputs;
use lynkr_store::{KeyLimits, NewKey, Timestamp};

use super::{Files, inputs};

/// What a key may be made for.
const SCOPES: &[&str] = &["inference", "read", "admin"];

/// `lynkr keys`
#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) task: KeyTask,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    files: Files,
}

/// What `lynkr keys` does.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyTask {
    /// Make a key and print it, this once.
    Create(Box<KeyCreate>),
    /// List the keys that are good.
    List {
        /// Revoked and expired ones as well.
        #[arg(long)]
        all: bool,
    },
    /// Show one key, without its secret.
    Show {
        /// Its id, its beginning or its name.
        key: String,
    },
    /// Take a key back.
    Revoke {
        /// Its id, its beginning or its name.
        key: String,
    },
}

/// `lynkr keys create`
#[derive(Debug, Args)]
pub(crate) struct KeyCreate {
    /// What people call it.
    name: String,
    /// What it may do: inference, read, admin; several with commas. Admin may do everything.
    #[arg(long, alias = "scope", value_name = "LIST", value_delimiter = ',', default_value = "inference")]
    scopes: Vec<String>,
    /// When it ends: 12h, 30d, 8w.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// The models that it may ask, with commas; a trailing * stands for any ending.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    models: Vec<String>,
    /// The providers that it may ask, with commas.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    providers: Vec<String>,
    /// The user that it acts for.
    #[arg(long)]
    user: Option<String>,
    /// The team.
    #[arg(long)]
    team: Option<String>,
    /// The customer.
    #[arg(long)]
    customer: Option<String>,
    /// The organisation.
    #[arg(long)]
    organisation: Option<String>,
    /// Requests in a minute.
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u64>,
    /// Requests in a day.
    #[arg(long, value_name = "N")]
    requests_per_day: Option<u64>,
    /// Tokens in a minute.
    #[arg(long, value_name = "N")]
    tokens_per_minute: Option<u64>,
    /// Tokens in a day.
    #[arg(long, value_name = "N")]
    tokens_per_day: Option<u64>,
    /// Requests at the same time, on each gateway.
    #[arg(long, value_name = "N")]
    concurrent: Option<u64>,
}

impl Keys {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

impl KeyCreate {
    /// The key to make.
    pub(crate) fn rule(&self, now: Timestamp) -> anyhow::Result<NewKey> {
        if let Some(unknown) = self.scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
            bail!("`{unknown}` is no scope; there are {}", SCOPES.join(", "));
        }
        let expires_at = self.expires.as_deref().map(length).transpose()?.map(|length| now.after(length));
        Ok(NewKey {
            name: self.name.clone(),
            expires_at,
            user: self.user.clone(),
            team: self.team.clone(),
            customer: self.customer.clone(),
            organisation: self.organisation.clone(),
            scopes: self.scopes.clone(),
            models: self.models.clone(),
            providers: self.providers.clone(),
            limits: KeyLimits {
                requests_per_minute: self.requests_per_minute,
                requests_per_day: self.requests_per_day,
                tokens_per_minute: self.tokens_per_minute,
                tokens_per_day: self.tokens_per_day,
                concurrent: self.concurrent,
            },
        })
    }
}

/// A length of time as people write it: a number and one of s, m, h, d, w.
fn length(text: &str) -> anyhow::Result<Duration> {
    const UNITS: &[(char, u64)] = &[('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
    let wrong = || format!("`{text}` is no length of time: write 12h, 30d or 8w");
    let last = text.chars().last().with_context(wrong)?;
    let (unit, seconds) = UNITS.iter().find(|(unit, _)| *unit == last).with_context(wrong)?;
    let number: u64 = text.trim_end_matches(*unit).parse().with_context(wrong)?;
    Ok(Duration::from_secs(number.checked_mul(*seconds).with_context(wrong)?))
}

/// `lynkr budgets`
#[derive(Debug, Args)]
pub(crate) struct Budgets {
    #[command(subcommand)]
    pub(crate) task: BudgetTask,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    files: Files,
}

/// What `lynkr budgets` does.
#[derive(Debug, Subcommand)]
pub(crate) enum BudgetTask {
    /// Set a budget, in place of one of the same subject, period and unit, which keeps what it has counted.
    Set(BudgetSet),
    /// List the budgets.
    List,
    /// Remove a budget and what it has counted.
    Remove {
        /// Its id.
        id: String,
    },
}

/// `lynkr budgets set`
#[derive(Debug, Args)]
pub(crate) struct BudgetSet {
    /// Whose it is: key:NAME, user:NAME, team:NAME, customer:NAME, org:NAME or session:ID; * is each without one.
    pub(crate) subject: String,
    /// How long it lasts, in UTC: hour, day, week, month, total, or milliseconds (90000ms).
    #[arg(long, default_value = "month")]
    pub(crate) period: String,
    /// So many tokens, input and output.
    #[arg(long, value_name = "N")]
    pub(crate) tokens: Option<u64>,
    /// So many requests.
    #[arg(long, value_name = "N")]
    pub(crate) requests: Option<u64>,
    /// So many dollars, of models whose price is known.
    #[arg(long, value_name = "DOLLARS")]
    pub(crate) cost: Option<f64>,
    /// The share from which on answers carry a warning: 80%.
    #[arg(long, value_name = "SHARE", default_value = "80%")]
    warn: String,
    /// Only warn, never refuse.
    #[arg(long)]
    pub(crate) warn_only: bool,
}

impl BudgetSet {
    /// The share from which on answers carry a warning; `None` for never.
    pub(crate) fn warn_at_share(&self) -> anyhow::Result<Option<f64>> {
        if self.warn == "never" {
            return Ok(None);
        }
        let number = self.warn.strip_suffix('%');
        let share: Option<f64> =
            number.map_or_else(|| self.warn.parse().ok(), |number| Some(number.parse::<f64>().ok()? / 100.0));
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).with_context(|| format!("`{}` is no share: write 80%, 0.8 or never", self.warn))
    }
}

impl Budgets {
    /// The configuration's inputs.
    pub(crate) fn inputs(&self) -> Inputs {
        inputs(Vec::new(), &self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        for (text, seconds) in
            [("90s", 90), ("5m", 300), ("12h", 43_200), ("30d", 2_592_000), ("1w", 604_800)]
        {
            assert_eq!(length(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        for text in ["", "d", "soon", "30", "-1d", "1.5h", "99999999999999999999d", "18446744073709551615w"] {
            length(text).unwrap_err();
        }
    }
}
