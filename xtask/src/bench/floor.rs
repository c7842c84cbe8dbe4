//! The floor: a bare proxy that forwards bytes and does nothing else, or translates and does nothing else. What it costs,
//! any gateway costs.

mod converter;

use super::mock;
use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri, header};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Upstream = Client<HttpConnector, Incoming>;
type Body = UnsyncBoxBody<Bytes, hyper::Error>;

/// Forwards, or converts, until the process ends.
pub(crate) async fn run(listen: SocketAddr, upstream: SocketAddr, converts: bool) -> anyhow::Result<()> {
    let listener = mock::listen(listen).with_context(|| format!("binding the proxy to {listen}"))?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = || Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).clone();
    let kind = if converts {
        Kind::Converter(client().build(connector))
    } else {
        Kind::Forwarder(client().build(connector))
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.context("accepting")?;
                connections.spawn(serve(stream, kind.clone(), upstream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What is done with a request.
#[derive(Clone)]
enum Kind {
    Forwarder(Upstream),
    Converter(converter::Upstream),
}

async fn serve(stream: TcpStream, kind: Kind, upstream: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let kind = kind.clone();
        async move {
            if request.uri().path() == "/health" {
                return Ok(Response::new(Full::default().map_err(|never| match never {}).boxed_unsync()));
            }
            match kind {
                Kind::Forwarder(client) => forward(request, client, upstream).await,
                Kind::Converter(client) => converter::convert(request, client, upstream).await,
            }
        }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    // The other side hung up: the load generator says so, if it wasn't the generator itself.
    let _ = server.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn forward(
    mut request: Request<Incoming>,
    client: Upstream,
    upstream: SocketAddr,
) -> anyhow::Result<Response<Body>> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    *request.uri_mut() =
        format!("http://{upstream}{path}").parse::<Uri>().context("the upstream's address")?;
    request.headers_mut().remove(header::HOST);
    Ok(client.request(request).await.context("asking the upstream")?.map(BodyExt::boxed_unsync))
}
