//! Which coding tool asks, and which of its tools it sends with every request.
//!
//! A coding tool sends its whole belt each time; what it always sends says nothing of this request.

/// A coding tool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClientProfile {
    /// Its name.
    pub name: &'static str,
    /// What its `user-agent` holds, in lower case.
    agents: &'static [&'static str],
    /// The tools that it always sends, in lower case.
    baseline: &'static [&'static str],
    /// The share of the baseline that a request must have to be known by its tools alone.
    fingerprint: f32,
}

const PROFILES: &[ClientProfile] = &[
    ClientProfile {
        name: "claude-code",
        agents: &[
            "claude-cli",
            "claude_cli",
            "claude-code",
            "claude_code",
            "claude-vscode",
            "claude_vscode",
            "anthropic-cli",
            "anthropic_cli",
        ],
        baseline: &[
            "agent",
            "askuserquestion",
            "bash",
            "bashoutput",
            "edit",
            "enterplanmode",
            "enterworktree",
            "exitplanmode",
            "exitworktree",
            "glob",
            "grep",
            "killshell",
            "ls",
            "lsp",
            "multiedit",
            "notebookedit",
            "notebookread",
            "read",
            "sendmessage",
            "skill",
            "slashcommand",
            "task",
            "taskcreate",
            "taskget",
            "tasklist",
            "taskoutput",
            "taskstop",
            "taskupdate",
            "todoread",
            "todowrite",
            "toolsearch",
            "webfetch",
            "websearch",
            "write",
        ],
        fingerprint: 0.0,
    },
    ClientProfile {
        name: "openai-codex",
        agents: &["codex", "openai-cli"],
        baseline: &[
            "apply_patch",
            "exec_command",
            "list_mcp_resource_templates",
            "list_mcp_resources",
            "local_shell",
            "read_mcp_resource",
            "request_user_input",
            "shell",
            "shell_command",
            "spawn_agent",
            "update_plan",
            "view_image",
            "wait_agent",
            "web_search",
            "write_stdin",
        ],
        fingerprint: 0.0,
    },
    ClientProfile {
        name: "copilot-cli",
        agents: &["copilot", "githubcopilot"],
        baseline: &[
            "apply_patch",
            "bash",
            "create",
            "edit",
            "fetch_copilot_cli_documentation",
            "glob",
            "grep",
            "list_agents",
            "list_bash",
            "read_agent",
            "read_bash",
            "report_intent",
            "rg",
            "show_file",
            "skill",
            "sql",
            "stop_bash",
            "store_memory",
            "task",
            "update_todo",
            "view",
            "web_fetch",
            "write_bash",
        ],
        fingerprint: 0.0,
    },
    ClientProfile {
        name: "gemini-cli",
        agents: &["geminicli", "gemini-cli"],
        baseline: &[
            "activate_skill",
            "ask_user",
            "cli_help",
            "codebase_investigator",
            "enter_plan_mode",
            "generalist",
            "glob",
            "google_web_search",
            "grep_search",
            "invoke_agent",
            "list_directory",
            "read_file",
            "read_many_files",
            "replace",
            "run_shell_command",
            "save_memory",
            "search_file_content",
            "web_fetch",
            "write_file",
            "write_todos",
        ],
        fingerprint: 0.0,
    },
    ClientProfile {
        name: "cursor",
        agents: &["cursor/"],
        baseline: &[
            "codebase_search",
            "create_diagram",
            "delete_file",
            "edit_file",
            "fetch_rules",
            "file_search",
            "grep",
            "grep_search",
            "list_dir",
            "read_file",
            "read_lints",
            "reapply",
            "run_terminal_cmd",
            "search_replace",
            "todo_write",
            "web_search",
        ],
        fingerprint: 0.6,
    },
    ClientProfile {
        name: "goose",
        agents: &["goose/"],
        baseline: &[
            "developer__analyze",
            "developer__image_processor",
            "developer__list_windows",
            "developer__screen_capture",
            "developer__shell",
            "developer__text_editor",
            "platform__manage_schedule",
            "platform__read_resource",
            "platform__search_available_extensions",
        ],
        fingerprint: 0.5,
    },
    ClientProfile {
        name: "lynkr-injected",
        agents: &[],
        baseline: &[
            "edit_patch",
            "fs_read",
            "fs_write",
            "memory_add",
            "memory_forget",
            "memory_search",
            "shell",
            "task_create",
            "task_list",
            "web_fetch",
            "web_search",
            "workspace_diff",
            "workspace_list",
            "workspace_search",
            "workspace_symbol_search",
        ],
        fingerprint: 0.5,
    },
];

