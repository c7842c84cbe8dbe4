//! What an encoded request leaves out, each thing once.

use lynkr_types::Loss;

use super::DIALECT;
use crate::neutral::Extra;
use crate::wire::Json;

/// What was left out or approximated.
#[derive(Debug, Default)]
pub(super) struct Losses(pub(super) Vec<Loss>);

impl Losses {
    pub(super) fn add(&mut self, loss: Loss) {
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }

    pub(super) fn dropped(&mut self, feature: &str) {
        self.add(Loss::dropped(feature.to_owned()));
    }

    pub(super) fn approximated(&mut self, feature: &str) {
        self.add(Loss::approximated(feature.to_owned()));
    }

    pub(super) fn extra(&mut self, extra: &Extra, prefix: &str) {
        let mut losses = Vec::new();
        extra.note_losses(DIALECT, prefix, &mut losses);
        for loss in losses {
            self.add(loss);
        }
    }

    pub(super) fn cache(&mut self, cache: Option<&Json>) {
        if cache.is_some() {
            self.dropped("cache_control");
        }
    }
}
