//! Named providers from real files: what they are copies of, what they change, and what is refused.

use std::fs;

use lynkr_config::{Inputs, Loaded, load, named_tables};
use lynkr_protocol::Dialect;
use tempfile::TempDir;

use super::{CUSTOM_SECTION, CustomProviders, custom_providers, custom_settings, find_provider};
use crate::samples::{NONE, headers};
use crate::{AuthScheme, Call, CallerCredential, Operation, Prepared, Upstream, settings_tables};

const KEY: &str = "sk-or-v1-0123456789";

fn read(toml: &str, environment: &[(&str, &str)], dot_env: &str) -> Loaded {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("project")).unwrap();
    fs::write(folder.path().join("lynkr.toml"), toml).unwrap();
    fs::write(folder.path().join("project/.env"), dot_env).unwrap();
    let inputs = Inputs {
        environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        user_dir: Some(folder.path().to_owned()),
        project_dir: Some(folder.path().join("project")),
        ..Inputs::default()
    };
    let mut tables = settings_tables();
    tables.extend(custom_settings(&named_tables(&inputs, CUSTOM_SECTION)));
    load(&tables, &inputs)
}

fn made(toml: &str, environment: &[(&str, &str)]) -> (CustomProviders, Loaded) {
    let loaded = read(toml, environment, "");
    assert_eq!(loaded.problems, []);
    (custom_providers(&loaded.values), loaded)
}

/// The one named provider of a file.
fn upstream(toml: &str, environment: &[(&str, &str)]) -> Upstream {
    let (custom, loaded) = made(toml, environment);
    assert_eq!(custom.problems, []);
    Upstream::from_values(custom.providers.first().unwrap(), &loaded.values).unwrap()
}

fn ask(upstream: &Upstream, dialect: Dialect, caller: Option<CallerCredential<'_>>) -> Prepared {
    let call = Call {
        operation: Operation::Generate,
        client: dialect,
        upstream: dialect,
        model: "m",
        stream: false,
        query: None,
        client_headers: NONE,
        caller_credential: caller,
    };
    upstream.prepare(&call).unwrap()
}

/// What is wrong with a file.
fn complaints(toml: &str) -> Vec<String> {
    let loaded = read(toml, &[], "");
    let custom = custom_providers(&loaded.values);
    let upstreams = custom.providers.iter().map(|provider| Upstream::from_values(provider, &loaded.values));
    let found =
        upstreams.filter_map(Result::err).flatten().chain(custom.problems).chain(loaded.problems.clone());
    found.map(|problem| format!("{} {}", problem.key, problem.message)).collect()
}

