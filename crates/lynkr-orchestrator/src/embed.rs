//! Embeddings: which provider makes them, in whose form it is asked, and how its answer goes back. Everything in between
//! (sending, retries, breakers, health, the ledger) is what it is for every request.

use bytes::Bytes;
use lynkr_protocol::ApiError;
use lynkr_protocol::Dialect;
use lynkr_protocol::embeddings::{Encoding, Form, Input, Request, Target, decode_answer};
use lynkr_protocol::neutral::Usage;
use lynkr_protocol::peek::{peek, remove_members};
use lynkr_protocol::wire::Json;
use lynkr_providers::{
    Call, EMBEDDINGS_FALLBACKS, EmbeddingsForm, Headers, KeepAlive, Operation, PROVIDERS, Route, Upstream,
    choose_embeddings_model, named_provider,
};
use lynkr_routing::Candidate;
use lynkr_tokens::Meter;
use lynkr_types::{Change, FaultKind, Loss, Receipt};

use crate::answer::{Answer, AnswerBody};
use crate::attempt::Dispatch;
use crate::failure::{Failure, nonsense};
use crate::gateway::Gateway;
use crate::hops;
use crate::ingress::Ingress;
use crate::plan::{Plan, Way, splice};
use crate::prices::Cost;
use crate::problems::decoded_embeddings;
use crate::route::{Routed, check_length};
use crate::session_id::SessionId;

/// What the ledger and the log call this surface.
const SURFACE: &str = "embeddings";

/// How an answer goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Embedded {
    client: Form,
    upstream: Form,
    encoding: Encoding,
    /// How many vectors are owed.
    inputs: usize,
    /// The input's tokens, as far as they can be estimated.
    estimate: u64,
}

impl Embedded {
    /// The input's tokens, as far as they can be estimated.
    pub(crate) const fn estimate(&self) -> u64 {
        self.estimate
    }
}

/// Who makes them, and under which name it is asked.
struct Home<'a> {
    upstream: &'a Upstream,
    form: Form,
    model: String,
}

/// What is asked, and on whose behalf.
struct Errand<'a> {
    ingress: &'a Ingress,
    request: &'a Request,
    /// The model's name as it was asked for.
    asked: &'a str,
    /// The one that the answer has.
    shown: &'a str,
    /// What the ledger and the log call it.
    surface: &'static str,
    /// Whether it is a part of a request that was let in.
    again: bool,
}

impl Gateway {
    /// Answers a request for embeddings that came in this form.
    pub async fn embed(&self, ingress: Ingress, form: Form) -> Result<Answer, Failure> {
        let mut receipt = Receipt::default();
        let result = self.run_embed(&ingress, form, &mut receipt).await;
        result.map_err(|failure| Failure { receipt, ..failure })
    }

    async fn run_embed(
        &self,
        ingress: &Ingress,
        form: Form,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let hops = hops::next(ingress, self.instance())?;
        let request = decoded_embeddings(form, &ingress.body)?;
        let asked = request.model.as_deref().unwrap_or_default();
        check_length(asked)?;
        let home = self.embeddings_home(asked, receipt).await?;
        let upstream = home.upstream.for_embeddings();
        ingress.warrant.allows(upstream.provider().name, &home.model, asked)?;
        let shown = if asked.is_empty() { &home.model } else { asked };
        // Ollama's clients load a model by embedding nothing, which is nothing to others.
        if request.input.is_empty() && home.form == Form::OpenAi {
            return empty(form, shown, receipt);
        }
        let errand = Errand { ingress, request: &request, asked, shown, surface: SURFACE, again: false };
        self.embed_at(errand, &home, hops, receipt).await
    }

    /// The vectors of the texts of a request of the gateway's own, in OpenAI's form, by one model and on record as `surface`.
    /// What is no list of numbers is empty.
    pub(crate) async fn vectors(
        &self,
        ingress: &Ingress,
        model: &Candidate,
        surface: &'static str,
    ) -> Result<Vec<Vec<f32>>, Failure> {
        let hops = hops::next(ingress, self.instance())?;
        let request = decoded_embeddings(Form::OpenAi, &ingress.body)?;
        let upstream = self.upstream(&model.provider).ok_or_else(|| self.not_configured(&model.provider))?;
        let home = Home { upstream, form: form_of(upstream)?, model: model.model.clone() };
        let asked = model.to_string();
        let request = &request;
        let errand = Errand { ingress, request, asked: &asked, shown: &model.model, surface, again: true };
        let answer = self.embed_at(errand, &home, hops, &mut Receipt::default()).await?;
        let AnswerBody::Whole(body) = answer.body else { return Ok(Vec::new()) };
        let answer = decode_answer(Form::OpenAi, &body).map_err(Failure::upstream)?;
        Ok(answer.vectors.iter().map(|vector| vector.numbers().unwrap_or_default()).collect())
    }

