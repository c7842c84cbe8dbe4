//! Where Google is asked, with what, and for which model.

use lynkr_protocol::Dialect::{self, Anthropic, Gemini, OpenAiChat, OpenAiResponses};

use crate::samples::{call, headers, prepared, shown, try_upstream, upstream, values, values_in_project};
use crate::{Call, CallerCredential, ModelRules, Operation, Prepared, Route, Upstream, choose_model};

const KEY: (&str, &str) = ("VERTEX_API_KEY", "operators-own-key");
const PROJECT: (&str, &str) = ("VERTEX_PROJECT", "my-project");
const GEMINI_API: &str = "https://generativelanguage.googleapis.com/v1beta/models/";
const GLOBAL: &str = "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global";

#[test]
fn every_dialect_reaches_gemini_by_key() {
    let google = upstream("gemini", &[KEY]);
    for client in [Anthropic, OpenAiChat, OpenAiResponses, Gemini, Dialect::Ollama] {
        let whole = prepared(&google, client, "gemini-2.5-pro", false);
        assert_eq!((whole.dialect, whole.method), (Gemini, "POST"));
        assert_eq!(whole.url, format!("{GEMINI_API}gemini-2.5-pro:generateContent"));
        let stream = prepared(&google, client, "gemini-2.5-pro", true);
        assert_eq!(stream.url, format!("{GEMINI_API}gemini-2.5-pro:streamGenerateContent?alt=sse"));
        assert_eq!(shown(&stream), "x-goog-api-key: operators-own-key");
    }
    let asks = |query| {
        let call = Call { query: Some(query), ..call(Gemini, Gemini, "gemini-3-pro", true) };
        google.prepare(&call).unwrap().url
    };
    let url = format!("{GEMINI_API}gemini-3-pro:streamGenerateContent?alt=sse");
    // A key in a URL ends up in logs; the client's stays here, and its own form of streams with it.
    assert_eq!(asks("alt=json&key=AIzaSomething"), url);
}

#[test]
fn what_else_is_asked_of_it() {
    let google = upstream("vertex", &[KEY]);
    let asked = |upstream: &Upstream, operation, dialect, model| {
        let call = Call { operation, ..call(dialect, dialect, model, false) };
        upstream.prepare(&call).map(|prepared| (prepared.method, prepared.url))
    };
    assert_eq!(
        asked(&google, Operation::ListModels, Gemini, ""),
        Ok(("GET", "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000".to_owned()))
    );
    assert_eq!(
        asked(&google, Operation::CountTokens, Gemini, "gemini-2.5-pro"),
        Ok(("POST", format!("{GEMINI_API}gemini-2.5-pro:countTokens")))
    );
    let cloud = upstream("vertex", &[PROJECT]);
    assert_eq!(
        asked(&cloud, Operation::CountTokens, Anthropic, "claude-opus-4-6"),
        Ok(("POST", format!("{GLOBAL}/publishers/anthropic/models/count-tokens:rawPredict")))
    );
    assert_eq!(
        asked(&cloud, Operation::CountTokens, Gemini, "gemini-2.5-pro"),
        Ok(("POST", format!("{GLOBAL}/publishers/google/models/gemini-2.5-pro:countTokens")))
    );
    assert!(asked(&cloud, Operation::CountTokens, OpenAiChat, "meta/llama").is_err());
    assert!(asked(&cloud, Operation::ListModels, Gemini, "").is_err());
}

