//! Baidu's Qianfan, the platform of ERNIE.

use lynkr_config::{Kind, Setting};
use lynkr_protocol::Dialect;

use crate::endpoint::Endpoint;
use crate::provider::Provider;
use crate::quirks::Quirks;

const BASE: &str = "https://qianfan.baidubce.com/v2";

const SETTINGS: &[Setting] = &[
    Setting::new(
        "BAIDU_API_KEY",
        "baidu.api_key",
        Kind::Secret,
        "The key for Qianfan, which begins with `bce-v3/`. Unset, the caller's own key is passed on to Qianfan.",
    ),
    Setting::new("BAIDU_ENDPOINT", "baidu.endpoint", Kind::Url, "Qianfan's base URL or full path.")
        .with_default(BASE),
    Setting::new(
        "BAIDU_MODEL",
        "baidu.model",
        Kind::Text,
        "The model for clients that ask for one that isn't ERNIE. Unset, Claude's names get a counterpart, and \
         everything else is `ernie-4.5-turbo-128k`.",
    ),
];

pub(crate) const PROVIDER: Provider = Provider {
    name: "baidu",
    aliases: &["qianfan", "ernie"],
    title: "Baidu Qianfan",
    settings: SETTINGS,
    endpoint_env: Some("BAIDU_ENDPOINT"),
    default_base: Some(BASE),
    key_env: Some("BAIDU_API_KEY"),
    key_required: true,
    model_env: Some("BAIDU_MODEL"),
    default_model: "ernie-4.5-turbo-128k",
    dialects: &[Endpoint::always(Dialect::OpenAiChat, "/v1/chat/completions")],
    vendor_hosts: &["qianfan.baidubce.com"],
    families: &["ernie-"],
    quirks: Quirks {
        model_map: &[
            ("claude-*sonnet*", "ernie-4.5-turbo-128k"),
            ("claude-*opus*", "ernie-x1.1"),
            ("claude-*haiku*", "ernie-speed-8k"),
        ],
        ..Quirks::NONE
    },
    notes: "Set `BAIDU_API_KEY`. Other vendors' models on the platform are asked for as `baidu:name`.",
    ..Provider::BLANK
};
