//! Upstreams' whole answers as clients of every dialect get them.

use super::{context, fixtures};
use crate::Dialect;
use crate::codec;

#[test]
fn every_reply_for_every_client() {
    for fixture in fixtures("reply.json") {
        let reply = codec(fixture.dialect).decode_reply(&fixture.bytes).unwrap();
        for client in Dialect::ALL {
            let body = codec(client).encode_reply(&reply, &context());
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            fixture.check(&format!("reply.for.{client}"), &serde_json::to_string_pretty(&body).unwrap());
        }
    }
}
