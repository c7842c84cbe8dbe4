//! Looking around for whoever sets a gateway up or wonders what is wrong with one: whether a provider takes the
//! credential that is configured, which models it has, which model servers run on this machine.
//!
//! Nothing here answers a request of a client.

use std::sync::Arc;
use std::time::Duration;

use lynkr_config::{ExposeSecret as _, Inputs, Problem, Values, mask};
use lynkr_http::{
    HeaderMap, HeaderName, HeaderValue, MachineSigner, Method, Outbound, Proof, Signer, Transport,
};
use lynkr_orchestrator::{HOPS_HEADER, model_names};
use lynkr_providers::{
    AmbientCredential, Call, Credential as Shown, Headers, Operation, PROVIDERS, Prepared, Provider,
    Upstream, is_lynkr,
};
use lynkr_routing::{Mode, Table};

use crate::build;
use crate::probe;

/// How long a provider may take to answer a check.
const MOST_WAIT: Duration = Duration::from_secs(10);

/// The most that is read of an answer. OpenRouter's list of models has half a megabyte.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The most that is repeated of a provider's own words.
const MOST_WORDS: usize = 200;

/// Asks providers and servers, by the same clients and credentials as the gateway.
#[derive(Debug)]
pub struct Scout {
    http: Arc<dyn Transport>,
    signer: MachineSigner,
}

/// What came of trying a provider's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The provider took it, or wants none.
    Good,
    /// The provider didn't refuse it. It has no list that would prove more.
    Taken,
    /// There is none to try: requests need the caller's own.
    Absent,
    /// The provider refused it.
    Refused {
        /// The status of its answer.
        status: u16,
        /// Its own words, without the credential.
        why: String,
    },
    /// The provider wasn't reached, or its answer says nothing of the credential.
    Unknown(String),
    /// The settings can't be used.
    Unusable(String),
}

/// What came of asking a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether it takes the credential.
    pub credential: Credential,
    /// The models that it lists, by name; empty where it lists none.
    pub models: Vec<String>,
}

/// A model server that runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalServer {
    /// What it is.
    pub provider: &'static Provider,
    /// Where it answers.
    pub url: String,
    /// The models that it has.
    pub models: Vec<String>,
}

/// A plain HTTP request.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// Headers, names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: String,
    /// How long all of the answer may take.
    pub patience: Duration,
}

