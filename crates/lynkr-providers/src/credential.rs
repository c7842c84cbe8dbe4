//! Whose credential goes up, and whether it may.
//!
//! In this order: the official client's own subscription token, towards its vendor's host only (see
//! `subscription.rs`); the configured key; the caller's own key, but only towards the host that it is for: the
//! vendor whose form it has, or an endpoint that the operator set up without a key.

use std::fmt;

use lynkr_config::{ExposeSecret as _, SecretString};

use crate::lines::Headers;
use crate::provider::{AuthScheme, Provider};

/// Keys that people write where a key is demanded but none is needed.
const PLACEHOLDERS: &[&str] = &["dummy", "test", "placeholder", "none", "x", "sk-dummy"];

/// No vendor's key is shorter.
const SHORTEST_KEY: usize = 8;

/// What a caller showed, in the headers of its request.
#[derive(Clone, Copy)]
pub enum CallerCredential<'a> {
    /// A key in a header of its own.
    ApiKey(&'a str),
    /// A bearer token.
    Bearer(&'a str),
    /// The token of a Codex that signed in with ChatGPT: a JSON web token beside the account that it is for.
    ChatGpt(&'a str),
}

/// The header in which Codex names the account that it signed in to.
const CHATGPT_ACCOUNT: &str = "chatgpt-account-id";

impl<'a> CallerCredential<'a> {
    /// The credential among a request's headers. A bearer token goes before a
    /// key, unless it is a placeholder and the key isn't.
    pub fn from_headers(headers: &'a Headers) -> Option<Self> {
        let value = |name: &str| headers.get(name).map(str::trim);
        let is_signed_in = value(CHATGPT_ACCOUNT).is_some_and(|account| !account.is_empty());
        let bearer = value("authorization").and_then(bearer_token).map(|token| {
            if is_signed_in && is_json_web_token(token) { Self::ChatGpt(token) } else { Self::Bearer(token) }
        });
        let key = ["x-api-key", "api-key", "x-goog-api-key"]
            .into_iter()
            .find_map(value)
            .filter(|key| !key.is_empty())
            .map(Self::ApiKey);
        match (bearer, key) {
            (Some(bearer), Some(key)) if bearer.is_placeholder() && !key.is_placeholder() => Some(key),
            (Some(bearer), _) => Some(bearer),
            (None, key) => key,
        }
    }

    const fn text(self) -> &'a str {
        match self {
            Self::ApiKey(secret) | Self::Bearer(secret) | Self::ChatGpt(secret) => secret,
        }
    }

    fn form(self) -> Form {
        match self {
            Self::ChatGpt(_) => Form::ChatGpt,
            Self::ApiKey(secret) | Self::Bearer(secret) => Form::of(secret),
        }
    }

    /// Whether this only fills a field that wants a key.
    pub fn is_placeholder(self) -> bool {
        is_placeholder(self.text())
    }

    /// Whether this is the official client's own subscription token.
    pub fn is_subscription(self) -> bool {
        matches!(self.form(), Form::AnthropicSubscription | Form::ChatGpt)
    }
}

impl fmt::Debug for CallerCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey(****)",
            Self::Bearer(_) => "Bearer(****)",
            Self::ChatGpt(_) => "ChatGpt(****)",
        })
    }
}

fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

pub(crate) fn is_placeholder(key: &str) -> bool {
    key.len() < SHORTEST_KEY || PLACEHOLDERS.iter().any(|placeholder| placeholder.eq_ignore_ascii_case(key))
}

/// Whether a configured key is a subscription token, which only the official client may use.
pub(crate) fn is_subscription(key: &str) -> bool {
    Form::of(key) == Form::AnthropicSubscription
}

/// Whose credential this is, as far as its beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    AnthropicSubscription,
    Anthropic,
    /// Never told from a token alone: it has the form of everybody's.
    ChatGpt,
    OpenRouter,
    Databricks,
    Baidu,
    Google,
    /// OpenAI's form, which many others have taken over.
    OpenAi,
    Other,
}

impl Form {
    fn of(key: &str) -> Self {
        if key.starts_with("sk-ant-oat") {
            Self::AnthropicSubscription
        } else if key.starts_with("sk-ant-") {
            Self::Anthropic
        } else if key.starts_with("sk-or-") {
            Self::OpenRouter
        } else if key.starts_with("dapi") {
            Self::Databricks
        } else if key.starts_with("bce-v3/") {
            Self::Baidu
        } else if key.starts_with("AIza") || key.starts_with("ya29.") {
            Self::Google
        } else if key.starts_with("sk-") {
            Self::OpenAi
        } else {
            Self::Other
        }
    }

