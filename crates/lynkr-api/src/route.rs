//! One row of the table of routes: what is served, and what the description says of it.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;

use crate::context::Service;
use crate::scope::Scope;

/// A path with a method, what answers there, and the operations that it is described as.
#[derive(Debug)]
pub(crate) struct Route {
    /// The method. `HEAD` is served wherever `GET` is.
    pub(crate) method: Method,
    /// The path in the router's form: `{id}` is one segment, `{*id}` any number of them.
    pub(crate) path: &'static str,
    pub(crate) handler: MethodRouter<Service>,
    /// What a caller's key must be for. A row without it fails the tests of the table, and is closed to all but
    /// administrators.
    pub(crate) scope: Option<Scope>,
    /// One, unless the path's last segment decides what is done.
    pub(crate) operations: Vec<Operation>,
}

/// What the description says of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The path as it is described, `{name}` for every parameter.
    pub(crate) path: String,
    /// A name that no other operation has.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    /// The group that it stands in.
    pub(crate) tag: &'static str,
    /// Parameters with what they mean: those of the path, then those of the query.
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    /// Content types of the request with their schemas; empty when there is no body.
    pub(crate) takes: Vec<Content>,
    /// The status of a success.
    pub(crate) success: u16,
    /// Content types of that answer with their schemas.
    pub(crate) gives: Vec<Content>,
    /// Whether a provider is asked, so that its failures can come back.
    pub(crate) asks_provider: bool,
    /// Whether it is served without a key.
    pub(crate) open: bool,
}

/// A content type and the name of its schema in `openapi/schemas.json`.
pub(crate) type Content = (&'static str, &'static str);

const JSON: &str = "application/json";

impl Route {
    /// A row. The handler's type is axum's affair.
    pub(crate) fn new<H, T>(method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Service>,
        T: 'static,
    {
        let operations = vec![Operation::at(path.replace("{*", "{"))];
        // Only methods outside of HTTP's own have no filter, and a row with one fails the tests of the table.
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE);
        Self { method, path, handler: on(filter, handler), scope: None, operations }
    }

    pub(crate) fn get<H: Handler<T, Service>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self::new(Method::GET, path, handler)
    }

    pub(crate) fn post<H: Handler<T, Service>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self::new(Method::POST, path, handler)
    }

    pub(crate) fn delete<H: Handler<T, Service>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self::new(Method::DELETE, path, handler)
    }

    /// Says what it is for, under a name that no other operation has. What follows describes this operation.
    pub(crate) fn says(self, id: &'static str, summary: &'static str) -> Self {
        self.described(|operation| {
            operation.id = id;
            operation.summary = summary;
        })
    }

    /// Begins an operation that this route serves at a path of its own. What follows describes it.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.operations.retain(|operation| !operation.id.is_empty());
        self.operations.push(Operation::at(path.to_owned()));
        self
    }

    /// Says what a parameter means: one of the path if it stands there, else one of the query.
    pub(crate) fn parameter(self, name: &'static str, meaning: &'static str) -> Self {
        self.described(|operation| operation.parameters.push((name, meaning)))
    }

    /// Takes a JSON body.
    pub(crate) fn takes(self, schema: &'static str) -> Self {
        self.takes_as(JSON, schema)
    }

    /// Takes a body of another kind.
    pub(crate) fn takes_as(self, kind: &'static str, schema: &'static str) -> Self {
        self.described(|operation| operation.takes.push((kind, schema)))
    }

    /// Answers with JSON.
    pub(crate) fn gives(self, schema: &'static str) -> Self {
        self.gives_as(JSON, schema)
    }

    /// Answers with something else, or in another form as well.
    pub(crate) fn gives_as(self, kind: &'static str, schema: &'static str) -> Self {
        self.described(|operation| operation.gives.push((kind, schema)))
    }

    /// Succeeds with another status than 200.
    pub(crate) fn succeeds_with(self, status: u16) -> Self {
        self.described(|operation| operation.success = status)
    }

    /// A provider is asked, so that its failures can come back.
    pub(crate) fn asks_provider(self) -> Self {
        self.described(|operation| operation.asks_provider = true)
    }

    /// Served without a key.
    pub(crate) fn open(self) -> Self {
        self.needs(Scope::Open).described(|operation| operation.open = true)
    }

    /// Served to callers whose key is for this.
    pub(crate) fn needs(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// The group that all operations of the row stand in.
    pub(crate) fn tagged(mut self, tag: &'static str) -> Self {
        for operation in &mut self.operations {
            operation.tag = tag;
        }
        self
    }

    fn described(mut self, describe: impl FnOnce(&mut Operation)) -> Self {
        if let Some(operation) = self.operations.last_mut() {
            describe(operation);
        }
        self
    }
}

impl Operation {
    fn at(path: String) -> Self {
        Self {
            path,
            id: "",
            summary: "",
            tag: "",
            parameters: Vec::new(),
            takes: Vec::new(),
            success: 200,
            gives: Vec::new(),
            asks_provider: false,
            open: false,
        }
    }
}
