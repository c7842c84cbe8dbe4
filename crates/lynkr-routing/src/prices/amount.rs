//! Amounts of money, without rounding.

use std::ops::{Add, AddAssign};

/// An amount in billionths of a thousandth of a US dollar (10⁻¹² $), so that sums of any tokens at any price are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money {
    picos: u128,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { picos: 0 };

    /// This many 10⁻¹² dollars.
    pub const fn from_picos(picos: u128) -> Self {
        Self { picos }
    }

    /// In 10⁻¹² dollars.
    pub const fn picos(self) -> u128 {
        self.picos
    }

    /// In billionths of a dollar, rounded up: small requests cost something.
    pub fn nanos(self) -> u64 {
        u64::try_from(self.picos.div_ceil(1_000)).unwrap_or(u64::MAX)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { picos: self.picos.saturating_add(other.picos) }
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
