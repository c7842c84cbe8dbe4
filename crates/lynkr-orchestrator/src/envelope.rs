//! Claude in a cloud's envelope: the body loses and gains a few top-level fields, and nothing inside is touched.

use bytes::Bytes;
use lynkr_protocol::Dialect;
use lynkr_protocol::bedrock_converse::invoke;
use lynkr_protocol::peek::{Edit, peek, remove_members};
use lynkr_providers::{BetaPlace, Cloud, CountBody, Envelope, Headers, MappedBetas, map_betas};
use lynkr_types::{Change, Loss, Receipt};

mod fields;

use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::plan::splice;
use crate::route::Routed;

/// An envelope, and the betas that the operator vouches for.
pub(crate) type Wrapping<'a> = (&'a Envelope, &'a [String]);

/// The edits that put an Anthropic body into an envelope.
pub(crate) fn edits(
    (envelope, also): Wrapping<'_>,
    ingress: &Ingress,
    body: &[u8],
    receipt: &mut Receipt,
) -> Result<Vec<Edit>, Failure> {
    for field in envelope.removed {
        receipt.note(Change::Moved { field, to: "url" });
    }
    within((envelope, also), envelope.removed, ingress, body, receipt)
}

/// The body of a token count; `model` are the edits that name the model, where the body does.
pub(crate) fn count_body(
    (envelope, also): Wrapping<'_>,
    ingress: &Ingress,
    body: &Bytes,
    mut model: Vec<Edit>,
    receipt: &mut Receipt,
) -> Result<Vec<Bytes>, Failure> {
    match envelope.count {
        CountBody::Plain => {
            // The path doesn't say the model.
            model.extend(within((envelope, also), &[], ingress, body, receipt)?);
            Ok(splice(body, &mut model))
        }
        CountBody::BedrockInput => {
            let mut edits = within((envelope, also), envelope.removed, ingress, body, receipt)?;
            // What would be generated must be complete, though nothing is.
            let peek = peek(Dialect::Anthropic, body).map_err(Failure::client)?;
            if peek.max_tokens.is_none() {
                edits.push(peek.insert("max_tokens", "1"));
            }
            let body = splice(body, &mut edits).concat();
            Ok(vec![Bytes::from(invoke::count_request(&body))])
        }
    }
}

/// The model that a counter is asked about.
pub(crate) fn counted_model<'a>(routed: &'a Routed<'_>) -> &'a str {
    match routed.envelope().map(|(envelope, _)| envelope.count) {
        Some(CountBody::BedrockInput) => invoke::counted_model(&routed.model),
        Some(CountBody::Plain) | None => &routed.model,
    }
}

/// A counter's answer as Anthropic gives it; `None` for one that holds no count.
pub(crate) fn count_answer(routed: &Routed<'_>, answer: Bytes) -> Option<Bytes> {
    match routed.envelope().map(|(envelope, _)| envelope.count) {
        Some(CountBody::BedrockInput) => {
            let tokens = invoke::counted(&answer)?;
            Some(Bytes::from(format!("{{\"input_tokens\":{tokens}}}")))
        }
        Some(CountBody::Plain) | None => Some(answer),
    }
}

fn within(
    (envelope, also): Wrapping<'_>,
    removed: &[&str],
    ingress: &Ingress,
    body: &[u8],
    receipt: &mut Receipt,
) -> Result<Vec<Edit>, Failure> {
    let own = ingress.cloud.as_ref().filter(|from| from.cloud == cloud_of(envelope));
    let version = own.and_then(|from| from.version.as_deref()).unwrap_or(envelope.version);
    let version = serde_json::Value::from(version).to_string();
    let mut added = vec![("anthropic_version".to_owned(), version)];
    let betas = betas((envelope, also), ingress);
    if envelope.betas == BetaPlace::Body && !betas.values.is_empty() {
        added.push(("anthropic_beta".to_owned(), serde_json::Value::from(betas.values).to_string()));
        receipt.note(Change::Moved { field: "header.anthropic-beta", to: "anthropic_beta" });
    }
    receipt.note_losses(betas.losses);
    let changed = fields::without(body, &betas.fields);
    receipt.note_losses(changed.paths.iter().map(|path| lost(path)).collect());
    let gone: Vec<&String> =
        changed.fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
    let changed_values =
        changed.fields.iter().filter_map(|(name, value)| Some((name.clone(), value.as_ref()?.to_string())));
    added.extend(changed_values);
    let mut removed = removed.to_vec();
    removed.extend(gone.into_iter().map(String::as_str));
    removed.extend(added.iter().map(|(name, _)| name.as_str()));
    let mut edits = remove_members(body, &removed).map_err(Failure::client)?;
    let open = body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    let text: Vec<String> = added.iter().map(|(name, value)| format!("\"{name}\":{value},")).collect();
    edits.push(Edit { range: open..open, text: text.concat() });
    receipt.note(Change::Added { field: "anthropic_version", why: "required" });
    Ok(edits)
}

/// Puts back the betas of a client that speaks to this very cloud, where they are a header: it knows what is taken.
pub(crate) fn keep_betas(headers: &mut Headers, routed: &Routed<'_>, ingress: &Ingress) {
    let Some((envelope, _)) = routed.envelope() else { return };
    let is_own = ingress.cloud.as_ref().is_some_and(|from| from.cloud == cloud_of(envelope));
    if !is_own || envelope.betas != BetaPlace::Header {
        return;
    }
    headers.remove("anthropic-beta");
    headers.extend(ingress.headers.filtered(|name| name == "anthropic-beta"));
}

/// A body that was written here, in an envelope.
pub(crate) fn wrap(
    (envelope, also): Wrapping<'_>,
    ingress: &Ingress,
    body: Vec<u8>,
    receipt: &mut Receipt,
) -> Result<Vec<Bytes>, Failure> {
    let mut edits = edits((envelope, also), ingress, &body, receipt)?;
    Ok(splice(&Bytes::from(body), &mut edits))
}

/// What a field that went, or was written otherwise, is called on the receipt.
fn lost(path: &'static str) -> Loss {
    match path {
        fields::REMINDED => Loss::approximated("messages[].role=system"),
        path => Loss::dropped(path),
    }
}

/// What becomes of the features that the client asked for.
fn betas((envelope, also): Wrapping<'_>, ingress: &Ingress) -> MappedBetas {
    if ingress.dialect != Dialect::Anthropic {
        return MappedBetas::default();
    }
    let cloud = cloud_of(envelope);
    let named = ingress.headers.all("anthropic-beta");
    // A client of this very cloud knows what it takes.
    if ingress.cloud.as_ref().is_some_and(|from| from.cloud == cloud) {
        let values = named.flat_map(|value| value.split(',')).map(|value| value.trim().to_owned());
        return MappedBetas { values: values.collect(), ..MappedBetas::default() };
    }
    map_betas(cloud, named, also)
}

const fn cloud_of(envelope: &Envelope) -> Cloud {
    match envelope.betas {
        BetaPlace::Header => Cloud::Vertex,
        BetaPlace::Body => Cloud::Bedrock,
    }
}
