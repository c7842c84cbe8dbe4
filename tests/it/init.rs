//! `lynkr init`: a configuration that is put together, tried and written, and a gateway that answers with it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lynkr_testkit::{Dialect, Recorded, Script, Upstream};
use serde_json::json;

use crate::dialects;
use crate::gateway::{Finished, Setup};
use crate::pty::{DOWN, ENTER, INTERRUPT, Screen};
use crate::scripted;

pub(crate) const GOOD: &str = "good-key-of-nobody-0123";
const BAD: &str = "bad-key-of-nobody-4567";

/// A server with OpenAI's API that takes one key.
pub(crate) async fn vendor() -> Upstream {
    Upstream::with(answer).await.expect("a server")
}

fn answer(request: &Recorded) -> Script {
    if request.header("authorization") != Some(&format!("Bearer {GOOD}")) {
        let said = format!("wrong key {}", request.header("authorization").unwrap_or("none"));
        return Script::json(401, &json!({"error": {"message": said}}));
    }
    match request.method.as_str() {
        "GET" => Script::json(200, &json!({"data": [{"id": "small-one"}, {"id": "big-one"}]})),
        _ => Script::json(200, &scripted::whole(Dialect::Chat, "an answer")),
    }
}

/// Nothing of the machine but a home folder, and the server's address in the environment.
fn setup(vendor: &Upstream) -> Setup {
    Setup::new().env("OPENAI_COMPATIBLE_ENDPOINT", &vendor.url()).env("NO_COLOR", "1")
}

fn written(setup: &Setup) -> std::path::PathBuf {
    setup.home().join(".config/lynkr/.env")
}

#[track_caller]
fn fine(ended: &Finished) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

#[track_caller]
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

