//! The commands, one file each.

pub(crate) mod budgets;
pub(crate) mod config;
pub(crate) mod db;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod keys;
mod opened;
pub(crate) mod route;
pub(crate) mod routing;
pub(crate) mod start;
pub(crate) mod usage;
