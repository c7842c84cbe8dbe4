//! The way of a request as one function, and the stops on it: one model after the other until one begins to answer.

use std::sync::Arc;

use lynkr_http::{later, patiently};
use lynkr_protocol::peek::Peek;
use lynkr_providers::{Call, Operation, Prepared};
use lynkr_routing::Candidate;
use lynkr_types::{Change, Receipt, Retry, Scope};

use crate::answer::Answer;
use crate::aside::{Aside, helper};
use crate::attempt::Dispatch;
use crate::envelope;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::hops;
use crate::ingress::Ingress;
use crate::ledger::Exchange;
use crate::plan::{Plan, Way};
use crate::route::{Routed, Static, check_length};
use crate::routing::{Course, Stop};
use crate::session_id::{Session, SessionId};
use crate::settle::Account;
use crate::tags::{looked_at, untagged};
use crate::visible::Showing;
use crate::warrant::{Asking, Spent, estimate_of};

/// A request whose body was looked at.
struct Request<'a> {
    ingress: &'a Ingress,
    peek: &'a Peek,
    hops: String,
    asked: &'a str,
    session: Session,
    course: &'a Course,
    /// Whether it is beside its conversation, or a helper's.
    aside: bool,
}

impl Request<'_> {
    /// What there is to show of it at one model.
    fn showing<'a>(&'a self, served: &'a Candidate, place: Place, stream: bool) -> Showing<'a> {
        let &Self { ingress, peek, course, aside, .. } = self;
        Showing { ingress, peek, course, served, place: place.number, stream, aside }
    }
}

/// One of the models that a request may go to.
#[derive(Clone, Copy)]
struct Place {
    /// Its place in the course.
    number: usize,
    /// Whether another one follows.
    more: bool,
    /// How often the request was sent before it came here.
    attempts: u32,
}

impl Gateway {
    /// Answers one request. This is the way of every request, whatever its surface.
    pub async fn generate(self: &Arc<Self>, ingress: Ingress) -> Result<Answer, Failure> {
        let mut receipt = Receipt::default();
        let result = self.run(&ingress, &mut receipt).await;
        result.map_err(|failure| Failure { receipt, ..failure })
    }

    async fn run(self: &Arc<Self>, ingress: &Ingress, receipt: &mut Receipt) -> Result<Answer, Failure> {
        // A loop costs money at every turn: it ends before anything else is looked at.
        let hops = hops::next(ingress, self.instance())?;
        let clean = self.without_badges(ingress, receipt)?;
        let ingress = &*clean;
        // One pass over the body; everything below works on what it found.
        let peek = looked_at(ingress)?;
        let untagged = untagged(ingress, &peek, receipt)?;
        let (ingress, peek) = untagged.as_ref().map_or((ingress, &peek), |(own, peek)| (own, peek));
        self.check_loop(ingress, peek)?;
        if let Some(id) = &peek.previous_response_id {
            self.recall(ingress, id).await;
        }
        // An answer that is continued lives with the provider that gave it.
        let pinned = self.stored().pinned_to(ingress, peek);
        let asked = peek.model.as_deref().unwrap_or_default();
        check_length(asked)?;
        let session = Session::of(ingress, peek, self.options().fingerprints);
        // What is beside the conversation, some of which needs no model.
        let aside = self.aside(ingress, peek);
        if let Some(here) = self.answer_here(ingress, peek, (aside.as_ref(), &session), receipt) {
            return Ok(here);
        }
        // What the settings and the client name, and whether tiers may choose instead.
        let fixed = self.route(ingress, asked, pinned.as_deref()).await;
        // Only tiers have to know whose it is before it goes up.
        let known = self.options().routing.policy.is_some().then(|| session.id()).flatten();
        self.fetch_pin(ingress, known, peek.turns).await;
        let beside = (known, aside.as_ref());
        let course = self.course(ingress, peek, beside, fixed.as_ref().ok()).await;
        let aside = aside.is_some() || helper(ingress).is_some();
        let request = Request { ingress, peek, hops, asked, session, course: &course, aside };
        if course.stops.is_empty() {
            let Static { routed, change, .. } = fixed?;
            if let Some(change) = change {
                receipt.note(change);
            }
            let place = Place { number: 0, more: false, attempts: 0 };
            return self.serve(&request, routed, place, receipt).await;
        }
        self.follow(&request, receipt).await
    }