    /// The provider whose own hosts the credential is for.
    const fn vendor(self) -> Option<&'static str> {
        match self {
            Self::AnthropicSubscription | Self::Anthropic => Some("anthropic"),
            Self::ChatGpt => Some("chatgpt"),
            Self::OpenRouter => Some("openrouter"),
            Self::Databricks => Some("databricks"),
            Self::Baidu => Some("baidu"),
            Self::Google => Some("vertex"),
            Self::OpenAi => Some("openai"),
            Self::Other => None,
        }
    }

    /// Whether the credential may go to an endpoint that the operator set up for a provider. One that is
    /// plainly another vendor's may not; a gateway in front of that vendor speaks the vendor's dialect.
    fn suits_endpoint_of(self, provider: &Provider) -> bool {
        let is_own = self.vendor() == Some(provider.kind_name());
        match self {
            Self::AnthropicSubscription | Self::ChatGpt => false,
            Self::Anthropic => is_own || provider.kind_name() == "anthropic-compatible",
            Self::Baidu | Self::Google => is_own || provider.kind_name() == "openai-compatible",
            Self::OpenRouter | Self::Databricks => {
                is_own || matches!(provider.kind_name(), "openai-compatible" | "anthropic-compatible")
            }
            Self::OpenAi | Self::Other => true,
        }
    }
}

/// The provider whose own hosts a caller's credential is for, as far as its form tells.
pub(crate) fn vendor_of(caller: CallerCredential<'_>) -> Option<&'static str> {
    caller.form().vendor()
}

/// Whether callers can have credentials that are known to be for this vendor.
pub(crate) fn is_known_by_form(provider: &Provider) -> bool {
    let forms = [
        Form::Anthropic,
        Form::ChatGpt,
        Form::OpenRouter,
        Form::Databricks,
        Form::Baidu,
        Form::Google,
        Form::OpenAi,
    ];
    forms.into_iter().any(|form| form.vendor() == Some(provider.kind_name()))
}

/// A Microsoft Entra token is one, and so is ChatGPT's; a key isn't.
fn is_json_web_token(key: &str) -> bool {
    key.starts_with("eyJ") && key.split('.').count() == 3
}

/// What an endpoint is, as far as credentials are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The vendor's own host.
    Vendor,
    /// An endpoint that the operator set up.
    Operator,
    /// An endpoint from a project's own file.
    Project,
    /// A server on this machine that was found or assumed; nobody set it up to get credentials.
    Assumed,
}

/// Why a caller's credential isn't passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// There is none.
    Absent,
    /// It is a placeholder.
    Placeholder,
    /// It is for another host.
    OtherHost,
    /// It is a subscription's, and passing those on is switched off.
    SwitchedOff,
    /// It is a subscription's, and the request isn't in its vendor's own dialect.
    OtherDialect,
}

impl Withheld {
    /// What else than a key would help, where callers can have credentials that are `known` to be the vendor's.
    pub(crate) const fn beside_key(self, known: bool) -> &'static str {
        match self {
            Self::SwitchedOff | Self::OtherDialect => self.no_subscriber(),
            _ if !known => "",
            Self::Absent => ", or let the client send its own (it sent none)",
            Self::Placeholder => ", or let the client send its own (it sent a placeholder)",
            Self::OtherHost => {
                ", or let the client send its own (what it sent is not for this provider and was not passed on)"
            }
        }
    }

    /// Why the request doesn't count as a subscriber's.
    pub(crate) const fn no_subscriber(self) -> &'static str {
        match self {
            Self::Absent => " (it sent none)",
            Self::Placeholder | Self::OtherHost => " (what it sent is another and was not passed on)",
            Self::SwitchedOff => {
                "; the client's own subscription token is not passed on, since LYNKR_OAUTH_PASSTHROUGH is off"
            }
            Self::OtherDialect => {
                "; a subscription token is passed on in the official client's own requests only"
            }
        }
    }
}

