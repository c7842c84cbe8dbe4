//! The one answer that a client gets of several steps. Like a relay it is pulled by the client's connection: a client that
//! leaves drops it, and with it the step or the tools that are under way.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use lynkr_protocol::neutral::{Assembler, Block, Event, Reply, Role, Stop, StopReason, ToolUse};
use lynkr_protocol::{Dialect, EventEncoder, ReplyContext, codec};
use tokio::time::{Instant, Sleep};

use super::limits::begun;
use super::memory::Hidden;
use super::step::Road;
use super::stitch::Stitch;
use super::work::run_calls;
use super::{Capture, Task};
use crate::answer::{Answer, AnswerBody};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::relay::Relay;
use crate::settle::REQUEST;
use crate::shutdown::{Cut, Shutdown};
use crate::stored::Keeper;

/// The client's side of the answer.
pub(crate) struct Client {
    dialect: Dialect,
    context: ReplyContext,
    encoder: Box<dyn EventEncoder>,
    keeper: Keeper,
    /// What the client was told.
    told: Assembler,
}

impl Client {
    pub(crate) fn new(dialect: Dialect, context: ReplyContext, keeper: Keeper) -> Self {
        let encoder = codec(dialect).event_encoder(context.clone());
        Self { dialect, context, encoder, keeper, told: Assembler::new() }
    }

    fn told(&mut self) -> Result<Reply, Failure> {
        let reply = std::mem::take(&mut self.told).finish().map_err(Failure::upstream)?;
        self.keeper.keep(&reply, &self.context);
        Ok(reply)
    }
}

/// What the gateway does between two steps, and what comes of it.
type Work = Pin<Box<dyn Future<Output = (Box<Task>, Result<Next, Failure>)> + Send>>;

enum Next {
    /// The model answers again.
    Step(Box<Answer>, Capture),
    /// The client has calls of its own to run first; these results are the gateway's, until it comes back.
    Client(Vec<Block>, Stop),
}

enum State {
    Step(Option<Box<Relay>>, Capture),
    Working(Work),
    Over,
}

/// The answer.
pub struct Run {
    gateway: Arc<Gateway>,
    ingress: Arc<Ingress>,
    road: Arc<Road>,
    /// Not there while the gateway works on it.
    task: Option<Box<Task>>,
    state: State,
    stitch: Stitch,
    client: Client,
    out: VecDeque<Bytes>,
    ping: Pin<Box<Sleep>>,
    cut: Cut,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("request_id", &self.ingress.request_id).finish_non_exhaustive()
    }
}

impl Run {
    pub(crate) fn new(
        gateway: &Arc<Gateway>,
        ingress: &Ingress,
        road: Road,
        task: Box<Task>,
        client: Client,
    ) -> Self {
        // These have one text for all words of an answer.
        let joins = matches!(client.dialect, Dialect::OpenAiChat | Dialect::Ollama | Dialect::Gemini);
        Self {
            stitch: Stitch::new(Arc::clone(&task.owners), joins),
            ping: Box::pin(tokio::time::sleep(gateway.options().limits.ping)),
            cut: Cut::of(gateway.shutdown()),
            gateway: Arc::clone(gateway),
            ingress: Arc::new(ingress.clone()),
            road: Arc::new(road),
            task: Some(task),
            state: State::Over,
            client,
            out: VecDeque::new(),
        }
    }

    /// Takes the answer of a step. Its head is left.
    pub(crate) fn takes(&mut self, answer: Answer, capture: Capture) -> Answer {
        let Answer { status, content_type, headers, receipt, body } = answer;
        let relay = match body {
            AnswerBody::Stream(relay) => Some(relay),
            AnswerBody::Whole(_) | AnswerBody::Agent(_) | AnswerBody::Passing(_) => None,
        };
        self.state = State::Step(relay, capture);
        Answer { status, content_type, headers, receipt, body: AnswerBody::Whole(Bytes::new()) }
    }

    fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Pulls until the client would see something, so that a failure before it has a status of its own.
    pub(crate) async fn hold(&mut self, most: Duration) -> Result<(), Failure> {
        let until = Instant::now() + most;
        while !self.stitch.has_content() && !self.is_over() {
            let mut events = Vec::new();
            let going = std::future::poll_fn(|cx| self.poll_go(cx, &mut events));
            match tokio::time::timeout_at(until, going).await {
                Ok(gone) => gone?,
                Err(_) => return Ok(()),
            }
            self.deliver(events);
        }
        Ok(())
    }

