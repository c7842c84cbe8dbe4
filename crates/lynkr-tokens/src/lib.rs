//! Token counts from text alone: by the vocabulary where it is public, else an estimate that errs upward.
//!
//! A [`Meter`] is made for a model's name and measures the parts of a request: texts, tools, images, documents.
//! There are two: [`Meter::counting`] uses the model's own vocabulary if it has one here ([`Vocabulary`]), and
//! [`Meter::estimating`] never does, so that it costs a few nanoseconds per word and no memory.
//!
//! An estimate errs upward: a client that believes its context to be smaller than it is overflows it.

#![warn(missing_docs)]

mod document;
mod estimate;
mod family;
mod image;
mod meter;
mod scale;
mod tools;
mod vocabulary;

pub use estimate::Weight;
pub use family::{Family, ImageRule, Tools};
pub use image::{Size, size_of_base64};
pub use meter::Meter;
pub use scale::Scale;
pub use vocabulary::Vocabulary;

#[cfg(test)]
mod tests;
