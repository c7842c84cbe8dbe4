//! What a plan changes of a translated request.

use std::collections::BTreeMap;

use lynkr_config::{Inputs, load};
use lynkr_providers::{Upstream, provider_named, settings_tables};

use super::*;

#[test]
fn a_limit_that_the_model_would_refuse_is_lowered_and_receipted() {
    let environment = BTreeMap::from([("OPENAI_API_KEY".to_owned(), "sk-test-0123456789".to_owned())]);
    let values = load(&settings_tables(), &Inputs { environment, ..Inputs::default() }).values;
    let upstream = Upstream::from_values(provider_named("openai").unwrap(), &values).unwrap();
    for (model, asked, expected) in [
        ("gpt-4o", Some(64_000), Some(16_384)),
        ("gpt-4o", Some(100), Some(100)),
        ("gpt-4o", None, None),
        ("gpt-5.4", Some(64_000), Some(64_000)),
        ("unheard-of", Some(64_000), Some(64_000)),
    ] {
        let routed = Routed {
            upstream: &upstream,
            model: model.to_owned(),
            dialect: Dialect::OpenAiChat,
            tools: true,
        };
        let mut conversation = Conversation { max_tokens: asked, ..Conversation::default() };
        let mut receipt = Receipt::default();
        lower_limit(&mut conversation, &routed, &mut receipt);
        assert_eq!(conversation.max_tokens, expected, "{model} {asked:?}");
        assert_eq!(receipt.is_empty(), asked == expected, "{model} {asked:?}");
    }
}
