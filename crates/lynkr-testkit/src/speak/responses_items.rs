//! The output items of a Responses answer, in their opening and closing forms.

use serde_json::{Value, json};

use super::Telling;
use crate::hear::OfferedKind;
use crate::model::{Call, encrypt};

/// One output item.
pub(super) enum Item {
    Reasoning { id: String, text: String, encrypted: bool },
    Message { id: String, text: String },
    Function { id: String, call_id: String, name: String, namespace: Option<String>, arguments: String },
    Custom { id: String, call_id: String, name: String, input: String },
    LocalShell { id: String, call_id: String, action: Value },
}

pub(super) fn items(telling: &Telling<'_>) -> Vec<Item> {
    let (plan, number) = (telling.plan, telling.number);
    let mut items = Vec::new();
    if let Some(text) = plan.thinking.clone() {
        let encrypted = telling.heard.asks_encrypted;
        items.push(Item::Reasoning { id: format!("rs_kit{number:04}"), text, encrypted });
    }
    if !plan.text.is_empty() {
        items.push(Item::Message { id: format!("msg_kit{number:04}"), text: plan.text.clone() });
    }
    items.extend(plan.calls.iter().map(call_item));
    items
}

fn call_item(call: &Call) -> Item {
    let call_id = format!("call_{}", call.id);
    let name = call.name.clone();
    let function = |namespace| Item::Function {
        id: format!("fc_{}", call.id),
        call_id: call_id.clone(),
        name: name.clone(),
        namespace,
        arguments: call.arguments.to_string(),
    };
    match &call.kind {
        OfferedKind::Function => function(None),
        OfferedKind::Namespaced(namespace) => function(Some(namespace.clone())),
        OfferedKind::Custom => Item::Custom {
            id: format!("ctc_{}", call.id),
            call_id: call_id.clone(),
            name: name.clone(),
            input: call.arguments.as_str().unwrap_or_default().to_owned(),
        },
        OfferedKind::LocalShell => Item::LocalShell {
            id: format!("lsh_{}", call.id),
            call_id: call_id.clone(),
            action: json!({"type": "exec", "command": call.arguments["command"], "env": {}}),
        },
    }
}

impl Item {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Reasoning { id, .. }
            | Self::Message { id, .. }
            | Self::Function { id, .. }
            | Self::Custom { id, .. }
            | Self::LocalShell { id, .. } => id,
        }
    }

    /// The opening form: everything that streams is still empty.
    pub(super) fn added(&self) -> Value {
        let mut item = self.done_without_arguments();
        match self {
            Self::Reasoning { .. } => item["summary"] = json!([]),
            Self::Message { .. } => item["content"] = json!([]),
            Self::Function { .. } | Self::Custom { .. } | Self::LocalShell { .. } => {}
        }
        if item["status"].is_string() {
            item["status"] = json!("in_progress");
        }
        item
    }

    /// The closing form with empty arguments, as some vendors send it.
    pub(super) fn done_without_arguments(&self) -> Value {
        let mut item = self.done();
        match self {
            Self::Function { .. } => item["arguments"] = json!(""),
            Self::Custom { .. } => item["input"] = json!(""),
            Self::Reasoning { .. } | Self::Message { .. } | Self::LocalShell { .. } => {}
        }
        item
    }

    /// The closing form.
    pub(super) fn done(&self) -> Value {
        match self {
            Self::Reasoning { id, text, encrypted } => {
                let mut item = json!({"id": id, "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]});
                if *encrypted {
                    item["encrypted_content"] = json!(encrypt(text));
                }
                item
            }
            Self::Message { id, text } => json!({
                "id": id, "type": "message", "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": text}],
            }),
            Self::Function { id, call_id, name, namespace, arguments } => {
                let mut item = json!({
                    "id": id, "type": "function_call", "status": "completed",
                    "arguments": arguments, "call_id": call_id, "name": name,
                });
                if let Some(namespace) = namespace {
                    item["namespace"] = json!(namespace);
                }
                item
            }
            Self::Custom { id, call_id, name, input } => json!({
                "id": id, "type": "custom_tool_call", "status": "completed",
                "call_id": call_id, "name": name, "input": input,
            }),
            Self::LocalShell { id, call_id, action } => json!({
                "id": id, "type": "local_shell_call", "status": "completed", "call_id": call_id, "action": action,
            }),
        }
    }
}
