//! Prices: what is found under which name, what tokens cost, and what makes a table.

mod cost;
mod lookup;
mod tables;
