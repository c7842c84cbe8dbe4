//! What a cloud wraps around a vendor's own dialect.
//!
//! Claude on Amazon Bedrock (InvokeModel) and on Vertex AI (rawPredict) is Anthropic Messages, but for a listed set of
//! top-level fields and, on Bedrock, for the frames of its streams. Everything inside goes up and comes back
//! untouched, so that nothing is lost on a way through the neutral form.

use lynkr_protocol::Dialect;

/// What a cloud wraps around a vendor's own dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// Top-level fields that don't go up in the body: the URL says them.
    pub removed: &'static [&'static str],
    /// The value of the body's `anthropic_version`, which stands in for the header.
    pub version: &'static str,
    /// Where the client's `anthropic-beta` goes.
    pub betas: BetaPlace,
    /// How streamed answers are framed.
    pub frames: Frames,
    /// What a token count's body is.
    pub count: CountBody,
    /// The dialect of refusals: those are the cloud's own where it speaks before the vendor does.
    pub errors: Dialect,
}

/// What a token count's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountBody {
    /// The vendor's own, with the model in it; the answer is the vendor's own too.
    Plain,
    /// Amazon Bedrock's CountTokens: the body of an InvokeModel, as base64 in `input.invokeModel.body`. The answer is
    /// `inputTokens`.
    BedrockInput,
}

/// Where beta features are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BetaPlace {
    /// In the header `anthropic-beta`, as with the vendor.
    Header,
    /// In the body's list `anthropic_beta`.
    Body,
}

/// How streamed answers are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// As server-sent events, as with the vendor.
    ServerSentEvents,
    /// As AWS event-stream messages of the type `chunk`, each with one of the vendor's events.
    AwsEventStream,
}
