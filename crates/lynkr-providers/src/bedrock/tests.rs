//! Where Bedrock is asked, with what, and for which model.

use lynkr_protocol::Dialect::{Anthropic, BedrockConverse, Gemini, OpenAiChat, OpenAiResponses};

use crate::samples::{call, headers, prepared, shown, try_upstream, upstream, values, values_in_project};
use crate::{Call, CallerCredential, ModelRules, Operation, Prepared, Route, Upstream, choose_model};

const KEY: (&str, &str) = ("AWS_BEDROCK_API_KEY", "operators-own-key");
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const AT: &str = "https://bedrock-runtime.us-east-1.amazonaws.com/model";

fn header<'a>(prepared: &'a Prepared, name: &str) -> Option<&'a str> {
    prepared.headers.get(name)
}

/// A colon and a slash stand encoded, once, in the path.
#[test]
fn models_are_named_by_id_profile_and_arn() {
    let aws = upstream("bedrock", &[KEY]);
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12cd34ef56";
    let encoded =
        "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fab12cd34ef56";
    let profile = "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-4-6-v1";
    for (client, model, stream, dialect, path) in [
        (Anthropic, CLAUDE, false, Anthropic, "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"),
        (
            Anthropic,
            "anthropic.claude-opus-4-7",
            true,
            Anthropic,
            "anthropic.claude-opus-4-7/invoke-with-response-stream",
        ),
        (
            Anthropic,
            profile,
            false,
            Anthropic,
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Feu.anthropic.claude-opus-4-6-v1/invoke",
        ),
        (
            OpenAiChat,
            "global.anthropic.claude-x",
            true,
            BedrockConverse,
            "global.anthropic.claude-x/converse-stream",
        ),
        (Anthropic, "amazon.nova-pro-v1:0", false, BedrockConverse, "amazon.nova-pro-v1%3A0/converse"),
        (
            Gemini,
            "meta.llama4-maverick-17b-instruct-v1:0",
            true,
            BedrockConverse,
            "meta.llama4-maverick-17b-instruct-v1%3A0/converse-stream",
        ),
        // Whose model this is, only AWS knows.
        (Anthropic, arn, false, BedrockConverse, &*format!("{encoded}/converse")),
        (OpenAiResponses, "..", true, BedrockConverse, "%2E%2E/converse-stream"),
    ] {
        let prepared = prepared(&aws, client, model, stream);
        assert_eq!((prepared.dialect, prepared.url), (dialect, format!("{AT}/{path}")), "{client} {model}");
    }
}

#[test]
fn streams_are_asked_for_in_aws_s_frames() {
    let aws = upstream("bedrock", &[KEY]);
    let sent = headers(&[("accept", "text/event-stream"), ("anthropic-version", "2023-06-01")]);
    for (client, model) in [(Anthropic, CLAUDE), (OpenAiChat, CLAUDE)] {
        for (stream, accepted) in [(true, "application/vnd.amazon.eventstream"), (false, "application/json")]
        {
            let spoken = aws.dialect_for(client, model);
            let call = Call { client_headers: &sent, ..call(client, spoken, model, stream) };
            let prepared = aws.prepare(&call).unwrap();
            assert_eq!(header(&prepared, "accept"), Some(accepted), "{client}");
            assert_eq!(header(&prepared, "anthropic-version"), None);
            assert_eq!(prepared.headers.all("accept").count(), 1);
        }
    }
}