    /// The models to ask. Tiers and the number of tools decide only where nobody named a model for this request.
    async fn course(
        &self,
        ingress: &Ingress,
        peek: &Peek,
        (session, aside): (Option<&SessionId>, Option<&Aside>),
        fixed: Option<&Static<'_>>,
    ) -> Course {
        let options = &self.options().routing;
        if let Some(why) = fixed.and_then(|fixed| fixed.named) {
            return Course::fixed(why, options.threshold);
        }
        let room = self.room(ingress, peek, session).await;
        let led = self.model_aside(ingress, aside).filter(|(own, _)| self.can_ask(ingress, own));
        // Where a model is set for such requests, nobody needs to know how hard this one is.
        let refined = match led {
            None if options.refine.is_some() => Box::pin(self.refined(ingress, peek, (session, room))).await,
            None | Some(_) => Vec::new(),
        };
        let decided = self.decide(ingress, peek, (session, room), refined);
        let course = if let Some((decision, key, begun)) = decided {
            Course::tiers(decision, (key, begun), options.fallback.as_deref(), options.threshold)
        } else {
            match self.legacy(peek.tools) {
                Some(choice) => Course::legacy(choice.providers, choice.reason, options.threshold),
                None => Course::fixed("tier_routing_disabled", options.threshold),
            }
        };
        match led {
            Some((candidate, reason)) => course.led_by(candidate, reason),
            None => course,
        }
    }

    /// Asks one model after the other, until one begins to answer or says what no other would say otherwise.
    async fn follow(
        self: &Arc<Self>,
        request: &Request<'_>,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let stops = &request.course.stops;
        let (untouched, mut attempts) = (receipt.clone(), 0);
        for (number, stop) in stops.iter().enumerate() {
            let place = Place { number, more: number + 1 < stops.len(), attempts };
            *receipt = untouched.clone();
            match self.stop(request, stop, place, receipt).await {
                Err(failure) if place.more && failure.may_go_elsewhere() => {
                    tracing::info!(
                        target: crate::settle::REQUEST, request_id = %request.ingress.request_id,
                        provider = %stop.candidate.provider, model = %stop.candidate.model,
                        status = failure.error.status, "goes to the next model"
                    );
                    attempts += failure.attempts.max(1);
                }
                ended => return ended,
            }
        }
        // A course without stops isn't followed.
        Err(self.not_configured("none"))
    }

    async fn stop(
        self: &Arc<Self>,
        request: &Request<'_>,
        stop: &Stop,
        place: Place,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let routed = self.route_to(request.ingress, &stop.candidate, request.asked)?;
        if routed.model != request.asked {
            let why = match stop.tier {
                Some(_) => "tier",
                None if request.course.led && place.number == 0 => "helper",
                None => "fallback",
            };
            receipt.note(Change::Model { from: request.asked.to_owned(), to: routed.model.clone(), why });
        }
        self.serve(request, routed, place, receipt).await
    }

    /// Asks one model. Whatever comes of it tells how it was routed.
    async fn serve(
        self: &Arc<Self>,
        request: &Request<'_>,
        routed: Routed<'_>,
        place: Place,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let &Request { peek, course, .. } = request;
        let provider = routed.upstream.provider().name.to_owned();
        let served = Candidate { provider, model: routed.model.clone() };
        let mut answered = self.put_to(request, (routed, &served), place, receipt).await;
        let headers = match &mut answered {
            Ok(answer) => {
                course.pin(self, &served, place.number, (peek.turns, peek.tools > 0));
                &mut answer.headers
            }
            Err(failure) => &mut failure.headers,
        };
        course.tell(&served, place.number, headers);
        answered
    }

