//! Every file is there, is served as what it is, and loads nothing from elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::FILES;
use crate::router;
use crate::tests::{service, with_keys};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/dashboard")
}

fn found(folder: &Path, within: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{within}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            found(&path, &format!("{name}/"), names);
        } else if ending(&name) != "md" {
            names.insert(name);
        }
    }
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Response<Vec<u8>> {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let service = with_keys(&service("http://127.0.0.1:9"), &["key-0123456789"]);
    let response = router(service).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes().to_vec())
}

#[test]
fn every_file_of_the_folder_is_part_of_the_program() {
    let mut names = BTreeSet::new();
    found(&folder(), "", &mut names);
    let table: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
    assert_eq!(table, names);
    assert_eq!(table.len(), FILES.len());
}

#[test]
fn every_import_leads_to_a_file_and_nothing_leads_elsewhere() {
    let names: BTreeSet<&str> = FILES.iter().map(|file| file.name).collect();
    for file in FILES.iter().filter(|file| ending(file.name) == "js" && !file.name.starts_with("vendor/")) {
        let text = std::str::from_utf8(file.bytes).unwrap();
        let imports =
            text.split(['"', '\'']).filter(|part| part.starts_with("./") || part.starts_with("../"));
        for import in imports.filter(|import| ending(import) == "js") {
            let mut parts: Vec<&str> = file.name.split('/').collect();
            parts.pop();
            for part in import.split('/') {
                match part {
                    "." => {}
                    ".." => drop(parts.pop()),
                    name => parts.push(name),
                }
            }
            assert!(names.contains(parts.join("/").as_str()), "{} imports {import}", file.name);
        }
    }
    for file in FILES.iter().filter(|file| matches!(ending(file.name), "html" | "css")) {
        let text = std::str::from_utf8(file.bytes).unwrap();
        assert!(!text.contains("://") && !text.contains("@import"), "{} names another place", file.name);
    }
}

#[test]
fn all_preloads_are_files_and_no_script_or_style_stands_in_the_page() {
    let page = std::str::from_utf8(FILES.first().unwrap().bytes).unwrap();
    let mut loaded = 0;
    for part in page.split("dashboard/assets/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(FILES.iter().any(|file| file.name == name), "{name}");
        loaded += 1;
    }
    assert!(loaded > 5);
    assert!(
        page.matches("<script").count()
            == page.matches("<script src=").count() + page.matches("<script type=\"module\" src=").count()
    );
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" on"), "{page}");
}

#[tokio::test]
async fn the_page_is_served_without_a_key_and_its_data_is_not() {
    let page = get("/dashboard", &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let slash = get("/dashboard/", &[]).await;
    assert_eq!(
        (slash.status().as_u16(), &slash.headers()["location"]),
        (308, &"../dashboard".parse().unwrap())
    );
    assert_eq!(get("/dashboard/api/overview", &[]).await.status(), StatusCode::UNAUTHORIZED);
    for name in ["nothing.js", "../../src/lib.rs", "%2e%2e/%2e%2e/Cargo.toml", "lib", "index.html%00"] {
        let status = get(&format!("/dashboard/assets/{name}"), &[]).await.status();
        assert!(status == StatusCode::NOT_FOUND || status == StatusCode::UNAUTHORIZED, "{name}: {status}");
    }
}

#[tokio::test]
async fn files_are_compressed_and_not_sent_twice() {
    for (name, kind) in [
        ("app.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let path = format!("/dashboard/assets/{name}");
        let plain = get(&path, &[]).await;
        assert_eq!(plain.headers()["content-type"], kind);
        assert_eq!(plain.body().as_slice(), std::fs::read(folder().join(name)).unwrap());
        let tag = plain.headers()["etag"].to_str().unwrap().to_owned();
        let packed = get(&path, &[("accept-encoding", "gzip")]).await;
        let is_short = plain.body().len() < 1_024;
        assert_eq!(packed.headers().contains_key("content-encoding"), !is_short, "{name}");
        assert!(is_short || packed.body().len() < plain.body().len() / 2, "{name}");
        for (known, status) in [(tag.as_str(), 304), (&format!("\"x\", {tag}"), 304), ("W/\"x\"", 200)] {
            let again = get(&path, &[("if-none-match", known), ("accept-encoding", "gzip")]).await;
            assert_eq!(again.status().as_u16(), status, "{name} {known}");
            assert_eq!(again.headers()["etag"], tag.as_str());
        }
    }
}
