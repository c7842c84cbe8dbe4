//! Clients' requests as upstreams of the other dialects get them.

use std::fmt::Write as _;

use super::{fixtures, translate};
use crate::Dialect;
use crate::codec;

#[test]
fn every_request_in_every_other_dialect() {
    for fixture in fixtures("request.json") {
        let conversation = codec(fixture.dialect).decode_request(&fixture.bytes).unwrap();
        for target in Dialect::ALL.into_iter().filter(|target| *target != fixture.dialect) {
            let found = match translate(conversation.clone(), target) {
                Ok(encoded) => {
                    let body: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
                    let mut text = serde_json::to_string_pretty(&body).unwrap();
                    for loss in &encoded.losses {
                        let _ = write!(text, "\n{:?} {}", loss.action, loss.feature);
                    }
                    text
                }
                Err(error) => format!("Refused {error}"),
            };
            fixture.check(&format!("request.to.{target}"), &found);
        }
    }
}
