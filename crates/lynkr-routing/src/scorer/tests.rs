//! The sets of prompts, and what the scorer says of them.

mod prompts;
mod quality;
mod reading;
mod separation;
