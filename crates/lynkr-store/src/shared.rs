//! Redis: rate limits that replicas share, and a cache whose entries end by themselves. Optional; when it is down
//! every call says so, and the caller decides whether to count within its own process or to refuse.

use std::time::Duration;

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::StoreError;
use crate::limits::{Counts, Place, RateRule, RateVerdict};
use crate::time::millis;

fn config(options: SharedOptions) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_connection_timeout(Some(options.connect_wait))
        .set_response_timeout(Some(options.answer_wait))
        // A request must not wait for several tries; the next one tries again.
        .set_number_of_retries(1)
}

/// Everything that the gateway keeps in Redis begins so.
const PREFIX: &str = "lynkr:";

/// How patient to be with Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedOptions {
    /// How long a connection may take.
    pub connect_wait: Duration,
    /// How long an answer may take.
    pub answer_wait: Duration,
}

impl Default for SharedOptions {
    fn default() -> Self {
        Self { connect_wait: Duration::from_secs(1), answer_wait: Duration::from_millis(500) }
    }
}

/// A Redis server.
#[derive(Clone)]
pub struct SharedCache {
    connection: ConnectionManager,
    count: std::sync::Arc<Script>,
    prefix: String,
}

impl std::fmt::Debug for SharedCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedCache").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Reads both windows, checks and adds: Redis runs a script as one step.
///
/// Keys: this window, the window before. Arguments: weight in thousandths, the most that may be spent before, the
/// cost, how long the counter is needed in milliseconds.
const COUNT: &str = "
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local previous = tonumber(redis.call('GET', KEYS[2]) or '0')
local weighed = math.floor((previous * tonumber(ARGV[1]) + 999) / 1000)
if current + weighed > tonumber(ARGV[2]) then
  return {0, current, previous}
end
current = redis.call('INCRBY', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1, current, previous}
";

impl SharedCache {
    /// Connects.
    ///
    /// # Errors
    /// When the URL can't be read, or nobody answers.
    pub async fn connect(url: &SecretString, options: SharedOptions) -> Result<Self, StoreError> {
        Self::connect_as(url, PREFIX, options).await
    }

    /// Connects when it is asked first, and again whenever the connection is lost: for a server that may come later.
    /// Must be called within a runtime.
    ///
    /// # Errors
    /// When the URL can't be read.
    pub fn lazy(url: &SecretString, options: SharedOptions) -> Result<Self, StoreError> {
        let client = Client::open(url.expose_secret())?;
        let connection = ConnectionManager::new_lazy_with_config(client, config(options))?;
        Ok(Self::over(connection, PREFIX))
    }

    /// Connects under another prefix: for two gateways on one Redis that must not count together.
    pub async fn connect_as(
        url: &SecretString,
        prefix: &str,
        options: SharedOptions,
    ) -> Result<Self, StoreError> {
        let client = Client::open(url.expose_secret())?;
        let connection = ConnectionManager::new_with_config(client, config(options)).await?;
        Ok(Self::over(connection, prefix))
    }

    fn over(connection: ConnectionManager, prefix: &str) -> Self {
        Self { connection, count: std::sync::Arc::new(Script::new(COUNT)), prefix: prefix.to_owned() }
    }

    /// Asks for an answer: for readiness.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        Ok(redis::cmd("PING").query_async::<()>(&mut connection).await?)
    }

    /// What is kept under a name and isn't over yet.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut connection = self.connection.clone();
        Ok(redis::cmd("GET").arg(self.cached(name)).query_async(&mut connection).await?)
    }

    /// Keeps bytes under a name for a while.
    pub async fn put(&self, name: &str, value: &[u8], keep: Duration) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        let mut command = redis::cmd("SET");
        command.arg(self.cached(name)).arg(value).arg("PX").arg(millis(keep).max(1));
        Ok(command.query_async::<()>(&mut connection).await?)
    }

    /// Forgets a name; says whether it was there.
    pub async fn delete(&self, name: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection.clone();
        let count: i64 = redis::cmd("DEL").arg(self.cached(name)).query_async(&mut connection).await?;
        Ok(count > 0)
    }

    fn cached(&self, name: &str) -> String {
        format!("{}cache:{name}", self.prefix)
    }
}

#[async_trait]
impl Counts for SharedCache {
    async fn count(&self, rule: &RateRule, place: Place) -> Result<RateVerdict, StoreError> {
        let mut connection = self.connection.clone();
        // The braces keep both windows on one server of a cluster.
        let key = |start: i64| format!("{}rate:{{{}}}:{start}", self.prefix, place.name);
        let mut call = self.count.prepare_invoke();
        call.key(key(place.start))
            .key(key(place.before))
            .arg(place.weight)
            .arg(place.most_before)
            .arg(place.cost)
            .arg(place.length.saturating_mul(2));
        let (allowed, current, previous): (i64, i64, i64) = call.invoke_async(&mut connection).await?;
        Ok(place.verdict(rule, allowed == 1, current, previous))
    }
}
