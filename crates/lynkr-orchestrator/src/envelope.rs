//! Claude in a cloud's envelope: the body loses and gains a few top-level fields, and nothing inside is touched.

use bytes::Bytes;
use lynkr_protocol::Dialect;
use lynkr_protocol::peek::{Edit, remove_members};
use lynkr_providers::{BetaPlace, Cloud, Envelope, MappedBetas, map_betas};
use lynkr_types::{Change, Loss, Receipt};

mod fields;

use crate::failure::Failure;
use crate::ingress::Ingress;
use crate::plan::splice;

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

/// The edits for a token count, whose path doesn't say the model.
pub(crate) fn count_edits(
    (envelope, also): Wrapping<'_>,
    ingress: &Ingress,
    body: &[u8],
    receipt: &mut Receipt,
) -> Result<Vec<Edit>, Failure> {
    within((envelope, also), &[], ingress, body, receipt)
}

fn within(
    (envelope, also): Wrapping<'_>,
    removed: &[&str],
    ingress: &Ingress,
    body: &[u8],
    receipt: &mut Receipt,
) -> Result<Vec<Edit>, Failure> {
    let version = serde_json::Value::from(envelope.version).to_string();
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
    let cloud = match envelope.betas {
        BetaPlace::Header => Cloud::Vertex,
        BetaPlace::Body => Cloud::Bedrock,
    };
    let named = ingress.headers.iter().filter(|(name, _)| name == "anthropic-beta");
    map_betas(cloud, named.map(|(_, value)| value.as_str()), also)
}