/// An unknown tool's belt has at least so many, and all of them are known.
const UNKNOWN_BELT: usize = 10;

/// The coding tool that asks, by what it calls itself, else by the tools that it sends.
pub fn profile(user_agent: &str, tools: &[&str]) -> Option<&'static ClientProfile> {
    let agent = user_agent.to_ascii_lowercase();
    let named = PROFILES.iter().find(|profile| profile.agents.iter().any(|own| agent.contains(own)));
    named.or_else(|| {
        let by_tools = PROFILES.iter().filter(|profile| profile.fingerprint > 0.0);
        by_tools
            .map(|profile| (profile.overlap(tools), profile))
            .filter(|(overlap, profile)| *overlap >= profile.fingerprint)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, profile)| profile)
    })
}

impl ClientProfile {
    fn has(&self, tool: &str) -> bool {
        self.baseline.iter().any(|own| own.eq_ignore_ascii_case(tool))
    }

    /// The share of the tools that are its own, of at least as many as half its belt.
    #[expect(clippy::cast_precision_loss, reason = "counts of tools are small")]
    fn overlap(&self, tools: &[&str]) -> f32 {
        let own = tools.iter().filter(|tool| self.has(tool)).count();
        own as f32 / tools.len().max(self.baseline.len() / 2).max(1) as f32
    }
}

/// The tools that say something of this request: those that the coding tool doesn't always send.
pub fn effective_tools<'a>(profile: Option<&ClientProfile>, tools: &[&'a str]) -> Vec<&'a str> {
    let is_known = |tool: &str| PROFILES.iter().any(|profile| profile.has(tool));
    match profile {
        Some(profile) => tools.iter().copied().filter(|tool| !profile.has(tool)).collect(),
        None if tools.len() >= UNKNOWN_BELT && tools.iter().all(|tool| is_known(tool)) => Vec::new(),
        None => tools.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    //! Belts are subtracted, and nothing else.

    use super::*;

    #[test]
    fn belts_are_subtracted() {
        let belt = ["Bash", "Read", "Edit", "Write", "Glob", "Grep", "mcp__jira__search"];
        let claude = profile("claude-cli/2.1.197 (external, cli)", &belt);
        assert_eq!(claude.map(|profile| profile.name), Some("claude-code"));
        assert_eq!(effective_tools(claude, &belt), ["mcp__jira__search"]);
        // Nobody is known by a few common tools.
        assert_eq!(profile("curl/8", &belt), None);
        assert_eq!(effective_tools(None, &belt).len(), belt.len());
        let codex = profile("codex_cli_rs/0.169.0", &["exec_command", "lookup"]);
        assert_eq!(effective_tools(codex, &["exec_command", "lookup"]), ["lookup"]);
    }

    #[test]
    fn a_belt_is_known_by_itself() {
        let goose = [
            "developer__shell",
            "developer__text_editor",
            "developer__analyze",
            "developer__screen_capture",
            "other",
        ];
        assert_eq!(profile("", &goose).map(|profile| profile.name), Some("goose"));
        let mixed =
            ["bash", "read", "edit", "write", "glob", "grep", "task", "webfetch", "websearch", "todowrite"];
        assert_eq!(effective_tools(None, &mixed), Vec::<&str>::new());
    }
}
