//! What the unit tests of several files start from.

use std::fs;

use lynkr_config::{Inputs, Problem, Values, load};
use lynkr_protocol::Dialect;

use crate::{Call, Headers, Operation, Prepared, Upstream, provider_named, registry};

/// The values that an environment gives.
pub(crate) fn values(environment: &[(&str, &str)]) -> Values {
    let inputs = Inputs {
        environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        ..Inputs::default()
    };
    let loaded = load(&registry::settings_tables(), &inputs);
    assert_eq!(loaded.problems, []);
    loaded.values
}

/// The values that an environment gives together with the `.env` file of a project.
pub(crate) fn values_in_project(environment: &[(&str, &str)], dot_env: &str) -> Values {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join(".env"), dot_env).unwrap();
    let inputs = Inputs {
        environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        project_dir: Some(project.path().to_owned()),
        ..Inputs::default()
    };
    let loaded = load(&registry::settings_tables(), &inputs);
    assert_eq!(loaded.problems, []);
    loaded.values
}

/// A provider in an environment.
pub(crate) fn upstream(provider: &str, environment: &[(&str, &str)]) -> Upstream {
    try_upstream(provider, &values(environment)).unwrap()
}

/// A provider with given values, or what is wrong with them.
pub(crate) fn try_upstream(provider: &str, values: &Values) -> Result<Upstream, Vec<Problem>> {
    Upstream::from_values(provider_named(provider).unwrap(), values)
}

/// No headers.
pub(crate) const NONE: &Headers = &Headers::new();

/// Headers, as a request has them.
pub(crate) fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().copied().collect()
}

/// A request for `model` without anything of the client's own.
pub(crate) fn call(client: Dialect, upstream: Dialect, model: &str, stream: bool) -> Call<'_> {
    Call {
        operation: Operation::Generate,
        client,
        upstream,
        model,
        stream,
        query: None,
        client_headers: NONE,
        caller_credential: None,
    }
}

/// What goes up for it in the dialect that the provider is spoken to.
pub(crate) fn prepared(upstream: &Upstream, client: Dialect, model: &str, stream: bool) -> Prepared {
    upstream.prepare(&call(client, upstream.dialect_for(client, model), model, stream)).unwrap()
}

/// The credential as `name: value`, or what is made when the request is sent.
pub(crate) fn shown(prepared: &Prepared) -> String {
    match prepared.credential.header() {
        Some((name, value)) => format!("{name}: {value}"),
        None => format!("{:?}", prepared.credential),
    }
}
