//! The description is sound, and it is of what is served: every route, and nothing more.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::{document, openapi_json};
use crate::router;
use crate::table::table;
use crate::tests::{service, with_keys};

/// Nothing listens there: routes that ask a provider fail fast, which is an answer too.
const NOWHERE: &str = "http://127.0.0.1:9/v1";

/// Every operation of the description: path, method, what is said.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(|(method, said)| (path.clone(), method.clone(), said.clone())).collect::<Vec<_>>()
        })
        .collect()
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let (mut text, mut rest) = (String::new(), path);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str("some-name");
        rest = after.split_once('}').unwrap().1;
    }
    text + rest
}

async fn ask(method: &str, path: &str, keys: &[&str]) -> (StatusCode, String) {
    let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(filled(path));
    let request = request.body(Body::from("{}")).unwrap();
    let response = router(with_keys(&service(NOWHERE), keys)).oneshot(request).await.unwrap();
    let status = response.status();
    // Such a stream ends with the gateway.
    if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
        return (status, String::new());
    }
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn every_described_operation_is_served_and_no_other_method_of_its_path() {
    let document = document(&table());
    let operations = operations(&document);
    for (path, method, _) in &operations {
        let (status, text) = ask(method, path, &[]).await;
        let nobody = status == 404 && text.contains("there is no ");
        assert!(!nobody && status != StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {status} {text}");
    }
    for (path, _, _) in &operations {
        let described: BTreeSet<&str> =
            operations.iter().filter(|other| other.0 == *path).map(|other| other.1.as_str()).collect();
        for method in ["get", "post", "put", "patch", "delete", "options"] {
            let (status, text) = ask(method, path, &[]).await;
            assert_eq!(status == 405, !described.contains(method), "{method} {path}: {status} {text}");
        }
    }
}

#[test]
fn the_table_is_the_only_place_that_routes_come_from() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let calls = [".route(", ".nest(", ".route_service(", ".merge(", ".nest_service("];
                let times: usize = calls.iter().map(|call| text.matches(call).count()).sum();
                found.extend(std::iter::repeat_n(path.file_name().unwrap().to_owned(), times));
            }
        }
    }
    assert_eq!(found, ["router.rs"]);
}

#[test]
fn every_route_is_described_by_names_of_its_own() {
    let routes = table();
    let operations: Vec<_> = routes.iter().flat_map(|route| &route.operations).collect();
    assert!(routes.iter().all(|route| !route.operations.is_empty()));
    for operation in &operations {
        assert!(!operation.id.is_empty() && !operation.summary.is_empty(), "{operation:?}");
        assert!(super::TAGS.iter().any(|(tag, _)| *tag == operation.tag), "{operation:?}");
        let described: BTreeSet<&str> = operation.parameters.iter().map(|(name, _)| *name).collect();
        let in_path = operation.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
        for name in in_path {
            assert!(described.contains(name), "{}: {name} isn't described", operation.path);
        }
    }
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len());
    let described = super::tests::operations(&document(&routes)).len();
    assert_eq!(described, operations.len(), "two rows have the same path and method");
}

#[tokio::test]
async fn keys_are_wanted_where_the_description_says_so() {
    for (path, method, said) in operations(&document(&table())) {
        let (status, text) = ask(&method, &path, &["key-0123456789"]).await;
        let open = said["security"].as_array().is_some_and(Vec::is_empty);
        assert_eq!(status == 401, !open, "{method} {path}: {status} {text}");
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_is_referred_to_is_there_and_what_is_there_is_referred_to() {
    let document = document(&table());
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    for kind in ["schemas", "responses", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(used.contains(&format!("#/components/{kind}/{name}")), "nobody refers to {kind}/{name}");
        }
    }
}

#[tokio::test]
async fn the_description_is_served() {
    let (status, text) = ask("get", "/openapi.json", &[]).await;
    assert_eq!((status, text), (StatusCode::OK, openapi_json()));
}

/// What is read from a store, which this gateway hasn't.
const FROM_STORE: &[&str] = &[
    "/debug/session",
    "/v1/usage",
    "/api/tokens/stats",
    "/dashboard/api/usage",
    "/dashboard/api/logs",
    "/dashboard/api/routing",
    "/dashboard/api/sessions",
    "/dashboard/api/budgets",
    "/dashboard/api/keys",
    "/dashboard/api/cache",
    "/dashboard/api/analytics",
    "/dashboard/api/recommendations",
    "/dashboard/api/statusline",
    "/v1/admin/audit",
    "/routing/stats",
    "/v1/routing/stats",
    "/v1/routing/telemetry",
    "/v1/routing/accuracy",
];

/// What a schema demands of an object, in any of its forms.
fn demanded<'a>(document: &'a Value, schema: &'a Value) -> Vec<Vec<&'a str>> {
    if let Some(reference) = schema["$ref"].as_str() {
        return demanded(document, document.pointer(&reference[1..]).unwrap());
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        return forms.iter().flat_map(|form| demanded(document, form)).collect();
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let inherited = parts.flat_map(|part| demanded(document, part).concat());
    let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    vec![inherited.chain(own).collect()]
}

#[tokio::test]
async fn answers_hold_what_the_description_demands() {
    let document = document(&table());
    let gets =
        operations(&document).into_iter().filter(|(path, method, _)| method == "get" && !path.contains('{'));
    let mut checked = 0;
    for (path, method, said) in gets {
        let Some(schema) = said["responses"]["200"]["content"].get("application/json") else { continue };
        // What a provider answers, nobody answers here.
        if said["responses"].get("429").is_some() || FROM_STORE.contains(&path.as_str()) {
            continue;
        }
        let (status, text) = ask(&method, &path, &[]).await;
        assert_eq!(status, 200, "{path}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let forms = demanded(&document, &schema["schema"]);
        let fits = |form: &Vec<&str>| form.iter().all(|name| answer.get(name).is_some());
        assert!(forms.iter().any(fits), "{path} gives {text}, and {forms:?} is described");
        checked += 1;
    }
    assert!(checked > 5);
}
