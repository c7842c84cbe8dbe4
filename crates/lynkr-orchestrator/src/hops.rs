//! Loop detection: every request that goes out lists the gateways that it has come through.

use lynkr_http::{HeaderMap, HeaderName, HeaderValue};
use lynkr_protocol::ApiError;
use lynkr_providers::Prepared;
use lynkr_types::FaultKind;

use crate::failure::Failure;
use crate::gateway::bad_header;
use crate::ingress::Ingress;

/// The header that lists the gateways a request has come through, nearest last.
pub const HOPS_HEADER: &str = "lynkr-hops";

/// The same, as headers have it.
const HOPS_NAME: HeaderName = HeaderName::from_static(HOPS_HEADER);

/// More gateways in a row than anybody wants.
const MOST_HOPS: usize = 8;

/// The header's value for the next hop; a failure when the request has been here before.
pub(crate) fn next(ingress: &Ingress, instance: &str) -> Result<String, Failure> {
    let so_far = ingress.header(HOPS_HEADER).unwrap_or_default();
    let hops: Vec<&str> = so_far.split(',').map(str::trim).filter(|hop| !hop.is_empty()).collect();
    if hops.contains(&instance) || hops.len() >= MOST_HOPS {
        let message =
            "this request has come through this gateway before: its provider's endpoint leads back here";
        return Err(Failure::client(ApiError::new(FaultKind::Loop, message).with_code("loop_detected")));
    }
    let mut value = hops.join(",");
    if !value.is_empty() {
        value.push(',');
    }
    value.push_str(instance);
    Ok(value)
}

/// All headers of a request as they go up, those that it has come through among them. A vendor's own host is no gateway: what
/// passes there untouched can't come round again, and isn't marked.
pub(crate) fn marked(prepared: &Prepared, hops: &str) -> Result<HeaderMap, Failure> {
    let mut headers = prepared.header_map().map_err(bad_header)?;
    if !prepared.verbatim {
        headers.insert(HOPS_NAME, HeaderValue::from_str(hops).map_err(|_| bad_header(HOPS_HEADER))?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use lynkr_protocol::Dialect;

    use super::*;

    fn ingress(hops: Option<&str>) -> Ingress {
        let headers: Vec<_> = hops.map(|hops| (HOPS_HEADER, hops)).into_iter().collect();
        Ingress::sample(Dialect::Anthropic, &headers, Bytes::new())
    }

    #[test]
    fn hops_add_up_and_loops_end() {
        assert_eq!(next(&ingress(None), "a").unwrap(), "a");
        assert_eq!(next(&ingress(Some("a, b")), "c").unwrap(), "a,b,c");
        assert_eq!(next(&ingress(Some("a,b")), "a").unwrap_err().error.status, 508);
        assert_eq!(next(&ingress(Some("1,2,3,4,5,6,7,8")), "a").unwrap_err().error.status, 508);
    }
}