/// Whether a caller's credential may go to a target.
pub(crate) fn may_pass<'a>(
    caller: Option<CallerCredential<'a>>,
    provider: &Provider,
    target: Target,
) -> Result<CallerCredential<'a>, Withheld> {
    let caller = caller.ok_or(Withheld::Absent)?;
    let form = caller.form();
    let passes = match target {
        Target::Vendor if caller.is_placeholder() => return Err(Withheld::Placeholder),
        Target::Vendor => form.vendor() == Some(provider.kind_name()),
        Target::Operator => form.suits_endpoint_of(provider),
        Target::Project | Target::Assumed => false,
    };
    if passes { Ok(caller) } else { Err(Withheld::OtherHost) }
}

/// Whose credential goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The configured key.
    Configured,
    /// The caller's own.
    Caller,
    /// The official client's own subscription token, which passes with the client's request untouched.
    Subscription,
}

/// The credential of a prepared request.
#[derive(Clone)]
pub enum Credential {
    /// None goes up.
    None,
    /// One goes up in a header.
    Header {
        /// The header's name, in lower case.
        name: &'static str,
        /// The header's whole value.
        value: SecretString,
        /// Whose it is.
        origin: Origin,
    },
    /// The request is signed, or given a token, when it is sent: what that takes is the machine's, changes with
    /// time, and is never held here.
    Ambient(AmbientCredential),
}

/// A credential that the machine has, rather than the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmbientCredential {
    /// AWS Signature Version 4 with the standard chain of credentials.
    AwsSigV4 {
        /// The region that is signed for.
        region: String,
        /// The service that is signed for: `bedrock`.
        service: &'static str,
    },
    /// A bearer token of Google's application-default credentials.
    GoogleToken,
}

impl Credential {
    pub(crate) fn configured(scheme: AuthScheme, key: &SecretString) -> Self {
        match scheme {
            AuthScheme::XApiKey => Self::key("x-api-key", key.expose_secret(), Origin::Configured),
            AuthScheme::Azure(name) if !is_json_web_token(key.expose_secret()) => {
                Self::key(name, key.expose_secret(), Origin::Configured)
            }
            AuthScheme::GoogleApiKey | AuthScheme::Google => {
                Self::key("x-goog-api-key", key.expose_secret(), Origin::Configured)
            }
            AuthScheme::Bearer | AuthScheme::ByDialect | AuthScheme::Azure(_) | AuthScheme::Aws => {
                Self::bearer(key.expose_secret(), Origin::Configured)
            }
            AuthScheme::None => Self::None,
        }
    }

    /// A caller's credential keeps its form where the provider takes both forms.
    pub(crate) fn passed_on(scheme: AuthScheme, caller: CallerCredential<'_>) -> Self {
        match (scheme, caller) {
            (AuthScheme::None, _) => Self::None,
            (AuthScheme::XApiKey, CallerCredential::ApiKey(key)) => {
                Self::key("x-api-key", key, Origin::Caller)
            }
            (AuthScheme::Azure(name), CallerCredential::ApiKey(key)) => Self::key(name, key, Origin::Caller),
            (AuthScheme::GoogleApiKey | AuthScheme::Google, CallerCredential::ApiKey(key)) => {
                Self::key("x-goog-api-key", key, Origin::Caller)
            }
            (AuthScheme::Bearer | AuthScheme::ByDialect | AuthScheme::Aws, CallerCredential::ApiKey(key))
            | (_, CallerCredential::Bearer(key) | CallerCredential::ChatGpt(key)) => {
                Self::bearer(key, Origin::Caller)
            }
        }
    }

    fn key(name: &'static str, key: &str, origin: Origin) -> Self {
        Self::Header { name, value: key.into(), origin }
    }

    fn bearer(token: &str, origin: Origin) -> Self {
        let value = format!("Bearer {token}");
        Self::Header { name: "authorization", value: value.into(), origin }
    }

    /// What has to be fetched or computed when the request is sent.
    pub const fn ambient(&self) -> Option<&AmbientCredential> {
        match self {
            Self::Ambient(ambient) => Some(ambient),
            Self::None | Self::Header { .. } => None,
        }
    }

    /// The header to send, with its secret value.
    pub fn header(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::None | Self::Ambient(_) => None,
            Self::Header { name, value, .. } => Some((name, value.expose_secret())),
        }
    }

    /// Whose credential it is, if there is one.
    pub const fn origin(&self) -> Option<Origin> {
        match self {
            Self::None => None,
            Self::Ambient(_) => Some(Origin::Configured),
            Self::Header { origin, .. } => Some(*origin),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Header { name, origin, .. } => write!(f, "{name}: **** ({origin:?})"),
            Self::Ambient(ambient) => write!(f, "{ambient:?}"),
        }
    }
}

#[cfg(test)]
mod tests;
