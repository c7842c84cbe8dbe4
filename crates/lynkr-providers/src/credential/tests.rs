//! Whose credential goes where.

use super::{CallerCredential, Target, Withheld, may_pass};
use crate::provider_named;
use crate::samples::headers;

fn key(text: &str) -> CallerCredential<'_> {
    CallerCredential::ApiKey(text)
}

#[test]
fn what_a_caller_showed() {
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<(&'a str, &'a str)>);
    let cases: &[Case<'_>] = &[
        (&[], None),
        (&[("authorization", "Bearer abc")], Some(("Bearer(****)", "abc"))),
        (&[("authorization", "bearer  abc ")], Some(("Bearer(****)", "abc"))),
        (&[("authorization", "Bearer ")], None),
        (&[("authorization", "Basic abc")], None),
        (&[("x-api-key", "abc")], Some(("ApiKey(****)", "abc"))),
        (&[("x-api-key", " ")], None),
        (&[("api-key", "azure")], Some(("ApiKey(****)", "azure"))),
        (
            &[("x-api-key", "sk-real-enough"), ("authorization", "Bearer token-long")],
            Some(("Bearer(****)", "token-long")),
        ),
        (
            &[("x-api-key", "sk-real-enough"), ("authorization", "Bearer dummy")],
            Some(("ApiKey(****)", "sk-real-enough")),
        ),
    ];
    for (pairs, expected) in cases {
        let sent = headers(pairs);
        let credential = CallerCredential::from_headers(&sent);
        let shown =
            credential.as_ref().map(|credential| (format!("{credential:?}"), credential.text().to_owned()));
        assert_eq!(shown, expected.map(|(form, text)| (form.to_owned(), text.to_owned())), "{pairs:?}");
    }
}

const ANTHROPIC: &str = "sk-ant-api03-callers-own";
const SUBSCRIPTION: &str = "sk-ant-oat01-callers-own";
const OPENAI: &str = "sk-proj-callers-own";
const OPENROUTER: &str = "sk-or-v1-callers-own";
const DATABRICKS: &str = "dapi0123456789abcdef";
const BAIDU: &str = "bce-v3/ALTAK-callers-own";
const OTHER: &str = "callers-own-gateway-key";

#[test]
fn where_a_caller_s_credential_may_go() {
    use Target::{Assumed, Operator, Project, Vendor};
    for (secret, provider, target, expected) in [
        (ANTHROPIC, "anthropic", Vendor, None),
        (SUBSCRIPTION, "anthropic", Vendor, None),
        (OPENAI, "openai", Vendor, None),
        (OPENROUTER, "openrouter", Vendor, None),
        (ANTHROPIC, "openai", Vendor, Some(Withheld::OtherHost)),
        (SUBSCRIPTION, "openai", Vendor, Some(Withheld::OtherHost)),
        (ANTHROPIC, "openrouter", Vendor, Some(Withheld::OtherHost)),
        (OPENAI, "anthropic", Vendor, Some(Withheld::OtherHost)),
        (OPENROUTER, "openai", Vendor, Some(Withheld::OtherHost)),
        (OTHER, "openai", Vendor, Some(Withheld::OtherHost)),
        (DATABRICKS, "databricks", Vendor, None),
        (DATABRICKS, "openai", Vendor, Some(Withheld::OtherHost)),
        (DATABRICKS, "openai", Operator, Some(Withheld::OtherHost)),
        (DATABRICKS, "openai-compatible", Operator, None),
        (DATABRICKS, "databricks", Project, Some(Withheld::OtherHost)),
        (BAIDU, "baidu", Vendor, None),
        (BAIDU, "zai", Vendor, Some(Withheld::OtherHost)),
        (OPENAI, "deepseek", Vendor, Some(Withheld::OtherHost)),
        (OPENAI, "moonshot", Vendor, Some(Withheld::OtherHost)),
        (OTHER, "azure-openai", Vendor, Some(Withheld::OtherHost)),
        (ANTHROPIC, "azure-anthropic", Vendor, Some(Withheld::OtherHost)),
        (SUBSCRIPTION, "azure-anthropic", Operator, Some(Withheld::OtherHost)),
        ("sk-dummy", "openai", Vendor, Some(Withheld::Placeholder)),
        ("DUMMY", "anthropic", Vendor, Some(Withheld::Placeholder)),
        ("sk-abc", "openai", Vendor, Some(Withheld::Placeholder)),
        (ANTHROPIC, "anthropic", Operator, None),
        (ANTHROPIC, "anthropic-compatible", Operator, None),
        (ANTHROPIC, "openai", Operator, Some(Withheld::OtherHost)),
        (SUBSCRIPTION, "anthropic", Operator, Some(Withheld::OtherHost)),
        (SUBSCRIPTION, "anthropic-compatible", Operator, Some(Withheld::OtherHost)),
        (OPENROUTER, "openai-compatible", Operator, None),
        (OPENAI, "openai-compatible", Operator, None),
        (OTHER, "openai", Operator, None),
        ("dummy", "openai", Operator, None),
        (OPENAI, "openai", Project, Some(Withheld::OtherHost)),
        (OTHER, "openai-compatible", Project, Some(Withheld::OtherHost)),
        ("dummy", "openai-compatible", Project, Some(Withheld::OtherHost)),
        (OPENAI, "llamacpp", Assumed, Some(Withheld::OtherHost)),
    ] {
        let passed = may_pass(Some(key(secret)), provider_named(provider).unwrap(), target);
        assert_eq!(passed.err(), expected, "{secret} {provider} {target:?}");
    }
    let nothing = may_pass(None, provider_named("openai").unwrap(), Vendor);
    assert_eq!(nothing.err(), Some(Withheld::Absent));
}

#[test]
fn subscription_tokens_are_told_apart() {
    assert!(key(SUBSCRIPTION).is_subscription());
    assert!(!key(ANTHROPIC).is_subscription());
}