#[test]
fn each_vendor_s_models_in_a_project() {
    let cloud = upstream("vertex", &[PROJECT]);
    for (client, model, stream, dialect, path) in [
        (
            Anthropic,
            "gemini-2.5-pro",
            false,
            Gemini,
            "/publishers/google/models/gemini-2.5-pro:generateContent",
        ),
        (
            Gemini,
            "gemini-2.5-pro",
            true,
            Gemini,
            "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        ),
        (
            Anthropic,
            "claude-opus-4-1@20250805",
            false,
            Anthropic,
            "/publishers/anthropic/models/claude-opus-4-1@20250805:rawPredict",
        ),
        (
            Gemini,
            "claude-opus-4-6",
            true,
            Anthropic,
            "/publishers/anthropic/models/claude-opus-4-6:streamRawPredict",
        ),
        (OpenAiResponses, "meta/llama-maas", true, OpenAiChat, "/endpoints/openapi/chat/completions"),
        (Gemini, "openai/gpt-oss-120b-maas", false, OpenAiChat, "/endpoints/openapi/chat/completions"),
    ] {
        let prepared = prepared(&cloud, client, model, stream);
        assert_eq!((prepared.dialect, prepared.url.as_str()), (dialect, &*format!("{GLOBAL}{path}")));
        assert_eq!(shown(&prepared), "GoogleToken", "{model}");
    }
    assert!(cloud.envelope(Anthropic, "claude-opus-4-6").is_some());
    assert!(cloud.envelope(Gemini, "gemini-2.5-pro").is_none());
}

#[test]
fn a_cloud_gets_the_betas_that_it_knows_and_no_version_in_a_header() {
    let cloud = upstream("vertex", &[PROJECT]);
    let sent = headers(&[
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "interleaved-thinking-2025-05-14,oauth-2025-04-20"),
        ("anthropic-beta", "somebody-s-own-2031-01-01,context-1m-2025-08-07"),
    ]);
    let call = Call { client_headers: &sent, ..call(Anthropic, Anthropic, "claude-opus-4-6", false) };
    let prepared = cloud.prepare(&call).unwrap();
    let anthropic = prepared.headers.filtered(|name| name.starts_with("anthropic-"));
    assert_eq!(
        anthropic,
        headers(&[("anthropic-beta", "interleaved-thinking-2025-05-14,context-1m-2025-08-07")])
    );
}

#[test]
fn the_mode_follows_from_the_settings() {
    let generic = ("GOOGLE_CLOUD_PROJECT", "my-project");
    let own = "https://aiplatform.googleapis.com/v1/projects/my-project/locations/";
    let gemini = |base: &str| format!("{base}/publishers/google/models/gemini-2.5-pro:generateContent");
    type Case<'a> = (&'a [(&'a str, &'a str)], String, &'a str);
    let by_key = |key: &str| format!("x-goog-api-key: {key}");
    let (operators, googles) = (by_key("operators-own-key"), by_key("a-google-key"));
    let google_key = ("GOOGLE_API_KEY", "a-google-key");
    let api = format!("{GEMINI_API}gemini-2.5-pro:generateContent");
    let cases: &[Case<'_>] = &[
        (&[KEY, google_key, ("GEMINI_API_KEY", "another-key")], api.clone(), &operators),
        (&[google_key, ("GEMINI_API_KEY", "another-key")], api.clone(), &googles),
        (&[("GOOGLE_API_KEY", "dummy"), ("GEMINI_API_KEY", "a-google-key")], api.clone(), &googles),
        // Names that lie around in many environments don't take a key's meaning away.
        (&[KEY, generic], api.clone(), &operators),
        (&[google_key, generic], api, &googles),
        (&[generic], gemini(&format!("{own}global")), "GoogleToken"),
        (&[("ANTHROPIC_VERTEX_PROJECT_ID", "my-project")], gemini(&format!("{own}global")), "GoogleToken"),
        // The gateway's own name says what is meant, whatever else lies around.
        (&[PROJECT, google_key], gemini(&format!("{own}global")), "GoogleToken"),
        (&[PROJECT, KEY], gemini(&format!("{own}global")), &operators),
        (
            &[PROJECT, ("VERTEX_REGION", "us"), ("GOOGLE_CLOUD_LOCATION", "eu")],
            gemini("https://aiplatform.us.rep.googleapis.com/v1/projects/my-project/locations/us"),
            "GoogleToken",
        ),
        (
            &[PROJECT, ("CLOUD_ML_REGION", "us-east5")],
            gemini("https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5"),
            "GoogleToken",
        ),
        (
            &[PROJECT, ("VERTEX_ENDPOINT", "https://private.example/v1/"), ("VERTEX_LOCATION", "eu")],
            gemini("https://private.example/v1/projects/my-project/locations/eu"),
            "GoogleToken",
        ),
        (
            &[("VERTEX_ENDPOINT", "https://private.example/v1beta1/projects/p/locations/l")],
            gemini("https://private.example/v1beta1/projects/p/locations/l"),
            "GoogleToken",
        ),
        (
            &[KEY, ("VERTEX_ENDPOINT", "https://aiplatform.googleapis.com/v1")],
            gemini("https://aiplatform.googleapis.com/v1"),
            &operators,
        ),
        (
            &[KEY, ("VERTEX_ENDPOINT", "https://generativelanguage.googleapis.com/v1")],
            "https://generativelanguage.googleapis.com/v1/models/gemini-2.5-pro:generateContent".to_owned(),
            &operators,
        ),
    ];
    for (environment, url, credential) in cases {
        let prepared = prepared(&upstream("vertex", environment), Anthropic, "gemini-2.5-pro", false);
        assert_eq!(
            (prepared.url.as_str(), &*shown(&prepared)),
            (url.as_str(), *credential),
            "{environment:?}"
        );
    }
}

