//! The sets of prompts, and what the scorer says of them.

mod prompts;
mod quality;
mod reading;
mod reference;
mod separation;

/// The texts of all sets, and those of the anchors.
pub(crate) fn texts() -> impl Iterator<Item = String> {
    let labelled = prompts::prompts().into_iter().map(|prompt| prompt.text);
    let scenarios =
        prompts::scenarios().into_iter().chain(prompts::paraphrases()).map(|scenario| scenario.text);
    let anchors = crate::anchors().iter().map(|anchor| anchor.text.to_owned());
    labelled.chain(scenarios).chain(prompts::harmless()).chain(anchors)
}
