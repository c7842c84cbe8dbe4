//! Token counts: the provider's own counter where it has one, else the model's tokenizer, else an estimate that says
//! that it is one.
//!
//! A count is never worth a failure: what the counter says no to is counted here. Nor does it say anything of the
//! provider, whose health and breakers don't hear of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lynkr_http::{Method, Outbound};
use lynkr_protocol::Dialect;
use lynkr_protocol::neutral::Conversation;
use lynkr_protocol::peek::{Peek, peek};
use lynkr_providers::{Call, Headers, Operation};
use lynkr_types::Receipt;
use tokio::sync::Semaphore;
use tokio::time::Instant;

mod body;

use crate::answer::{Answer, AnswerBody, passed_back};
use crate::attempt::outbound_url;
use crate::envelope;
use crate::estimate::{self, Tokens};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::hops;
use crate::ingress::Ingress;
use crate::problems::{decoded, decoded_count, peeked};
use crate::route::Routed;
use crate::session_id::SessionId;
use crate::warrant::Asking;
use crate::whole;

/// Says that a count is an estimate.
const ESTIMATE_HEADER: &str = "x-lynkr-estimate";
/// Says who counted: `provider`, `tokenizer` or `estimate`.
const COUNTED_BY_HEADER: &str = "x-lynkr-counted-by";

/// How long a counter isn't asked again that isn't there.
const ABSENT_FOR: Duration = Duration::from_mins(10);
/// How long one isn't asked again that is in trouble. Editors ask for dozens of counts at once.
const TROUBLED_FOR: Duration = Duration::from_secs(15);
/// Past so many the memory starts again: names come from clients.
const MOST: usize = 1_024;
/// How many conversations are counted here at a time, each on a thread that may block.
const AT_A_TIME: usize = 2;

/// What is known of providers' counters, and the places for those who count here.
#[derive(Debug)]
pub(crate) struct Counters {
    silent: Mutex<HashMap<String, Instant>>,
    places: Semaphore,
}

impl Default for Counters {
    fn default() -> Self {
        Self { silent: Mutex::default(), places: Semaphore::new(AT_A_TIME) }
    }
}

impl Counters {
    fn is_silent(&self, counter: &str) -> bool {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.get(counter).is_some_and(|until| *until > Instant::now())
    }

    fn silence(&self, counter: String, length: Duration) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.len() >= MOST {
            silent.clear();
        }
        silent.insert(counter, Instant::now() + length);
    }
}

/// Why there is no count of the provider's.
#[derive(Debug)]
enum Silence {
    /// It can't be asked, or it refuses this request.
    Refused,
    /// There is no counter.
    Absent,
    /// It fails, or takes too long.
    Troubled,
}

impl Silence {
    const fn of_status(status: u16) -> Self {
        match status {
            404 | 405 | 501 => Self::Absent,
            429 | 500..=599 => Self::Troubled,
            _ => Self::Refused,
        }
    }
}

/// A count, and who counted.
#[derive(Debug)]
enum Count {
    /// The provider, in these bytes if the client speaks its dialect.
    Provider { tokens: u64, headers: Headers, bytes: Bytes },
    /// This process.
    Own(Tokens),
}

impl Gateway {
    /// Counts the input tokens of a request of Anthropic's, Gemini's or the Responses dialect.
    pub async fn count_tokens(&self, ingress: Ingress) -> Result<Answer, Failure> {
        let mut receipt = Receipt::default();
        let hops = hops::next(&ingress, self.instance())?;
        let ingress = self.counted_as(ingress, &mut receipt)?;
        let (peek, conversation) = self.read_count(&ingress)?;
        let asked = peek.model.clone().unwrap_or_default();
        let mut routed = self.route(&ingress, &asked, None).await?.noted(&mut receipt);
        let provider = routed.upstream.provider().name;
        ingress.warrant.allows(provider, &routed.model, &asked)?;
        let session = SessionId::said(&ingress, &peek);
        let session = session.as_ref().map(|session| session.id.as_str());
        let asking = Asking { provider, model: &routed.model, estimate: None, session, again: false };
        let permit = ingress.warrant.admit(&asking).await?;
        routed.tools = true;
        let counted = self.ask_counter(&ingress, (&peek, &conversation), &routed, &hops, &mut receipt).await;
        let (count, spoken) = match counted {
            Some((count, spoken)) => (count, spoken),
            None => (Count::Own(self.count_here(&conversation, &routed.model).await), routed.dialect),
        };
        let mut answer = answer(count, spoken, ingress.dialect, receipt);
        answer.headers.extend(permit.headers);
        Ok(answer)
    }

    /// The request as it would go up to be answered: without badges. Gemini's may be in a field of its own.
    fn counted_as(&self, ingress: Ingress, receipt: &mut Receipt) -> Result<Ingress, Failure> {
        if ingress.in_url.is_some() {
            return Ok(ingress);
        }
        Ok(self.without_badges(&ingress, receipt)?.into_owned())
    }