    /// Asks one provider.
    async fn embed_at(
        &self,
        errand: Errand<'_>,
        home: &Home<'_>,
        hops: String,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let Errand { ingress, request, asked, shown, surface, again } = errand;
        let upstream = home.upstream.for_embeddings();
        let plan = plan(ingress, request, home, receipt)?;
        let (model, dialect) = (home.model.clone(), home.form.dialect());
        let routed = Routed { upstream, model, dialect, tools: true, verbatim: false };
        let prepared = upstream.prepare(&Call {
            operation: Operation::Embeddings,
            client: ingress.dialect,
            upstream: dialect,
            model: &home.model,
            stream: false,
            query: ingress.query.as_deref(),
            client_headers: &ingress.headers,
            caller_credential: ingress.credential(),
        })?;
        let account = self.account(ingress, &routed, false, receipt);
        let account = account.asked_for(asked).at_surface(surface);
        // Its fields are those of the dialect that calls its turns `input` as well, as far as sessions go.
        let peek = peek(Dialect::OpenAiResponses, &ingress.body).unwrap_or_default();
        let account = account.in_session(SessionId::said(ingress, &peek).into(), || None);
        let context = self.reply_context(shown);
        let dispatch = Box::new(Dispatch {
            ingress,
            routed,
            plan,
            prepared,
            hops,
            context,
            account,
            more: false,
            again,
            shown: None,
        });
        self.admitted(dispatch, None, receipt).await
    }

    /// The provider that the client names, else the configured one, else the active one, else the first of those that
    /// are tried.
    async fn embeddings_home(&self, asked: &str, receipt: &mut Receipt) -> Result<Home<'_>, Failure> {
        let usual = self.usual_embeddings()?;
        let basis = usual.unwrap_or_else(|| self.active());
        let is_active = basis.provider().name == self.active().provider().name;
        let known = if is_active { self.known_models().await } else { Vec::new().into() };
        let route = Route { upstream: basis, models: &known, custom: self.custom() };
        let wanted = self.options().aliases.get(asked.trim()).map_or(asked, String::as_str);
        let (upstream, model, why) = if let Some((provider, model)) = named_provider(wanted, &route) {
            let upstream = self.upstream(provider.name);
            let upstream = upstream.ok_or_else(|| self.not_configured(provider.name))?;
            (upstream, model.to_owned(), "named by client")
        } else {
            let upstream = usual.ok_or_else(|| self.nobody_embeds())?;
            let chosen = choose_embeddings_model(wanted, upstream, &known);
            (upstream, chosen.model, if wanted == asked { chosen.why } else { "alias" })
        };
        let form = form_of(upstream)?;
        if model != asked {
            receipt.note(Change::Model { from: asked.to_owned(), to: model.clone(), why });
        }
        Ok(Home { upstream, form, model })
    }

    /// The provider that makes embeddings for clients who name none.
    fn usual_embeddings(&self) -> Result<Option<&Upstream>, Failure> {
        if let Some(name) = &self.options().embeddings_provider {
            let own = self.upstreams().find(|own| own.provider().is_called(name));
            return own.map(Some).ok_or_else(|| self.not_configured(name));
        }
        let makes = |own: &&Upstream| own.embeddings_form().is_some();
        let is_set_up = |own: &&Upstream| {
            own.is_configured() || own.has_embeddings_endpoint() || own.embeddings_model().is_some()
        };
        let fallbacks = EMBEDDINGS_FALLBACKS.iter().filter_map(|name| self.upstream(name)).filter(is_set_up);
        Ok([self.active()].into_iter().chain(fallbacks).find(makes))
    }

    fn nobody_embeds(&self) -> Failure {
        makes_none(self.active().provider().title)
    }
}

/// The form in which a provider is asked.
fn form_of(upstream: &Upstream) -> Result<Form, Failure> {
    match upstream.embeddings_form() {
        Some(EmbeddingsForm::OpenAi) => Ok(Form::OpenAi),
        Some(EmbeddingsForm::Ollama) => Ok(Form::Ollama),
        None => Err(makes_none(upstream.provider().title)),
    }
}