/// What a server answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Whether a Lynkr gave it.
    pub fn is_lynkr(&self) -> bool {
        is_lynkr(&self.headers)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Scout {
    /// A scout that goes the ways that the gateway would go.
    pub fn new(values: &Values, inputs: &Inputs) -> Result<Self, Problem> {
        let http = build::transport(values, inputs, build::resolve(values)?);
        Ok(Self { signer: MachineSigner::new(Arc::clone(&http)), http })
    }

    /// Tries a provider's credential, and reads its list of models where it has one. No model is asked.
    pub async fn check(&self, provider: &'static Provider, values: &Values) -> Checked {
        let without_list = |credential| Checked { credential, models: Vec::new() };
        let upstream = match Upstream::from_values(provider, values) {
            Ok(upstream) => upstream,
            Err(problems) => return without_list(Credential::Unusable(sentence(&problems))),
        };
        if upstream.host().is_none() {
            let models = vec![provider.default_model.to_owned()];
            return Checked { credential: Credential::Good, models };
        }
        if upstream.lacks_key() || provider.key_env.is_none() && provider.key_required {
            return without_list(Credential::Absent);
        }
        let told = upstream.configured_models().to_vec();
        let checked = match upstream.prepare(&call(&upstream, Operation::ListModels)) {
            Ok(prepared) => self.by_list(&upstream, prepared, values).await,
            Err(_) => without_list(self.by_refusal(&upstream, values).await),
        };
        if told.is_empty() { checked } else { Checked { models: told, ..checked } }
    }

    /// The list of models, which most providers give to good keys only.
    async fn by_list(&self, upstream: &Upstream, prepared: Prepared, values: &Values) -> Checked {
        let provider = upstream.provider();
        let listed = match self.send(&prepared, String::new()).await {
            Ok(answer) => answer,
            Err(why) => return Checked { credential: Credential::Unknown(why), models: Vec::new() },
        };
        if !(200..300).contains(&listed.status) {
            return Checked { credential: judged(&listed, upstream, values), models: Vec::new() };
        }
        let Some(models) = model_names(&listed.body) else {
            let why = "its answer is no list of models: is the endpoint right?".to_owned();
            return Checked { credential: Credential::Unknown(why), models: Vec::new() };
        };
        let credential = match provider.key_check_path {
            Some(path) if upstream.is_vendor() => {
                let prepared = Prepared { url: upstream.url_of(path), ..prepared };
                match self.send(&prepared, String::new()).await {
                    Ok(answer) if (200..300).contains(&answer.status) => Credential::Good,
                    Ok(answer) => judged(&answer, upstream, values),
                    Err(why) => Credential::Unknown(why),
                }
            }
            _ => Credential::Good,
        };
        Checked { credential, models }
    }

    /// A request that asks nothing: who checks credentials first refuses a bad one before it refuses the request.
    async fn by_refusal(&self, upstream: &Upstream, values: &Values) -> Credential {
        let prepared = match upstream.prepare(&call(upstream, Operation::Generate)) {
            Ok(prepared) => prepared,
            Err(error) => return Credential::Unusable(error.to_string()),
        };
        match self.send(&prepared, "{}".to_owned()).await {
            Ok(answer) if matches!(answer.status, 200..300 | 400 | 404 | 405 | 415 | 422 | 424) => {
                Credential::Taken
            }
            Ok(answer) => judged(&answer, upstream, values),
            Err(why) => Credential::Unknown(why),
        }
    }

    async fn send(&self, prepared: &Prepared, body: String) -> Result<Answer, String> {
        let outbound = outbound(prepared, body).ok_or("it can't be asked: a header or the URL is no text")?;
        let sent = async {
            let mut outbound = outbound;
            self.sign(&mut outbound, &prepared.credential).await?;
            self.answer(outbound).await
        };
        tokio::time::timeout(MOST_WAIT, sent).await.unwrap_or_else(|_| Err(waited(MOST_WAIT)))
    }

    async fn sign(&self, outbound: &mut Outbound, credential: &Shown) -> Result<(), String> {
        let Shown::Ambient(ambient) = credential else { return Ok(()) };
        let proof = match ambient {
            AmbientCredential::AwsSigV4 { region, service } => Proof::AwsSigV4 { region, service },
            AmbientCredential::GoogleToken => Proof::GoogleToken,
        };
        self.signer.sign(outbound, proof).await.map_err(|error| error.chain())
    }

    async fn answer(&self, outbound: Outbound) -> Result<Answer, String> {
        let mut inbound = self.http.send(outbound).await.map_err(|error| error.chain())?;
        let headers = inbound.headers.into();
        let mut body = Vec::new();
        while let Some(bytes) = inbound.body.next().await {
            body.extend_from_slice(&bytes.map_err(|error| error.chain())?);
            if body.len() > MOST_BYTES {
                return Err(format!("its answer has more than {MOST_BYTES} bytes"));
            }
        }
        Ok(Answer { status: inbound.status.as_u16(), headers, body })
    }

    /// Asks any server anything.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answer, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in question.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            headers.append(name, HeaderValue::from_str(value).map_err(|error| error.to_string())?);
        }
        let outbound = Outbound {
            method: Method::from_bytes(question.method.as_bytes()).map_err(|error| error.to_string())?,
            url: question.url.parse().map_err(|_| "that is no URL".to_owned())?,
            headers,
            body: if question.body.is_empty() { Vec::new() } else { vec![question.body.clone().into()] },
            head_timeout: question.patience,
        };
        tokio::time::timeout(question.patience, self.answer(outbound))
            .await
            .unwrap_or_else(|_| Err(waited(question.patience)))
    }

    /// The model servers that run on this machine, where they usually are or where a setting says.
    pub async fn local_servers(&self, values: &Values) -> Vec<LocalServer> {
        let mut found = Vec::new();
        for provider in PROVIDERS.iter().copied() {
            let Some(probe) = provider.local_probe else { continue };
            let configured = Upstream::from_values(provider, values).ok().and_then(|own| own.shown_url());
            let url = configured.unwrap_or_else(|| probe.url.to_owned());
            let base = url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
            if probe::proves_at(&*self.http, &probe, &base).await.is_none() {
                continue;
            }
            let models = self.check(provider, values).await.models;
            found.push(LocalServer { provider, url, models });
        }
        found.sort_by_key(|server| server.provider.local_probe.map(|probe| probe.rank));
        found
    }
}

