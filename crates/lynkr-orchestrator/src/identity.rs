//! Who asks, as far as the surface knows.

/// Who asks. Names that a client chose (user, team, session) are only as true as the key that it showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The id of the gateway's key that was shown.
    pub key: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// The customer.
    pub customer: Option<String>,
    /// The organisation.
    pub organisation: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The client's name, as it gives it.
    pub client: Option<String>,
}
