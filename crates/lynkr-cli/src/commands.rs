//! The commands, one file each.

pub(crate) mod budgets;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod daemon;
pub(crate) mod db;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod logs;
pub(crate) mod man;
mod opened;
pub(crate) mod reset;
pub(crate) mod route;
pub(crate) mod routing;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod statusline;
pub(crate) mod stop;
pub(crate) mod trajectory;
pub(crate) mod unit;
pub(crate) mod usage;
pub(crate) mod wrap;
