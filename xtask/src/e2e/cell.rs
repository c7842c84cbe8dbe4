//! One cell: a client, a case and a column, run and judged.

use std::fmt;
use std::path::PathBuf;

use lynkr_testkit::{ModelUpstream, Progress};

use super::case::Case;
use super::client::{Client, Kind};
use super::column::{AWS_SESSION, Column, Place};
use super::gateway::Gateway;
use super::install::{Installed, Package};
use super::judge::{Judge, Login};
use super::process::Outcome;
use super::scenario::scenario;
use super::scratch::Scratch;
use super::vendor::Credential;

/// A cell of the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) client: &'static Client,
    pub(super) column: Column,
    pub(super) case: Case,
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} × {} × {}", self.client.name, self.column.name(), self.case.name())
    }
}

/// What is the same for all cells.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) installed: Installed,
    /// None: the client speaks to the model directly.
    pub(super) gateway: Option<PathBuf>,
    /// None: it couldn't be had, or no column needs it.
    pub(super) judge: Option<Judge>,
    pub(super) keep: bool,
}

/// How a cell came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Green,
    /// What is wrong, the gravest first, and the folder that shows it.
    Red(Vec<String>, Option<PathBuf>),
    Impossible(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Green => "ok",
            Self::Red(..) => "RED",
            Self::Impossible(_) => "n/a",
        })
    }
}

impl Verdict {
    /// The reason, as the rest of a line: short, and without anything of this machine.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Green => String::new(),
            Self::Red(faults, _) => format!(": {}", faults.first().map_or("", String::as_str)),
            Self::Impossible(why) => format!(": {why}"),
        }
    }

    /// All that is known, for the developer who watches.
    pub(super) fn details(&self) -> String {
        match self {
            Self::Red(faults, Some(folder)) => format!(": {}; see {}", faults.join("; "), folder.display()),
            Self::Red(faults, None) => format!(": {}", faults.join("; ")),
            Self::Green | Self::Impossible(_) => self.reason(),
        }
    }
}

pub(super) async fn run(setting: &Setting, cell: Cell) -> Verdict {
    if let Some(why) = cell.client.refuses(cell.case) {
        return Verdict::Impossible(why.to_owned());
    }
    if let Some(why) = setting.installed.missing(cell.client.package()) {
        return Verdict::Impossible(format!("not installed: {why}"));
    }
    if cell.column.needs_judge() && setting.judge.is_none() {
        let why = setting.installed.missing(Package::Judges).unwrap_or("it could not be started");
        return Verdict::Impossible(format!("no judge: {why}"));
    }
    match attempt(setting, cell).await {
        Ok(verdict) => verdict,
        Err(error) => Verdict::Red(vec!["the run could not be made".to_owned(), format!("{error:#}")], None),
    }
}

async fn attempt(setting: &Setting, cell: Cell) -> anyhow::Result<Verdict> {
    let scratch =
        Scratch::create(&format!("{}-{}-{}", cell.client.name, cell.column.name(), cell.case.name()))?;
    let path = setting.installed.search_path();
    let (model, target) = upstream(cell, &scratch).await?;
    let stage = Stage::set(setting, cell.column, &target, &scratch, &[]).await?;
    let url = stage.gateway.as_ref().map_or(target, Gateway::url);
    let run = cell.client.invocation(cell.case, &url, &scratch, &setting.installed)?;
    let outcome = run.start("client", &path, &scratch)?.finish(cell.case.limit()).await?;
    let mut faults = stage.clear(setting, cell.column, model.as_ref()).await?;
    faults.extend(judge(cell, &outcome, model.as_ref(), &scratch));
    if setting.keep || !faults.is_empty() {
        keep_requests(model.as_ref(), &scratch)?;
    } else {
        scratch.remove();
    }
    let green = faults.is_empty();
    Ok(if green { Verdict::Green } else { Verdict::Red(faults, Some(scratch.root().to_owned())) })
}

/// The gateway before a column's upstream, and where its credentials come from.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) gateway: Option<Gateway>,
    login: Option<Login>,
}

impl Stage {
    /// Starts the gateway; `more` are settings beside the column's own.
    pub(super) async fn set(
        setting: &Setting,
        column: Column,
        target: &str,
        scratch: &Scratch,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let file = scratch.root().join("login.json");
        let login = match &setting.judge {
            Some(judge) if column.credential() == Credential::GoogleToken => {
                Some(Login::create(judge, &file).await?)
            }
            _ => None,
        };
        let mut environment = column.environment(Place { target, login: &file });
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let gateway = match &setting.gateway {
            Some(binary) => {
                let path = setting.installed.search_path();
                Some(Gateway::start(binary.clone(), environment, &path, scratch).await?)
            }
            None => None,
        };
        Ok(Self { gateway, login })
    }

