//! What each cloud gets of what real clients ask for.

use super::{BETAS, Cloud, map_betas};

/// What Claude Code sends for its largest model.
const CLAUDE_CODE: &str = "claude-code-20250219,context-1m-2025-08-07,interleaved-thinking-2025-05-14,\
    thinking-token-count-2026-05-13,context-management-2025-06-27,prompt-caching-scope-2026-01-05,\
    mid-conversation-system-2026-04-07,effort-2025-11-24";

fn lost(cloud: Cloud, header: &str) -> Vec<String> {
    map_betas(cloud, [header], &[]).losses.into_iter().map(|loss| loss.feature.into_owned()).collect()
}

#[test]
fn the_table_is_sorted_and_names_each_beta_once() {
    assert!(BETAS.is_sorted_by(|one, next| one.name < next.name));
}

#[test]
fn claude_codes_own_list() {
    let bedrock = map_betas(Cloud::Bedrock, [CLAUDE_CODE], &[]);
    assert_eq!(
        bedrock.values,
        [
            "context-1m-2025-08-07",
            "interleaved-thinking-2025-05-14",
            "context-management-2025-06-27",
            "effort-2025-11-24"
        ]
    );
    assert_eq!(bedrock.fields, ["cache_control.scope", "messages[system]"]);
    let vertex = map_betas(Cloud::Vertex, [CLAUDE_CODE], &[]);
    assert_eq!(
        vertex.values,
        ["context-1m-2025-08-07", "interleaved-thinking-2025-05-14", "context-management-2025-06-27"]
    );
    for cloud in [Cloud::Bedrock, Cloud::Vertex] {
        assert_eq!(
            lost(cloud, CLAUDE_CODE),
            [
                "anthropic-beta:thinking-token-count-2026-05-13",
                "anthropic-beta:prompt-caching-scope-2026-01-05",
                "anthropic-beta:mid-conversation-system-2026-04-07"
            ]
        );
    }
}

#[test]
fn a_renamed_beta_goes_up_under_the_clouds_names() {
    let bedrock = map_betas(Cloud::Bedrock, ["advanced-tool-use-2025-11-20"], &[]);
    assert_eq!(bedrock.values, ["tool-search-tool-2025-10-19", "tool-examples-2025-10-29"]);
    assert_eq!(bedrock.fields, ["tools[].allowed_callers"]);
    assert_eq!(bedrock.losses.len(), 1);
    // Said by both names, it goes up once.
    let twice = map_betas(Cloud::Vertex, ["tool-search-tool-2025-10-19, advanced-tool-use-2025-11-20"], &[]);
    assert_eq!(twice.values, ["tool-search-tool-2025-10-19"]);
}

#[test]
fn a_refused_beta_takes_its_fields_with_it() {
    let mapped = map_betas(Cloud::Bedrock, ["skills-2025-10-02, code-execution-2025-08-25"], &[]);
    assert_eq!(mapped.values, Vec::<String>::new());
    assert_eq!(mapped.fields, ["container", "tools[code_execution_20250825]"]);
}

#[test]
fn what_nobody_knows_is_left_out_and_said() {
    assert_eq!(lost(Cloud::Vertex, "brand-new-2027-01-01"), ["anthropic-beta:brand-new-2027-01-01"]);
    assert_eq!(lost(Cloud::Bedrock, "a,a"), ["anthropic-beta:a"]);
}

#[test]
fn what_the_operator_vouches_for_goes_up() {
    let also = ["brand-new-2027-01-01".to_owned(), "skills-2025-10-02".to_owned()];
    let mapped = map_betas(Cloud::Bedrock, ["skills-2025-10-02", "brand-new-2027-01-01"], &also);
    assert_eq!(mapped.values, ["skills-2025-10-02", "brand-new-2027-01-01"]);
    assert!(mapped.fields.is_empty() && mapped.losses.is_empty());
}

#[test]
fn headers_of_any_form_are_read() {
    let headers = [" context-1m-2025-08-07 ,, ", "", "Interleaved-Thinking-2025-05-14"];
    let mapped = map_betas(Cloud::Bedrock, headers, &[]);
    assert_eq!(mapped.values, ["context-1m-2025-08-07", "interleaved-thinking-2025-05-14"]);
    assert_eq!(map_betas(Cloud::Vertex, [], &[]), super::MappedBetas::default());
}
