//! What the dashboard reads is what `openapi.json` says it is: every field of an answer is described, and what is described is
//! of its type.

use lynkr_testkit::Dialect;
use serde_json::{Value, json};

use crate::gateway::{Gateway, Setup};
use crate::http::Call;
use crate::keys::Kept;
use crate::usage::{asking, metered, on_record};

/// What is wrong with a value by its schema; a field that no part of the schema names is wrong as well.
fn wrongs(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return wrongs(document, document.pointer(&reference[1..]).unwrap(), value, place);
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let all: Vec<Vec<String>> = forms.iter().map(|form| wrongs(document, form, value, place)).collect();
        return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return wrongs(document, &joined(document, parts), value, place);
    }
    let mut found = Vec::new();
    let is_one_of = |values: &Value| values.as_array().is_none_or(|all| all.contains(value));
    if !is_one_of(&schema["enum"])
        || schema.get("const").is_some_and(|only| only != value)
        || !has_type(schema, value)
    {
        found.push(format!("{place}: {value} isn't {schema}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(name).is_none() {
            found.push(format!("{place}.{name} is missing"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        // Without any named field the object is open.
        let Some(fields) = schema["properties"].as_object() else { break };
        match fields.get(name) {
            Some(field) => found.extend(wrongs(document, field, inner, &format!("{place}.{name}"))),
            None => found.push(format!("{place}.{name} isn't described")),
        }
    }
    if let Some(item) = schema.get("items") {
        let items = value.as_array().into_iter().flatten();
        found.extend(items.flat_map(|own| wrongs(document, item, own, &format!("{place}[]"))));
    }
    found
}

/// Objects that are described in several parts, as one.
fn joined(document: &Value, parts: &[Value]) -> Value {
    let (mut fields, mut required) = (serde_json::Map::new(), Vec::new());
    for part in parts {
        let part = part["$ref"].as_str().map_or(part, |reference| document.pointer(&reference[1..]).unwrap());
        fields.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    json!({"type": "object", "properties": fields, "required": required})
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type: {other}"),
    };
    match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// A gateway of which everything has something to tell.
async fn busy(kept: &Kept, url: &str) -> Gateway {
    let budget = ["budgets", "set", "key:*", "--requests", "10", "--period", "day", "--warn", "80%"];
    let made = kept.with(Setup::new().without("PORT").arguments(&budget)).run().await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let tiers = Setup::upstream(Dialect::Anthropic, url)
        .env("TIER_SIMPLE", "anthropic:claude-haiku-4-5")
        .env("TIER_REASONING", "anthropic:claude-opus-4-5")
        .env("LYNKR_LEARNING", "shadow");
    let gateway = kept.with(tiers).start().await;
    let key = kept.key(&[]).await;
    for model in ["auto", "auto", "claude-of-nobody-99"] {
        gateway.send(asking(model, "s1").header("x-lynkr-key", &key)).await.expect(200);
    }
    gateway
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_that_the_dashboard_reads_is_as_it_is_described() {
    let kept = Kept::in_a_file();
    let upstream = metered().await;
    let gateway = busy(&kept, &upstream.url()).await;
    on_record(&gateway, "/dashboard/api/usage", 3).await;
    let document = gateway.get("/openapi.json").await.expect(200);
    let logs = gateway.get("/dashboard/api/logs").await.expect(200);
    let record = logs["requests"][0]["id"].as_str().unwrap();
    let mut looked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let is_meant = path.starts_with("/dashboard/api/")
            || ["/v1/usage", "/api/tokens/stats", "/api/sessions/{id}/tokens"].contains(&path.as_str());
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if !is_meant || schema.is_null() {
            continue;
        }
        assert!(!schema.to_string().contains("Numbers"), "{path} is described by no field");
        let id = if path.contains("logs") { record } else { "s1" };
        let answer = gateway.send(Call::get(path.replace("{id}", id))).await.expect(200);
        assert_eq!(wrongs(&document, schema, &answer, path), Vec::<String>::new(), "{answer}");
        looked += 1;
    }
    assert!(looked >= 16, "{looked}");
}