/// The models of a provider that the built-in price table knows, newest names last; for those that give no list.
pub fn known_models(provider: &Provider) -> Vec<String> {
    let prefix = format!("{}/", provider.kind_name());
    let table = Table::built_in();
    let talks = table.entries().filter(|entry| matches!(entry.mode, Mode::Chat | Mode::Responses));
    let own = talks.map(|entry| entry.name.strip_prefix(&prefix).unwrap_or(&entry.name).to_owned());
    // What somebody has trained further has a name that only that one knows.
    let is_shown =
        |name: &String| !name.contains('/') && !name.starts_with("ft:") && provider.has_family(name);
    let mut names: Vec<String> = own.filter(is_shown).collect();
    names.sort();
    names.dedup();
    names
}

fn call(upstream: &Upstream, operation: Operation) -> Call<'_> {
    let model = match operation {
        Operation::ListModels => "",
        _ => upstream.configured_model().unwrap_or(upstream.provider().default_model),
    };
    let first = upstream.dialects().next();
    let dialect = match operation {
        Operation::ListModels => first,
        // Any dialect that the model is spoken to in.
        _ => first.map(|first| upstream.dialect_for(first, model)),
    };
    let dialect = dialect.unwrap_or(lynkr_protocol::Dialect::OpenAiChat);
    Call {
        operation,
        client: dialect,
        upstream: dialect,
        model,
        stream: false,
        query: None,
        client_headers: const { &Headers::new() },
        caller_credential: None,
    }
}

fn outbound(prepared: &Prepared, body: String) -> Option<Outbound> {
    let mut headers = prepared.header_map().ok()?;
    // A gateway that is asked knows by this that a gateway asks.
    headers.insert(HeaderName::from_static(HOPS_HEADER), HeaderValue::from_static("probe"));
    Some(Outbound {
        method: Method::from_bytes(prepared.method.as_bytes()).ok()?,
        url: prepared.url.parse().ok()?,
        headers,
        body: if body.is_empty() { Vec::new() } else { vec![body.into()] },
        head_timeout: MOST_WAIT,
    })
}

/// What a refusal says of the credential.
fn judged(answer: &Answer, upstream: &Upstream, values: &Values) -> Credential {
    let why = without_keys(&words(&answer.body), upstream.provider(), values);
    let shown = if why.is_empty() { format!("status {}", answer.status) } else { why };
    match answer.status {
        401 | 403 => Credential::Refused { status: answer.status, why: shown },
        // Some vendors answer a malformed key so.
        400 if shown.to_ascii_lowercase().contains("key") => {
            Credential::Refused { status: answer.status, why: shown }
        }
        429 => Credential::Unknown(format!("it is asked too often, or the account is used up: {shown}")),
        status => Credential::Unknown(format!("it answered {status}: {shown}")),
    }
}

/// What an error body says, in any vendor's form.
fn words(body: &[u8]) -> String {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let places = ["/error/message", "/message", "/error", "/detail", "/Message", "/errors/0/message"];
    let said = places.into_iter().find_map(|place| json.pointer(place)?.as_str());
    let said = said.unwrap_or_default().replace(char::is_control, " ");
    said.chars().take(MOST_WORDS).collect()
}

/// A vendor's words may repeat the key.
fn without_keys(said: &str, provider: &Provider, values: &Values) -> String {
    let keys = provider.key_envs().filter_map(|env| values.secret(env));
    keys.fold(said.to_owned(), |said, key| said.replace(key.expose_secret(), &mask(key.expose_secret())))
}

fn sentence(problems: &[Problem]) -> String {
    let all: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", problem.key, problem.message)).collect();
    all.join("; ")
}

fn waited(time: Duration) -> String {
    format!("no answer within {} seconds", time.as_secs())
}

#[cfg(test)]
mod tests;
