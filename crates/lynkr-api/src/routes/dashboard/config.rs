//! The settings in effect, as `lynkr config --json` shows them: secrets masked, each with its source.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use crate::admin::ShownSetting;
use crate::context::Service;
use crate::routes::models::json_response;

/// `GET /dashboard/api/config`
pub(crate) async fn config(State(service): State<Service>) -> Response {
    let shown = service.reload.configuration().await.unwrap_or_default();
    let row = |own: &ShownSetting| -> Value {
        json!({
            "name": own.name, "toml": own.toml, "value": own.value, "source": own.source,
            "section": own.toml.split('.').next(), "secret": own.secret, "help": own.help,
        })
    };
    json_response(&json!({
        "settings": shown.settings.iter().map(row).collect::<Vec<_>>(),
        "problems": shown.problems, "files": shown.files,
    }))
}
