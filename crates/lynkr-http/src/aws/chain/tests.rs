//! What is said of a chain that gives nothing. The chain itself reads the process's environment, so it is tested
//! from outside (`tests/it/bedrock`).

use aws_credential_types::provider::error::CredentialsError;

use super::{MOST_CHARS, explain};

#[test]
fn what_was_looked_for_is_named() {
    let why = explain(&CredentialsError::not_loaded("no providers in chain provided credentials"));
    for place in ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "metadata service"] {
        assert!(why.contains(place), "{why}");
    }
}

#[test]
fn what_is_there_and_fails_is_named_and_bounded() {
    let why = explain(&CredentialsError::provider_error("the SSO session has ended"));
    assert!(why.ends_with(": the SSO session has ended"), "{why}");
    let why = explain(&CredentialsError::provider_error("x".repeat(5000)));
    assert_eq!(why.chars().count(), MOST_CHARS);
}
