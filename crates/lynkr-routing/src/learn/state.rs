//! Learned state as bytes with a version, to be kept by whoever can.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why saved state isn't used; the caller starts anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The bytes are no state at all.
    #[error("the learned state can't be read: {0}")]
    Unreadable(String),
    /// They were written by another version of this code.
    #[error("the learned state has version {found}, and this program knows {known}")]
    Version {
        /// What was found.
        found: u32,
        /// What is known here.
        known: u32,
    },
    /// They can be read, but can't have been written by this code.
    #[error("the learned state is damaged: {0}")]
    Damaged(&'static str),
}

#[derive(Serialize)]
struct Writing<'a, T> {
    version: u32,
    state: &'a T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Reading<T> {
    state: T,
}

/// The bytes of a state.
pub(crate) fn save<T: Serialize>(version: u32, state: &T) -> Vec<u8> {
    // States are plain numbers and strings: writing one can't fail.
    serde_json::to_vec(&Writing { version, state }).unwrap_or_default()
}

/// The state in some bytes.
pub(crate) fn load<T: DeserializeOwned>(known: u32, bytes: &[u8]) -> Result<T, StateError> {
    let unreadable = |error: serde_json::Error| StateError::Unreadable(error.to_string());
    let Version { version: found } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if found != known {
        return Err(StateError::Version { found, known });
    }
    let Reading { state } = serde_json::from_slice(bytes).map_err(unreadable)?;
    Ok(state)
}

/// Numbers as one string, exactly: decimals would come back slightly different.
pub(crate) fn numbers<'a>(values: impl IntoIterator<Item = &'a f64>) -> String {
    values.into_iter().fold(String::new(), |text, value| text + &format!("{:016x}", value.to_bits()))
}

/// The numbers in such a string, if there are exactly as many.
pub(crate) fn read_numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let digits = text.as_bytes().chunks_exact(16).map(|digits| {
        let digits = std::str::from_utf8(digits).ok()?;
        u64::from_str_radix(digits, 16).ok().map(f64::from_bits)
    });
    let values: Vec<f64> = digits.collect::<Option<_>>()?;
    if text.len() == 16 * N { values.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    //! Versions are told apart before the rest is looked at.

    use super::*;

    #[test]
    fn versions() {
        let bytes = save(3, &vec![1.5]);
        assert_eq!(load::<Vec<f64>>(3, &bytes), Ok(vec![1.5]));
        assert_eq!(load::<String>(4, &bytes), Err(StateError::Version { found: 3, known: 4 }));
        assert!(matches!(load::<String>(3, &bytes), Err(StateError::Unreadable(_))));
        assert!(matches!(load::<Vec<f64>>(3, b""), Err(StateError::Unreadable(_))));
    }

    #[test]
    fn numbers_are_exact() {
        let values = [0.1, -1.0 / 3.0, f64::MIN_POSITIVE];
        let text = numbers(&values);
        assert_eq!(read_numbers(&text), Some(values));
        assert_eq!(read_numbers::<2>(&text), None);
        assert_eq!(read_numbers::<3>(&text.replace('f', "g")), None);
    }
}