#[test]
fn the_region_is_the_endpoint_s_or_the_settings() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (&[], "bedrock-runtime.us-east-1.amazonaws.com", "us-east-1"),
        (&[("AWS_DEFAULT_REGION", "sa-east-1")], "bedrock-runtime.sa-east-1.amazonaws.com", "sa-east-1"),
        (
            &[("AWS_DEFAULT_REGION", "sa-east-1"), ("AWS_REGION", "eu-west-3")],
            "bedrock-runtime.eu-west-3.amazonaws.com",
            "eu-west-3",
        ),
        (
            &[("AWS_REGION", "eu-west-3"), ("AWS_BEDROCK_REGION", "us-gov-west-1")],
            "bedrock-runtime.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
        ),
        (
            &[
                ("AWS_REGION", "eu-west-3"),
                ("AWS_BEDROCK_ENDPOINT", "https://bedrock-runtime-fips.us-west-2.amazonaws.com"),
            ],
            "bedrock-runtime-fips.us-west-2.amazonaws.com",
            "us-west-2",
        ),
        (
            &[
                ("AWS_REGION", "eu-west-3"),
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://bedrock.my-company.example/aws"),
            ],
            "bedrock.my-company.example",
            "eu-west-3",
        ),
        (
            &[
                ("AWS_BEDROCK_ENDPOINT", "https://first.example"),
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://second.example"),
            ],
            "first.example",
            "us-east-1",
        ),
    ];
    for (environment, host, region) in cases {
        let aws = upstream("bedrock", environment);
        assert_eq!(aws.host(), Some(*host), "{environment:?}");
        let signed = format!("AwsSigV4 {{ region: {region:?}, service: \"bedrock\" }}");
        assert_eq!(shown(&prepared(&aws, Anthropic, CLAUDE, false)), signed, "{environment:?}");
    }
    let problems = try_upstream("bedrock", &values(&[("AWS_REGION", "evil.example/#")])).unwrap_err();
    assert!(problems.first().unwrap().to_string().contains("is not a region"), "{problems:?}");
}

#[test]
fn a_key_is_a_bearer_and_goes_before_a_signature() {
    for (environment, expected) in [
        (
            &[KEY, ("AWS_BEARER_TOKEN_BEDROCK", "the-other-one")][..],
            "authorization: Bearer operators-own-key",
        ),
        (&[("AWS_BEARER_TOKEN_BEDROCK", "the-other-one")], "authorization: Bearer the-other-one"),
    ] {
        let aws = upstream("bedrock", environment);
        assert_eq!(shown(&prepared(&aws, OpenAiChat, "amazon.nova-pro-v1:0", true)), expected);
    }
    // A caller's own credential is nobody's there.
    let caller = CallerCredential::Bearer("sk-ant-api03-callers-own");
    let aws = upstream("bedrock", &[]);
    let call = Call { caller_credential: Some(caller), ..call(Anthropic, Anthropic, CLAUDE, false) };
    assert!(shown(&aws.prepare(&call).unwrap()).starts_with("AwsSigV4"));
}

/// A cloned folder's own file must not be able to have the machine's proof, or the operator's key, sent anywhere.
#[test]
fn a_project_folder_can_not_choose_who_gets_the_credentials() {
    for env in ["AWS_BEDROCK_ENDPOINT", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] {
        for host in ["https://evil.example", "https://bedrock-runtime.us-east-1.amazonaws.com.evil.example"] {
            let dot_env = format!("{env}={host}\n");
            let aws = try_upstream("bedrock", &values_in_project(&[], &dot_env)).unwrap();
            assert_eq!(shown(&prepared(&aws, Anthropic, CLAUDE, false)), "None", "{dot_env}");
            let problems = try_upstream("bedrock", &values_in_project(&[KEY], &dot_env)).unwrap_err();
            assert!(problems.first().unwrap().to_string().contains("comes from elsewhere"), "{problems:?}");
        }
    }
    // Which of AWS's regions it is may be the project's to say.
    let aws = try_upstream("bedrock", &values_in_project(&[KEY], "AWS_REGION=eu-west-1\n")).unwrap();
    assert_eq!(aws.host(), Some("bedrock-runtime.eu-west-1.amazonaws.com"));
    let dot_env = "AWS_REGION=us-east-1.amazonaws.com.evil.example/\n";
    assert!(try_upstream("bedrock", &values_in_project(&[KEY], dot_env)).is_err());
}

#[test]
fn what_else_is_asked_of_it() {
    let aws = upstream("bedrock", &[KEY]);
    let asked = |operation, dialect, model| {
        let call = Call { operation, ..call(dialect, dialect, model, false) };
        aws.prepare(&call).map(|prepared| prepared.url)
    };
    assert_eq!(
        asked(Operation::CountTokens, Anthropic, "anthropic.claude-haiku-4-5-20251001-v1:0"),
        Ok(format!("{AT}/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens"))
    );
    assert!(asked(Operation::CountTokens, BedrockConverse, "amazon.nova-pro-v1:0").is_err());
    assert!(asked(Operation::ListModels, BedrockConverse, "").is_err());
}

