//! Open streams: how many can be held at once, and what each costs in memory, beside the bare proxy's.

use super::gateway::{Gateway, MANY, Way};
use super::mock;
use super::options::{Options, Subject};
use super::outcome::Outcome;
use super::turn::times;
use super::verdict::Figures;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Streams that are opened at the same time.
const AT_ONCE: usize = 64;
/// How long an open stream may take to its first words.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long things are left alone before memory counts.
const SETTLE: Duration = Duration::from_secs(2);
const FIRST_WORDS: &str = "Reply begins";

/// What was measured of one subject; memory in MiB.
#[derive(Debug, Clone)]
struct Held {
    name: &'static str,
    way: Way,
    streams: usize,
    idle: f64,
    full: f64,
    seconds: f64,
}

impl Held {
    fn kibibytes_each(&self) -> Option<f64> {
        let streams = f64::from(u32::try_from(self.streams).ok().filter(|streams| *streams > 0)?);
        Some((self.full - self.idle) * 1024.0 / streams)
    }
}

/// Measures the floor and both ways of the gateway.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let streams = options.streams.min(allowed());
    let upstream = Upstream::start()?;
    let subjects = [
        (FLOOR, Subject::Floor, Way::Passthrough),
        ("lynkr", Subject::Lynkr, Way::Passthrough),
        ("lynkr", Subject::Lynkr, Way::Translated),
    ];
    let mut all = Vec::new();
    for (name, subject, way) in subjects {
        all.push(measure((name, subject, way), upstream.address, streams).await.with_context(|| name)?);
    }
    let few = streams < options.streams;
    let noise = few.then(|| format!("the limit of descriptors allows {streams} open streams only"));
    Ok(report(&all, noise.into_iter().collect()))
}

const FLOOR: &str = "floor";

fn report(all: &[Held], noise: Vec<String>) -> Outcome {
    let mut lines = vec![
        "## Open streams\n".to_owned(),
        format!("Load shedding is raised for these: {}={}.\n", MANY[0].0, MANY[0].1),
        "| subject | way | open streams | idle RSS, MiB | RSS with them, MiB | KiB per stream | seconds to open |".to_owned(),
        "|---|---|--:|--:|--:|--:|--:|".to_owned(),
    ];
    let floor = all.iter().find(|own| own.name == FLOOR).and_then(Held::kibibytes_each);
    let mut figures = Figures::default();
    for own in all {
        let each = own.kibibytes_each();
        lines.push(format!(
            "| {} | {} | {} | {:.1} | {:.1} | {} | {:.1} |",
            own.name,
            own.way.name(),
            own.streams,
            own.idle,
            own.full,
            super::shown::shown(each, 1),
            own.seconds
        ));
        if own.name != FLOOR {
            figures.take(format!("memory per open stream, {}", own.way.name()), times(each, floor));
        }
    }
    let row = |own: &Held| -> Value {
        json!({ "name": own.name, "way": own.way.name(), "streams": own.streams, "idle_rss_mib": own.idle,
                "rss_mib": own.full, "kib_per_stream": own.kibibytes_each(), "seconds": own.seconds })
    };
    let json = json!({ "subjects": all.iter().map(row).collect::<Vec<_>>() });
    Outcome { suite: "streams", markdown: lines.join("\n"), json, figures, noise }
}

/// Each stream takes two descriptors of the gateway, and two of this process, which is client and upstream.
pub(super) fn allowed() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let soft = line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(1024_usize);
    soft.saturating_sub(200) / 2
}

