//! The bodies beside the chat.

use crate::ollama::{Model, show, tags, version};

fn model() -> Model {
    Model {
        name: "qwen3:8b".to_owned(),
        modified: 1_700_000_000,
        context_length: 32_768,
        tools: true,
        vision: false,
        thinking: true,
    }
}

fn pretty(body: &[u8]) -> String {
    serde_json::to_string_pretty(&serde_json::from_slice::<serde_json::Value>(body).unwrap()).unwrap()
}

#[test]
fn the_list_of_models() {
    insta::assert_snapshot!(pretty(&tags(&[model()])), @r#"
    {
      "models": [
        {
          "name": "qwen3:8b",
          "model": "qwen3:8b",
          "modified_at": "2023-11-14T22:13:20Z",
          "size": 0,
          "digest": "195f525acc680bc5195f525acc680bc5195f525acc680bc5195f525acc680bc5",
          "details": {
            "parent_model": "",
            "format": "",
            "family": "lynkr",
            "families": [
              "lynkr"
            ],
            "parameter_size": "",
            "quantization_level": ""
          }
        }
      ]
    }
    "#);
}

#[test]
fn one_model() {
    insta::assert_snapshot!(pretty(&show(&model())), @r#"
    {
      "modelfile": "",
      "parameters": "",
      "template": "{{ .Tools }}{{ .Messages }}",
      "details": {
        "parent_model": "",
        "format": "",
        "family": "lynkr",
        "families": [
          "lynkr"
        ],
        "parameter_size": "",
        "quantization_level": ""
      },
      "model_info": {
        "general.architecture": "lynkr",
        "lynkr.context_length": 32768
      },
      "capabilities": [
        "completion",
        "tools",
        "thinking"
      ],
      "modified_at": "2023-11-14T22:13:20Z"
    }
    "#);
    let plain = show(&Model { tools: false, context_length: 0, ..model() });
    assert!(!pretty(&plain).contains("tools"));
    assert!(!pretty(&plain).contains("context_length"));
}

#[test]
fn the_version() {
    assert_eq!(version("0.1.0"), br#"{"version":"0.1.0"}"#);
}
