//! Open streams: how many can be held at once, and what each costs in memory, beside the bare proxy's.

use super::gateway::{self, Gateway, Way};
use super::options::Subject;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Streams that are opened at the same time.
const AT_ONCE: usize = 64;
/// How long an open stream may take to its first words.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long things are left alone before memory counts.
const SETTLE: Duration = Duration::from_secs(2);
const FIRST_WORDS: &str = "Reply begins";

/// Measures the floor and both ways of the gateway, and prints a line for each.
pub(crate) async fn run(most: usize) -> anyhow::Result<()> {
    gateway::build()?;
    let streams = most.min(allowed());
    let upstream = Upstream::start().await?;
    println!(
        "| subject | open streams | idle RSS, MiB | RSS with them, MiB | KiB per stream | seconds to open |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    let subjects = [
        ("floor: a bare byte-forwarding proxy", Subject::Floor, Way::Passthrough),
        ("lynkr, passthrough", Subject::Lynkr, Way::Passthrough),
        ("lynkr, translated", Subject::Lynkr, Way::Translated),
    ];
    for (name, subject, way) in subjects {
        measure(name, subject, way, upstream.address, streams).await.with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// Each stream takes two descriptors of the gateway, and two of this process, which is client and upstream.
fn allowed() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let soft = line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(1024_usize);
    soft.saturating_sub(200) / 2
}

async fn measure(
    name: &str,
    subject: Subject,
    way: Way,
    upstream: SocketAddr,
    streams: usize,
) -> anyhow::Result<()> {
    // By default so many at once are shed, which is another figure.
    let settings = [("LOAD_SHEDDING_ENABLED", "false")];
    let (gateway, _) = Gateway::start_with(subject, way, upstream, &settings).await?;
    // The first request sets up what all share.
    drop(open(gateway.address).await?);
    tokio::time::sleep(SETTLE).await;
    let memory = || gateway.memory("VmRSS").context("the kernel tells no memory");
    let idle = memory()?;
    let started = Instant::now();
    let held = open_all(gateway.address, streams).await.with_context(|| gateway.log())?;
    let took = started.elapsed();
    tokio::time::sleep(SETTLE).await;
    let full = memory()?;
    let count = f64::from(u32::try_from(held.len())?);
    println!(
        "| {name} | {} | {idle:.1} | {full:.1} | {:.1} | {:.1} |",
        held.len(),
        (full - idle) * 1024.0 / count,
        took.as_secs_f64()
    );
    Ok(())
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
    async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
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
