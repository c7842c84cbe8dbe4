//! Server mode, from settings: the tools that the gateway runs itself, and what holds for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lynkr_config::{Kind, Problem, Setting, Source, Values};
use lynkr_orchestrator::AgentOptions;
use lynkr_tools::{Limits, PathRules, Policy, Registry, Toolbox, Workspace};

const ROOT: &str = "WORKSPACE_ROOT";
const ALLOWED: &str = "POLICY_FILE_ALLOWED_PATHS";
const BLOCKED: &str = "POLICY_FILE_BLOCKED_PATHS";

/// The settings of server mode.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting::new(
        "TOOL_EXECUTION_MODE",
        "tools.mode",
        Kind::Choice(&["server", "client", "passthrough"]),
        "Who runs the tools that a model calls. `client`, which is `passthrough` too: the client, and nothing is added to a \
         request. `server`: the gateway adds tools of its own, runs what the model calls of them, and passes on all other \
         calls (docs/tools.md). The specification's default is `server`; here nothing is added to a conversation unless \
         that is asked for, so that the default is `client`.",
    )
    .with_default("client"),
    Setting::new(
        ROOT,
        "tools.workspace",
        Kind::Path,
        "Server mode: the folder that tools work in and can't leave; made if there is none. By default the one that the \
         gateway is started in. A project's own `.env` can only name a folder of the project.",
    ),
    Setting::new(
        "POLICY_MAX_STEPS",
        "tools.max_steps",
        Kind::Integer { min: 1, max: 10_000 },
        "Server mode: how often one request may ask the model. One that needs more is answered with 504 \
         `max_steps_exceeded`. A request can say otherwise with `max_steps`, up to 100 or to this, if it is more.",
    )
    .with_default("8"),
    Setting::new(
        "POLICY_MAX_TOOL_CALLS",
        "tools.max_calls",
        Kind::Integer { min: 1, max: 10_000 },
        "Server mode: how many calls of one turn of the model are run; the others are denied (`tool_limit_reached`).",
    )
    .with_default("12"),
    Setting::new(
        "POLICY_MAX_DURATION_MS",
        "tools.max_duration",
        Kind::Milliseconds,
        "Server mode: after how long a request asks the model no more (504, as above). A request can say otherwise with \
         `max_duration_ms`, up to an hour.",
    )
    .with_default("120000"),
    Setting::new(
        "POLICY_DISALLOWED_TOOLS",
        "tools.disallowed",
        Kind::List,
        "Server mode: tools that are neither offered nor run, by their names.",
    ),
    Setting::new(
        ALLOWED,
        "tools.files.allowed",
        Kind::List,
        "Server mode: the files and folders of the workspace that tools may reach; all, if it is empty. A pattern with `*` \
         or `?` matches the whole path.",
    ),
    Setting::new(
        BLOCKED,
        "tools.files.blocked",
        Kind::List,
        "Server mode: the files and folders that tools may not reach, whatever is allowed: a name anywhere, a path from `/`, or \
         a pattern. `.env` stands for `.env.local` too.",
    )
    .with_default("/.env,.env,/etc/passwd,/etc/shadow"),
    Setting::new(
        "LYNKR_TOOLS_MAX_FILE_BYTES",
        "tools.max_file",
        Kind::Bytes,
        "Server mode: the largest file that a tool reads or writes.",
    )
    .with_default("1mb"),
    Setting::new(
        "LYNKR_TOOLS_MAX_OUTPUT_BYTES",
        "tools.max_output",
        Kind::Bytes,
        "Server mode: the most that a model is told by one call; the rest is cut.",
    )
    .with_default("256kb"),
    Setting::new(
        "LYNKR_TOOLS_REDACT",
        "tools.redact",
        Kind::Bool,
        "Server mode: whether keys and passwords are taken out of what tools tell a model.",
    )
    .with_default("true"),
];

/// What server mode needs; `None` where it is off.
pub(crate) fn agent(values: &Values) -> Result<Option<AgentOptions>, Problem> {
    let is_on = values.text("TOOL_EXECUTION_MODE").is_some_and(|mode| mode.eq_ignore_ascii_case("server"));
    if !is_on {
        return Ok(None);
    }
    let rules = PathRules::new(values.list(ALLOWED), values.list(BLOCKED)).map_err(|error| {
        let wrong = PathRules::new(values.list(ALLOWED), &[]).is_err();
        Problem::error(if wrong { ALLOWED } else { BLOCKED }, error.to_string())
    })?;
    let root = values.path(ROOT).map_or_else(|| PathBuf::from("."), Path::to_owned);
    stays_in_project(values, &root)?;
    let workspace = Workspace::open(&root, rules).map_err(|error| {
        Problem::error(ROOT, format!("names {}, which can't be used: {error}", root.display()))
    })?;
    let size = |env| usize::try_from(values.bytes(env)).unwrap_or(usize::MAX);
    let policy = Policy {
        disallowed: values.list("POLICY_DISALLOWED_TOOLS").iter().cloned().collect(),
        most_calls: usize::try_from(values.integer("POLICY_MAX_TOOL_CALLS")).unwrap_or(usize::MAX),
        redact: values.bool("LYNKR_TOOLS_REDACT"),
    };
    let limits = Limits {
        file_bytes: values.bytes("LYNKR_TOOLS_MAX_FILE_BYTES"),
        output_bytes: size("LYNKR_TOOLS_MAX_OUTPUT_BYTES"),
    };
    let tools = Toolbox::new(Registry::builtin(), policy, workspace, limits);
    tracing::info!(
        workspace = %tools.workspace().root().display(), tools = tools.offered().count(),
        "server mode: the gateway runs tools of its own"
    );
    Ok(Some(AgentOptions {
        tools: Arc::new(tools),
        max_steps: values.integer("POLICY_MAX_STEPS"),
        max_duration: values.milliseconds("POLICY_MAX_DURATION_MS"),
    }))
}

/// A project can't open other folders of its user's.
fn stays_in_project(values: &Values, root: &Path) -> Result<(), Problem> {
    let Some(source @ Source::ProjectDotEnv(file)) = values.source(ROOT) else { return Ok(()) };
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let project = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_within = real(root).zip(real(project)).is_some_and(|(root, project)| root.starts_with(project));
    if is_within {
        return Ok(());
    }
    let message = "must be a folder of the project here: a project can't open other ones";
    Err(Problem::error(ROOT, message).with_source(source))
}
