//! Headers in an event: over a WebSocket the head is long gone when there is something to say in one.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::Json;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
}

/// The event whose response has these `headers` besides what it has; every other byte is as it was. `None` where the event has no
/// response, or one whose `headers` are something else.
///
/// OpenAI's own servers tell headers there, and Codex reads `openai-model` from it (`ResponsesStreamEvent::response_model` in
/// `codex-api`); no client needs any of them.
pub fn with_headers(event: &str, headers: &[(String, String)]) -> Option<String> {
    let response = crate::json::from_str::<Event<'_>>(event).ok()?.response?.get();
    // A list reads as an object as well, by its places.
    if !(event.trim_start().starts_with('{') && response.starts_with('{')) {
        return None;
    }
    let own = crate::json::from_str::<Response<'_>>(response).ok()?.headers.map(RawValue::get);
    let one =
        |(name, value): &(String, String)| format!("{}:{}", Json::of(name).get(), Json::of(value).get());
    let fields = headers.iter().map(one).collect::<Vec<_>>().join(",");
    let (object, fields) = match own {
        Some(own) => (own, fields),
        None => (response, format!("\"headers\":{{{fields}}}")),
    };
    let inside = object.strip_prefix('{')?;
    // Both are borrowed from the event.
    let at = inside.as_ptr().addr().checked_sub(event.as_ptr().addr())?;
    let (before, after) = event.split_at_checked(at)?;
    let comma = if inside.trim_start().starts_with('}') || fields.is_empty() { "" } else { "," };
    Some(format!("{before}{fields}{comma}{after}"))
}

#[cfg(test)]
mod tests {
    //! Where they are put, and what stays.

    use super::*;

    fn told(event: &str) -> Option<String> {
        with_headers(
            event,
            &[("x-a".to_owned(), "one \"two\"".to_owned()), ("x-b".to_owned(), "3".to_owned())],
        )
    }

    #[test]
    fn headers_are_put_into_the_response_and_all_else_stays() {
        let table = [
            (
                r#"{"type":"t", "response" : {"id":"r","n":1.50}, "z":[1]}"#,
                r#"{"type":"t", "response" : {"headers":{"x-a":"one \"two\"","x-b":"3"},"id":"r","n":1.50}, "z":[1]}"#,
            ),
            (r#"{"response":{}}"#, r#"{"response":{"headers":{"x-a":"one \"two\"","x-b":"3"}}}"#),
            (
                r#"{"response":{"id":"r","headers":{"own":"1"}}}"#,
                r#"{"response":{"id":"r","headers":{"x-a":"one \"two\"","x-b":"3","own":"1"}}}"#,
            ),
            (
                r#"{"response":{"headers":{ }}}"#,
                r#"{"response":{"headers":{"x-a":"one \"two\"","x-b":"3" }}}"#,
            ),
        ];
        for (event, expected) in table {
            let said = told(event).unwrap();
            assert_eq!(said, expected);
            assert!(serde_json::from_str::<serde_json::Value>(&said).is_ok(), "{said}");
        }
        assert_eq!(
            with_headers(r#"{"response":{"headers":{"own":"1"}}}"#, &[]).as_deref(),
            Some(r#"{"response":{"headers":{"own":"1"}}}"#)
        );
    }

    #[test]
    fn what_has_no_place_for_them_stays_as_it_is() {
        for event in [
            "",
            "{}",
            "[1]",
            r#"{"response":null}"#,
            r#"{"response":"r"}"#,
            r#"{"response":[{}]}"#,
            r#"{"response":{"headers":"x"}}"#,
            r#"{"response":{"#,
        ] {
            assert_eq!(told(event), None, "{event}");
        }
    }
}