#[test]
fn a_full_path_settles_the_model() {
    let endpoint = format!("{GLOBAL}/publishers/anthropic/models/claude-opus-4-1@20250805:rawPredict");
    let cloud = upstream("vertex", &[("VERTEX_ENDPOINT", &endpoint)]);
    assert_eq!(
        (cloud.configured_model(), cloud.pinned()),
        (Some("claude-opus-4-1@20250805"), Some(Anthropic))
    );
    assert_eq!(prepared(&cloud, Gemini, "claude-opus-4-1@20250805", false).url, endpoint);
}

#[test]
fn what_is_put_into_a_url_can_not_change_it() {
    for (name, value) in [
        ("VERTEX_PROJECT", "p/../../x"),
        ("VERTEX_PROJECT", "p?x"),
        ("VERTEX_PROJECT", ".."),
        ("VERTEX_PROJECT", "{location}"),
        ("VERTEX_LOCATION", "evil.example/"),
        ("VERTEX_LOCATION", "evil.example#"),
        ("VERTEX_LOCATION", "x@evil"),
    ] {
        let values = if name == "VERTEX_PROJECT" {
            values(&[(name, value)])
        } else {
            values(&[PROJECT, (name, value)])
        };
        let problems = try_upstream("vertex", &values).unwrap_err();
        assert_eq!(problems.first().map(|problem| problem.key.as_ref()), Some(name), "{value}");
    }
    assert!(try_upstream("vertex", &values(&[("VERTEX_PROJECT", "example.com:my-project")])).is_ok());
}

#[test]
fn a_project_folder_s_own_file_gets_no_credential_of_the_operator() {
    let dot_env = "VERTEX_PROJECT=somebody-elses\n";
    // A key of the operator's and a project of the folder's are never joined.
    let problems = try_upstream("vertex", &values_in_project(&[KEY], dot_env)).unwrap_err();
    let text = problems.first().unwrap().to_string();
    assert!(text.contains("VERTEX_PROJECT") && text.contains("comes from elsewhere"), "{text}");
    // Nor are the machine's credentials.
    let cloud = try_upstream("vertex", &values_in_project(&[], dot_env)).unwrap();
    assert!(cloud.prepare(&call(Gemini, Gemini, "gemini-2.5-pro", false)).is_err());
    for dot_env in [
        "VERTEX_ENDPOINT=https://aiplatform.googleapis.com/v1/projects/somebody-elses/locations/global\n",
        "VERTEX_ENDPOINT=https://evil.example\nVERTEX_PROJECT=p\n",
    ] {
        let cloud = try_upstream("vertex", &values_in_project(&[], dot_env)).unwrap();
        let prepared = cloud.prepare(&call(Gemini, Gemini, "gemini-2.5-pro", false));
        let ambient = prepared.is_ok_and(|prepared| prepared.credential.ambient().is_some());
        assert!(!ambient, "{dot_env}");
    }
    let evil = values_in_project(&[PROJECT], "VERTEX_ENDPOINT=https://evil.example\n");
    let cloud = try_upstream("vertex", &evil).unwrap();
    let prepared = cloud.prepare(&call(Gemini, Gemini, "gemini-2.5-pro", false)).unwrap();
    assert!(prepared.credential.ambient().is_none() && prepared.credential.header().is_none());
    // What the folder says about everything else is fine.
    let cloud =
        try_upstream("vertex", &values_in_project(&[PROJECT], "VERTEX_MODEL=gemini-2.5-pro\n")).unwrap();
    assert_eq!(shown(&prepared_of(&cloud)), "GoogleToken");
}