    async fn put_to(
        self: &Arc<Self>,
        request: &Request<'_>,
        (mut routed, served): (Routed<'_>, &Candidate),
        place: Place,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let &Request { ingress, peek, asked, course, .. } = request;
        // A name that the client may use doesn't open the models that the tiers have for it.
        let named = if course.decision.is_some() || course.led { &routed.model } else { asked };
        ingress.warrant.allows(&served.provider, &routed.model, named)?;
        // Tools are taken from models that can't call them, which a server may have to be asked.
        routed.tools = peek.tools == 0 || self.calls_tools(&routed).await;
        // The bytes as they are where both sides speak alike, else translated.
        let plan = self.plan(ingress, peek, &routed, receipt)?;
        // URL, headers and credential: pure, so that a snapshot can show what leaves the house.
        let prepared = prepared(ingress, &routed, plan.stream)?;
        let name = if asked.is_empty() { &routed.model } else { asked };
        // What passes untouched comes back so, and the steps of a task are shown to nobody one by one.
        let is_task = matches!(&plan.way, Way::Translate(translation) if translation.task.is_some());
        let shows = !prepared.verbatim && !is_task;
        let shown =
            shows.then(|| self.shown(&request.showing(served, place, plan.stream), receipt)).flatten();
        let account = self.accounted(request, &routed, &plan, place, receipt);
        // Sent, and sent again while nothing has reached the client; then relayed as it comes.
        let context = self.reply_context(name);
        let hops = request.hops.clone();
        let dispatch = Box::new(Dispatch {
            ingress,
            routed,
            plan,
            prepared,
            hops,
            context,
            account,
            more: place.more,
            again: place.number > 0,
            shown,
        });
        self.answered(dispatch, peek.max_tokens, receipt).await
    }

    /// The account of a request at one model.
    fn accounted(
        &self,
        request: &Request<'_>,
        routed: &Routed<'_>,
        plan: &Plan,
        place: Place,
        receipt: &Receipt,
    ) -> Account {
        let &Request { ingress, peek, asked, course, .. } = request;
        let account = self.account(ingress, routed, plan.stream, receipt).asked_for(asked);
        let account = account.remembered(plan);
        let said = || self.options().transcripts.then(|| Exchange::of(ingress, peek));
        let session = request.session.clone();
        // Whoever gets a stream is told at its beginning how long its input may be.
        let told = match &plan.way {
            Way::Translate(translation) if plan.stream => Some(translation.expected.clone()),
            Way::Translate(_) | Way::Passthrough { .. } | Way::Embeddings(_) => None,
        };
        // While the provider thinks.
        if let Some(expected) = told {
            later(move || {
                let _ = expected.shown();
            });
        }
        // Nobody asks for it before the answer is there; then it lets go of the body.
        if !session.is_known() {
            patiently(ingress.body.len(), move || {
                let _ = session.id();
            });
        }
        let account = account.in_session(request.session.clone(), said).routed_by(
            course.record(place.number),
            course.note(self.router().pins()),
            place.attempts,
        );
        account.learned_from(course.lesson(self, place.number))
    }

    /// One request to the model, or, in server mode, as many as the tools that it calls of the gateway's take.
    async fn answered(
        self: &Arc<Self>,
        mut dispatch: Box<Dispatch<'_>>,
        most_output: Option<u64>,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let task = match &mut dispatch.plan.way {
            Way::Translate(translation) => translation.task.take(),
            Way::Passthrough { .. } | Way::Embeddings(_) => None,
        };
        match task {
            Some(task) => Box::pin(self.perform(dispatch, task, most_output, receipt)).await,
            None => self.admitted(dispatch, most_output, receipt).await,
        }
    }

    /// Sends what its caller's limits and budgets have room for, and charges them in the end.
    pub(crate) async fn admitted(
        &self,
        mut dispatch: Box<Dispatch<'_>>,
        most_output: Option<u64>,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let (ingress, model) = (dispatch.ingress, &dispatch.routed.model);
        let estimate = estimate_of(ingress, &dispatch.plan, model, most_output);
        let provider = dispatch.routed.upstream.provider().name;
        let session = dispatch.account.session_said();
        let asking = Asking { provider, model, estimate: Some(estimate), session, again: dispatch.again };
        // What the caller has no room for, it has nowhere.
        let here = |failure| Failure { retry: Retry::Never, scope: Scope::Request, ..failure };
        let permit = ingress.warrant.admit(&asking).await.map_err(here)?;
        dispatch.account = dispatch.account.charged(permit.charge.clone());
        let mut answered = self.dispatch(dispatch, receipt).await;
        let headers = match &mut answered {
            Ok(answer) => &mut answer.headers,
            Err(failure) => {
                // Whatever failed so early that the account wasn't told of it.
                permit.charge.iter().for_each(|charge| charge.settle(Spent::Nothing));
                &mut failure.headers
            }
        };
        // What the provider says of its own limits gives way: the caller's are narrower.
        if !permit.headers.is_empty() {
            headers.retain(|name, _| !permit.headers.contains(name));
            headers.extend(permit.headers);
        }
        answered
    }
}

/// What goes up besides the body.
pub(crate) fn prepared(ingress: &Ingress, routed: &Routed<'_>, stream: bool) -> Result<Prepared, Failure> {
    let mut prepared = routed.upstream.prepare(&Call {
        operation: Operation::Generate,
        client: ingress.dialect,
        upstream: routed.dialect,
        model: &routed.model,
        stream,
        query: ingress.query.as_deref(),
        client_headers: &ingress.headers,
        caller_credential: ingress.credential(),
    })?;
    envelope::keep_betas(&mut prepared.headers, routed, ingress);
    Ok(prepared)
}