    /// What a look at the body tells, and the conversation in it.
    fn read_count(&self, ingress: &Ingress) -> Result<(Peek, Arc<Conversation>), Failure> {
        let Some(in_url) = &ingress.in_url else {
            let peek = peeked(ingress.dialect, &ingress.body)?;
            // An answer that lives with its provider is the provider's to count; here it counts nothing.
            let (body, _) =
                self.stored().expand(ingress, &peek).unwrap_or_else(|_| (ingress.body.clone(), None));
            let conversation = decoded(ingress.dialect, &body)?;
            return Ok((peek, Arc::new(conversation)));
        };
        let conversation = decoded_count(&ingress.body)?;
        // A conversation in a field of its own is written anew for whoever counts it.
        let mut peek = peek(ingress.dialect, &ingress.body).unwrap_or_default();
        peek.model = Some(in_url.model.clone());
        Ok((peek, Arc::new(conversation)))
    }

    async fn count_here(&self, conversation: &Arc<Conversation>, model: &str) -> Tokens {
        let _place = self.counters().places.acquire().await;
        let (conversation_there, model_there) = (Arc::clone(conversation), model.to_owned());
        let task = move || estimate::best_tokens(&conversation_there, &model_there);
        let counted = tokio::task::spawn_blocking(task).await;
        counted
            .unwrap_or_else(|_| Tokens { input: estimate::input_tokens(conversation, model), counted: false })
    }

    /// The provider's own count, and the dialect in which it was given.
    async fn ask_counter(
        &self,
        ingress: &Ingress,
        request: (&Peek, &Conversation),
        routed: &Routed<'_>,
        hops: &str,
        receipt: &mut Receipt,
    ) -> Option<(Count, Dialect)> {
        let spoken = routed.upstream.counting_dialect(routed.dialect, &routed.model)?;
        let counter = format!("{} {spoken} {}", routed.upstream.provider().name, routed.model);
        if self.counters().is_silent(&counter) {
            return None;
        }
        let routed = Routed { dialect: spoken, model: routed.model.clone(), ..*routed };
        let body = body::for_counter(ingress, request, &routed, receipt)?;
        let limit = self.options().limits.count;
        let asked = tokio::time::timeout(limit, self.ask_once(ingress, &routed, body, hops)).await;
        match asked.unwrap_or(Err(Silence::Troubled)) {
            Ok(count) => Some((count, spoken)),
            Err(silence) => {
                tracing::debug!(request_id = %ingress.request_id, ?silence, counter, "the provider didn't count");
                match silence {
                    Silence::Refused => {}
                    Silence::Absent => self.counters().silence(counter, ABSENT_FOR),
                    Silence::Troubled => self.counters().silence(counter, TROUBLED_FOR),
                }
                None
            }
        }
    }

    async fn ask_once(
        &self,
        ingress: &Ingress,
        routed: &Routed<'_>,
        body: Vec<Bytes>,
        hops: &str,
    ) -> Result<Count, Silence> {
        let outbound = self.count_request(ingress, routed, body, hops).ok_or(Silence::Refused)?;
        let (outbound, credential) = outbound;
        let sent = self.send(routed.upstream, outbound, &credential).await;
        let inbound = sent.map_err(|_| Silence::Troubled)?;
        if !inbound.status.is_success() {
            return Err(Silence::of_status(inbound.status.as_u16()));
        }
        let headers = passed_back(&inbound.headers);
        let bytes = whole::read(inbound.body, whole::Bounds::of(&self.options().limits))
            .await
            .map_err(|_| Silence::Troubled)?;
        let bytes = envelope::count_answer(routed, bytes).ok_or(Silence::Troubled)?;
        let tokens = body::read_count(routed.dialect, &bytes).ok_or(Silence::Troubled)?;
        Ok(Count::Provider { tokens, headers, bytes })
    }

    fn count_request(
        &self,
        ingress: &Ingress,
        routed: &Routed<'_>,
        body: Vec<Bytes>,
        hops: &str,
    ) -> Option<(Outbound, lynkr_providers::Credential)> {
        let call = Call {
            operation: Operation::CountTokens,
            client: ingress.dialect,
            upstream: routed.dialect,
            model: envelope::counted_model(routed),
            stream: false,
            query: ingress.query.as_deref(),
            client_headers: &ingress.headers,
            caller_credential: ingress.credential(),
        };
        let prepared = routed.upstream.prepare(&call).ok()?;
        let headers = hops::marked(&prepared, hops).ok()?;
        let url = outbound_url(routed.upstream, &prepared.url)?;
        let head_timeout = self.options().limits.count;
        let outbound = Outbound { method: Method::POST, url, headers, body, head_timeout };
        Some((outbound, prepared.credential))
    }
}

/// A count as the client reads it.
fn answer(count: Count, spoken: Dialect, client: Dialect, receipt: Receipt) -> Answer {
    let (mut headers, body, counted_by) = match count {
        Count::Provider { headers, bytes, .. } if spoken == client => (headers, bytes, "provider"),
        Count::Provider { tokens, headers, .. } => (headers, body::count(client, tokens), "provider"),
        Count::Own(tokens) if tokens.counted => {
            (Headers::new(), body::count(client, tokens.input), "tokenizer")
        }
        Count::Own(tokens) => {
            let mark = [(ESTIMATE_HEADER, "true")].into_iter().collect();
            (mark, body::count(client, tokens.input), "estimate")
        }
    };
    headers.add(COUNTED_BY_HEADER, counted_by);
    Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        headers,
        receipt,
        body: AnswerBody::Whole(body),
    }
}
