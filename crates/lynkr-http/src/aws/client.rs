//! The gateway's own HTTP client, as AWS's library wants to see one: no second pool, no second TLS.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::error::TransportError;
use crate::transport::{Inbound, Outbound, Transport};

/// How long a credential service may take where the library doesn't say.
const PATIENCE: Duration = Duration::from_secs(10);

/// No answer of a credential service is longer.
const MOST_BYTES: usize = 256 * 1024;

type BoxError = Box<dyn Error + Send + Sync>;

/// Asks credential services.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: Arc<dyn Transport>,
    patience: Duration,
}

impl Client {
    pub(super) fn new(http: Arc<dyn Transport>) -> Self {
        Self { http, patience: PATIENCE }
    }
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let patience = match (settings.connect_timeout(), settings.read_timeout()) {
            (Some(connect), Some(read)) => connect + read,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => PATIENCE,
        };
        SharedHttpConnector::new(Self { http: Arc::clone(&self.http), patience })
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { http, patience } = self.clone();
        HttpConnectorFuture::new(async move {
            let outbound =
                outbound(request, patience).map_err(|why| ConnectorError::user(BoxError::from(why)))?;
            let asked = tokio::time::timeout(patience, async { read(http.send(outbound).await?).await });
            match asked.await {
                Ok(answer) => answer.map_err(as_connector_error),
                Err(late) => Err(ConnectorError::timeout(late.into())),
            }
        })
    }
}

fn outbound(request: HttpRequest, head_timeout: Duration) -> Result<Outbound, String> {
    let request = request.try_into_http1x().map_err(|error| error.to_string())?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().ok_or("a body that is streamed can't be sent")?;
    Ok(Outbound {
        method: parts.method,
        url: parts.uri,
        headers: parts.headers,
        body: vec![Bytes::copy_from_slice(body)],
        head_timeout,
    })
}

async fn read(mut inbound: Inbound) -> Result<HttpResponse, TransportError> {
    let mut body = Vec::new();
    while let Some(bytes) = inbound.body.next().await {
        body.extend_from_slice(&bytes?);
        if body.len() > MOST_BYTES {
            break;
        }
    }
    let mut response = http::Response::new(SdkBody::from(body));
    *response.status_mut() = inbound.status;
    *response.headers_mut() = inbound.headers;
    HttpResponse::try_from(response).map_err(|error| TransportError::Broken(error.into()))
}

fn as_connector_error(error: TransportError) -> ConnectorError {
    match error {
        TransportError::Timeout { .. } => ConnectorError::timeout(error.into()),
        TransportError::Connect(_) | TransportError::Broken(_) | TransportError::Credential(_) => {
            ConnectorError::io(error.into())
        }
    }
}
