//! One suite for both databases and for Redis. Every test has a database of its own.
//!
//! Servers are those that `LYNKR_TEST_POSTGRES_URL` and `LYNKR_TEST_REDIS_URL` name, else throw-away ones started
//! from the installed programs; where there are none, their tests report themselves ignored, except in CI.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "a harness reads the environment and starts servers")]

mod budgets;
mod faults;
mod files;
mod harness;
mod keys;
mod limits;
mod purse;
mod read_models;
mod records;
mod servers;
mod shared;
mod writer;

use std::process::ExitCode;

use harness::Suite;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if let (Some(faults::CHILD), Some(url)) = (words.next().as_deref(), words.next()) {
        tokio::runtime::Runtime::new().unwrap().block_on(faults::write_until_killed(&url));
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut suite = Suite::new(!arguments.list);
    for test in [
        records::TESTS,
        read_models::TESTS,
        budgets::TESTS,
        purse::TESTS,
        keys::TESTS,
        limits::TESTS,
        writer::TESTS,
        faults::BOTH,
    ] {
        suite.on_both(test);
    }
    suite.on_sqlite(files::TESTS);
    suite.on_sqlite(faults::SQLITE);
    suite.on_own_postgres(faults::POSTGRES);
    suite.on_redis(shared::TESTS);
    suite.on_own_redis(faults::REDIS);
    let (trials, servers) = suite.finish();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(servers);
    conclusion.exit_code()
}
