//! Pages of an answer's input.

use std::sync::Arc;

use lynkr_protocol::wire::Json;

use super::*;

fn kept(count: usize) -> Kept {
    let items = (0..count).map(|n| json!({"role": "user", "content": format!("text {n}")}));
    let items = items.chain([json!({"type": "message", "role": "assistant", "content": []})]);
    Kept { items: Arc::new(items.map(|item| Json::of(&item)).collect()), inputs: count, body: Bytes::new() }
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|item| item["id"].as_str().unwrap().split('_').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn pages_follow_each_other() {
    let kept = kept(5);
    let first = page(&kept, "resp_1", "limit=2");
    assert_eq!((ids(&first), &first["has_more"]), (vec!["4".to_owned(), "3".to_owned()], &json!(true)));
    let last = first["last_id"].as_str().unwrap();
    let second = page(&kept, "resp_1", &format!("limit=3&after={last}"));
    assert_eq!(
        (ids(&second), &second["has_more"]),
        (vec!["2".into(), "1".into(), "0".into()], &json!(false))
    );
    let upward = page(&kept, "resp_1", "order=asc&limit=1");
    assert_eq!(
        upward["data"][0],
        json!({
            "type": "message", "id": "msg_0_of_resp_1", "role": "user", "status": "completed",
            "content": [{"type": "input_text", "text": "text 0"}]
        })
    );
    assert_eq!(page(&kept, "resp_1", "").get("data").unwrap().as_array().unwrap().len(), 5);
    assert_eq!(page(&self::kept(0), "resp_1", "")["first_id"], Value::Null);
}
