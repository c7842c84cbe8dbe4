//! Streams as they flow: what is in goes out, who leaves is noticed, who doesn't read holds the stream back.

use std::time::{Duration, Instant};

use lynkr_testkit::{Dialect, Fault, FaultKind, Gate, ModelScript, Progress, Script};
use serde_json::json;

use crate::dialects;
use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// Frames up to and with the first text, then a gate, then the rest.
fn held(dialect: Dialect, text: &str, gate: &Gate) -> Script {
    let frames = scripted::stream(dialect, text);
    let kind = if dialect == Dialect::Ollama { "application/x-ndjson" } else { "text/event-stream" };
    let first = frames.iter().position(|frame| frame.contains(text)).expect("a frame with the text") + 1;
    let begun = Script::stream(kind, frames.iter().take(first).cloned()).wait(gate);
    frames.iter().skip(first).fold(begun, |script, frame| script.send(frame.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_goes_out_when_it_is_in() {
    for upstream in dialects::ALL {
        let gates: Vec<Gate> = dialects::ALL.iter().map(|_| Gate::new()).collect();
        let server = Scripted::new(gates.iter().map(|gate| held(upstream, "First.", gate))).await;
        let gateway = Gateway::before(upstream, &server.url()).await;
        for (client, gate) in dialects::ALL.into_iter().zip(&gates) {
            let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
            let mut stream = gateway.open(call).await;
            assert_eq!(stream.status, 200);
            // The upstream stands at the gate: nothing after this text exists yet.
            let begun = stream.until("First.").await;
            assert_eq!(stream.header("x-accel-buffering"), Some("no"));
            gate.open();
            let whole = begun + &stream.finish().await.text();
            assert_eq!(
                dialects::answer_of_stream(client, &whole).text,
                "First.",
                "{client:?} before {upstream:?}"
            );
        }
    }
}

/// How long a disconnect may take on a machine that does much else.
const SOON: Duration = Duration::from_millis(1_000);

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_cancels_its_upstream() {
    for upstream in dialects::ALL {
        let gate = Gate::new();
        let held_stream = gate.clone();
        let server = Scripted::with(move |_| held(upstream, "First.", &held_stream)).await;
        let gateway = Gateway::before(upstream, &server.url()).await;
        for (number, client) in dialects::ALL.into_iter().enumerate() {
            let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
            let mut stream = gateway.open(call).await;
            stream.until("First.").await;
            let request = server.post(number).await;
            assert_eq!(request.progress(), Progress::Answering);
            let left = Instant::now();
            drop(stream);
            let seen = request.disconnected().await.expect("the upstream sees its peer leave");
            assert!(seen - left < SOON, "{client:?} before {upstream:?}: {:?}", seen - left);
        }
        gateway.logged(|line| line.contains("client went away")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_before_the_answer_cancels_its_upstream() {
    let gate = Gate::new();
    let held_head = gate.clone();
    let server = Scripted::with(move |_| Script::new().wait(&held_head)).await;
    let gateway = Gateway::before(Dialect::Chat, &server.url()).await;
    for (number, stream) in [false, true].into_iter().enumerate() {
        let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", stream));
        let address = gateway.address();
        let waiting = tokio::spawn(async move { call.open(address).await.status });
        let request = server.post(number).await;
        let left = Instant::now();
        waiting.abort();
        let seen = request.disconnected().await.expect("the upstream sees its peer leave");
        assert!(seen - left < SOON, "stream {stream}: {:?}", seen - left);
    }
}

/// The pieces of a stream that is far larger than all buffers on the way together.
const PIECES: usize = 1_024;
const PIECE_BYTES: usize = 64 * 1024;

fn flood(dialect: Dialect, gate: &Gate) -> Script {
    let text = "x".repeat(PIECE_BYTES);
    let frames = scripted::stream(dialect, &text);
    let piece = frames.iter().position(|frame| frame.contains(&text)).expect("a frame with the text");
    let before = Script::sse(frames[..piece].to_vec());
    let flood = (0..PIECES).fold(before, |script, _| script.send(frames[piece].clone()));
    // Whoever comes to this gate has sent it all.
    frames[piece + 1..].iter().fold(flood.wait(gate), |script, frame| script.send(frame.clone()))
}

/// 64 MiB for a client that reads the beginning only: they stay with the upstream.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_its_upstream_back() {
    for (client, upstream) in [(Dialect::Anthropic, Dialect::Anthropic), (Dialect::Anthropic, Dialect::Chat)]
    {
        let gate = Gate::new();
        let held = gate.clone();
        let server = Scripted::with(move |_| flood(upstream, &held)).await;
        let gateway = Gateway::before(upstream, &server.url()).await;
        let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
        let mut stream = gateway.open(call.receive_buffer(16 * 1024)).await;
        stream.until("xxxx").await;
        // An upstream that nobody holds back sends all of it in a fraction of this time.
        let drained = tokio::time::timeout(Duration::from_millis(400), gate.reached()).await;
        assert!(
            drained.is_err(),
            "{client:?} before {upstream:?}: all was taken from an upstream that nobody reads"
        );
        // It goes on as soon as somebody reads.
        let mut more = 0;
        while more < 4 * 1024 * 1024 {
            more += stream.next().await.expect("the stream goes on").len();
        }
    }
}

/// A stream that falls silent in the middle of an event: nothing may come between its halves.
fn silent_within_an_event(dialect: Dialect, gate: &Gate) -> Script {
    let frames = scripted::stream(dialect, "First.");
    let first = frames.iter().position(|frame| frame.contains("First.")).expect("the text") + 1;
    let (half, rest) = frames[first].split_at(frames[first].len() / 2);
    let script = Script::sse(frames[..first].to_vec()).send(half.to_owned()).wait(gate).send(rest.to_owned());
    frames[first + 1..].iter().fold(script, |script, frame| script.send(frame.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stream_is_kept_alive_between_its_events() {
    const SSE: [Dialect; 3] = [Dialect::Anthropic, Dialect::Chat, Dialect::Responses];
    for upstream in SSE {
        let gates = SSE.map(|_| Gate::new());
        let server = Scripted::new(gates.iter().map(|gate| silent_within_an_event(upstream, gate))).await;
        let setup = Setup::upstream(upstream, &server.url()).env("LYNKR_PING_INTERVAL_MS", "30");
        let gateway = setup.start().await;
        for (client, gate) in SSE.into_iter().zip(&gates) {
            let call = Call::json(dialects::path(client), &dialects::ask(client, "Hello.", true));
            let mut stream = gateway.open(call).await;
            let mut text = stream.until("First.").await;
            // Two signs of life, whatever they look like.
            let sign = if client == Dialect::Anthropic { "event: ping" } else { "\n: " };
            while text.rsplit("First.").next().unwrap_or_default().matches(sign).count() < 2 {
                let more = stream.next().await.expect("the stream goes on");
                text.push_str(&String::from_utf8_lossy(&more));
            }
            gate.open();
            text += &stream.finish().await.text();
            let place = format!("{client:?} before {upstream:?}:\n{text}");
            assert_eq!(dialects::answer_of_stream(client, &text).text, "First.", "{place}");
        }
    }
}

/// A line stream has no room for a sign of life but an empty piece of answer, or none: it must stay readable.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_line_stream_stays_readable() {
    let gate = Gate::new();
    let server = Scripted::new([held(Dialect::Ollama, "First.", &gate)]).await;
    let gateway =
        Setup::upstream(Dialect::Ollama, &server.url()).env("LYNKR_PING_INTERVAL_MS", "20").start().await;
    let mut stream =
        gateway.open(Call::json("/api/chat", &dialects::ask(Dialect::Ollama, "Hello.", true))).await;
    let begun = stream.until("First.").await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    gate.open();
    let whole = begun + &stream.finish().await.text();
    assert_eq!(dialects::answer_of_stream(Dialect::Ollama, &whole).text, "First.");
}

/// The head waits for the first content, so that an early failure has its own status; not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_held_until_there_is_content_or_the_hold_is_over() {
    let start = |gate: &Gate| {
        let frames = scripted::stream(Dialect::Anthropic, "First.");
        let script = Script::sse(frames[..1].to_vec()).wait(gate);
        frames[1..].iter().fold(script, |script, frame| script.send(frame.clone()))
    };
    let gate = Gate::new();
    let failed = Script::sse(scripted::stream(Dialect::Anthropic, "x")[..1].to_vec())
        .wait(&gate)
        .send("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n");
    let server = Scripted::new([failed]).await;
    let setup = || Setup::upstream(Dialect::Anthropic, &server.url()).env("API_RETRY_MAX_RETRIES", "0");
    let gateway = setup().start().await;
    let address = gateway.address();
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true));
    let asking = tokio::spawn(async move { call.send(address).await });
    gate.reached().await;
    assert!(!asking.is_finished(), "nothing has gone out yet");
    gate.open();
    let reply = asking.await.unwrap();
    assert_eq!(dialects::error(Dialect::Anthropic, &reply.expect(529)).0, "overloaded_error");

    let gate = Gate::new();
    let server = Scripted::new([start(&gate)]).await;
    let gateway = Setup::upstream(Dialect::Anthropic, &server.url()).env("LYNKR_HOLD_MS", "40").start().await;
    let call = Call::json("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true));
    let mut stream = gateway.open(call).await;
    let begun = stream.until("message_start").await;
    gate.open();
    let whole = begun + &stream.finish().await.text();
    assert_eq!(dialects::answer_of_stream(Dialect::Anthropic, &whole).text, "First.");
}

/// A pause that is shorter than the limit harms nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_stall_within_the_limit_is_waited_for() {
    let stall = FaultKind::Stall { events: 3, time: Duration::from_millis(120) };
    let model = ModelScript::new().steps(0).fault(Fault::always(stall)).start().await.unwrap();
    let setup = Setup::upstream(Dialect::Chat, &model.url());
    let gateway =
        setup.env("LYNKR_STREAM_IDLE_TIMEOUT_MS", "5000").env("LYNKR_PING_INTERVAL_MS", "20").start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "Hello.", true)).await;
    assert!(reply.text().matches("event: ping").count() >= 3, "{}", reply.text());
    assert!(dialects::answer_of_stream(Dialect::Anthropic, &reply.text()).text.contains("LYNKR_DONE"));
}

/// What a client of a stream gets when its upstream answers whole, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_given_though_the_upstream_gave_none() {
    for upstream in dialects::ALL {
        let server = Scripted::with(move |_| Script::json(200, &scripted::whole(upstream, "Whole."))).await;
        let gateway = Gateway::before(upstream, &server.url()).await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", true)).await;
            let place = format!("{client:?} before {upstream:?}:\n{}", reply.text());
            assert_eq!(reply.status, 200, "{place}");
            assert_eq!(dialects::answer_of_stream(client, &reply.text()).text, "Whole.", "{place}");
        }
        let server = Scripted::with(move |_| Script::sse(scripted::stream(upstream, "In pieces."))).await;
        if upstream == Dialect::Ollama {
            continue;
        }
        let gateway = Gateway::before(upstream, &server.url()).await;
        for client in dialects::ALL {
            let reply = gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", false)).await;
            let answer = dialects::answer(client, &reply.expect(200));
            assert_eq!(answer.text, "In pieces.", "{client:?} before {upstream:?}");
        }
    }
}

/// Many at once on one gateway, each with its own answer.
#[tokio::test(flavor = "multi_thread")]
async fn streams_at_once_do_not_mix() {
    let gateway = Gateway::builtin().await;
    let address = gateway.address();
    let streams = (0..64).map(|number| {
        let client = dialects::ALL[number % 4];
        let mut ask = dialects::ask(
            client,
            &format!("/lynkr chunk 3\n/lynkr echo This is answer number {number}."),
            true,
        );
        if client == Dialect::Chat {
            ask["stream_options"] = json!({"include_usage": true});
        }
        tokio::spawn(async move {
            let reply = Call::json(dialects::path(client), &ask).send(address).await;
            (number, dialects::answer_of_stream(client, &reply.text()).text)
        })
    });
    for stream in streams.collect::<Vec<_>>() {
        let (number, text) = stream.await.unwrap();
        assert_eq!(text, format!("This is answer number {number}."));
    }
}
