//! Which test runs where, and what each is handed.

use std::pin::Pin;
use std::time::Duration;

use libtest_mimic::Trial;
use lynkr_store::{
    SharedCache, SharedOptions, Store, StoreOptions, StoreUrl, Timestamp, WriterOptions, record_id,
};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::servers::{Kind, Server};

pub(crate) type Outcome = Pin<Box<dyn Future<Output = ()>>>;
/// A test with its name.
pub(crate) type Test = (&'static str, fn(Place) -> Outcome);

/// A test's function as a row of a table.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), |place| Box::pin($name(place)))),*] };
}

/// An empty database, or a server, of one test's own.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    pub(crate) server: Option<Server>,
}

impl Place {
    pub(crate) fn options(&self) -> StoreOptions {
        let mut options = StoreOptions::new(StoreUrl::parse(&self.url).unwrap());
        options.connections = 4;
        options.writer = WriterOptions {
            interval: Duration::from_millis(20),
            longest_wait: Duration::from_millis(200),
            ..WriterOptions::default()
        };
        options
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.options()).await.unwrap()
    }

    pub(crate) async fn redis(&self) -> SharedCache {
        let prefix = format!("test-{}:", record_id());
        let url = SecretString::from(self.url.as_str());
        SharedCache::connect_as(&url, &prefix, SharedOptions::default()).await.unwrap()
    }
}

/// 2024-02-29 13:37:11 UTC.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(1_709_213_831_000)
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The tests and the servers that they share.
pub(crate) struct Suite {
    trials: Vec<Trial>,
    servers: Vec<Server>,
    postgres: Option<String>,
    redis: Option<String>,
    own_postgres: bool,
    own_redis: bool,
}

impl Suite {
    pub(crate) fn new(will_run: bool) -> Self {
        let mut servers = Vec::new();
        let mut find = |variable: &str, kind: Kind| {
            if let Ok(url) = std::env::var(variable) {
                return Some(url);
            }
            let server = if will_run { Server::start(kind) } else { None }?;
            let url = server.url();
            servers.push(server);
            Some(url)
        };
        let postgres = find("LYNKR_TEST_POSTGRES_URL", Kind::Postgres);
        let redis = find("LYNKR_TEST_REDIS_URL", Kind::Redis);
        let own_postgres = Server::is_installed(Kind::Postgres);
        let own_redis = Server::is_installed(Kind::Redis);
        Self { trials: Vec::new(), servers, postgres, redis, own_postgres, own_redis }
    }

    pub(crate) fn finish(self) -> (Vec<Trial>, Vec<Server>) {
        (self.trials, self.servers)
    }

    pub(crate) fn on_both(&mut self, tests: &[Test]) {
        self.on_sqlite(tests);
        let postgres = self.postgres.clone();
        for test in tests {
            let url = postgres.clone();
            self.add("postgres", *test, url.is_some(), move || async move {
                let url = database(&url.expect("a server")).await;
                Place { url, folder: TempDir::new().unwrap(), server: None }
            });
        }
    }

    pub(crate) fn on_sqlite(&mut self, tests: &[Test]) {
        for test in tests {
            self.add("sqlite", *test, true, || async {
                let folder = TempDir::new().unwrap();
                Place {
                    url: format!("sqlite:{}/state/lynkr.db", folder.path().display()),
                    folder,
                    server: None,
                }
            });
        }
    }

    pub(crate) fn on_redis(&mut self, tests: &[Test]) {
        for test in tests {
            let url = self.redis.clone();
            self.add("redis", *test, url.is_some(), move || async move {
                Place { url: url.expect("a server"), folder: TempDir::new().unwrap(), server: None }
            });
        }
    }

    /// Tests that stop their server.
    pub(crate) fn on_own_postgres(&mut self, tests: &[Test]) {
        for test in tests {
            self.add("postgres", *test, self.own_postgres, || async {
                let server = Server::start(Kind::Postgres);
                let url = server.as_ref().expect("a server").url();
                Place { url, folder: TempDir::new().unwrap(), server }
            });
        }
    }

    /// Tests that stop their server.
    pub(crate) fn on_own_redis(&mut self, tests: &[Test]) {
        for test in tests {
            self.add("redis", *test, self.own_redis, || async {
                let server = Server::start(Kind::Redis);
                let url = server.as_ref().expect("a server").url();
                Place { url, folder: TempDir::new().unwrap(), server }
            });
        }
    }

    fn add<F>(&mut self, kind: &str, test: Test, available: bool, place: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = Place>,
    {
        let (name, run) = test;
        let trial = Trial::test(format!("{kind}::{name}"), move || {
            if !available {
                return Err("in CI there must be a server, and there is none".into());
            }
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(async {
                let place = place().await;
                let remove = Remove::of(&place);
                tokio::time::timeout(Duration::from_secs(120), run(place)).await.expect("the test hangs");
                if let Some(remove) = remove {
                    remove.run().await;
                }
            });
            Ok(())
        });
        let in_ci = std::env::var_os("CI").is_some();
        self.trials.push(trial.with_ignored_flag(!available && !in_ci));
    }
}

/// The beginning of the names of tests' databases.
const DATABASE: &str = "lynkr_test_";

async fn on_server(url: &url::Url, text: String) {
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = options.connect(url.as_str()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(text)).execute(&pool).await.unwrap();
    pool.close().await;
}

/// A new database on a server.
async fn database(server: &str) -> String {
    let name = format!("{DATABASE}{}", record_id());
    let mut url = url::Url::parse(server).unwrap();
    on_server(&url, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    url.set_path(&name);
    url.to_string()
}

/// A database to remove after its test; after one that failed it stays to be looked at.
struct Remove {
    url: url::Url,
    name: String,
}

impl Remove {
    fn of(place: &Place) -> Option<Self> {
        let mut url = url::Url::parse(&place.url).ok()?;
        let name = url.path().strip_prefix('/').filter(|name| name.starts_with(DATABASE))?.to_owned();
        url.set_path("/postgres");
        Some(Self { url, name })
    }

    async fn run(self) {
        on_server(&self.url, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}
