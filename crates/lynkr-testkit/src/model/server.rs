//! Serves a [`ModelScript`]: routes by path, judges, answers, counts.

mod kept;

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::fault::{FaultKind, Shape, error_body};
use super::{ModelScript, Order, Plan, Wire};
use crate::apis;
use crate::bedrock::Address;
use crate::google::{self, Asked};
use crate::hear::{Heard, hear};
use crate::recorded::Recorded;
use crate::script::Script;
use crate::speak::{self, Telling};
use crate::strict;
use crate::upstream::Upstream;
use kept::Kept;

/// A served model. Dereferences to nothing: the recorded requests are behind [`upstream`](Self::upstream).
#[derive(Debug)]
pub struct ModelUpstream {
    upstream: Upstream,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    generations: AtomicUsize,
    token_counts: AtomicUsize,
    violations: Mutex<Vec<String>>,
    /// The names of orders that have struck.
    struck: Mutex<HashSet<String>>,
    kept: Kept,
}

impl ModelUpstream {
    pub(super) async fn open(script: Arc<ModelScript>) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let upstream = Upstream::with(move |request| shared.respond(&script, request)).await?;
        Ok(Self { upstream, state })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.upstream.url()
    }

    /// The recording server.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Requests for an answer so far, faulty ones included; listings and token counts are not among them.
    pub fn generations(&self) -> usize {
        self.state.generations.load(Ordering::Relaxed)
    }

    /// Requests for a token count so far.
    pub fn token_counts(&self) -> usize {
        self.state.token_counts.load(Ordering::Relaxed)
    }

    /// What a strict vendor would have refused, as `#REQUEST PATH: WHAT`.
    pub fn violations(&self) -> Vec<String> {
        self.state.violations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    fn respond(&self, script: &ModelScript, request: &Recorded) -> Script {
        let path = request.path.as_str();
        if let Some(answer) = apis::answer(request).or_else(|| self.kept.serve(request)) {
            return answer;
        }
        match (request.method.as_str(), path) {
            ("POST", _) if path.ends_with("/messages/count_tokens") => {
                self.token_counts.fetch_add(1, Ordering::Relaxed);
                self.judge(request, strict::count_tokens(request, script));
                speak::token_count(input_tokens(request))
            }
            ("POST", _) if path.ends_with("/api/show") => speak::show(),
            ("POST", _) => match (Asked::of_path(path), Wire::of_path(path)) {
                (Some(asked), _) => self.google(&asked, script, request),
                (None, Some(dialect)) => self.generate(dialect, script, request),
                (None, None) => not_found(path),
            },
            ("GET", _) if path.ends_with("/api/version") => speak::version(),
            ("GET", _) if path.ends_with("/api/tags") => speak::tags(),
            ("GET", _) if path.ends_with("/v1beta/models") => google::models(),
            ("GET", _) if path.ends_with("/models") => {
                speak::models(request.header("anthropic-version").is_some())
            }
            // The status on which clients that tried a WebSocket turn to HTTP at once.
            ("GET", _) if path.ends_with("/responses") => Script::body(426, "text/plain", "use HTTP"),
            ("GET" | "HEAD", "/" | "") => Script::body(200, "text/plain", "Ollama is running"),
            _ => not_found(path),
        }
    }

    fn generate(&self, dialect: Wire, script: &ModelScript, request: &Recorded) -> Script {
        let body = request.json();
        let broken = strict::check(dialect, request, &body, script);
        let mut heard = hear(dialect, &body);
        if let Some(address) = Address::of_path(&request.path) {
            (heard.model, heard.stream) = (address.model, address.stream);
        }
        self.answer(Shape::Of(dialect), script, request, broken, &heard)
    }

    /// What Google's paths ask for.
    fn google(&self, asked: &Asked, script: &ModelScript, request: &Recorded) -> Script {
        match asked {
            Asked::Generate { model, stream } => {
                let body = request.json();
                let broken = google::check(request, &body, script, model, *stream);
                self.answer(Shape::Google, script, request, broken, &google::hear(&body, model, *stream))
            }
            Asked::Claude { model, stream } => {
                let broken = google::check_claude(request, script, model, *stream);
                let heard = hear(Wire::Anthropic, &google::unwrapped(request, model, *stream));
                self.answer(Shape::Of(Wire::Anthropic), script, request, broken, &heard)
            }
            Asked::Count => {
                self.token_counts.fetch_add(1, Ordering::Relaxed);
                self.judge(request, google::check_count(request, script));
                google::token_count(input_tokens(request))
            }
            Asked::ClaudeCount => {
                self.token_counts.fetch_add(1, Ordering::Relaxed);
                speak::token_count(input_tokens(request))
            }
        }
    }

    fn answer(
        &self,
        shape: Shape,
        script: &ModelScript,
        request: &Recorded,
        broken: Vec<String>,
        heard: &Heard,
    ) -> Script {
        let number = self.generations.fetch_add(1, Ordering::Relaxed);
        if heard.thread {
            // As the vendor does for accounts of which nothing may be kept.
            return Script::json(400, &threads_refused());
        }
        if let Some(unknown) = heard.previous.as_ref().filter(|id| !id.starts_with("resp_kit")) {
            return Script::json(400, &previous_unknown(unknown));
        }
        let refused = script.enforce.then(|| broken.first().cloned()).flatten();
        self.judge(request, broken);
        if let Some(rule) = refused {
            return Script::json(400, &error_body(shape, 400, &rule));
        }
        let ordered = script.obeys.then(|| self.ordered(&heard.prompt)).flatten();
        let scripted = script.faults.iter().find(|fault| fault.hits(number)).map(|fault| &fault.kind);
        let fault = scripted.or(ordered.as_ref());
        let plan = match fault {
            Some(FaultKind::NoChoices) => Plan::nothing(),
            _ => Plan::make(script, heard, number),
        };
        let telling = Telling { script, heard, plan: &plan, number, input_tokens: input_tokens(request) };
        if shape == Shape::Of(Wire::Responses) && fault.is_none() {
            self.kept.keep(&request.json(), speak::response(&telling));
        }
        let healthy = match shape {
            Shape::Of(dialect) => speak::speak(dialect, &telling),
            Shape::Google => google::speak(&telling),
        };
        match fault {
            Some(kind) => kind.bend(shape, healthy),
            None => healthy,
        }
    }

    /// The fault that the prompt orders, if it is to strike.
    fn ordered(&self, prompt: &str) -> Option<FaultKind> {
        let order = Order::of_prompt(prompt)?;
        let fresh = match order.once {
            Some(name) => self.struck.lock().unwrap_or_else(PoisonError::into_inner).insert(name),
            None => true,
        };
        fresh.then_some(order.kind)
    }

    fn judge(&self, request: &Recorded, broken: Vec<String>) {
        let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        violations
            .extend(broken.into_iter().map(|rule| format!("#{} {}: {rule}", request.number, request.path)));
    }
}

/// A stand-in for a count: near enough to grow with the request.
fn input_tokens(request: &Recorded) -> u64 {
    request.body.len() as u64 / 4 + 1
}

fn previous_unknown(id: &str) -> Value {
    json!({"error": {
        "message": format!("Previous response with id '{id}' not found."), "type": "invalid_request_error",
        "param": "previous_response_id", "code": "previous_response_not_found",
    }})
}

fn threads_refused() -> Value {
    json!({"type": "error", "error": {
        "type": "invalid_request_error", "message": "thread: not for this organization",
        "details": {"error_code": "thread_unsupported_request", "unsupported": ["zero_data_retention"]},
    }})
}

fn not_found(path: &str) -> Script {
    let body: Value =
        json!({"error": {"message": format!("no such endpoint: {path}"), "type": "not_found_error"}});
    Script::json(404, &body)
}

#[cfg(test)]
mod tests;