fn makes_none(title: &str) -> Failure {
    let makers = PROVIDERS.iter().filter(|provider| provider.embeddings.is_some());
    let names: Vec<&str> = makers.map(|provider| provider.name).collect();
    let message = format!(
        "{title} makes no embeddings; name one of these in EMBEDDINGS_PROVIDER, and set it up: {}",
        names.join(", ")
    );
    Failure::client(ApiError::new(FaultKind::NotImplemented, message).with_code("embeddings_not_configured"))
}

/// An answer to nothing.
fn empty(form: Form, model: &str, receipt: &Receipt) -> Result<Answer, Failure> {
    let nothing = lynkr_protocol::embeddings::Answer { vectors: Vec::new(), tokens: Some(0), regular: false };
    let body = nothing.encode(form, Encoding::Float, model, 0).map_err(Failure::upstream)?;
    Ok(Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        headers: Headers::new(),
        receipt: receipt.clone(),
        body: AnswerBody::Whole(Bytes::from(body)),
    })
}

/// The bytes as they are where both sides speak alike, but for the model's name; else written anew.
fn plan(
    ingress: &Ingress,
    request: &Request,
    home: &Home<'_>,
    receipt: &mut Receipt,
) -> Result<Plan, Failure> {
    let meter = Meter::estimating(&home.model);
    let embedded = Embedded {
        client: request.form,
        upstream: home.form,
        encoding: request.encoding,
        inputs: request.input.len(),
        estimate: request.input.iter().map(|input| tokens(input, &meter)).sum(),
    };
    let body = if request.form == home.form && !request.input.is_empty() {
        spliced(ingress, home, receipt)?
    } else {
        let keep_alive = home.upstream.keep_alive().map(|keep| match keep {
            KeepAlive::Seconds(seconds) => Json::of(seconds),
            KeepAlive::Text(text) => Json::of(text),
        });
        let target = Target { form: home.form, model: home.model.clone(), keep_alive };
        let encoded = request.encode(&target).map_err(Failure::client)?;
        let (from, to) = (request.form.dialect().name(), home.form.dialect().name());
        receipt.note(Change::Translated { from, to });
        receipt.note_losses(encoded.losses);
        vec![Bytes::from(encoded.body)]
    };
    Ok(Plan { body, stream: false, way: Way::Embeddings(embedded), input: None })
}

fn spliced(ingress: &Ingress, home: &Home<'_>, receipt: &mut Receipt) -> Result<Vec<Bytes>, Failure> {
    // Of the dialects it is the one whose conversation has the name that the texts have here.
    let peek = peek(Dialect::OpenAiResponses, &ingress.body).map_err(Failure::client)?;
    let mut edits: Vec<_> = peek.set_model(&home.model).into_iter().collect();
    let takes = home.upstream.provider().embeddings.is_some_and(|own| own.takes_encoding);
    if home.form == Form::OpenAi && !takes {
        let removed = remove_members(&ingress.body, &["encoding_format"]).map_err(Failure::client)?;
        if !removed.is_empty() {
            receipt.note(Change::Lost(Loss::approximated("encoding_format")));
        }
        edits.extend(removed);
    }
    Ok(splice(&ingress.body, &mut edits))
}

fn tokens(input: &Input, meter: &Meter) -> u64 {
    match input {
        Input::Text(text) => meter.text(text),
        Input::Tokens(tokens) => tokens.get().split(',').count() as u64,
    }
}

/// The client's body for a provider's answer, and what it cost where a price is known.
pub(crate) fn answer(
    dispatch: &Dispatch<'_>,
    embedded: Embedded,
    bytes: Bytes,
) -> Result<(Bytes, Option<String>), Failure> {
    let Embedded { client, upstream, encoding, inputs, estimate } = embedded;
    let answer = decode_answer(upstream, &bytes).map_err(Failure::upstream)?;
    let passes = client == upstream && answer.suits(encoding);
    if !passes && answer.vectors.len() != inputs {
        let message = format!("the provider gave {} vectors for {inputs} inputs", answer.vectors.len());
        return Err(Failure::upstream(nonsense(&lynkr_protocol::DecodeError::new(message))));
    }
    let tokens = answer.tokens.unwrap_or(estimate);
    let body = if passes {
        bytes
    } else {
        let written = answer.encode(client, encoding, &dispatch.context.model, tokens);
        Bytes::from(written.map_err(Failure::upstream)?)
    };
    let usage = Usage {
        input: Some(tokens),
        output: Some(0),
        estimated: answer.tokens.is_none(),
        ..Usage::default()
    };
    Ok((body, dispatch.account.finished(&usage, true).map(Cost::to_dollars)))
}
