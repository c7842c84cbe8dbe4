//! The pipeline: one way for every request of every surface.
//!
//! [`Gateway::generate`] is the way of a request as one function. A surface hands in an [`Ingress`] and gets
//! an [`Answer`] or a [`Failure`]; what lies between (model choice, passthrough or translation, retries, the
//! hold before the first byte, the relay) is decided here and nowhere else.
//!
//! *Boundary*: no HTTP server and no command line in here, and no knowledge of any one provider.

#![warn(missing_docs)]

mod adapt;
mod aged;
mod agent;
mod ambient;
mod answer;
mod apis;
mod aside;
mod attempt;
mod bulkhead;
mod capability;
mod count;
mod embed;
mod envelope;
mod estimate;
mod exchange;
mod failure;
mod gateway;
#[cfg(test)]
mod golden;
mod guards;
mod health;
mod hops;
mod identity;
mod ingress;
mod introspect;
mod learning;
mod ledger;
mod models;
mod plan;
mod prices;
mod problems;
mod reach;
mod relay;
mod resilience;
mod route;
mod routing;
mod serve;
mod session_id;
mod sessions;
mod settle;
mod shutdown;
mod stored;
mod tags;
mod visible;
mod warrant;
mod whole;

pub use agent::{AgentOptions, Run};
pub use ambient::{Ambient, System};
pub use answer::{Answer, AnswerBody};
pub use apis::{ApiRequest, Passing};
pub use failure::{Failure, RawBody};
pub use gateway::{Gateway, GatewayOptions, Limits, Parts};
pub use guards::{Guards, Suggestions};
pub use health::{Figures, HEALTH_WINDOW, Status};
pub use hops::HOPS_HEADER;
pub use identity::Identity;
pub use ingress::{FromCloud, InUrl, Ingress};
pub use introspect::{ProviderEntry, ProviderHealth};
pub use learning::{Earned, Learning, LearningRules};
pub use ledger::{Ending, Exchange, Ledger, Ledgers, Settled, Try};
pub use lynkr_http::{Gathered, Habits, Lanes, READ_BUFFER, Rerun, Timer, Upload, caught_up, later, within};
pub use lynkr_protocol::embeddings::Form as EmbeddingsForm;
pub use lynkr_protocol::neutral::StopReason;
pub use lynkr_providers::{Api, Cloud, Headers};
pub use models::{ModelEntry, model_names};
pub use prices::{Cost, PriceBook, Served, tokens};
pub use reach::Reached;
pub use relay::Relay;
pub use resilience::breaker::{BreakerReport, BreakerRules, BreakerState};
pub use routing::{
    Adviser, Analysis, LegacyRules, PinShelf, RefineRules, Router, RoutingOptions, RoutingRecord,
};
pub use session_id::{HEADERS as SESSION_HEADERS, SessionId};
pub use shutdown::Shutdown;
pub use stored::{Shelf, Shelved, StoredCall};
pub use warrant::{Asking, Charge, Estimate, Permit, Room, Spent, Unbound, Warrant};
