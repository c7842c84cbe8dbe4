//! What every provider is sent for every client's request: the whole of what leaves the house, as snapshots
//! beside the fixtures. Read a changed one as the vendor's strictest reader would.

mod losses;
mod setups;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use lynkr_config::{Inputs, load, named_tables};
use lynkr_http::{HeaderMap, Inbound, InboundBody, Method, Outbound, Proof, Signer, StatusCode};
use lynkr_http::{Transport, TransportError};
use lynkr_protocol::Dialect;
use lynkr_providers::{
    CUSTOM_SECTION, Upstream, custom_providers, custom_settings, find_provider, settings_tables,
};

use crate::{Ambient, Gateway, GatewayOptions, InUrl, Ingress, Limits, Parts};
use setups::{SETUPS, Setup};

/// A provider that writes down what it is sent and answers nothing of use.
#[derive(Debug, Default)]
struct Ear {
    heard: Mutex<Option<Outbound>>,
}

#[async_trait]
impl Transport for Ear {
    async fn send(&self, request: Outbound) -> Result<Inbound, TransportError> {
        // Model lists and questions about a model aren't what is looked at.
        let asks = request.method == Method::GET || request.url.path() == "/api/show";
        if !asks {
            *self.heard.lock().unwrap() = Some(request);
        }
        let status = StatusCode::NOT_FOUND;
        Ok(Inbound { status, headers: HeaderMap::new(), body: InboundBody::full("{}") })
    }
}

/// Signs with nothing: what goes up otherwise is what is looked at.
#[derive(Debug)]
struct NoInk;

#[async_trait]
impl Signer for NoInk {
    async fn sign(&self, request: &mut Outbound, proof: Proof<'_>) -> Result<(), TransportError> {
        let proof = format!("{proof:?}").parse().map_err(|_| TransportError::Credential(String::new()))?;
        request.headers.insert("authorization", proof);
        Ok(())
    }
}

/// A clock that stands still, and dice that always fall alike.
#[derive(Debug)]
struct Still;

impl Ambient for Still {
    fn unix_seconds(&self) -> u64 {
        1_700_000_000
    }

    fn seed(&self) -> String {
        "0123456789abcdef0123456789abcdef".to_owned()
    }
}

fn gateway(setup: &Setup, ear: &Arc<Ear>) -> Gateway {
    let environment =
        setup.environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let toml_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/golden/lynkr.toml");
    let toml_file = setup.named.then_some(toml_file);
    let inputs = Inputs { environment, toml_file, ..Inputs::default() };
    let mut tables = settings_tables();
    tables.extend(custom_settings(&named_tables(&inputs, CUSTOM_SECTION)));
    let loaded = load(&tables, &inputs);
    assert_eq!(loaded.problems, [], "{}", setup.name);
    let custom = custom_providers(&loaded.values).providers;
    let provider = find_provider(setup.provider, &custom).unwrap();
    let active = Upstream::from_values(provider, &loaded.values).unwrap();
    let options = GatewayOptions {
        active: setup.provider.to_owned(),
        limits: Limits { max_retries: 0, ..Limits::default() },
        ..GatewayOptions::default()
    };
    Gateway::new(Parts {
        options,
        active: match setup.version {
            Some(version) => active.with_ollama_version(version),
            None => active,
        },
        others: Vec::new(),
        unusable: BTreeMap::new(),
        http: Arc::clone(ear) as Arc<dyn Transport>,
        builtin: Arc::clone(ear) as Arc<dyn Transport>,
        ledger: Arc::new(crate::Ledgers::default()),
        signer: Arc::new(NoInk),
        ambient: Arc::new(Still),
    })
}

/// What Codex sends beside its requests when it signed in with ChatGPT.
const SIGNED_IN: [(&str, &str); 3] = [
    ("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"),
    ("chatgpt-account-id", "00000000-0000-4000-8000-000000000000"),
    ("originator", "codex_exec"),
];

fn ingress(setup: &Setup, dialect: Dialect, body: &[u8]) -> Ingress {
    let headers = match dialect {
        _ if setup.signed_in => SIGNED_IN.to_vec(),
        Dialect::Anthropic => vec![
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "interleaved-thinking-2025-05-14,context-management-2025-06-27"),
            ("x-api-key", "dummy"),
        ],
        _ => vec![("authorization", "Bearer dummy")],
    };
    let in_url =
        (dialect == Dialect::Gemini).then(|| InUrl { model: "gemini-2.5-pro".to_owned(), stream: true });
    Ingress {
        in_url,
        request_id: "req_golden".to_owned(),
        ..Ingress::sample(dialect, &headers, Bytes::copy_from_slice(body))
    }
}

/// What left the house for a request, and what the receipt says of it; or why nothing did.
#[derive(Debug)]
struct Left {
    method: String,
    url: String,
    headers: String,
    body: String,
    receipt: String,
}

async fn leave(setup: &Setup, ingress: Ingress) -> Result<Left, String> {
    let ear = Arc::new(Ear::default());
    let failure =
        Arc::new(gateway(setup, &ear)).generate(ingress).await.expect_err("the provider answers nothing");
    let Some(outbound) = ear.heard.lock().unwrap().take() else {
        return Err(format!("{} {}", failure.error.status, failure.error.message));
    };
    let mut headers = String::new();
    for (name, value) in &outbound.headers {
        // The instance's own name changes with each process.
        if name != crate::HOPS_HEADER {
            let _ = writeln!(headers, "  {name}: {}", value.to_str().unwrap_or("?"));
        }
    }
    Ok(Left {
        method: outbound.method.to_string(),
        url: outbound.url.to_string(),
        headers,
        body: String::from_utf8(outbound.body.concat()).unwrap(),
        receipt: failure.receipt.to_header(),
    })
}

/// Every fixture of a client's request.
fn requests() -> Vec<(Dialect, PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/dialects");
    let mut found = Vec::new();
    for dialect in Dialect::ALL {
        let Ok(cases) = std::fs::read_dir(root.join(dialect.name())) else { continue };
        for folder in cases.map(|entry| entry.unwrap().path()) {
            if let Ok(body) = std::fs::read(folder.join("request.json")) {
                found.push((dialect, folder, body));
            }
        }
    }
    assert!(found.len() > 30, "the fixtures are gone");
    found
}

#[tokio::test]
async fn every_request_at_every_provider() {
    for (dialect, folder, body) in requests() {
        // Dialects that no client speaks here have no surface.
        if dialect.name() == "bedrock_converse" {
            continue;
        }
        let mut text = String::new();
        let mut bodies: Vec<(String, Vec<&str>)> = Vec::new();
        for setup in SETUPS {
            match leave(setup, ingress(setup, dialect, &body)).await {
                Ok(left) => {
                    let (method, url, headers, receipt) = (left.method, left.url, left.headers, left.receipt);
                    let _ = writeln!(text, "# {}\n{method} {url}\n{headers}  receipt: {receipt}", setup.name);
                    match bodies.iter_mut().find(|(body, _)| *body == left.body) {
                        Some((_, names)) => names.push(setup.name),
                        None => bodies.push((left.body, vec![setup.name])),
                    }
                }
                Err(refused) => {
                    let _ = writeln!(text, "# {}\nrefused: {refused}", setup.name);
                }
            }
        }
        for (body, names) in bodies {
            let pretty = match serde_json::from_str::<serde_json::Value>(&body) {
                Ok(value) => serde_json::to_string_pretty(&value).unwrap(),
                Err(error) => format!("not JSON: {error}"),
            };
            let _ = writeln!(text, "\n## body for {}\n{pretty}", names.join(", "));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("request.at.providers", text));
    }
}