    /// Ends the gateway; what the vendor's front door would have refused of its requests.
    pub(super) async fn clear(
        self,
        setting: &Setting,
        column: Column,
        model: Option<&ModelUpstream>,
    ) -> anyhow::Result<Vec<String>> {
        if let Some(gateway) = self.gateway {
            gateway.stop().await?;
        }
        let (Some(rules), Some(model)) = (column.rules(), model) else { return Ok(Vec::new()) };
        let requests = model.upstream().requests();
        let mut faults: Vec<String> = requests.iter().flat_map(|request| rules.broken(request)).collect();
        if let Some(judge) = &setting.judge {
            if let Some(login) = &self.login {
                faults.extend(judge.assertions(login).await?);
            }
            if rules.credential == Credential::AwsSignature {
                let session = (column == Column::BedrockClaude).then_some(AWS_SESSION);
                faults.extend(judge.signatures(&requests, session).await?);
            }
        }
        faults.dedup();
        Ok(faults)
    }
}

/// The scripted model and its URL, or the builtin's scenario file.
async fn upstream(cell: Cell, scratch: &Scratch) -> anyhow::Result<(Option<ModelUpstream>, String)> {
    if cell.column == Column::Builtin {
        let file = scratch.root().join("scenario.json");
        std::fs::write(&file, scenario(cell.case, cell.client, scratch.project()))?;
        return Ok((None, file.display().to_string()));
    }
    let model = cell.case.script(cell.client, cell.column, scratch.project()).start().await?;
    let url = model.url();
    Ok((Some(model), url))
}

/// What is wrong with a finished run; nothing when it is green.
fn judge(cell: Cell, outcome: &Outcome, model: Option<&ModelUpstream>, scratch: &Scratch) -> Vec<String> {
    let mut faults: Vec<String> = model.map(ModelUpstream::violations).unwrap_or_default();
    faults.truncate(5);
    if outcome.status.is_none() {
        faults.push(format!("no end within {:?}", cell.case.limit()));
        faults.push(outcome.last_words());
        return faults;
    }
    let complete = incomplete(cell, outcome, model, scratch);
    let excused = cell.case == Case::Cut && reports_failure(cell.client.kind, outcome);
    if cell.case == Case::Cut && model.is_some_and(|model| !was_cut(model)) {
        faults.push("the connection was never cut".to_owned());
    }
    if !complete.is_empty() && !excused {
        faults.extend(complete);
        faults.push(outcome.last_words());
    }
    faults
}

/// What a complete run would have had besides.
fn incomplete(
    cell: Cell,
    outcome: &Outcome,
    model: Option<&ModelUpstream>,
    scratch: &Scratch,
) -> Vec<String> {
    let mut faults = Vec::new();
    if !outcome.succeeded() {
        faults.push(format!("the client ended with {:?}", outcome.status.and_then(|status| status.code())));
    }
    let needles = cell.case.needles(cell.client, cell.column);
    let absent = needles.iter().filter(|needle| !outcome.stdout.contains(needle.as_str()));
    faults.extend(absent.map(|needle| format!("no {needle:?} in the output")));
    for (name, content) in cell.case.files(cell.client) {
        let found = std::fs::read_to_string(scratch.project().join(&name)).unwrap_or_default();
        if !found.contains(content) {
            faults.push(format!("{name} holds {found:?}, not {content:?}"));
        }
    }
    let Some(model) = model else { return faults };
    let (asked, least) = (model.generations(), cell.case.generations(cell.client));
    if asked < least {
        faults.push(format!("the model was asked {asked} times, not {least}"));
    }
    if cell.case == Case::CountTokens
        && cell.client.kind == Kind::ClaudeCode
        && model.token_counts() == 0
        && matches!(cell.column, Column::Direct(_))
    {
        faults.push("the model was never asked for a count".to_owned());
    }
    faults
}

fn was_cut(model: &ModelUpstream) -> bool {
    model.upstream().requests().iter().any(|request| request.progress() == Progress::Aborted)
}

/// Whether the client told its user that the turn failed.
fn reports_failure(kind: Kind, outcome: &Outcome) -> bool {
    let told = match kind {
        Kind::ClaudeCode => outcome.stdout.contains("\"is_error\":true"),
        Kind::Codex => outcome.stdout.contains("turn.failed"),
        // Aider ends well after an error that it has printed.
        Kind::Aider => outcome.stdout.contains("litellm."),
        Kind::Copilot | Kind::GeminiCli | Kind::SdkPython | Kind::SdkTypescript => false,
    };
    told || !outcome.succeeded()
}

/// The requests as the model saw them, one JSON per line.
pub(super) fn keep_requests(model: Option<&ModelUpstream>, scratch: &Scratch) -> anyhow::Result<()> {
    let Some(model) = model else { return Ok(()) };
    let lines = model.upstream().requests().into_iter().map(|request| {
        let body = request.json();
        let line = serde_json::json!({
            "method": request.method, "path": request.path, "query": request.query,
            "headers": request.headers, "body": body,
        });
        format!("{line}\n")
    });
    Ok(std::fs::write(scratch.root().join("requests.jsonl"), lines.collect::<String>())?)
}
