//! Only whole events go on, and only the usage chunk is kept back.

use super::*;

#[test]
fn events_end_at_blank_lines() {
    let cases: &[(&[u8], usize)] = &[
        (b"data: a\n\ndata: b", 9),
        (b"data: a\r\n\r\n", 11),
        (b"data: a\r\n\r\nx", 11),
        (b"data: a\n", 0),
        (b"", 0),
    ];
    for (bytes, end) in cases {
        assert_eq!(end_of_events(Dialect::OpenAiChat, bytes), *end, "{bytes:?}");
    }
    assert_eq!(end_of_events(Dialect::Ollama, b"{}\n{"), 3);
}

#[test]
fn only_the_usage_chunk_is_kept_back() {
    let text = "data: {\"choices\":[{\"delta\":{}}],\"usage\":null}\n\n\
                data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n\
                data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n\
                data: [DONE]\n\n";
    let kept = without_usage_chunks(&Bytes::from(text));
    let expected = "data: {\"choices\":[{\"delta\":{}}],\"usage\":null}\n\n\
                    data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n\
                    data: [DONE]\n\n";
    assert_eq!(std::str::from_utf8(&kept).unwrap(), expected);
}
