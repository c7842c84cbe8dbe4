//! Tools that a conversation offers.

use super::Extra;
use super::conversation::AROUND;
use crate::wire::Json;

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name; within its namespace when it has one.
    pub name: String,
    /// The namespace that groups it, in the Responses dialect.
    pub namespace: Option<Namespace>,
    /// What it does, for the model.
    pub description: Option<String>,
    /// What kind of tool it is.
    pub kind: ToolKind,
    /// `cache_control`, raw.
    pub cache: Option<Json>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

impl Tool {
    /// About how many bytes it takes as JSON.
    pub(super) fn size(&self) -> usize {
        let kind = match &self.kind {
            ToolKind::Function { schema: value, .. } | ToolKind::Freeform { format: value } => value.as_ref(),
            ToolKind::Server { value, .. } => Some(value),
        };
        let said = self.description.as_deref().map_or(0, str::len);
        AROUND + self.name.len() + said + kind.map_or(0, |value| value.get().len())
    }
}

/// A group of tools.
#[derive(Debug, Clone, PartialEq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// What its tools have in common.
    pub description: Option<String>,
    /// Other fields of its dialect.
    pub extra: Extra,
}

/// The kinds of tools.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolKind {
    /// Called with JSON arguments.
    Function {
        /// The JSON Schema of the arguments, untouched.
        schema: Option<Json>,
        /// OpenAI's `strict`.
        strict: Option<bool>,
    },
    /// Called with plain text (the Responses dialect's `custom` tools).
    Freeform {
        /// The grammar, raw.
        format: Option<Json>,
    },
    /// Run by the provider itself; the whole definition, raw, is in `value`.
    Server {
        /// The definition.
        value: Json,
        /// Whose definition it is.
        dialect: crate::Dialect,
    },
}

/// Which tool the model must call.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// None.
    None,
    /// At least one, whichever.
    Required,
    /// This one.
    Tool {
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: Option<String>,
    },
    /// A choice that only its own dialect understands (OpenAI's `allowed_tools`).
    Other {
        /// Whose choice it is.
        dialect: crate::Dialect,
        /// The choice, raw.
        value: Json,
    },
}
