//! What a key may be for, and what each route needs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::Method;

use crate::table::table;

/// What a route needs, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Nothing: health checks and connection warm-ups.
    Open,
    /// Lists that tools read before they ask a model, and what a key sees of its own use: any key.
    Lists,
    /// `inference`: whatever asks a provider.
    Inference,
    /// `read`: numbers, providers, the configuration in effect.
    Read,
    /// `admin`: what changes the gateway. A key with it may do everything else as well.
    Admin,
}

impl Scope {
    /// What a request needs, by the row of the table that serves it: `route` is that row's path. Where nothing is
    /// served nothing is given away: such a request needs what most do, and is told that there is nothing.
    pub(crate) fn needed(method: &Method, route: Option<&str>) -> Self {
        static ROWS: LazyLock<BTreeMap<&'static str, Vec<(Method, Scope)>>> = LazyLock::new(|| {
            let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for row in table() {
                rows.entry(row.path).or_default().push((row.method, row.scope.unwrap_or(Scope::Admin)));
            }
            rows
        });
        let Some(rows) = route.and_then(|path| ROWS.get(path)) else { return Self::Inference };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let own = rows.iter().find(|(own, _)| own == method).map(|(_, scope)| *scope);
        // A method that isn't served there: only whoever may use the others is told which those are.
        own.or_else(|| rows.iter().map(|(_, scope)| *scope).max()).unwrap_or(Self::Inference)
    }

    /// Whether a key with these scopes may.
    pub(crate) fn is_granted_by(self, scopes: &[String]) -> bool {
        let has = |name: &str| scopes.iter().any(|own| own == name);
        // A key that was made without any is for asking models.
        let infers = has("inference") || scopes.is_empty();
        match self {
            Self::Open | Self::Lists => true,
            Self::Inference => infers || has("admin"),
            Self::Read => has("read") || has("admin"),
            Self::Admin => has("admin"),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open | Self::Lists => "any",
            Self::Inference => "inference",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_says_what_it_needs() {
        let silent: Vec<String> = table()
            .iter()
            .filter(|row| row.scope.is_none())
            .map(|row| format!("{} {}", row.method, row.path))
            .collect();
        assert_eq!(silent, Vec::<String>::new(), "a new row needs a scope: see `table`");
    }

    #[test]
    fn what_a_path_may_show_or_change_decides_its_scope() {
        for row in table() {
            let begins = |beginnings: &[&str]| beginnings.iter().any(|own| row.path.starts_with(own));
            let expected = match row.path {
                "/dashboard/api/statusline" => Some((Scope::Lists, row.path)),
                path if begins(&["/v1/admin/", "/dashboard/api/"]) => Some((Scope::Admin, path)),
                path if begins(&["/metrics", "/v1/config", "/v1/providers", "/v1/health"])
                    || (begins(&["/routing/", "/v1/routing/"]) && row.method == Method::GET) =>
                {
                    Some((Scope::Read, path))
                }
                path if matches!(path, "/" | "/dashboard" | "/v1/instance")
                    || begins(&["/health", "/dashboard/"]) =>
                {
                    Some((Scope::Open, path))
                }
                _ => None,
            };
            let scope = row.scope.unwrap();
            if let Some((expected, path)) = expected {
                assert_eq!(scope, expected, "{} {path}", row.method);
            } else {
                assert!(matches!(scope, Scope::Lists | Scope::Inference), "{} {}", row.method, row.path);
            }
            // Whatever reaches a provider spends the owner's money.
            if row.operations.iter().any(|operation| operation.asks_provider) {
                assert_eq!(scope, Scope::Inference, "{} {}", row.method, row.path);
            }
        }
    }

    #[test]
    fn a_request_needs_what_its_row_does() {
        for (method, route, expected) in [
            (Method::GET, Some("/"), Scope::Open),
            (Method::HEAD, Some("/"), Scope::Open),
            (Method::GET, Some("/health/ready"), Scope::Open),
            (Method::POST, Some("/v1/admin/reload"), Scope::Admin),
            (Method::DELETE, Some("/v1/admin/reload"), Scope::Admin),
            (Method::GET, Some("/metrics/prometheus"), Scope::Read),
            (Method::GET, Some("/v1/models/{*id}"), Scope::Lists),
            (Method::HEAD, Some("/v1/models"), Scope::Lists),
            (Method::POST, Some("/v1/messages"), Scope::Inference),
            (Method::GET, Some("/v1beta/models"), Scope::Lists),
            (Method::POST, Some("/v1beta/models/{*call}"), Scope::Inference),
            (Method::GET, Some("/v1/responses"), Scope::Inference),
            (Method::GET, Some("/debug/session"), Scope::Lists),
            (Method::GET, Some("/dashboard/api/logs"), Scope::Admin),
            (Method::GET, Some("/dashboard/api/statusline"), Scope::Lists),
            (Method::GET, Some("/nobody/serves/this"), Scope::Inference),
            (Method::GET, None, Scope::Inference),
        ] {
            assert_eq!(Scope::needed(&method, route), expected, "{method} {route:?}");
        }
    }

    #[test]
    fn admin_may_everything_and_others_only_their_own() {
        let all = [Scope::Lists, Scope::Inference, Scope::Read, Scope::Admin];
        let granted = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
            all.map(|scope| scope.is_granted_by(&scopes))
        };
        assert_eq!(granted(&["admin"]), [true; 4]);
        assert_eq!(granted(&["inference"]), [true, true, false, false]);
        assert_eq!(granted(&[]), [true, true, false, false]);
        assert_eq!(granted(&["read"]), [true, false, true, false]);
        assert_eq!(granted(&["unheard-of"]), [true, false, false, false]);
    }
}
