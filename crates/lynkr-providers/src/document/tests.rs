//! The document names every provider and setting.

use super::providers_markdown;
use crate::PROVIDERS;

#[test]
fn every_provider_and_setting_is_there() {
    let text = providers_markdown();
    for provider in PROVIDERS {
        assert!(text.contains(&format!("## {} (`{}`)", provider.title, provider.name)), "{}", provider.name);
        for setting in provider.settings {
            assert!(text.contains(&format!("`{}`", setting.env)), "{}", setting.env);
        }
    }
    for expected in [
        "anthropic at `/serving-endpoints/anthropic/v1/messages` for `*claude*`",
        "- With `/openai/v1` in the endpoint: openai_chat at `/v1/chat/completions`",
        "`claude-*haiku*` is `glm-4.5-air`",
        "- Key: `DEEPSEEK_API_KEY`\n",
        "- Key: `BAIDU_API_KEY`, or the caller's own\n",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    for (field, ..) in crate::custom::FIELDS {
        assert!(text.contains(&format!("| `{field}` | ")), "{field}");
    }
    for row in [
        "| [Claude on Azure](#claude-on-azure-azure-anthropic) | anthropic | yes | yes | – | – | needed |",
        "| [Z.ai](#zai-zai) | anthropic, openai_chat, openai_responses | yes | – | – | – | needed |",
    ] {
        assert!(text.contains(row), "{row}");
    }
    assert!(text.contains(
        "```sh\nMODEL_PROVIDER=openai-compatible\nOPENAI_COMPATIBLE_ENDPOINT=http://127.0.0.1:8000/v1\n"
    ));
    assert!(text.contains("ollama at `/api/chat`, anthropic at `/v1/messages` since version 0.14.0"));
}
