//! A signature on its way to its part.

use super::signature;
use super::wire::Part;

/// A signature that waits for the part that it belongs to.
#[derive(Debug, Default)]
pub(super) struct Pending(Option<Waiting>);

#[derive(Debug)]
enum Waiting {
    /// Gemini's own.
    Own(String),
    /// Other providers' proofs, sealed.
    Seals(Vec<String>),
}

impl Pending {
    /// Adds Gemini's own signature. One that still waits gets a part to itself.
    pub(super) fn own(&mut self, signature: String) -> Option<Part> {
        let before = self.flush();
        self.0 = Some(Waiting::Own(signature));
        before
    }

    /// Adds a sealed proof.
    pub(super) fn seal(&mut self, seal: String) -> Option<Part> {
        if let Some(Waiting::Seals(seals)) = &mut self.0 {
            seals.push(seal);
            return None;
        }
        let before = self.flush();
        self.0 = Some(Waiting::Seals(vec![seal]));
        before
    }

    /// The signature for the part that comes now.
    pub(super) fn take(&mut self) -> Option<String> {
        self.0.take().map(|waiting| match waiting {
            Waiting::Own(signature) => signature,
            Waiting::Seals(seals) => signature::wrap(&seals),
        })
    }

    /// A part for a signature after which nothing comes.
    pub(super) fn flush(&mut self) -> Option<Part> {
        self.take().map(|signature| Part {
            text: Some(String::new()),
            signature: Some(signature),
            ..Part::default()
        })
    }
}
