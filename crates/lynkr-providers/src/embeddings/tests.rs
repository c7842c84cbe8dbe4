//! Which model makes embeddings.

use super::choose_embeddings_model;
use crate::samples::upstream;

#[test]
fn a_name_goes_up_unless_it_is_another_vendor_s() {
    let own = &[("OLLAMA_EMBEDDINGS_MODEL", "bge-m3")][..];
    let azure =
        &[("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com"), ("AZURE_OPENAI_API_KEY", "configured")]
            [..];
    let compatible = &[("OPENAI_COMPATIBLE_ENDPOINT", "http://127.0.0.1:8000")][..];
    let bricks = &[
        ("DATABRICKS_API_BASE", "https://adb-1.7.azuredatabricks.net"),
        ("DATABRICKS_API_KEY", "dapi-configured"),
    ][..];
    let router = &[("OPENROUTER_EMBEDDINGS_MODEL", "qwen/qwen3-embedding-8b")][..];
    for (provider, environment, asked, expected) in [
        ("openai", &[][..], "text-embedding-3-large", "text-embedding-3-large"),
        ("openai", &[], "nomic-embed-text", "text-embedding-3-small"),
        ("openai", &[("OPENAI_EMBEDDINGS_MODEL", "text-embedding-3-large")], "", "text-embedding-3-large"),
        ("ollama", &[], "text-embedding-3-small", "nomic-embed-text"),
        ("ollama", &[], "mxbai-embed-large", "mxbai-embed-large"),
        ("ollama", own, "text-embedding-ada-002", "bge-m3"),
        ("ollama", own, "", "bge-m3"),
        ("openrouter", &[], "text-embedding-3-small", "openai/text-embedding-3-small"),
        ("openrouter", &[], "nomic-embed-text", "openai/text-embedding-ada-002"),
        ("openrouter", &[], "mistralai/mistral-embed", "mistralai/mistral-embed"),
        ("openrouter", router, "text-embedding-3-small", "qwen/qwen3-embedding-8b"),
        ("edenai", &[], "text-embedding-3-small", "openai/text-embedding-3-small"),
        ("llamacpp", &[], "text-embedding-3-small", "text-embedding-3-small"),
        ("azure-openai", azure, "my-embeddings", "my-embeddings"),
        ("azure-openai", azure, "text-embedding-3-small", "text-embedding-3-small"),
        ("openai-compatible", compatible, "BAAI/bge-small-en", "BAAI/bge-small-en"),
        ("databricks", bricks, "text-embedding-3-small", "databricks-gte-large-en"),
        ("databricks", bricks, "my-endpoint", "my-endpoint"),
        ("builtin", &[], "anything", "anything"),
        ("builtin", &[], "", "lynkr-builtin"),
    ] {
        let chosen = choose_embeddings_model(asked, &upstream(provider, environment), &[]);
        assert_eq!(chosen.model, expected, "{provider} asked for {asked:?}");
    }
}

#[test]
fn a_server_s_list_says_which_names_are_its_own() {
    let ollama = upstream("ollama", &[]);
    let served = ["nomic-embed-text:latest".to_owned(), "text-embedding-custom:latest".to_owned()];
    for (asked, expected) in [
        ("text-embedding-custom", "text-embedding-custom"),
        ("nomic-embed-text:latest", "nomic-embed-text:latest"),
        ("bge-m3", "nomic-embed-text"),
    ] {
        assert_eq!(choose_embeddings_model(asked, &ollama, &served).model, expected);
    }
}