/// With what was written, and nothing else, the gateway answers and shows the key.
async fn answers(setup: Setup, arguments: &[&str], vendor: &Upstream) {
    let before = vendor.arrivals();
    let gateway = setup.without("OPENAI_COMPATIBLE_ENDPOINT").arguments(arguments).start().await;
    let reply = gateway.post("/v1/messages", &dialects::ask(Dialect::Anthropic, "hello", false)).await;
    assert!(reply.expect(200).to_string().contains("an answer"));
    assert!(vendor.arrivals() > before);
    drop(gateway);
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_and_a_key_from_standard_input_end_in_a_gateway_that_answers() {
    let vendor = vendor().await;
    let arguments =
        ["init", "--yes", "--provider", "openai-compatible", "--model", "big-one", "--keys-from-stdin"];
    let setup = setup(&vendor).arguments(&arguments);
    let ended = setup.ran(&format!("{GOOD}\n")).await;
    fine(&ended);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(
        said.contains("2 models") && said.contains("lynkr start") && said.contains("lynkr wrap claude"),
        "{said}"
    );
    assert!(!said.contains(GOOD), "{said}");
    assert_eq!((mode(&written(&setup)), mode(written(&setup).parent().unwrap())), (0o600, 0o700));
    let text = std::fs::read_to_string(written(&setup)).unwrap();
    for line in ["MODEL_PROVIDER=openai-compatible", "OPENAI_COMPATIBLE_MODEL=big-one", GOOD, &vendor.url()] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.lines().count() < 15, "only what was decided is written: {text}");
    answers(setup, &["start"], &vendor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tiers_take_their_keys_from_the_environment() {
    let vendor = vendor().await;
    let arguments = [
        "init",
        "--yes",
        "--mode",
        "direct",
        "--tier",
        "simple=openai-compatible:small-one",
        "--tier",
        "complex=openai-compatible:big-one,anthropic",
        "--set",
        "LYNKR_INTENT_WINDOW_N=3",
        "--format",
        "toml",
    ];
    let setup = setup(&vendor).env("OPENAI_COMPATIBLE_API_KEY", GOOD).arguments(&arguments);
    let ended = setup.ran("").await;
    fine(&ended);
    let toml = std::fs::read_to_string(setup.home().join(".config/lynkr/lynkr.toml")).unwrap();
    let env = std::fs::read_to_string(written(&setup)).unwrap();
    for line in
        ["[routing.tiers]", "simple = \"openai-compatible:small-one\"", "window = 3", "anthropic:claude-"]
    {
        assert!(toml.contains(line), "{line}: {toml}");
    }
    assert!(!toml.contains(GOOD) && env.contains(GOOD), "keys are in the .env alone: {toml}");
    answers(setup.without("OPENAI_COMPATIBLE_API_KEY"), &["start"], &vendor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_elsewhere_is_read_from_there() {
    let vendor = vendor().await;
    let arguments =
        ["init", "--yes", "--provider", "openai-compatible", "-o", "deep/er/my.env", "--keys-from-stdin"];
    let setup = setup(&vendor).arguments(&arguments);
    let ended = setup.ran(&format!("export OPENAI_COMPATIBLE_API_KEY='{GOOD}'\n")).await;
    fine(&ended);
    assert!(ended.stdout.contains("lynkr start --env-file deep/er/my.env"), "{}", ended.stdout);
    assert_eq!(mode(&setup.project().join("deep/er/my.env")), 0o600);
    assert!(!written(&setup).exists());
    answers(setup, &["start", "--env-file", "deep/er/my.env"], &vendor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_everything_but_keys_and_writes_nothing() {
    let vendor = vendor().await;
    let arguments = ["init", "--dry-run", "--yes", "--provider", "openai-compatible", "--keys-from-stdin"];
    let setup = setup(&vendor).arguments(&arguments);
    let ended = setup.ran(GOOD).await;
    fine(&ended);
    assert!(
        ended.stdout.contains("OPENAI_COMPATIBLE_API_KEY='****0123'") || ended.stdout.contains("=****0123"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains(GOOD) && !ended.stderr.contains(GOOD));
    assert!(!setup.home().join(".config").exists(), "not even a folder");
    assert_eq!(std::fs::read_dir(setup.project()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_kept_unless_force_says_otherwise_and_then_beside_it() {
    let with =
        |arguments: &[&str]| Setup::new().arguments(arguments).user_file(".env", "MODEL_DEFAULT=mine\n");
    let yes = ["init", "--yes", "--provider", "builtin"];
    let setup = with(&yes);
    let refused = setup.ran("").await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("is there already") && refused.stderr.contains("--force"),
        "{}",
        refused.stderr
    );
    assert_eq!(std::fs::read_to_string(written(&setup)).unwrap(), "MODEL_DEFAULT=mine\n");
    // In a terminal nothing is asked before.
    let setup = with(&["init"]);
    let (code, drawn) = Screen::open(&setup).ended();
    assert_eq!(code, Some(1));
    assert!(drawn.contains("is there already") && !drawn.contains("What will you"), "{drawn}");
    let setup = with(&[&yes[..], &["--force"]].concat());
    let ended = setup.ran("").await;
    fine(&ended);
    assert!(std::fs::read_to_string(written(&setup)).unwrap().contains("MODEL_PROVIDER=builtin"));
    let copy = setup.home().join(".config/lynkr/.env.bak");
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "MODEL_DEFAULT=mine\n");
    assert_eq!((mode(&copy), mode(&written(&setup))), (0o600, 0o600));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_and_nothing_is_written() {
    let cases: &[(&[&str], &str)] = &[
        (&["init"], "no terminal"),
        (&["init", "--yes", "--provider", "opena"], "did you mean openai?"),
        (&["init", "--yes", "--tier", "hard=openai:x"], "is no tier"),
        (&["init", "--yes", "--tier", "simple=nobody:x"], "nobody"),
        (&["init", "--yes", "--set", "OPENAI_API_KEY=some-secret-text"], "OPENAI_API_KEY is a secret"),
        (&["init", "--yes", "--set", "PORRT=1"], "did you mean PORT?"),
        (&["init", "--yes", "--provider", "builtin", "--set", "PORT=99999"], "PORT"),
        (&["init", "--yes", "--provider", "openai-compatible", "--no-check"], "OPENAI_COMPATIBLE_ENDPOINT"),
        (&["init", "--provider", "openai"], "--yes"),
        (&["init", "--from", "nowhere.yaml"], "nowhere.yaml"),
    ];
    for (arguments, why) in cases {
        let setup = Setup::new().arguments(arguments);
        let ended = setup.ran("").await;
        assert!(matches!(ended.code, Some(1 | 2)), "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(why), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("some-secret-text"), "{}", ended.stderr);
        assert!(!setup.home().join(".config").exists(), "{arguments:?}");
    }
}

/// Whoever knows better goes on; the reason is told, the key isn't.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_told_and_written_all_the_same() {
    let vendor = vendor().await;
    let arguments = ["init", "--yes", "--provider", "openai-compatible"];
    let setup = setup(&vendor).env("OPENAI_COMPATIBLE_API_KEY", BAD).arguments(&arguments);
    let ended = setup.ran("").await;
    fine(&ended);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("refuses the credential (status 401): wrong key Bearer ****4567"), "{said}");
    assert!(!said.contains(BAD), "{said}");
}

/// Another value in the environment would decide: whoever reads the report knows.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_environment_overrides_is_named() {
    let arguments = ["init", "--yes", "--provider", "builtin", "--set", "MODEL_DEFAULT=one"];
    let setup = Setup::new().env("MODEL_DEFAULT", "two").arguments(&arguments);
    let ended = setup.ran("").await;
    fine(&ended);
    assert!(ended.stdout.contains("MODEL_DEFAULT has another value in the environment"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_gateways_configuration_ends_in_a_gateway_that_answers() {
    let vendor = vendor().await;
    let url = vendor.url();
    let litellm = format!(
        "model_list:\n  - model_name: house\n    litellm_params:\n      model: openai/big-one\n      api_base: {url}/v1\n      \
         api_key: {GOOD}\n  - model_name: gone\n    litellm_params:\n      model: cohere/command\n"
    );
    let router = json!({
        "Providers": [{"name": "house", "api_base_url": format!("{url}/v1/chat/completions"), "api_key": GOOD, "models": ["big-one"]}],
        "Router": {"default": "house,big-one"},
    });
    let dotenv = format!(
        "MODEL_PROVIDER=openai-compatible\nOPENAI_COMPATIBLE_ENDPOINT={url}/v1\nOPENAI_COMPATIBLE_API_KEY={GOOD}\nMEMORY_ENABLED=true\n"
    );
    let cases = [
        ("config.yaml", litellm, "cohere"),
        ("config.json", router.to_string(), "TIER_MEDIUM"),
        ("old.env", dotenv, "MEMORY_ENABLED"),
    ];
    for (name, text, told) in cases {
        let setup = Setup::new().project_file(name, &text).arguments(&["init", "--from", name]);
        let ended = setup.ran("").await;
        fine(&ended);
        assert!(ended.stdout.contains("carried over") && ended.stdout.contains(told), "{}", ended.stdout);
        assert!(!ended.stdout.contains(GOOD) && !ended.stderr.contains(GOOD), "{}", ended.stdout);
        for file in std::fs::read_dir(setup.home().join(".config/lynkr")).unwrap().flatten() {
            assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
        }
        let toml = std::fs::read_to_string(setup.home().join(".config/lynkr/lynkr.toml")).unwrap_or_default();
        assert!(!toml.contains(GOOD), "keys are in the .env alone: {toml}");
        answers(setup, &["start"], &vendor).await;
    }
}

/// The whole of it in a terminal: nothing that was typed as a key is ever drawn.
#[tokio::test(flavor = "multi_thread")]
async fn the_wizard_asks_tries_and_writes_and_never_shows_a_key() {
    let vendor = vendor().await;
    let url = vendor.url();
    let setup = Setup::new().env("NO_COLOR", "1").arguments(&["init"]);
    let mut screen = Screen::open(&setup);
    screen.wait_for("What will you use it with?");
    screen.press(DOWN);
    screen.press(ENTER);
    screen.wait_for("SIMPLE (");
    screen.press("OpenAI-comp");
    screen.wait_for("OpenAI-comp");
    screen.press(ENTER);
    screen.answer("OPENAI_COMPATIBLE_ENDPOINT", &url);
    screen.answer("OPENAI_COMPATIBLE_API_KEY", BAD);
    screen.wait_for("refuses the credential");
    screen.answer("What now?", "");
    screen.answer("OPENAI_COMPATIBLE_ENDPOINT", "");
    screen.answer("OPENAI_COMPATIBLE_API_KEY", GOOD);
    screen.wait_for("which model");
    screen.press("big");
    screen.wait_for("big-one");
    screen.press(ENTER);
    for tier in ["MEDIUM (", "COMPLEX (", "REASONING ("] {
        screen.wait_for(tier);
        screen.wait_for("the same as");
        screen.press(ENTER);
    }
    screen.answer("(a badge)", "");
    screen.answer("the window", "0");
    screen.answer("the window", "3");
    screen.answer("the decay", "");
    screen.answer("stay with its model", "");
    screen.answer("comes of the answers", "");
    screen.wait_for("Write it?");
    screen.press("y");
    screen.wait_for("Next:");
    let raw = screen.raw();
    for key in [GOOD, BAD] {
        assert!(!raw.contains(key) && !raw.contains(&key[..key.len() - 4]), "a key was drawn:\n{raw}");
    }
    assert!(!screen.is_coloured(), "no colours were wanted");
    let (code, drawn) = screen.ended();
    assert_eq!(code, Some(0), "{drawn}");
    let text = std::fs::read_to_string(written(&setup)).unwrap();
    for line in [
        "MODEL_PROVIDER=openai-compatible",
        "TIER_SIMPLE=openai-compatible:big-one",
        "TIER_REASONING=openai-compatible:big-one",
        "LYNKR_INTENT_WINDOW_N=3",
        GOOD,
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("LYNKR_INTENT_DECAY"), "a default isn't written down: {text}");
    assert_eq!(mode(&written(&setup)), 0o600);
    answers(setup, &["start"], &vendor).await;
}

/// Ctrl-C while a key is typed: the terminal shows again what is typed, and nothing was written.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_the_terminal_as_it_was() {
    let setup = Setup::new().env("NO_COLOR", "1").arguments(&["init"]);
    let mut screen = Screen::open(&setup);
    screen.answer("What will you use it with?", DOWN);
    screen.wait_for("SIMPLE (");
    screen.press("OpenRouter");
    screen.wait_for("OpenRouter");
    screen.press(ENTER);
    screen.wait_for("OPENROUTER_API_KEY");
    screen.press(INTERRUPT);
    screen.wait_for("nothing was written");
    let (code, drawn) = screen.ended();
    assert_eq!(code, Some(130), "{drawn}");
    assert!(!setup.home().join(".config").exists());
}
