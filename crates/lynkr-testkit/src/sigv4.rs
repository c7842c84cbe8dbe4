//! Signature Version 4, judged as AWS does: the signature is made again from the request and the secret. Written
//! after "Create a signed AWS API request" in the AWS IAM user guide, without any of AWS's libraries.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::{digest, hmac};

use crate::recorded::Recorded;

/// How far the request's time may be from the service's.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What a good signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The access key's id.
    pub key_id: String,
    /// The region that it holds for.
    pub region: String,
    /// The service that it holds for.
    pub service: String,
    /// The names of the headers that it covers.
    pub headers: Vec<String>,
}

/// Checks a request's signature with the secret of the access key; what is wrong with it comes back as a sentence.
pub fn check(request: &Recorded, secret: &str) -> Result<Signed, String> {
    let header = request.header("authorization").ok_or("there is no authorization")?;
    let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("it is no AWS4-HMAC-SHA256")?;
    let field = |name: &str| {
        let mut fields = fields.split(',').map(str::trim);
        fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('=')).ok_or(format!("no {name}"))
    };
    let (credential, signed, signature) =
        (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let [key_id, date, region, service, "aws4_request"] = credential.split('/').collect::<Vec<_>>()[..]
    else {
        return Err(format!("the credential's scope is {credential}"));
    };
    let time = request.header("x-amz-date").ok_or("there is no x-amz-date")?;
    if !time.starts_with(date) {
        return Err(format!("x-amz-date is {time} and the scope says {date}"));
    }
    fresh(time)?;
    let headers: Vec<&str> = signed.split(';').collect();
    covers(request, &headers)?;
    let canonical = canonical(request, &headers);
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let steps = [date, region, service, "aws4_request", &to_sign];
    let key = format!("AWS4{secret}").into_bytes();
    let made = hex(&steps.iter().fold(key, |key, step| mac(&key, step.as_bytes())));
    if made != signature {
        return Err(format!("the signature doesn't match; what AWS would sign is\n{canonical}"));
    }
    let own = str::to_owned;
    Ok(Signed {
        key_id: own(key_id),
        region: own(region),
        service: own(service),
        headers: headers.into_iter().map(own).collect(),
    })
}

/// AWS wants the host and all of its own headers signed, in order.
fn covers(request: &Recorded, headers: &[&str]) -> Result<(), String> {
    let own = request.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("x-amz-"));
    let missing = own.chain(["host"]).find(|name| !headers.contains(name));
    match missing {
        Some(name) => Err(format!("{name} is not signed")),
        None if !headers.is_sorted() => Err("the signed headers are not in order".to_owned()),
        None => Ok(()),
    }
}

fn canonical(request: &Recorded, headers: &[&str]) -> String {
    // Of every service but S3 the path, which is encoded already, is encoded once more.
    let path: Vec<String> = request.path.split('/').map(encoded).collect();
    let mut query: Vec<&str> = request.query.iter().flat_map(|query| query.split('&')).collect();
    query.sort_unstable();
    let mut text = format!("{}\n{}\n{}\n", request.method, path.join("/"), query.join("&"));
    for name in headers {
        let values = request.headers.iter().filter(|(own, _)| own == name);
        let words = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
        let values: Vec<String> = values.map(|(_, value)| words(value)).collect();
        let _ = writeln!(text, "{name}:{}", values.join(","));
    }
    let _ = write!(text, "\n{}\n{}", headers.join(";"), sha256(&request.body));
    text
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `20260102T030405Z` is now, or nearly.
fn fresh(time: &str) -> Result<(), String> {
    let wrong = || format!("x-amz-date is {time}");
    let number = |from: usize, to: usize| time.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
    let all = [(0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15)].map(|(from, to)| number(from, to));
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)] = all else {
        return Err(wrong());
    };
    // Days since 1970 in the Gregorian calendar, years beginning in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let said = Duration::from_secs(u64::try_from(seconds).map_err(|_| wrong())?);
    if now.abs_diff(said) > CLOCK_SKEW { Err(format!("{} and that is not now", wrong())) } else { Ok(()) }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
