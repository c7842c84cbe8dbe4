//! The integration tests: the shipped binary, driven from outside.