#[test]
fn two_accounts_of_one_vendor_have_a_key_each() {
    let toml = "[providers.home]\nkind = 'openrouter'\napi_key = 'sk-or-v1-home-456789'\nmodel = 'a/b'\n\
                [providers.work]\nkind = 'openrouter'\napi_key_env = 'WORK_KEY'\n";
    let (custom, loaded) = made(toml, &[("WORK_KEY", KEY), ("OPENROUTER_API_KEY", "sk-or-v1-builtin-0123")]);
    let names: Vec<_> =
        custom.providers.iter().map(|provider| (provider.name, provider.kind_name())).collect();
    assert_eq!(names, [("home", "openrouter"), ("work", "openrouter")]);
    let shown = custom.providers.iter().map(|provider| {
        let upstream = Upstream::from_values(provider, &loaded.values).unwrap();
        assert!(upstream.is_vendor() && upstream.is_configured());
        let prepared = ask(&upstream, Dialect::OpenAiChat, None);
        assert_eq!(prepared.url, "https://openrouter.ai/api/v1/chat/completions");
        prepared.credential.header().unwrap().1.to_owned()
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        ["Bearer sk-or-v1-home-456789".to_owned(), format!("Bearer {KEY}")]
    );
    assert_eq!(find_provider("WORK", &custom.providers), custom.providers.last().copied());
    assert_eq!(find_provider("claude", &custom.providers).map(|provider| provider.name), Some("anthropic"));
}

#[test]
fn the_settings_of_the_kind_are_not_those_of_the_copy() {
    let toml = "[providers.box]\nkind = 'zai'\napi_key = 'key-0123456789'\n";
    let environment =
        [("ZAI_MAX_CONCURRENT", "7"), ("ZAI_MODEL", "glm-5"), ("ZAI_ENDPOINT", "http://127.0.0.1:1")];
    let upstream = upstream(toml, &environment);
    assert_eq!((upstream.max_concurrent(), upstream.configured_model()), (None, None));
    assert_eq!(upstream.shown_url().as_deref(), Some("https://api.z.ai/api/anthropic/v1/messages"));
}

#[test]
fn every_setting_has_its_effect() {
    let toml = "[providers.vllm-1]\nkind = 'openai-compatible'\nendpoint = 'http://127.0.0.1:8001/v1'\n\
                models = ['one', 'two']\nheaders = { X-Tenant = 'hush-0123456789' }\n\
                dialects = ['anthropic', 'chat']\nmax_tokens = 4096\nmax_concurrent = 3\nstream_usage = false\n\
                developer_role = true\nlate_system = false\ncache_control = true\nreasoning_content = true\n\
                reasoning_effort = ['one']\nmax_completion_tokens = ['t*']\napi_key = 'key-0123456789'\n";
    let upstream = upstream(toml, &[]);
    assert_eq!(upstream.configured_model(), Some("one"));
    assert_eq!(upstream.configured_models(), ["one", "two"]);
    assert_eq!(upstream.dialects().collect::<Vec<_>>(), [Dialect::Anthropic, Dialect::OpenAiChat]);
    assert_eq!(upstream.max_concurrent(), Some(3));
    let quirks = upstream.provider().quirks;
    assert!(!quirks.stream_usage_option && quirks.developer_role && !quirks.late_system);
    assert!(quirks.cache_control && quirks.reasoning_content_history);
    assert_eq!(quirks.max_tokens_for("one"), 4096);
    assert!(quirks.takes_reasoning_effort("one") && !quirks.takes_reasoning_effort("two"));
    assert!(quirks.wants_max_completion_tokens("two") && !quirks.wants_max_completion_tokens("one"));
    assert_eq!(upstream.provider().auth, AuthScheme::ByDialect);
    for (dialect, url, key) in [
        (Dialect::Anthropic, "http://127.0.0.1:8001/v1/messages", ("x-api-key", "key-0123456789")),
        (
            Dialect::OpenAiChat,
            "http://127.0.0.1:8001/v1/chat/completions",
            ("authorization", "Bearer key-0123456789"),
        ),
    ] {
        let prepared = ask(&upstream, dialect, None);
        assert_eq!((prepared.url.as_str(), prepared.credential.header()), (url, Some(key)));
        assert!(prepared.headers.iter().any(|line| line == ("x-tenant", "hush-0123456789")));
    }
    assert!(!format!("{upstream:?}").contains("hush"), "{upstream:?}");
}

#[test]
fn what_was_not_set_is_the_kinds() {
    let upstream = upstream("[providers.quick]\nkind = 'ollama'\n", &[]);
    assert_eq!(upstream.provider().auth, AuthScheme::None);
    assert_eq!(upstream.shown_url().as_deref(), Some("http://127.0.0.1:11434"));
    assert!(upstream.tool_capable("qwen3") && !upstream.tool_capable("tinyllama"));
    let other = self::upstream("[providers.quick]\nkind = 'Kimi'\napi_key = 'key-0123456789'\n", &[]);
    assert_eq!(other.provider().quirks, crate::provider_named("moonshot").unwrap().quirks);
}

#[test]
fn a_server_that_wants_no_key_may_stand_behind_one_that_does() {
    let toml =
        "[providers.far]\nkind = 'ollama'\nendpoint = 'http://127.0.0.1:5'\napi_key = 'key-0123456789'\n";
    let prepared = ask(&upstream(toml, &[]), Dialect::Ollama, None);
    assert_eq!(prepared.credential.header(), Some(("authorization", "Bearer key-0123456789")));
}

#[test]
fn a_callers_key_goes_where_it_would_go_to_the_kind() {
    let keyless = upstream("[providers.work]\nkind = 'openrouter'\n", &[]);
    let shown_own = headers(&[("authorization", &format!("Bearer {KEY}"))]);
    let own = CallerCredential::from_headers(&shown_own).unwrap();
    let shown = ask(&keyless, Dialect::OpenAiChat, Some(own));
    assert_eq!(shown.credential.header(), Some(("authorization", format!("Bearer {KEY}").as_str())));
    let shown_foreign = headers(&[("x-api-key", "sk-ant-api03-0123456789")]);
    let foreign = CallerCredential::from_headers(&shown_foreign).unwrap();
    let call = Call {
        operation: Operation::Generate,
        client: Dialect::OpenAiChat,
        upstream: Dialect::OpenAiChat,
        model: "m",
        stream: false,
        query: None,
        client_headers: NONE,
        caller_credential: Some(foreign),
    };
    let refused = keyless.prepare(&call).unwrap_err().to_string();
    assert!(refused.contains("providers.work.api_key") && !refused.contains("sk-ant"), "{refused}");
}

#[test]
fn a_project_can_move_neither_the_endpoint_nor_the_headers() {
    let toml = "[providers.work]\nkind = 'openai-compatible'\nendpoint = 'http://127.0.0.1:1'\n\
                api_key = 'key-0123456789'\nheaders = { x-tenant = 'mine' }\n";
    let dot_env = "providers.work.endpoint=http://127.0.0.1:2\nproviders.work.headers=x-tenant=theirs\n";
    let loaded = read(toml, &[], dot_env);
    let custom = custom_providers(&loaded.values);
    let upstream = Upstream::from_values(custom.providers.first().unwrap(), &loaded.values).unwrap();
    let prepared = ask(&upstream, Dialect::OpenAiChat, None);
    assert_eq!(prepared.url, "http://127.0.0.1:1/v1/chat/completions");
    assert!(prepared.headers.iter().any(|line| line == ("x-tenant", "mine")));
}

#[test]
fn a_variable_that_is_not_there_is_pointed_out_and_one_of_another_setting_is_shared() {
    let toml = "[providers.work]\nkind = 'openrouter'\napi_key_env = 'WORK_KEY'\n";
    let warnings = upstream(toml, &[]).warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.contains("names WORK_KEY, which isn't set"), "{warning}");
    let toml = "[providers.work]\nkind = 'openrouter'\napi_key_env = 'OPENROUTER_API_KEY'\n";
    let shared = upstream(toml, &[("OPENROUTER_API_KEY", KEY)]);
    assert!(shared.has_key() && shared.warnings().is_empty());
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let table = |fields: &str| format!("[providers.work]\n{fields}\n");
    let compatible = "kind = 'openai-compatible'\nendpoint = 'http://127.0.0.1:1'\n";
    let with = |field: &str| table(&format!("{compatible}{field}"));
    for (toml, expected) in [
        (table("endpoint = 'http://127.0.0.1:1'"), "providers.work.kind must be set"),
        (table("kind = 'openrooter'"), "providers.work.kind is `openrooter`, which is no kind of provider"),
        (table("kind = 'builtin'"), "providers.work.kind is `builtin`, which is no kind of provider"),
        (table("kind = 'openai-compatible'"), "providers.work.endpoint must be set for the provider work"),
        (table("kind = 'zai'\nendpoint = 'elsewhere'"), "providers.work.endpoint is not a URL"),
        (with("dialects = ['french']"), "providers.work.dialects holds `french`, which is no dialect"),
        (
            with("dialects = ['ollama']"),
            "providers.work.dialects holds `ollama`, which OpenAI-compatible server",
        ),
        (with("headers = { authorization = 'Bearer x' }"), "holds `authorization`, which shows a key"),
        (with("headers = { Host = 'x' }"), "holds `host`, which the gateway makes itself"),
        (with("headers = { 'a b' = 'x' }"), "holds `a b`, which is no name of a header"),
        (with("headers = { x-a = \"a\\nb\" }"), "holds `x-a`, which has a value that can't be sent"),
        (with("api_key_env = 'sk-or-v1-0123'"), "providers.work.api_key_env is no name of a variable"),
        (with("api_key_env = 'OPENAI_ENDPOINT'"), "names OPENAI_ENDPOINT, which is a setting but no key"),
        (with("max_tokens = 0"), "providers.work.max_tokens must be a whole number"),
        (with("colour = 'red'"), "providers.work.colour is no setting"),
        (compatible.replace("kind", "[providers.openai]\nkind"), "providers.openai is a name of OpenAI"),
        (compatible.replace("kind", "[providers.Claude]\nkind"), "providers.Claude is a name of Anthropic"),
        (compatible.replace("kind", "[providers.'a.b']\nkind"), "providers.a.b is no name for a provider"),
        (compatible.replace("kind", "[providers.Upper]\nkind"), "providers.Upper is no name for a provider"),
    ] {
        let found = complaints(&toml);
        assert!(found.iter().any(|text| text.contains(expected)), "{toml}\n{found:#?}");
        assert!(!found.iter().any(|text| text.contains("sk-or")), "{found:?}");
    }
    assert_eq!(complaints(&with("")), Vec::<String>::new());
}

