//! Runs the gateway's calls of one turn.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use lynkr_protocol::neutral::{Block, ToolResult, ToolUse};
use lynkr_tools::{Call, Outcome, ToolError, Toolbox};

use super::guard::Verdict;
use super::task::Task;
use crate::settle::REQUEST;

/// What a tool is given at least, however little is left of the request's time.
const LEAST: Duration = Duration::from_secs(1);

/// What a model is told that calls the same again.
const REPEATS: &str = "\n\n[You have made this same call several times. Its result won't change: use what you have, or do \
                       something else.]";

/// What came of a turn's calls.
#[derive(Debug)]
pub(crate) struct Worked {
    /// The results, in the order of the calls.
    pub(crate) results: Vec<Block>,
    /// Whether the model repeats itself so much that it has to answer now.
    pub(crate) must_answer: bool,
}

/// Runs calls in their order; those in a row that only read run beside each other.
pub(crate) async fn run_calls(task: &mut Task, calls: &[ToolUse], request_id: &str) -> Worked {
    let tools = Arc::clone(task.owners.tools());
    let within = task.limits.duration.saturating_sub(task.began.elapsed()).max(LEAST);
    let judged: Vec<(&ToolUse, Verdict)> =
        calls.iter().map(|call| (call, task.guard.judge(&call.name, &call.arguments))).collect();
    let must_answer = judged.iter().any(|(_, verdict)| *verdict == Verdict::End);
    let mut results = Vec::with_capacity(calls.len());
    while let Some(rest) = judged.get(results.len()..).filter(|rest| !rest.is_empty()) {
        let reading = rest.iter().take_while(|(call, _)| tools.only_reads(&call.name)).count();
        let group = rest.iter().take(reading.max(1)).enumerate();
        let running = group.map(|(number, (call, verdict))| {
            let before = results.len() + number;
            run_one(&tools, (call, *verdict), before, within, request_id)
        });
        let running: Vec<_> = running.collect();
        results.append(&mut together(running).await);
    }
    Worked { results, must_answer }
}

async fn run_one(
    tools: &Toolbox,
    (call, verdict): (&ToolUse, Verdict),
    before: usize,
    within: Duration,
    request_id: &str,
) -> Block {
    let began = Instant::now();
    let mut outcome = if verdict == Verdict::End {
        Outcome::error(&call.name, &repeated())
    } else {
        tools.run(Call { name: &call.name, arguments: &call.arguments, before, within }).await
    };
    if verdict == Verdict::Tell {
        outcome.content.push_str(REPEATS);
    }
    tracing::info!(
        target: REQUEST, request_id, tool = tools.canonical(&call.name).unwrap_or("unknown"),
        ok = outcome.ok, status = outcome.status, bytes = outcome.content.len(),
        duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), "ran a tool"
    );
    // Some providers refuse texts without words.
    let text = if outcome.content.trim().is_empty() { "(empty)".to_owned() } else { outcome.content };
    Block::ToolResult(ToolResult {
        id: call.id.clone(),
        content: vec![Block::text(text)],
        is_error: (!outcome.ok).then_some(true),
        ..ToolResult::default()
    })
}

fn repeated() -> ToolError {
    let message = "the same call was made too often and isn't run again; answer with what you have";
    ToolError { code: "tool_loop_guard", status: 429, message: message.to_owned() }
}

/// Waits for all of them at once.
async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        let open = running.iter_mut().zip(&mut outputs).filter(|(_, output)| output.is_none());
        for (future, output) in open {
            if let Poll::Ready(done) = future.as_mut().poll(cx) {
                *output = Some(done);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
