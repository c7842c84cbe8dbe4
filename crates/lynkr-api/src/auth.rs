//! Who asks. A request that shows one of the gateway's keys loses it here, so that it can't reach a provider; any
//! other credential in the same headers stays the caller's own, for the vendor.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use lynkr_orchestrator::caught_up;
use lynkr_protocol::{ApiError, Dialect};
use lynkr_store::ApiKey;
use lynkr_types::FaultKind;
use serde_json::Value;

use crate::caller::dialect_of;
use crate::context::Service;
use crate::error::error_response;
use crate::govern::{Caller, Checked, Done, Peer, is_gateway_key};
use crate::identify::identify;
use crate::observe::RequestId;
use crate::scope::Scope;

/// The header that is for the gateway's keys alone.
const OWN_HEADER: &str = "x-lynkr-key";
/// The headers in which clients show keys of any kind.
const KEY_HEADERS: [&str; 5] = [OWN_HEADER, "authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// Which of the operator's keys a request showed, put into its extensions: the key itself goes no further.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownKey(pub(crate) usize);

/// What a request showed.
#[derive(Debug, Clone)]
enum Shown {
    Nothing,
    /// One of the operator's keys, by its number.
    Operators(usize),
    /// A key of the store.
    Own(Arc<ApiKey>),
}

/// Lets requests pass whose callers may do what they ask for, with what is known of the caller; else what refuses it.
pub(crate) async fn authenticate(service: &Service, mut request: Request) -> Result<Request, Response> {
    let dialect = dialect_of(request.uri().path(), request.headers());
    let keys = take_keys(request.headers_mut(), &service.options.api_keys);
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let need = Scope::needed(request.method(), route);
    let shown = match look(service, &keys).await {
        Ok(shown) => shown,
        // Health checks and connection warm-ups come without keys, or with any.
        Err(_) if need == Scope::Open => Shown::Nothing,
        Err(error) => {
            let told = Told::of(&request, dialect);
            return Err(refuse(service, &error, need, "unknown", &told).await);
        }
    };
    if let Err(error) = may(service, &shown, need) {
        let told = Told::of(&request, dialect);
        return Err(refuse(service, &error, need, &actor(&shown), &told).await);
    }
    if need != Scope::Inference && need != Scope::Open {
        // What is shown has in it whatever was answered before.
        caught_up().await;
    }
    let key = match &shown {
        Shown::Own(key) => Some(Arc::clone(key)),
        Shown::Operators(_) | Shown::Nothing => None,
    };
    let mut identity = identify(request.headers(), key.as_deref());
    if let Shown::Operators(place) = shown {
        identity.key = Some(actor(&shown));
        request.extensions_mut().insert(ShownKey(place));
    }
    let identity = Arc::new(identity);
    let caller = Caller {
        governor: Arc::clone(&service.governor),
        policy: Arc::clone(&service.options.policy),
        identity: Arc::clone(&identity),
        key,
        peer: request.extensions().get::<Peer>().map(|peer| peer.0),
    };
    request.extensions_mut().insert(identity);
    request.extensions_mut().insert(Arc::new(caller));
    Ok(request)
}

/// What an audit entry calls a caller.
fn actor(shown: &Shown) -> String {
    match shown {
        Shown::Nothing => "anonymous".to_owned(),
        Shown::Operators(place) => format!("operator-{}", place + 1),
        Shown::Own(key) => key.id.clone(),
    }
}

async fn look(service: &Service, keys: &[String]) -> Result<Shown, ApiError> {
    let wrong = |why: &str| {
        let error =
            ApiError::new(FaultKind::Authentication, format!("the key for this gateway is refused: {why}"));
        error.with_code("invalid_api_key")
    };
    let Some(key) = keys.first() else { return Ok(Shown::Nothing) };
    let operators = service.options.api_keys.iter();
    // Every key is looked at: where the right one stands must not be told by how long it takes.
    let place = operators
        .enumerate()
        .fold(None, |found, (at, own)| if same(own.as_bytes(), key.as_bytes()) { Some(at) } else { found });
    if let Some(place) = place {
        return Ok(Shown::Operators(place));
    }
    if !is_gateway_key(key) {
        return Err(wrong("nobody knows this key"));
    }
    match service.governor.check_key(key).await {
        Checked::Good(key) => Ok(Shown::Own(key)),
        Checked::Bad(why) => Err(wrong(why)),
        Checked::Unknowable => {
            let message = "keys can't be checked for the moment; try again";
            let mut error = ApiError::new(FaultKind::Unavailable, message).with_code("store_unavailable");
            error.retry_after = Some(std::time::Duration::from_secs(5));
            Err(error)
        }
    }
}

fn may(service: &Service, shown: &Shown, need: Scope) -> Result<(), ApiError> {
    let has = match shown {
        _ if need == Scope::Open => true,
        Shown::Operators(_) => true,
        Shown::Own(key) => need.is_granted_by(&key.rule.scopes),
        Shown::Nothing if service.options.key_required() => {
            let message =
                "this gateway wants one of its own keys, as a bearer token, in x-api-key or in x-lynkr-key";
            return Err(ApiError::new(FaultKind::Authentication, message).with_code("invalid_api_key"));
        }
        Shown::Nothing => need != Scope::Admin || service.options.policy.open_admin,
    };
    if has {
        return Ok(());
    }
    let message = format!("this needs a key with the scope `{}`", need.name());
    Err(ApiError::new(FaultKind::Permission, message).with_code("scope_missing"))
}

/// What a refusal needs of a request.
struct Told {
    path: String,
    dialect: Dialect,
    id: String,
    version: Version,
}

impl Told {
    /// The dialect is that of the headers before keys were taken from them.
    fn of(request: &Request, dialect: Dialect) -> Self {
        let path = request.uri().path();
        let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Self { path: path.to_owned(), dialect, id, version: request.version() }
    }
}

async fn refuse(service: &Service, error: &ApiError, need: Scope, actor: &str, told: &Told) -> Response {
    if need == Scope::Admin {
        service.governor.audit(actor, "admin.refused", &told.path, Done::Denied, Value::Null).await;
    }
    let mut response = error_response(error, told.dialect, &told.id);
    // The body wasn't read, so the connection ends with this answer, and the client has to be told: it would send its
    // next request into it.
    if told.version < Version::HTTP_2 {
        response.headers_mut().insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Removes the gateway's keys from the headers, and gives them in the order in which they count.
fn take_keys(headers: &mut HeaderMap, operators: &[String]) -> Vec<String> {
    let mut taken = Vec::new();
    for name in KEY_HEADERS {
        if !has(headers, name) {
            continue;
        }
        let name = HeaderName::from_static(name);
        let is_own = name == OWN_HEADER;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for value in headers.get_all(&name) {
            match shown_key(value) {
                Some(key)
                    if is_own
                        || is_gateway_key(key)
                        || operators.iter().any(|own| same(own.as_bytes(), key.as_bytes())) =>
                {
                    ours.push(key.to_owned());
                }
                _ if is_own => {}
                _ => theirs.push(value.clone()),
            }
        }
        if !ours.is_empty() {
            headers.remove(&name);
            for value in theirs {
                headers.append(&name, value);
            }
        }
        taken.extend(ours.into_iter().filter(|key| !key.is_empty()));
    }
    taken
}

/// Whether there is a header of a name. Comparing is cheaper than looking up: most names differ in their length.
fn has(headers: &HeaderMap, name: &str) -> bool {
    headers.keys().any(|own| own.as_str() == name)
}

fn shown_key(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?.trim();
    let bearer = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).and(text.get(7..));
    Some(bearer.unwrap_or(text).trim())
}

/// Compares without telling by its time where the difference is.
fn same(key: &[u8], shown: &[u8]) -> bool {
    key.len() == shown.len() && key.iter().zip(shown).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        lines.iter().map(line).collect()
    }

    #[test]
    fn only_the_gateways_keys_are_taken() {
        let operators = ["house-key".to_owned()];
        for (sent, taken, left) in [
            (vec![("authorization", "Bearer lynkr_a")], vec!["lynkr_a"], 0),
            (vec![("authorization", "bearer  house-key")], vec!["house-key"], 0),
            (vec![("x-api-key", "lynkr_a"), ("authorization", "Bearer sk-ant-oat01-x")], vec!["lynkr_a"], 1),
            (vec![("x-lynkr-key", "anything"), ("x-api-key", "sk-x")], vec!["anything"], 1),
            (vec![("x-goog-api-key", "lynkr_a"), ("api-key", "lynkr_b")], vec!["lynkr_b", "lynkr_a"], 0),
            (vec![("x-api-key", "sk-x"), ("x-api-key", "lynkr_a")], vec!["lynkr_a"], 1),
            (vec![("x-api-key", "sk-x")], vec![], 1),
        ] {
            let mut map = headers(&sent);
            assert_eq!(take_keys(&mut map, &operators), taken, "{sent:?}");
            assert_eq!(map.len(), left, "{sent:?}");
        }
    }
}
