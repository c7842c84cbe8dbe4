//! Where a host is: at the address that is given for it, else where the system says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{io, vec};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::Service;

/// Finds hosts.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    given: Arc<BTreeMap<String, SocketAddr>>,
    system: GaiResolver,
}

impl Resolver {
    pub(crate) fn new(given: BTreeMap<String, SocketAddr>) -> Self {
        Self { given: Arc::new(given), system: GaiResolver::new() }
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let given = self.given.get(&name.as_str().to_ascii_lowercase()).copied();
        let asked = given.is_none().then(|| self.system.call(name));
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = match asked {
                Some(asked) => asked.await?.collect(),
                None => given.into_iter().collect(),
            };
            Ok(addresses.into_iter())
        })
    }
}
