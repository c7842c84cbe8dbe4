//! The vendors' own libraries as judges of what proves who asks: botocore of AWS's signatures, google-auth of
//! service accounts' assertions. They live in a Python environment of the harness; the product has neither.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lynkr_testkit::{Recorded, Script, Upstream};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::column::{AWS_ACCESS_KEY, AWS_REGION, AWS_SECRET, GOOGLE_TOKEN};

const SCRIPT: &str = include_str!("clients/judge.py");
const EMAIL: &str = "kit@my-project.iam.gserviceaccount.com";
/// Whom an assertion is for, wherever it is sent: what google-auth writes itself.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const KEY_ID: &str = "0123456789abcdef0123456789abcdef01234567";

/// The judge's interpreter, and the key of the service account of this run.
#[derive(Debug)]
pub(super) struct Judge {
    python: PathBuf,
    key: Value,
}

impl Judge {
    /// Starts with a new RSA key.
    pub(super) async fn new(python: PathBuf) -> anyhow::Result<Self> {
        let key = ask(&python, "key", &Value::Null).await?;
        Ok(Self { python, key })
    }

    /// The broken signatures among these requests. `session` is the token of temporary credentials.
    pub(super) async fn signatures(
        &self,
        requests: &[Arc<Recorded>],
        session: Option<&str>,
    ) -> anyhow::Result<Vec<String>> {
        let posts: Vec<Value> =
            requests.iter().filter(|request| request.method == "POST").map(|request| told(request)).collect();
        let given = json!({
            "id": AWS_ACCESS_KEY, "secret": AWS_SECRET, "token": session,
            "region": AWS_REGION, "service": "bedrock", "requests": posts,
        });
        faults(ask(&self.python, "signature", &given).await?)
    }

    /// The broken assertions that a login's token endpoint got.
    pub(super) async fn assertions(&self, login: &Login) -> anyhow::Result<Vec<String>> {
        let requests = login.tokens.requests();
        let bodies: Vec<String> = requests.iter().map(|request| request.text()).collect();
        let given = json!({
            "public": self.key["public"], "audience": AUDIENCE, "email": EMAIL, "kid": KEY_ID,
            "bodies": bodies,
        });
        let mut faults = faults(ask(&self.python, "assertion", &given).await?)?;
        // A run is far shorter than a token lasts.
        if requests.len() != 1 {
            faults.push(format!("the token endpoint was asked {} times", requests.len()));
        }
        Ok(faults)
    }
}

fn told(request: &Recorded) -> Value {
    let target = match &request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path.clone(),
    };
    json!({
        "method": request.method, "target": target, "headers": request.headers,
        "body": STANDARD.encode(&request.body),
    })
}

fn faults(answer: Value) -> anyhow::Result<Vec<String>> {
    serde_json::from_value(answer).context("the judge's answer")
}

async fn ask(python: &Path, what: &str, given: &Value) -> anyhow::Result<Value> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT, what])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("start the judge")?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(given.to_string().as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the judge failed: {}", words.lines().last().unwrap_or_default());
    serde_json::from_slice(&output.stdout).context("the judge's answer")
}

/// A service account's file, and the token endpoint that it names.
#[derive(Debug)]
pub(super) struct Login {
    tokens: Upstream,
}

impl Login {
    /// Writes the file.
    pub(super) async fn create(judge: &Judge, file: &Path) -> anyhow::Result<Self> {
        let token = json!({"access_token": GOOGLE_TOKEN, "expires_in": 3599, "token_type": "Bearer"});
        let login = Self { tokens: Upstream::with(move |_| Script::json(200, &token)).await? };
        let account = json!({
            "type": "service_account", "project_id": "my-project", "private_key_id": KEY_ID,
            "private_key": judge.key["private"], "client_email": EMAIL, "client_id": "1",
            "token_uri": login.url(),
        });
        std::fs::write(file, account.to_string())?;
        Ok(login)
    }

    fn url(&self) -> String {
        format!("{}/token", self.tokens.url())
    }
}
