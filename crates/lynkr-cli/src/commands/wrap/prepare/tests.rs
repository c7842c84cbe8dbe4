//! What each client is started with, by what its user has.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::clients::Client;

/// A home with files, an environment and arguments.
struct Stage {
    home: TempDir,
    environment: BTreeMap<String, String>,
    given: Vec<OsString>,
    key: Option<&'static str>,
    provider: &'static str,
    passes_logins: bool,
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            home,
            environment: BTreeMap::new(),
            given: Vec::new(),
            key: None,
            provider: "ollama",
            passes_logins: true,
        }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn given(mut self, words: &[&str]) -> Self {
        self.given = words.iter().map(OsString::from).collect();
        self
    }

    fn tried(&self, client: &str) -> anyhow::Result<Prepared> {
        let facts = Facts {
            base: "http://127.0.0.1:9".to_owned(),
            key: self.key.map(str::to_owned),
            provider: self.provider.to_owned(),
            model: "qwen3".to_owned(),
            passes_logins: self.passes_logins,
            environment: &self.environment,
            home: Some(self.home.path()),
            given: &self.given,
        };
        of(Client::named(client).unwrap(), &facts)
    }

    fn prepare(&self, client: &str) -> Prepared {
        self.tried(client).unwrap()
    }

    fn refusal(&self, client: &str) -> String {
        self.tried(client).unwrap_err().to_string()
    }

    fn set(&self, client: &str, name: &str) -> Option<String> {
        self.prepare(client).set.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

fn keyed(stage: Stage) -> Stage {
    Stage { key: Some("house-key"), ..stage }
}

#[test]
fn claude_keeps_what_it_has_and_is_given_something_to_show_else() {
    const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
    const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";
    let login = || Stage::new().file(".claude/.credentials.json", "{}");
    let account = || Stage::new().file(".claude.json", r#"{"oauthAccount": {"accountUuid": "u"}}"#);
    let elsewhere = || {
        let stage = Stage::new().file("other/.credentials.json", "{}");
        let folder = stage.home.path().join("other").display().to_string();
        stage.variable("CLAUDE_CONFIG_DIR", &folder)
    };
    for (stage, token, headers) in [
        (Stage::new(), Some("lynkr"), None),
        (keyed(Stage::new()), Some("house-key"), None),
        (Stage::new().file(".claude.json", r#"{"oauthAccount": null}"#), Some("lynkr"), None),
        (login(), None, None),
        (account(), None, None),
        (elsewhere(), None, None),
        (Stage::new().variable("ANTHROPIC_API_KEY", "sk-ant-x"), None, None),
        (Stage::new().variable("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat-x"), None, None),
        (Stage::new().file(".claude/settings.json", r#"{"apiKeyHelper": "/bin/x"}"#), None, None),
        (keyed(login()), None, Some("x-lynkr-key: house-key")),
        (keyed(login().variable(HEADERS, "x-a: b")), None, Some("x-a: b\nx-lynkr-key: house-key")),
        (Stage { passes_logins: false, ..login() }, Some("lynkr"), None),
    ] {
        assert_eq!(stage.set("claude", TOKEN).as_deref(), token, "{:?}", stage.environment);
        assert_eq!(stage.set("claude", HEADERS).as_deref(), headers, "{:?}", stage.environment);
        assert_eq!(stage.set("claude", "ANTHROPIC_BASE_URL").as_deref(), Some("http://127.0.0.1:9"));
    }
}

#[test]
fn an_address_in_claudes_settings_is_overruled_on_its_command_line() {
    let settings = r#"{"env": {"ANTHROPIC_BASE_URL": "http://elsewhere"}}"#;
    let stage = Stage::new().file(".claude/settings.json", settings);
    let wanted = ["--settings", r#"{"env":{"ANTHROPIC_BASE_URL":"http://127.0.0.1:9"}}"#];
    assert_eq!(stage.prepare("claude").before, wanted);
    assert_eq!(stage.given(&["--settings=x.json"]).prepare("claude").before, [""; 0]);
    assert_eq!(Stage::new().prepare("claude").before, [""; 0]);
}

#[test]
fn codex_uses_a_login_only_where_it_is_good() {
    let login = |provider| Stage { provider, ..Stage::new().file(".codex/auth.json", "{}") };
    let own = ["-c", r#"openai_base_url="http://127.0.0.1:9/v1""#];
    assert_eq!(login("openai").prepare("codex").before, own);
    assert_eq!(login("chatgpt").prepare("codex").before, own);
    for stage in [login("ollama"), Stage { passes_logins: false, ..login("openai") }, keyed(login("openai"))]
    {
        let prepared = stage.prepare("codex");
        assert!(prepared.before.contains(&r#"model_provider="lynkr""#.to_owned()), "{prepared:?}");
        assert!(prepared.before.contains(&r#"model_providers.lynkr.env_key="LYNKR_CODEX_KEY""#.to_owned()));
        assert_eq!(stage.set("codex", "LYNKR_CODEX_KEY").as_deref(), Some(stage.key.unwrap_or("lynkr")));
    }
    let model = r#"model="qwen3""#.to_owned();
    assert!(Stage::new().prepare("codex").before.contains(&model));
    assert!(!Stage::new().given(&["-m", "x"]).prepare("codex").before.contains(&model));
    assert!(!Stage { provider: "openai", ..Stage::new() }.prepare("codex").before.contains(&model));
}

#[test]
fn openai_clients_take_the_address_with_its_version() {
    let base = Some("http://127.0.0.1:9/v1".to_owned());
    assert_eq!(Stage::new().set("copilot", "COPILOT_PROVIDER_BASE_URL"), base);
    let anthropic = Stage::new().variable("COPILOT_PROVIDER_TYPE", "anthropic");
    assert_eq!(anthropic.set("copilot", "COPILOT_PROVIDER_BASE_URL").as_deref(), Some("http://127.0.0.1:9"));
    assert_eq!(Stage::new().set("copilot", "COPILOT_MODEL").as_deref(), Some("qwen3"));
    assert_eq!(Stage::new().variable("COPILOT_MODEL", "m").set("copilot", "COPILOT_MODEL"), None);
    assert_eq!(Stage::new().set("aider", "OPENAI_API_BASE"), base);
    assert_eq!(keyed(Stage::new()).set("aider", "OPENAI_API_KEY").as_deref(), Some("house-key"));
    let before = Stage::new().prepare("aider").before;
    assert_eq!(before, ["--openai-api-base", "http://127.0.0.1:9/v1", "--model", "openai/qwen3"]);
    assert_eq!(Stage::new().given(&["--model=x"]).prepare("aider").before.len(), 2);
}

#[test]
fn gemini_is_told_in_the_form_that_its_settings_leave_open() {
    let selects = |kind: &str| {
        let settings = format!(r#"{{"security": {{"auth": {{"selectedType": "{kind}"}}}}}}"#);
        Stage::new().file(".gemini/settings.json", &settings)
    };
    let base = Some("http://127.0.0.1:9".to_owned());
    let key = selects("gemini-api-key");
    assert_eq!(key.set("gemini", "GOOGLE_GEMINI_BASE_URL"), base);
    assert!(key.prepare("gemini").without.contains(&"GOOGLE_GENAI_USE_VERTEXAI"));
    assert_eq!(keyed(key).set("gemini", "GEMINI_API_KEY").as_deref(), Some("house-key"));
    for open in
        [Stage::new(), selects("vertex-ai"), Stage::new().file(".gemini/settings.json", "// none\n{}")]
    {
        assert_eq!(open.set("gemini", "GOOGLE_VERTEX_BASE_URL"), base);
        assert_eq!(open.set("gemini", "GOOGLE_GENAI_USE_VERTEXAI").as_deref(), Some("true"));
        assert!(open.prepare("gemini").without.contains(&"GOOGLE_GEMINI_BASE_URL"));
    }
    let login = selects("oauth-personal").refusal("gemini");
    assert!(login.contains("oauth-personal") && login.contains("/auth"), "{login}");
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let of = |pairs: &[(&str, &str)]| {
        let environment =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        no_proxy(&environment).first().map(|(_, value)| value.clone())
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("NO_PROXY", "a")]), None);
    assert_eq!(of(&[("HTTPS_PROXY", "http://p")]).as_deref(), Some("127.0.0.1,localhost"));
    assert_eq!(
        of(&[("http_proxy", "http://p"), ("no_proxy", "a, localhost")]).as_deref(),
        Some("a,localhost,127.0.0.1")
    );
}
