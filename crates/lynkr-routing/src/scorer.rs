//! How hard a request's words are.

#[cfg(test)]
mod tests;
