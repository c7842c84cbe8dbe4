//! What is a region, and which host names one.

use super::{CloudRegions, is_region};
use crate::bedrock::PROVIDER;

fn cloud() -> CloudRegions {
    PROVIDER.regions.unwrap()
}

#[test]
fn what_could_change_a_host_is_no_region() {
    for region in ["us-east-1", "us-gov-west-1", "ap-southeast-7", "eusc-de-east-1", "us-isob-east-1"] {
        assert!(is_region(region), "{region}");
    }
    for text in [
        "",
        "-",
        "--1",
        "us-east",
        "us-east-",
        "us-east-1.evil.example",
        "s3-website-us-east-1",
        "s3",
        "x@evil",
        "evil.example/",
        "us-east-1#",
        "US-EAST-1",
        "us-east-1 ",
        "ü-east-1",
    ] {
        assert!(!is_region(text), "{text}");
    }
}

#[test]
fn a_region_has_a_host_and_a_host_a_region() {
    for (region, host) in [
        ("us-east-1", "bedrock-runtime.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "bedrock-runtime.eusc-de-east-1.amazonaws.eu"),
    ] {
        assert_eq!(cloud().host(region), format!("https://{host}"));
        assert_eq!(cloud().of_host(host), Some(region));
    }
    for (host, region) in [
        ("bedrock-runtime-fips.us-west-2.amazonaws.com", Some("us-west-2")),
        ("vpce-0a1b-2c3d.bedrock-runtime.eu-west-1.vpce.amazonaws.com", Some("eu-west-1")),
        ("bedrock-runtime.example.com", None),
        ("gateway.example.com", None),
        ("127.0.0.1", None),
        ("bedrock-runtime", None),
    ] {
        assert_eq!(cloud().of_host(host), region, "{host}");
    }
}

#[test]
fn a_model_is_served_around_the_region() {
    for (region, expected) in [
        ("us-east-2", "us.anthropic.c"),
        ("us-gov-west-1", "us-gov.anthropic.c"),
        ("eu-central-1", "eu.anthropic.c"),
        ("ap-northeast-1", "global.anthropic.c"),
        ("ca-central-1", "global.anthropic.c"),
    ] {
        assert_eq!(cloud().profile(region, "anthropic.c"), expected);
    }
}
