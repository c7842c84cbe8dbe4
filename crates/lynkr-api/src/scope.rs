//! What a key may be for, and what each route needs.

use http::Method;

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Nothing: health checks and connection warm-ups.
    Open,
    /// Lists that tools read before they ask a model: any key.
    Lists,
    /// `inference`: whatever asks a provider.
    Inference,
    /// `read`: numbers, providers, the configuration in effect.
    Read,
    /// `admin`: what changes the gateway. A key with it may do everything else as well.
    Admin,
}

/// Paths and what is below them, the first that fits; everything else asks a provider.
const TABLE: &[(&str, Scope)] = &[
    ("/v1/admin", Scope::Admin),
    ("/health", Scope::Open),
    ("/metrics", Scope::Read),
    ("/v1/config", Scope::Read),
    ("/v1/providers", Scope::Read),
    ("/v1/health", Scope::Read),
    ("/openapi.json", Scope::Lists),
    ("/v1/models", Scope::Lists),
    ("/openai/v1/models", Scope::Lists),
    ("/backend-api/codex/models", Scope::Lists),
    ("/v1beta/models", Scope::Lists),
    ("/api/tags", Scope::Lists),
    ("/api/version", Scope::Lists),
    ("/api/show", Scope::Lists),
    ("/api/event_logging", Scope::Lists),
];

impl Scope {
    /// What a request needs.
    pub(crate) fn needed(method: &Method, path: &str) -> Self {
        if path == "/" {
            return Self::Open;
        }
        let fits =
            |own: &str| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let found = TABLE.iter().find(|(own, _)| fits(own)).map_or(Self::Inference, |(_, scope)| *scope);
        // Gemini's paths name the model, and a POST asks it.
        let asks = found == Self::Lists && path.starts_with("/v1beta") && method == Method::POST;
        if asks { Self::Inference } else { found }
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
    fn every_route_needs_a_scope() {
        for (method, path, expected) in [
            (Method::GET, "/", Scope::Open),
            (Method::GET, "/health/ready", Scope::Open),
            (Method::GET, "/healthy", Scope::Inference),
            (Method::POST, "/v1/admin/reload", Scope::Admin),
            (Method::GET, "/v1/administration", Scope::Inference),
            (Method::GET, "/metrics/prometheus", Scope::Read),
            (Method::GET, "/v1/models/openai/x", Scope::Lists),
            (Method::POST, "/v1/messages", Scope::Inference),
            (Method::GET, "/v1beta/models", Scope::Lists),
            (Method::POST, "/v1beta/models/g:generateContent", Scope::Inference),
            (Method::POST, "/v1beta1/publishers/google/models/g:generateContent", Scope::Inference),
            (Method::GET, "/v1/responses", Scope::Inference),
        ] {
            assert_eq!(Scope::needed(&method, path), expected, "{method} {path}");
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
