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
    assert!(text.contains("ollama at `/api/chat`, anthropic at `/v1/messages` since version 0.14.0"));
}
