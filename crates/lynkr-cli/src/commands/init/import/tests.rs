//! Whole configurations of other gateways, and what is no configuration at all.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::arguments::Format;
use crate::commands::init::draft::errors;
use crate::commands::init::render::{Secrets, env_text, toml_text};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/commands/init/import/fixtures").join(name)
}

fn inputs(environment: &[(&str, &str)]) -> Inputs {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Inputs { environment, ..Inputs::default() }
}

/// The report and both files. The gateway takes them as they are, and the report holds no secret.
#[track_caller]
fn whole(name: &str, inputs: &Inputs) -> String {
    let import = read(&fixture(name), inputs).expect("it is read");
    let loaded = import.draft.loaded(inputs, true).expect("it is loaded");
    assert!(errors(&loaded).is_empty(), "{:#?}", loaded.problems);
    let report = import.report();
    assert!(!report.contains("fake-") && !report.contains("secret-of"), "{report}");
    let env = env_text(&import.draft, Format::Env, "about", Secrets::Written);
    format!("{report}=== .env\n{env}\n=== lynkr.toml\n{}", toml_text(&import.draft, Format::Env, "about"))
}

#[test]
fn an_older_env_is_carried_over() {
    insta::assert_snapshot!(whole("lynkr-old.env", &inputs(&[])));
}

#[test]
fn litellms_deployments_become_providers_and_aliases() {
    let environment = [
        ("AZURE_API_KEY_EU", "fake-azure-eu-0123456789"),
        ("AZURE_API_KEY_US", "fake-azure-us-0123456789"),
        ("ANTHROPIC_API_KEY", "fake-anthropic-0123456789"),
    ];
    insta::assert_snapshot!(whole("litellm.yaml", &inputs(&environment)));
}

#[test]
fn claude_code_routers_kinds_of_work_become_tiers() {
    insta::assert_snapshot!(whole("claude-code-router.json", &inputs(&[])));
}

/// The content tells whose it is, whatever the file is called.
#[test]
fn the_content_tells_whose_it_is() {
    let kind = |name: &str, text: &str| kind_of(Path::new(name), text);
    assert_eq!(kind("x", "{\"Providers\": []}"), ImportKind::ClaudeCodeRouter);
    assert_eq!(kind("x.env", "// a comment\n{}"), ImportKind::ClaudeCodeRouter);
    assert_eq!(kind("x", "# c\n\nmodel_list:\n  - a"), ImportKind::LiteLlm);
    assert_eq!(kind("config.yaml", ""), ImportKind::LiteLlm);
    assert_eq!(kind("x", "PORT=1"), ImportKind::Env);
    assert_eq!(kind(".env", ""), ImportKind::Env);
}

/// What is hostile or broken says what is wrong, without repeating what may be a key.
#[test]
fn what_is_no_configuration_says_why() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let said = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        read(&path, &inputs(&[])).map(|import| import.report()).map_err(|error| format!("{error:#}"))
    };
    let refused: &[(&str, &[u8], &str)] = &[
        ("a.yaml", b"model_list: [", "line 1"),
        ("b.yaml", b"model_list:\n  - api_key: 'fake-key-in-a-broken-file\n  x", "YAML"),
        ("c.yaml", b"- just\n- a list", "mapping"),
        ("d.yaml", b"model_list: 5", "no list"),
        ("e.json", b"{\"Providers\": [\n{\"api_key\": \"fake-key", "line 2"),
        ("f.json", b"{}", "Providers"),
        ("g.json", b"[1, 2]", "no JSON object"),
        ("h.env", b"\xff\xfe\x00", "UTF-8"),
    ];
    for (name, bytes, why) in refused {
        let error = said(name, bytes).expect_err(name);
        assert!(error.contains(why), "{name}: {error}");
        assert!(!error.contains("fake-key"), "{name}: {error}");
    }
    assert!(said("bomb.yaml", &bomb()).is_err(), "an expanding file is refused, and soon");
    assert!(said("large.env", &vec![b'#'; 2 << 20]).expect_err("large").contains("1 MiB"));
    assert!(read(folder.path(), &inputs(&[])).is_err(), "a folder");
    assert!(read(&folder.path().join("none"), &inputs(&[])).is_err());
}

/// Aliases of aliases, a thousand million entries in a few lines.
fn bomb() -> Vec<u8> {
    let mut text = "model_list: []\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        text = format!("{text}a{level}: &a{level} [{uses}]\n");
    }
    text.into_bytes()
}

/// Every odd shape ends in a note, never in a panic.
#[test]
fn odd_shapes_are_named() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let texts = [
        (
            "a.json",
            r#"{"Providers": [1, {}, {"name": 5}, {"name": "x", "api_base_url": "http://"}], "Router": "y", "HOST": {}}"#,
        ),
        (
            "b.json",
            r#"{"Providers": [], "Router": {"default": 5, "think": "a", "background": "a,", "longContext": ",b"}}"#,
        ),
        (
            "c.yaml",
            "model_list:\n  - 5\n  - model_name: {}\n  - litellm_params: []\n  - litellm_params: {model: '/'}\nrouter_settings: 5\n",
        ),
        (
            "d.yaml",
            "model_list:\n  - {model_name: 'a=b,c', litellm_params: {model: 'openai/x,y', api_base: '%%%'}}\nlitellm_settings: {fallbacks: [5, {a: 5}], num_retries: many, request_timeout: -1}\n",
        ),
        (
            "e.env",
            "=\n==\nPORT\nPORT=abc\nTIER_SIMPLE=nobody:x\nMODEL_PROVIDER=nobody\nOPENAI_ENDPOINT=ftp://x\n\u{1}=\u{2}\n",
        ),
    ];
    for (name, text) in texts {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        let import = read(&path, &inputs(&[])).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(!import.left.is_empty(), "{name}");
        let loaded = import.draft.loaded(&inputs(&[]), true).expect("it is loaded");
        drop(loaded);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Any text in any of the forms ends in a report or in an error.
    #[test]
    fn any_text_is_survived(text in "[ -~\n\t]{0,300}", name in "x[.](json|yaml|env)") {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        if let Ok(import) = read(&path, &inputs(&[])) {
            let _ = import.report();
        }
    }
}
