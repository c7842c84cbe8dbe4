//! Orders in prompts.

use super::*;

#[test]
fn the_last_order_counts() {
    let order =
        |prompt: &str| Order::of_prompt(prompt).map(|order| format!("{:?} {:?}", order.kind, order.once));
    for (prompt, expected) in [
        ("hi", None),
        ("[kit ]", None),
        ("[kit status=x]", None),
        ("[kit status=429", None),
        (
            "[kit status=429 retry_after=1 once=a]",
            Some("Status { code: 429, retry_after: Some(1) } Some(\"a\")"),
        ),
        ("[kit status=429] [kit stall=30]", Some("Stall { events: 2, time: 30ms } None")),
        ("[kit cut=4]", Some("Cut { events: 4, how: Close } None")),
    ] {
        assert_eq!(order(prompt).as_deref(), expected, "{prompt}");
    }
}
