//! `train-router`: fits the scorer's model to the committed prompts, writes it as the asset that the binary holds, and
//! its report on prompts that it hasn't seen into `docs/routing.md`. The same inputs give the same bytes.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts of some thousand prompts, and weights that are stored in single precision"
)]

pub(crate) mod fit;
pub(crate) mod judge;
pub(crate) mod pipeline;
pub(crate) mod report;
pub(crate) mod sets;

use crate::tree;
use anyhow::Context as _;
use lynkr_routing::scorer::Model;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the prompts are.
pub(crate) const PROMPTS: &str = "crates/lynkr-routing/data/prompts.tsv";
/// Where the evaluation sets are.
const EVALUATION: &str = "crates/lynkr-routing/data/evaluation";
/// Where the model goes.
const ASSET: &str = "crates/lynkr-routing/assets/scorer.bin";
/// Where the report goes.
const DOCUMENT: &str = "docs/routing.md";

/// The public outcomes, by the names of their files.
pub(crate) const OUTCOMES: [(&str, &str); 2] =
    [("MMLU", "routellm_mmlu.csv"), ("GSM8K", "routellm_gsm8k.csv")];

/// How to use it.
const USAGE: &str = "usage: cargo xtask train-router [--outcomes DIR] [--check]

  --outcomes DIR  also learn from the public outcomes in routellm_mmlu.csv and routellm_gsm8k.csv there
  --check         write nothing; fail if the committed model isn't what comes out";

/// Everything that is learned from.
struct Inputs {
    prompts: Vec<sets::Prompt>,
    outcomes: Vec<sets::Outcome>,
    hashes: (u64, u64),
}

/// Trains, reports and writes.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (folder, check) = options(arguments)?;
    let inputs = inputs(folder.as_deref())?;
    let model = train(&inputs);
    let report = report::markdown(&model, &inputs.prompts, inputs.outcomes.len(), &evaluation()?);
    println!("{report}");
    let asset = tree::root().join(ASSET);
    let bytes = model.encode();
    let same = std::fs::read(&asset).is_ok_and(|committed| committed == bytes);
    if check {
        println!("the committed model is {}", if same { "this one" } else { "another one" });
        return Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    std::fs::write(&asset, &bytes).with_context(|| format!("writing {ASSET}"))?;
    let document = tree::root().join(DOCUMENT);
    let text = std::fs::read_to_string(&document).with_context(|| format!("reading {DOCUMENT}"))?;
    std::fs::write(&document, report::placed(&text, &report)?)
        .with_context(|| format!("writing {DOCUMENT}"))?;
    println!(
        "wrote {ASSET} ({} kB{}) and the report in {DOCUMENT}",
        bytes.len() / 1000,
        if same { ", unchanged" } else { "" }
    );
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &[String]) -> anyhow::Result<(Option<PathBuf>, bool)> {
    let (mut folder, mut check) = (None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--check" => check = true,
            "--outcomes" => {
                folder = Some(PathBuf::from(
                    rest.next().with_context(|| format!("--outcomes needs a folder\n\n{USAGE}"))?,
                ));
            }
            other => anyhow::bail!("unknown argument {other}\n\n{USAGE}"),
        }
    }
    Ok((folder, check))
}

fn inputs(folder: Option<&Path>) -> anyhow::Result<Inputs> {
    let table =
        std::fs::read_to_string(tree::root().join(PROMPTS)).with_context(|| format!("reading {PROMPTS}"))?;
    let prompts = sets::prompts(&table)?;
    let (mut outcomes, mut hash) = (Vec::new(), 0_u64);
    for (_, file) in folder.iter().flat_map(|_| OUTCOMES) {
        let path = folder.unwrap_or(Path::new("")).join(file);
        let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        hash = hash.wrapping_mul(31) ^ sets::hash(&bytes);
        outcomes.extend(sets::outcomes(&path)?);
    }
    Ok(Inputs { prompts, outcomes, hashes: (sets::hash(table.as_bytes()), hash) })
}

fn train(inputs: &Inputs) -> Model {
    let recipe = pipeline::recipe();
    let training: Vec<sets::Prompt> =
        inputs.prompts.iter().filter(|prompt| !prompt.held_out).cloned().collect();
    let examples: Vec<fit::Example> = training.iter().map(pipeline::example).collect();
    let outcomes: Vec<fit::Example> = inputs.outcomes.iter().map(pipeline::outcome_example).collect();
    let unseen = pipeline::unseen(&training, &examples, &outcomes, &recipe);
    let all: Vec<fit::Example> = examples.into_iter().chain(outcomes).collect();
    let [.., size] = Model::layout();
    pipeline::tell_fit(pipeline::FOLDS + 1);
    pipeline::model(&fit::fit(&all, size, &recipe), &unseen, inputs.hashes)
}

/// The evaluation sets by name.
pub(crate) fn evaluation() -> anyhow::Result<Vec<(&'static str, report::Rows)>> {
    let read = |name: &'static str| {
        let path = tree::root().join(EVALUATION).join(name).with_extension("tsv");
        let table = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok((name, sets::rows(&table)))
    };
    ["scenarios", "paraphrases", "harmless"].into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
