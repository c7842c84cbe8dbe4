//! Where in a body something stands, spelled out only when it is at fault.

use std::fmt;

use crate::error::DecodeError;

/// An element of a list, within another place or at the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    list: &'static str,
    index: usize,
}

impl<'a> Place<'a> {
    /// `list[index]` of the body.
    pub(super) fn top(list: &'static str, index: usize) -> Self {
        Self { parent: None, list, index }
    }

    /// `list[index]` of what stands here.
    pub(super) fn inner(&'a self, list: &'static str, index: usize) -> Self {
        Self { parent: Some(self), list, index }
    }

    /// A required field's value, or the error that it is missing.
    pub(super) fn need<T>(&self, field: &str, value: Option<T>) -> Result<T, DecodeError> {
        value.ok_or_else(|| self.fault(field, "is required"))
    }

    /// An error at a field of what stands here.
    pub(super) fn fault(&self, field: &str, message: impl fmt::Display) -> DecodeError {
        DecodeError::at(format!("{self}.{field}"), message)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        write!(f, "{}[{}]", self.list, self.index)
    }
}