async fn measure(
    (name, subject, way): (&'static str, Subject, Way),
    upstream: SocketAddr,
    streams: usize,
) -> anyhow::Result<Held> {
    let (gateway, _) = Gateway::start_with(subject, way, upstream, &MANY).await?;
    // The first request sets up what all share.
    drop(open(gateway.address).await?);
    tokio::time::sleep(SETTLE).await;
    let memory = || gateway.memory("VmRSS").context("the kernel tells no memory");
    let idle = memory()?;
    let started = Instant::now();
    let held = open_all(gateway.address, streams).await.with_context(|| gateway.log())?;
    let seconds = started.elapsed().as_secs_f64();
    tokio::time::sleep(SETTLE).await;
    Ok(Held { name, way, streams: held.len(), idle, full: memory()?, seconds })
}

async fn open_all(gateway: SocketAddr, streams: usize) -> anyhow::Result<Vec<TcpStream>> {
    let mut opening = JoinSet::new();
    let mut held = Vec::with_capacity(streams);
    for number in 0..streams {
        opening.spawn(open(gateway));
        if opening.len() >= AT_ONCE {
            let opened = opening.join_next().await.context("something is opening")?;
            held.push(opened?.with_context(|| format!("stream {number}"))?);
        }
    }
    while let Some(opened) = opening.join_next().await {
        held.push(opened??);
    }
    Ok(held)
}

/// A stream whose first words have come.
async fn open(gateway: SocketAddr) -> anyhow::Result<TcpStream> {
    const BODY: &str = r#"{"model":"claude-sonnet-4-5","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello."}]}"#;
    let mut stream = TcpStream::connect(gateway).await.context("connecting")?;
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: {gateway}\r\ncontent-type: application/json\r\nx-api-key: sk-test-bench\r\n\
         anthropic-version: 2023-06-01\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while memchr::memmem::find(&read, FIRST_WORDS.as_bytes()).is_none() {
            let count = stream.read(&mut buffer).await?;
            anyhow::ensure!(count > 0, "closed after {}", String::from_utf8_lossy(&read));
            read.extend(buffer.iter().take(count));
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await.context("no first words")??;
    Ok(stream)
}

/// Begins an answer to every request and never ends it.
struct Upstream {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Upstream {
    fn start() -> anyhow::Result<Self> {
        let listener = mock::listen(([127, 0, 0, 1], 0).into())?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut held = JoinSet::new();
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    held.spawn(begin(stream));
                }
                while held.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, _tasks: tasks })
    }
}

async fn begin(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    // All requests here are small and end with the same bytes.
    while !head.ends_with(b"}") {
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => head.extend(buffer.iter().take(count)),
            _ => return,
        }
    }
    let is_anthropic = head.starts_with(b"POST /v1/messages");
    let events = if is_anthropic { anthropic() } else { chat() };
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{events}\r\n",
        events.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        // Until the other side has had enough.
        while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
    }
}

fn anthropic() -> String {
    format!(
        "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"id\":\"msg_1\",\"type\":\"message\",\
         \"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\
         \"usage\":{{\"input_tokens\":7,\"output_tokens\":1}}}}}}\n\n\
         event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":0,\
         \"content_block\":{{\"type\":\"text\",\"text\":\"\"}}}}\n\n\
         event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
         \"delta\":{{\"type\":\"text_delta\",\"text\":\"{FIRST_WORDS}\"}}}}\n\n"
    )
}

fn chat() -> String {
    format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":\
         [{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"{FIRST_WORDS}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

#[cfg(test)]
mod tests {
    //! Memory per stream, as a ratio.

    use super::*;

    #[test]
    fn each_way_is_held_against_the_floor() {
        let held = |name, way, full| Held { name, way, streams: 1_024, idle: 10.0, full, seconds: 1.0 };
        let all = [
            held(FLOOR, Way::Passthrough, 30.0),
            held("lynkr", Way::Passthrough, 40.0),
            held("lynkr", Way::Translated, 42.0),
        ];
        let outcome = report(&all, Vec::new());
        let values: Vec<f64> = outcome.figures.0.iter().map(|own| own.value).collect();
        assert_eq!(values, [1.5, 1.6]);
        assert!(outcome.markdown.contains("| lynkr | passthrough | 1024 | 10.0 | 40.0 | 30.0 | 1.0 |"));
        crate::bench::verdict::verdicts(&outcome.figures.0, &["streams"]).expect("limits for both");
    }
}
