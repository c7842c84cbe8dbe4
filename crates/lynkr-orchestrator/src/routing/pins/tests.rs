//! What is read again, and when; on virtual time.

use std::sync::atomic::{AtomicUsize, Ordering};

use lynkr_routing::{Candidate, Score, Tier};

use super::*;

/// Keeps one pin for all sessions.
#[derive(Debug, Default)]
struct Kept {
    pin: Mutex<Option<Pin>>,
    down: Mutex<bool>,
    asked: AtomicUsize,
}

#[async_trait]
impl PinShelf for Kept {
    fn keep(&self, _: &str, pin: &Pin) {
        *self.pin.lock().unwrap() = Some(pin.clone());
    }

    async fn find(&self, _: &str) -> Option<Option<Pin>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.pin.lock().unwrap().clone();
        (!*self.down.lock().unwrap()).then_some(found)
    }
}

fn pin(model: &str, at: u64) -> Pin {
    Pin {
        candidate: Candidate { provider: "openai".into(), model: model.into() },
        tier: Tier::Medium,
        score: Score::new(40.0),
        turns: 5,
        at,
        warm: None,
        has_tools: true,
    }
}

fn model(pins: &Pins) -> Option<String> {
    pins.get(KEY).map(|pin| pin.candidate.model)
}

const KEY: PinKey = PinKey([7; 16]);

fn shelved() -> (Pins, Arc<Kept>) {
    let (pins, kept) = (Pins::default(), Arc::new(Kept::default()));
    pins.shelf.set(Arc::<Kept>::clone(&kept)).unwrap();
    (pins, kept)
}

#[tokio::test(start_paused = true)]
async fn another_process_moves_a_session_and_an_operator_forgets_it() {
    let (pins, kept) = shelved();
    pins.put(KEY, pin("own", 100));
    *kept.pin.lock().unwrap() = Some(pin("moved", 105));
    pins.fetch(KEY).await;
    assert_eq!((model(&pins).as_deref(), kept.asked.load(Ordering::Relaxed)), (Some("own"), 0));
    tokio::time::advance(FRESH).await;
    pins.fetch(KEY).await;
    assert_eq!(model(&pins).as_deref(), Some("moved"));
    *kept.pin.lock().unwrap() = None;
    tokio::time::advance(FRESH).await;
    pins.fetch(KEY).await;
    assert_eq!(model(&pins), None);
    // That there is none is believed for as long.
    pins.fetch(KEY).await;
    assert_eq!(kept.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_newer_here_stays_and_so_does_everything_while_nobody_can_be_asked() {
    let (pins, kept) = shelved();
    pins.put(KEY, pin("own", 100));
    *kept.pin.lock().unwrap() = Some(pin("older", 99));
    tokio::time::advance(FRESH).await;
    pins.fetch(KEY).await;
    assert_eq!(model(&pins).as_deref(), Some("own"));
    *kept.pin.lock().unwrap() = None;
    *kept.down.lock().unwrap() = true;
    tokio::time::advance(FRESH).await;
    pins.fetch(KEY).await;
    assert_eq!(model(&pins).as_deref(), Some("own"));
}

#[tokio::test(start_paused = true)]
async fn what_was_measured_is_kept_with_the_pin() {
    let (pins, kept) = shelved();
    let pins = Arc::new(pins);
    pins.put(KEY, pin("own", 100));
    let usage = Usage { cache_read: Some(900), cache_write: Some(100), ..Usage::default() };
    PinNote { pins: Arc::clone(&pins), key: KEY }.tell(&usage);
    assert_eq!(kept.pin.lock().unwrap().as_ref().unwrap().warm, Some(1_000));
}

#[test]
fn no_conversation_without_a_name_has_a_pin_at_its_beginning() {
    let session = |given| SessionId { id: "own".to_owned(), named: given, given };
    assert!(may_be_pinned(&session(true), 1));
    assert!(!may_be_pinned(&session(false), BEGINNING) && may_be_pinned(&session(false), BEGINNING + 1));
}
