//! Settings as tables: every name, where its value came from, and whether that value can be used.
//!
//! A part of the gateway declares a `const SETTINGS: &[Setting]`; the binary hands all tables to [`load`],
//! which looks each name up in the command line, the environment, `.env` files, `lynkr.toml` and the
//! defaults, in that order, and reports **all** problems at once. The reference and the example file are
//! written from the same tables ([`reference_markdown`], [`env_example`]), so they can't drift.
//!
//! Every value keeps its [`Source`], because trust follows the source: what a project's own `.env` says
//! about an endpoint must never be joined with a credential of the operator ([`Source::trust`]).
//!
//! This is the only crate that reads the process environment ([`Inputs::from_process`]) and the only one
//! that knows how TOML is read. Deliberately absent: what a setting *means*; each owner decides that.

#![warn(missing_docs)]

mod document;
mod dotenv;
mod effective;
mod file;
mod inputs;
mod load;
mod mask;
mod named;
mod nearest;
mod parse;
mod problem;
mod setting;
mod settings;
mod source;
mod toml_file;
mod values;

pub use document::{env_example, reference_markdown};
pub use dotenv::{BrokenLine, DotEnv, parse as parse_dotenv};
pub use effective::{Row, effective};
pub use inputs::{CommandLine, Inputs, Project};
pub use load::{FileReport, Loaded, load};
pub use mask::mask;
pub use named::{NamedTable, named_tables};
pub use nearest::nearest;
pub use problem::{Problem, Severity};
pub use secrecy::{ExposeSecret, SecretString};
pub use setting::{Kind, Setting};
pub use settings::SETTINGS;
pub use source::{Source, Trust};
pub use values::Values;