    /// Goes on to the end. The answer's body.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Failure> {
        while !self.is_over() {
            let mut events = Vec::new();
            std::future::poll_fn(|cx| self.poll_go(cx, &mut events)).await?;
            for event in &events {
                self.client.told.push(event);
            }
        }
        let reply = self.client.told()?;
        Ok(Bytes::from(codec(self.client.dialect).encode_reply(&reply, &self.client.context)))
    }

    /// Goes on until there are events for the client, or the end.
    fn poll_go(&mut self, cx: &mut Context<'_>, events: &mut Vec<Event>) -> Poll<Result<(), Failure>> {
        loop {
            let gone = match &mut self.state {
                State::Over => return Poll::Ready(Ok(())),
                State::Step(relay, capture) => {
                    let is_over = relay.as_mut().is_none_or(|relay| poll_to_end(relay, cx));
                    let captured = capture.take();
                    if captured.is_empty() && !is_over {
                        return Poll::Pending;
                    }
                    self.hears(captured, is_over, events)
                }
                State::Working(work) => {
                    let (task, next) = ready!(work.as_mut().poll(cx));
                    self.goes_on(task, next, events)
                }
            };
            if let Err(failure) = gone {
                self.state = State::Over;
                return Poll::Ready(Err(failure));
            }
            if !events.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn hears(&mut self, captured: Vec<Event>, is_over: bool, out: &mut Vec<Event>) -> Result<(), Failure> {
        for event in captured {
            if let Event::Error(error) = event {
                let failure = Failure { logged: true, ..Failure::upstream(error) };
                let is_first = self.task.as_ref().is_none_or(|task| task.steps == 1);
                return Err(if is_first { failure } else { begun(failure) });
            }
            self.stitch.push(event, out);
        }
        if is_over { self.step_over(out) } else { Ok(()) }
    }

    /// A step is over: the gateway's calls are run, or the answer is complete.
    fn step_over(&mut self, out: &mut Vec<Event>) -> Result<(), Failure> {
        let reply = self.stitch.end_step(out).map_err(Failure::upstream)?;
        let Some(mut task) = self.task.take() else { return Ok(()) };
        let own = task.own_calls(&reply);
        if own.is_empty() || is_cut(reply.stop.as_ref()) {
            let kept = |block: &Block| !matches!(block, Block::ToolUse(call) if task.owners.is_ours(call));
            // A call that was cut off is nobody's to run.
            let blocks = reply.blocks.iter().filter(|block| kept(block)).cloned().collect();
            task.add_reply(&Reply { blocks, ..reply.clone() });
            self.finish(&task, reply.stop, Vec::new(), out);
            return Ok(());
        }
        task.add_reply(&reply);
        let has_clients = task.has_clients_calls(&reply);
        if !has_clients {
            task.may_go_on()?;
        }
        self.ping.as_mut().reset(Instant::now() + self.gateway.options().limits.ping);
        let (gateway, ingress, road) =
            (Arc::clone(&self.gateway), Arc::clone(&self.ingress), Arc::clone(&self.road));
        let stop = has_clients.then(|| reply.stop.unwrap_or_else(|| StopReason::ToolUse.into()));
        self.state = State::Working(Box::pin(async move {
            let next = work(&gateway, &ingress, &road, &mut task, &own, stop).await;
            (task, next)
        }));
        Ok(())
    }

    fn goes_on(
        &mut self,
        task: Box<Task>,
        next: Result<Next, Failure>,
        out: &mut Vec<Event>,
    ) -> Result<(), Failure> {
        match next? {
            Next::Step(answer, capture) => {
                self.task = Some(task);
                self.takes(*answer, capture);
            }
            Next::Client(results, stop) => self.finish(&task, Some(stop), results, out),
        }
        Ok(())
    }

    /// The end of the answer. What was hidden in it is kept for the client's next request.
    fn finish(&mut self, task: &Task, stop: Option<Stop>, results: Vec<Block>, out: &mut Vec<Event>) {
        out.push(Event::Usage(self.stitch.usage().clone()));
        out.push(Event::Stop(stop.unwrap_or_else(|| StopReason::EndTurn.into())));
        self.state = State::Over;
        let turns = task.grown.turns.get(task.turns..).unwrap_or_default().to_vec();
        if turns.len() < 2 && results.is_empty() {
            return;
        }
        let of_model = turns.iter().filter(|turn| turn.role == Role::Assistant);
        let is_told = |block: &&Block| !matches!(block, Block::ToolUse(call) if task.owners.is_ours(call));
        let told: Vec<Block> = of_model.flat_map(|turn| &turn.blocks).filter(is_told).cloned().collect();
        self.gateway.hidden().keep(&task.owner, &task.client.turns, &told, Hidden { turns, results });
    }

    /// Writes events for the client.
    fn deliver(&mut self, events: Vec<Event>) {
        let (mut buffer, keeps) = (Vec::new(), self.client.keeper.wants_items());
        for event in events {
            if event == Event::Ping {
                self.client.encoder.keep_alive(&mut buffer);
                continue;
            }
            if keeps {
                self.client.told.push(&event);
            }
            self.client.encoder.push(&event, &mut buffer);
            if keeps && matches!(event, Event::Stop(_)) {
                // It was told in order, so that it adds up.
                let _ = self.client.told();
            }
        }
        if !buffer.is_empty() {
            self.out.push_back(Bytes::from(buffer));
        }
    }

    /// Ends with the dialect's error event.
    fn fail(&mut self, failure: &Failure) {
        if !failure.logged {
            tracing::warn!(
                target: REQUEST, request_id = %self.ingress.request_id,
                error = failure.error.code.as_deref().unwrap_or("error"), "the tool loop ended"
            );
        }
        self.state = State::Over;
        self.deliver(vec![Event::Error((*failure.error).clone())]);
    }
}

/// Pulls a step as far as it has come. Tells whether it is over. What it says goes into the capture, and what it writes is
/// nothing.
fn poll_to_end(relay: &mut Relay, cx: &mut Context<'_>) -> bool {
    loop {
        match Pin::new(&mut *relay).poll_frame(cx) {
            Poll::Ready(None) => return true,
            Poll::Ready(Some(_)) => {}
            Poll::Pending => return false,
        }
    }
}

/// Whether an answer was cut off, or waits for something else than results.
fn is_cut(stop: Option<&Stop>) -> bool {
    use StopReason::{ContextWindow, MaxTokens, PauseTurn, Refusal};
    stop.is_some_and(|stop| matches!(stop.reason, MaxTokens | Refusal | ContextWindow | PauseTurn))
}

/// Runs the gateway's calls and asks the model again; where the client has calls of its own in the same turn, that is
/// for later, and `stop` is how the turn ended.
async fn work(
    gateway: &Gateway,
    ingress: &Ingress,
    road: &Road,
    task: &mut Task,
    calls: &[ToolUse],
    stop: Option<Stop>,
) -> Result<Next, Failure> {
    let worked = run_calls(task, calls, &ingress.request_id).await;
    if let Some(stop) = stop {
        return Ok(Next::Client(worked.results, stop));
    }
    task.add_results(worked.results, worked.must_answer);
    task.steps += 1;
    let (answer, capture) = gateway.next_step(ingress, road, task).await.map_err(begun)?;
    Ok(Next::Step(Box::new(answer), capture))
}

impl Body for Run {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let run = &mut *self;
        loop {
            if let Some(bytes) = run.out.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if run.is_over() {
                return Poll::Ready(None);
            }
            let mut events = Vec::new();
            match run.poll_go(cx, &mut events) {
                Poll::Ready(Ok(())) => run.deliver(events),
                Poll::Ready(Err(failure)) => run.fail(&failure),
                // A step's relay keeps its own time.
                Poll::Pending if !matches!(run.state, State::Working(_)) => return Poll::Pending,
                Poll::Pending if run.cut.poll(cx).is_ready() => {
                    run.fail(&Failure::upstream(Shutdown::error()));
                }
                Poll::Pending => {
                    ready!(run.ping.as_mut().poll(cx));
                    run.ping.as_mut().reset(Instant::now() + run.gateway.options().limits.ping);
                    run.deliver(vec![Event::Ping]);
                }
            }
        }
    }
}
