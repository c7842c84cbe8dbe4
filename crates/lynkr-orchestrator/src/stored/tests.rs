//! Stored answers: per caller, within the bound, the oldest first.

use bytes::Bytes;
use lynkr_protocol::peek::peek;

use super::*;

fn ingress(key: &str, body: &str) -> Ingress {
    let key = format!("Bearer {key}");
    let headers = [("authorization", key.as_str())];
    Ingress::sample(Dialect::OpenAiResponses, &headers, body.to_owned())
}

fn expand(store: &StoredResponses, ingress: &Ingress) -> Result<(Bytes, Option<Input>), Failure> {
    store.expand(ingress, &peek(ingress.dialect, &ingress.body).unwrap())
}

fn items(text: &str) -> Kept {
    Kept { items: Arc::new(vec![Json::of(text)]), inputs: 1, body: Bytes::new() }
}

#[test]
fn only_the_caller_continues_its_answer() {
    let store = StoredResponses::new(1_000);
    let body = r#"{"input":"more","previous_response_id":"resp_1"}"#;
    let (mine, theirs) = (ingress("a", body), ingress("b", body));
    store.keep((mine.caller(), "resp_1".into()), items("first"));
    let (expanded, kept) = expand(&store, &mine).unwrap();
    assert!(String::from_utf8(expanded.to_vec()).unwrap().starts_with(r#"{"input":["first",{"#));
    assert_eq!(kept.unwrap().len(), 2);
    let error = expand(&store, &theirs).unwrap_err().error;
    assert_eq!((error.status, error.code.as_deref()), (400, Some("previous_response_not_found")));
}

#[test]
fn what_is_not_to_be_stored_is_not_kept() {
    let store = StoredResponses::new(1_000);
    let (_, kept) = expand(&store, &ingress("a", r#"{"input":"x","store":false}"#)).unwrap();
    assert!(kept.is_none());
}

fn named(number: usize) -> Key {
    (1, format!("resp_{number}").into())
}

/// The numbers of the answers that are there.
fn left(store: &StoredResponses, upto: usize) -> Vec<usize> {
    (0..upto).filter(|number| store.kept(&named(*number)).is_some()).collect()
}

#[test]
fn the_oldest_goes_first_and_the_bound_holds() {
    let one = items("0123456789").size();
    let store = StoredResponses::new(2 * one + 1);
    for number in 0..4 {
        store.keep(named(number), items("0123456789"));
    }
    assert_eq!(left(&store, 4), [2, 3]);
    assert_eq!(store.inner.lock().unwrap().bytes, 2 * one);
    store.keep(named(4), items(&"x".repeat(2 * one)));
    assert_eq!(left(&store, 5), [2, 3], "what never fits pushes nothing out");
}

#[test]
fn many_small_answers_count_with_what_they_take_besides_their_texts() {
    let store = StoredResponses::new(1 << 20);
    for number in 0..100_000 {
        store.keep(named(number), items(""));
    }
    assert!(store.inner.lock().unwrap().items.len() < 4_096);
}

#[test]
fn answers_that_are_deleted_leave_nothing_behind() {
    let store = StoredResponses::new(1 << 20);
    for number in 0..1_000 {
        store.keep(named(number), items("0123456789"));
        store.pin(named(number), "openai");
        store.forget(&named(number));
    }
    let inner = store.inner.lock().unwrap();
    assert_eq!((inner.bytes, inner.items.len(), inner.pins.len()), (0, 0, 0));
}

#[test]
fn pins_are_bounded_in_number_and_length() {
    let store = StoredResponses::new(0);
    for number in 0..MOST_PINS + 10 {
        store.pin(named(number), "openai");
    }
    store.pin((1, "x".repeat(LONGEST_ID + 1).into()), "openai");
    assert_eq!(store.inner.lock().unwrap().pins.len(), MOST_PINS);
    assert_eq!([store.pin_of(&named(9)), store.pin_of(&named(10))], [None, Some("openai")]);
}

#[test]
fn pins_are_found_by_their_caller() {
    let store = StoredResponses::new(0);
    let mine = ingress("a", r#"{"input":"x","previous_response_id":"resp_9"}"#);
    store.pin((mine.caller(), "resp_9".into()), "openai");
    let peek = peek(mine.dialect, &mine.body).unwrap();
    assert_eq!(store.pinned_to(&mine, &peek).as_deref(), Some("openai"));
    assert_eq!(store.pinned_to(&ingress("b", "{}"), &peek), None);
}

#[test]
fn what_is_shelved_comes_back_as_it_was() {
    let kept = Kept {
        items: Arc::new(vec![Json::of("first"), Json::of(&[1, 2])]),
        inputs: 1,
        body: Bytes::from_static(br#"{"id":"resp_1"}"#),
    };
    let read = shelf::read(&shelf::written(&kept).body).unwrap();
    assert_eq!((read.items.len(), read.inputs, &read.body), (2, 1, &kept.body));
    assert_eq!(read.items[1].get(), "[1,2]");
    let bare = shelf::read(&shelf::written(&items("x")).body).unwrap();
    assert!(bare.body.is_empty());
    for wrong in
        ["", "{}", "[]", r#"{"inputs":-1,"items":[],"body":{}}"#, r#"{"inputs":0,"items":{},"body":{}}"#]
    {
        assert!(shelf::read(wrong.as_bytes()).is_none(), "{wrong}");
    }
    let (mine, theirs) = (ingress("a", "{}"), ingress("b", "{}"));
    assert_ne!(shelf::owner(&mine), shelf::owner(&theirs));
    assert!(!shelf::owner(&mine).contains("Bearer"));
}
