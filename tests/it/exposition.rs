//! What Prometheus scrapes, read by the parser of its own client library for Python.

use std::ffi::OsString;

use lynkr_testkit::{Dialect, Script};
use serde_json::Value;

use crate::binary;
use crate::dialects;
use crate::gateway::Setup;
use crate::http::Call;
use crate::scripted::{self, Scripted};

/// Prints each sample as a line of JSON: its family, its kind, its name, its labels and whether its value is a number.
const READ: &str = "
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
for family in families(open(sys.argv[1], encoding='utf-8', newline='').read()):
    for sample in family.samples:
        print(json.dumps([family.name, family.type, sample.name, sample.labels, sample.value == sample.value]))
";

/// A Python that has the library: `LYNKR_TEST_PYTHON`, else `python3`; `None` where it hasn't.
#[expect(clippy::print_stderr, reason = "who reads the output must see that nothing was tested")]
fn python() -> Option<OsString> {
    let python = std::env::var_os("LYNKR_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let has = binary::command(&python).args(["-c", "import prometheus_client"]).output();
    let has = has.is_ok_and(|ran| ran.status.success());
    if !has {
        eprintln!("ignored: {} has no prometheus_client", python.display());
    }
    has.then_some(python)
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_s_own_parser_reads_all_of_it() {
    let Some(python) = python() else { return };
    // Whatever the operator calls a model ends up in a label.
    let model = "odd \"name\" with \\ and, {braces} = ü";
    let upstream = Scripted::with(|_| Script::json(200, &scripted::whole(Dialect::Chat, "Well."))).await;
    let setup = Setup::upstream(Dialect::Chat, &upstream.url());
    let gateway = setup.env("OPENAI_MODEL", model).env("LYNKR_FORCE_MODEL", model).start().await;
    for client in dialects::ALL {
        gateway.post(dialects::path(client), &dialects::ask(client, "Hello.", false)).await.expect(200);
    }
    gateway.send(Call::get("/v1/\"nothing\"\\here")).await.expect(404);
    let text = gateway.get("/metrics/prometheus").await.text();
    let file = gateway.folder().join("metrics");
    std::fs::write(&file, &text).expect("a file can be written");
    let read = binary::command(python).args(["-c", READ]).arg(&file).output().expect("Python runs");
    assert!(read.status.success(), "{}\n{text}", String::from_utf8_lossy(&read.stderr));
    let lines = String::from_utf8_lossy(&read.stdout);
    let samples: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("lines are JSON")).collect();
    let written = text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(samples.len(), written, "every line is a sample");
    for sample in &samples {
        let kind = sample[1].as_str().unwrap_or_default();
        assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{sample}");
        let name = sample[2].as_str().unwrap_or_default();
        assert!(sample[4] == true || name == "http_request_duration_seconds", "{sample}");
    }
    let counted = samples.iter().filter(|sample| sample[2] == "lynkr_requests_total");
    let models: Vec<&str> = counted.filter_map(|sample| sample[3]["model"].as_str()).collect();
    assert_eq!(models, [model; 4], "one for each surface: {text}");
}
