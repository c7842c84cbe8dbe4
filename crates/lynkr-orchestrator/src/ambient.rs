//! The clock and the dice, behind a trait so that tests can hold them still.

use std::time::{SystemTime, UNIX_EPOCH};

/// What a pure function can't know.
pub trait Ambient: Send + Sync + std::fmt::Debug {
    /// Unix time in seconds.
    fn unix_seconds(&self) -> u64;
    /// 32 hexadecimal digits that nobody has had before.
    fn seed(&self) -> String;
}

/// The real clock and real randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Ambient for System {
    fn unix_seconds(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    fn seed(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }
}
