//! A `.env` of Lynkr: of this version, or of the older product, whose names mean the same here as far as there are any.

use std::collections::BTreeMap;

use lynkr_config::{Inputs, Kind, Setting, nearest, parse_dotenv};

use super::{Import, ImportKind};
use crate::commands::init::draft::{errors, setting_named};
use lynkr_app::settings_tables;

/// Names that were documented but never read, and what they were meant for.
const RENAMED: &[(&str, &str)] = &[
    ("OLLAMA_BASE_URL", "OLLAMA_ENDPOINT"),
    ("OLLAMA_API_BASE", "OLLAMA_ENDPOINT"),
    ("OPENAI_BASE_URL", "OPENAI_ENDPOINT"),
    ("OPENAI_API_BASE", "OPENAI_ENDPOINT"),
    ("TOON_COMPRESSION_ENABLED", "TOON_ENABLED"),
];

/// Settings that mean something else here, with the reason why they aren't taken.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "SESSION_DB_PATH",
        "the older product's database has another layout; Lynkr keeps its own in the state folder",
    ),
    ("NODE_ENV", "there are no modes: LOG_FORMAT and LOG_LEVEL say how much is told, and in which form"),
    ("ENABLE_TOOL_SEARCH", "is Claude Code's own: set it where the client is started"),
];

/// What the beginnings of older names belong to.
const AREAS: &[(&str, &str)] = &[
    ("AGENTS_", "subagents"),
    ("CAVEMAN_", "the compression of prompts"),
    ("CLUSTER_", "worker processes: one process uses all cores"),
    ("CODE_GRAPH_", "the code graph"),
    ("CODEX_", "Codex as a provider; its sign-in is passed on by `lynkr wrap codex`"),
    ("GCF_", "the compression of tool results"),
    ("HEADROOM_", "Headroom"),
    ("HISTORY_", "the compression of histories"),
    ("INJECT_TOOLS_", "tools that are added to requests: nothing is"),
    ("LARGE_PAYLOAD_", "a switch that never did anything"),
    ("LLM_AUDIT_", "the older audit log; LYNKR_TRANSCRIPTS keeps conversations"),
    ("MCP_", "MCP servers"),
    ("MEMORY_", "memory"),
    ("OVERSIZED_ERROR_", "files of large errors"),
    ("POLICY_", "the policy of server tools"),
    ("PROMPT_CACHE_", "the cache of answers"),
    ("SECURITY_", "switches that never did anything; limits are RATE_LIMIT_ENABLED and `lynkr keys`"),
    ("SEMANTIC_CACHE_", "the semantic cache"),
    ("TENCENTDB_MEMORY_", "TencentDB's memory"),
    ("TINYFISH_", "web tools"),
    ("TOKEN_BUDGET_", "token budgets of this form; `lynkr budgets` has others"),
    ("TOON_", "the compression of tool results"),
    ("WEB_", "web tools"),
    ("WORKER_", "worker threads: one process uses all cores"),
    ("WORKSPACE_", "tools of the gateway's own"),
];

/// Reads it. A line that can't be read is named by its number, never by its text.
pub(super) fn import(text: &str, inputs: &Inputs) -> anyhow::Result<Import> {
    let parsed = parse_dotenv(text);
    let mut import = Import::new(ImportKind::Env);
    for line in &parsed.broken {
        let place = line.number.map_or_else(|| "a line".to_owned(), |number| format!("line {number}"));
        import.leave(
            line.name.clone().unwrap_or(place),
            "the line can't be read: write NAME=value on one line",
        );
    }
    let mut entries: BTreeMap<String, String> = parsed.entries.into_iter().collect();
    drop_placeholders(&mut import, &mut entries);
    for (name, value) in entries.iter().filter(|(_, value)| !value.trim().is_empty()) {
        take(&mut import, name, value);
    }
    leave_unusable(&mut import, inputs)?;
    Ok(import)
}

/// The older wizard wrote credentials for Databricks that lead to the gateway itself.
fn drop_placeholders(import: &mut Import, entries: &mut BTreeMap<String, String>) {
    let base = entries.get("DATABRICKS_API_BASE").map(String::as_str).unwrap_or_default();
    if ["localhost", "127.0.0.1", "example", "placeholder"].iter().any(|sign| base.contains(sign)) {
        for name in ["DATABRICKS_API_BASE", "DATABRICKS_API_KEY"] {
            if entries.remove(name).is_some() {
                import.need_not(name, "a placeholder: Databricks isn't demanded here");
            }
        }
    }
}

fn take(import: &mut Import, name: &str, value: &str) {
    if let Some((_, why)) = OTHERWISE.iter().find(|(own, _)| *own == name) {
        return import.leave(name, *why);
    }
    let renamed = RENAMED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new);
    let Some(setting) = setting_named(renamed.unwrap_or(name)) else {
        return import.leave(name, why_unknown(name));
    };
    if setting.process_only {
        return import
            .leave(name, "counts in the process's environment only: set it where the gateway is started");
    }
    if is_default(setting, value) {
        return import.need_not(name, "is the default");
    }
    match import.draft.set(setting.env, value) {
        Ok(()) if renamed.is_some() => import.carry(name, format!("is {} here", setting.env)),
        Ok(()) => import.carry(name, section_words(setting)),
        Err(why) => import.leave(name, format!("{why:#}")),
    }
}

fn section_words(setting: &Setting) -> String {
    format!("the same name ({})", setting.toml)
}

fn is_default(setting: &Setting, value: &str) -> bool {
    let Some(default) = setting.default else { return false };
    let spelled = |value: &str| {
        let value =
            value.trim().trim_end_matches('/').replace("//localhost", "//127.0.0.1").to_ascii_lowercase();
        match (setting.kind, value.as_str()) {
            (Kind::Bool, "1" | "yes" | "on") => "true".to_owned(),
            (Kind::Bool, "0" | "no" | "off") => "false".to_owned(),
            _ => value,
        }
    };
    spelled(value) == spelled(default)
}

fn why_unknown(name: &str) -> String {
    if let Some((_, area)) = AREAS.iter().find(|(beginning, _)| name.starts_with(beginning)) {
        return format!("this version has nothing of it: {area}");
    }
    let known = settings_tables().into_iter().flatten().map(|setting| setting.env);
    match nearest(name, known) {
        Some(near) => format!("is no setting; did you mean {near}?"),
        None => "is no setting of this version".to_owned(),
    }
}

/// Takes out what the gateway's own loader refuses, and says what it says.
fn leave_unusable(import: &mut Import, inputs: &Inputs) -> anyhow::Result<()> {
    // One fault can hide another.
    for _ in 0..import.draft.settings().count() {
        let loaded = import.draft.loaded(inputs, true)?;
        let wrong: Vec<(String, String)> = errors(&loaded)
            .into_iter()
            .filter(|problem| import.draft.get(&problem.key).is_some())
            .map(|problem| {
                let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                (problem.key.clone(), format!("{}{hint}", problem.message))
            })
            .collect();
        if wrong.is_empty() {
            break;
        }
        for (name, why) in wrong {
            import.draft.set(&name, "")?;
            import.carried.retain(|note| note.what != name);
            import.leave(name, why);
        }
    }
    Ok(())
}
