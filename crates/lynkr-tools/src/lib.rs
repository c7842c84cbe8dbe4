//! The tools that the gateway runs for a model, and the rules that each of them is held to.
//!
//! A [`Tool`] is one file with a name, a JSON schema and a function; the [`Registry`] is the table of them. Nobody
//! runs a tool but the [`Toolbox`]: it finds the tool by its name, asks the [`Policy`], runs it within its time, takes
//! secrets out of what it says and keeps that within its size. Files are reached through the [`Workspace`] alone, which no
//! path leaves.
//!
//! *Boundary*: knows no conversation, no dialect and no model. What is done with an [`Outcome`] is the orchestrator's.

#![warn(missing_docs)]

mod context;
mod input;
mod patch;
mod paths;
mod policy;
mod redact;
mod registry;
mod tool;
mod toolbox;
mod tools;
mod walk;
mod workspace;

pub use context::{Context, Limits};
pub use input::Input;
pub use paths::{PathRules, PatternError};
pub use policy::Policy;
pub use redact::{MARK, redacted};
pub use registry::Registry;
pub use tool::{Effect, Outcome, Output, Spec, Tool, ToolError};
pub use toolbox::{Call, Toolbox};
pub use workspace::{Access, Place, Workspace};