#[test]
fn guardrails_go_up_and_nothing_else_of_amazon_s() {
    let aws = upstream("bedrock", &[KEY]);
    let sent = headers(&[
        ("x-amzn-bedrock-guardrailidentifier", "gr-1"),
        ("x-amzn-bedrock-guardrailversion", "1"),
        ("x-amz-security-token", "a-clients-own"),
        ("x-amz-date", "19700101T000000Z"),
        ("anthropic-beta", "context-1m-2025-08-07"),
    ]);
    let call = Call { client_headers: &sent, ..call(Anthropic, Anthropic, CLAUDE, false) };
    let prepared = aws.prepare(&call).unwrap();
    let names: Vec<&str> = prepared.headers.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["content-type", "x-amzn-bedrock-guardrailidentifier", "x-amzn-bedrock-guardrailversion", "accept"]
    );
}

const EUROPE: (&str, &str) = ("AWS_REGION", "eu-central-1");

#[test]
fn names_of_claude_have_counterparts() {
    let aliases = std::collections::BTreeMap::new();
    let rules = ModelRules { force: None, default: None, aliases: &aliases };
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (&[], "claude-sonnet-4-5-20250929", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (&[], "claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (&[], "claude-sonnet-4-5-20250929[1m]", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        (&[], "claude-sonnet-4-20250514", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        (&[], "claude-3-5-sonnet-latest", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        (&[], "claude-3-5-sonnet-20240620", "us.anthropic.claude-3-5-sonnet-20240620-v1:0"),
        (&[], "claude-3-5-haiku-20241022", "us.anthropic.claude-3-5-haiku-20241022-v1:0"),
        (&[EUROPE], "claude-haiku-4-5", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
        (&[EUROPE], "claude-opus-4-6[1m]", "eu.anthropic.claude-opus-4-6-v1"),
        (&[EUROPE], "claude-sonnet-4-6[1m]", "eu.anthropic.claude-sonnet-4-6"),
        (&[("AWS_REGION", "ap-south-1")], "claude-opus-5-5", "global.anthropic.claude-opus-5-5"),
        (&[], "gpt-4o", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        // What belongs to it is asked for as it is, whatever is configured.
        (&[("AWS_BEDROCK_MODEL_ID", CLAUDE)], "amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        (&[("AWS_BEDROCK_MODEL_ID", CLAUDE)], "jp.anthropic.claude-x", "jp.anthropic.claude-x"),
        (
            &[],
            "arn:aws:bedrock:us-east-1:1:provisioned-model/x",
            "arn:aws:bedrock:us-east-1:1:provisioned-model/x",
        ),
        (&[], "bedrock:mistral.mistral-large-2407-v1:0", "mistral.mistral-large-2407-v1:0"),
        (&[], "aws/us.meta.llama3-3-70b-instruct-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"),
        (&[("AWS_BEDROCK_MODEL_ID", CLAUDE)], "claude-haiku-4-5", CLAUDE),
    ];
    for (environment, asked, expected) in cases {
        let upstream = upstream("bedrock", environment);
        let route = Route { upstream: &upstream, models: &[], custom: &[] };
        assert_eq!(choose_model(asked, &route, &rules).model, *expected, "{environment:?} {asked}");
    }
}

/// Every shell of AWS's has a region, and many have keys for something else.
#[test]
fn a_key_or_an_endpoint_sets_it_up() {
    let aws = crate::provider_named("aws").unwrap();
    for (environment, expected) in [
        (&[][..], false),
        (&[("AWS_REGION", "us-east-1")], false),
        (&[("AWS_BEDROCK_MODEL_ID", CLAUDE)], false),
        (&[KEY], true),
        (&[("AWS_BEDROCK_API_KEY", "dummy")], false),
        (&[("AWS_BEARER_TOKEN_BEDROCK", "a-bedrock-key")], true),
        (&[("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://vpc.example")], true),
    ] {
        assert_eq!(Upstream::configured(aws, &values(environment)), expected, "{environment:?}");
    }
}
