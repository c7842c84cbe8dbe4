//! The query of a request: the endpoint's own, what its path wants, and the client's.

/// Query keys of the client that may hold a credential.
pub(crate) const CREDENTIAL_KEYS: &[&str] = &["key", "api_key", "api-key", "access_token"];

/// The same, and those that are the gateway's own where a model is asked.
pub(crate) const WITHHELD_KEYS: &[&str] = &["stream", "key", "api_key", "api-key", "access_token"];

/// The URL with the endpoint's own query, then what the path wants, then the client's. The first of equal keys
/// counts, so that a client can't say otherwise than the endpoint. The `withheld` keys of the client stay here.
pub(crate) fn with_query(
    mut url: String,
    own: Option<&str>,
    defaults: &[String],
    (client, withheld): (&str, &[&str]),
) -> String {
    let own: Vec<&str> = own.unwrap_or("").split('&').filter(|pair| !pair.is_empty()).collect();
    let is_new = |pair: &&str| !own.iter().any(|own| key_of(own) == key_of(pair));
    let defaults: Vec<&str> = defaults.iter().map(String::as_str).filter(is_new).collect();
    let client = client.split('&').filter(|pair| {
        let key = key_of(pair);
        let is_clean = pair.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        let is_withheld = withheld.iter().any(|own| own.eq_ignore_ascii_case(key));
        let is_taken = defaults.iter().any(|own| key_of(own) == key);
        !pair.is_empty() && is_clean && !is_withheld && !is_taken && is_new(pair)
    });
    for (index, pair) in own.iter().copied().chain(defaults.iter().copied()).chain(client).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(pair);
    }
    url
}

/// A pair's key.
pub(crate) fn key_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or("")
}