fn prepared_of(upstream: &Upstream) -> Prepared {
    prepared(upstream, Gemini, "gemini-2.5-pro", false)
}

#[test]
fn a_caller_s_own_google_key_goes_to_google_only() {
    let caller = CallerCredential::ApiKey("AIzaSyCallersOwn0123456789");
    let passes = |provider: &str, environment: &[(&str, &str)], dialect| {
        let call =
            Call { caller_credential: Some(caller), ..call(dialect, dialect, "gemini-2.5-pro", false) };
        let prepared = upstream(provider, environment).prepare(&call);
        prepared.map(|prepared| prepared.credential.header().map(|(name, _)| name.to_owned()))
    };
    assert_eq!(passes("vertex", &[], Gemini), Ok(Some("x-goog-api-key".to_owned())));
    assert!(passes("anthropic", &[], Anthropic).is_err());
    let elsewhere = [("ANTHROPIC_COMPATIBLE_ENDPOINT", "https://models.example")];
    assert_eq!(passes("anthropic-compatible", &elsewhere, Anthropic), Ok(None));
}

#[test]
fn which_model_is_asked() {
    let rules = ModelRules { force: None, default: None, aliases: &std::collections::BTreeMap::new() };
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (&[], "gemini-3-flash", "gemini-3-flash"),
        (&[], "google/gemini-3-flash", "gemini-3-flash"),
        (&[], "claude-sonnet-4-5-20250929", "gemini-2.0-flash"),
        (&[], "claude-haiku-4-5", "gemini-2.0-flash-lite"),
        (&[], "claude-opus-4-6", "gemini-2.5-pro"),
        (&[], "gpt-4o", "gemini-2.0-flash"),
        (&[("VERTEX_MODEL", "gemini-3-pro")], "claude-opus-4-6", "gemini-3-pro"),
        (&[PROJECT], "claude-sonnet-4-5-20250929", "claude-sonnet-4-5@20250929"),
        (&[PROJECT], "claude-3-5-haiku-latest", "claude-3-5-haiku"),
        (&[PROJECT], "claude-sonnet-4-6[1m]", "claude-sonnet-4-6"),
        (&[PROJECT], "gpt-4o", "gemini-2.0-flash"),
        (&[PROJECT], "meta/llama-maas", "meta/llama-maas"),
        (&[PROJECT, ("VERTEX_MODEL", "gemini-3-pro")], "claude-opus-4-6", "gemini-3-pro"),
        (&[PROJECT, ("VERTEX_MODEL", "claude-opus-4-6")], "claude-haiku-4-5", "claude-haiku-4-5"),
        (&[PROJECT, ("VERTEX_MODEL", "claude-opus-4-1-20250805")], "gpt-4o", "claude-opus-4-1@20250805"),
    ];
    for (environment, asked, expected) in cases {
        let upstream = upstream("vertex", environment);
        let route = Route { upstream: &upstream, models: &[], custom: &[] };
        assert_eq!(choose_model(asked, &route, &rules).model, *expected, "{environment:?} {asked}");
    }
}

#[test]
fn a_key_or_an_own_project_sets_it_up() {
    let google = crate::provider_named("vertex").unwrap();
    for (environment, expected) in [
        (&[][..], false),
        (&[("GEMINI_API_KEY", "a-google-key")], true),
        (&[("GEMINI_API_KEY", "dummy")], false),
        (&[PROJECT], true),
        // Every shell of Google's cloud has this one.
        (&[("GOOGLE_CLOUD_PROJECT", "p")], false),
    ] {
        assert_eq!(Upstream::configured(google, &values(environment)), expected, "{environment:?}");
    }
}