#[test]
fn a_provider_that_stays_as_it_is_is_made_once() {
    const TABLE: &str = r#"
        [providers.twice]
        kind = "openai-compatible"
        endpoint = "https://twice.example.com/v1"
        dialects = ["chat", "anthropic"]
        reasoning_effort = ["o*", "gpt-5*"]
        api_key_env = "TWICE_KEY"
    "#;
    let of = |toml: &str| {
        let tables = named_settings(toml);
        (tables, *made(toml, &[("TWICE_KEY", KEY)]).0.providers.first().unwrap())
    };
    let ((tables, first), (tables_again, again)) = (of(TABLE), of(TABLE));
    assert!(std::ptr::eq(first, again));
    assert_eq!(tables, tables_again);
    let other = of(&TABLE.replace("gpt-5*", "gpt-6*")).1;
    assert!(!std::ptr::eq(first, other));
    assert_eq!(other.quirks.reasoning_effort, ["o*", "gpt-6*"]);
}

/// Where the settings of the named tables of a file lie.
fn named_settings(toml: &str) -> Vec<*const lynkr_config::Setting> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("lynkr.toml"), toml).unwrap();
    let inputs = Inputs { user_dir: Some(folder.path().to_owned()), ..Inputs::default() };
    let settings = custom_settings(&named_tables(&inputs, CUSTOM_SECTION));
    settings.into_iter().map(<[_]>::as_ptr).collect()
}
