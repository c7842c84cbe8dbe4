//! `fuzz`: hostile bytes for every decoder, on the stable toolchain. Inputs grow from the fixtures and from what was
//! found before; an input at which something fails is kept as a file, which `cargo test` replays from then on.

mod around;
mod corpus;
mod mutate;
mod targets;

use anyhow::Context as _;
use corpus::Corpus;
use mutate::{Dice, mutate};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use targets::Target;

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [--target NAME] [--seed N]
       cargo xtask fuzz --replay FILE

  --seconds N    for all targets together (60)
  --target NAME  one of them only
  --seed N       begins elsewhere; the same number makes the same inputs (1)
  --replay FILE  feeds one kept input, whose folder names its target";

/// No input of this size takes a decoder longer, not even unoptimised.
const SLOW: Duration = Duration::from_secs(5);

struct Options {
    seconds: u64,
    target: Option<String>,
    seed: u64,
    replay: Option<PathBuf>,
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { seconds: 60, target: None, seed: 1, replay: None };
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().with_context(|| format!("{name} needs a value\n\n{USAGE}"))?;
        match name.as_str() {
            "--seconds" => options.seconds = value.parse().context("--seconds wants a number")?,
            "--seed" => options.seed = value.parse().context("--seed wants a number")?,
            "--target" => options.target = Some(value.clone()),
            "--replay" => options.replay = Some(PathBuf::from(value)),
            other => anyhow::bail!("unknown argument {other}\n\n{USAGE}"),
        }
    }
    Ok(options)
}

/// Runs the targets for a time.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let options = parse(arguments)?;
    let all = targets::all();
    if let Some(file) = &options.replay {
        return replay(&all, file);
    }
    let chosen: Vec<&Target> =
        all.iter().filter(|target| options.target.as_ref().is_none_or(|name| *name == target.name)).collect();
    let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    anyhow::ensure!(count > 0, "no target of that name; there are {}", names(&all));
    let corpus = Corpus::read()?;
    let each = Duration::from_secs(options.seconds) / count;
    let (mut fed, mut failed) = (0, 0);
    for target in chosen {
        let end = Instant::now() + each;
        let mut number = options.seed;
        let mut failures = 0;
        let before = fed;
        while Instant::now() < end && failures < 3 {
            fed += 1;
            number += 1;
            if let Err(failure) = fuzz(target, &corpus, number) {
                failures += 1;
                let kept = Corpus::keep(&target.name, &failure.input)?;
                println!("{}: {}\n  cargo xtask fuzz --replay {kept}", target.name, failure.message);
            }
        }
        println!("{:<28} {:>8} inputs, {failures} failures", target.name, fed - before);
        failed += failures;
    }
    println!("fuzz: {count} targets, {fed} inputs, {failed} failures, seed {}", options.seed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn names(all: &[Target]) -> String {
    all.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn replay(all: &[Target], file: &std::path::Path) -> anyhow::Result<ExitCode> {
    let input = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let folder =
        file.parent().and_then(|folder| folder.file_name()).context("a file in a target's folder")?;
    let target = all.iter().find(|target| folder == target.name.as_str());
    let target = target.with_context(|| format!("no target is called {}", folder.display()))?;
    match feed(target, &input, 0) {
        Ok(()) => println!("{}: {} bytes, nothing fails", target.name, input.len()),
        Err(failure) => anyhow::bail!("{}: {}", target.name, failure.message),
    }
    Ok(ExitCode::SUCCESS)
}

/// An input at which something failed.
#[derive(Debug)]
struct Failure {
    input: Vec<u8>,
    message: String,
}

/// Makes the input of a number and feeds it.
fn fuzz(target: &Target, corpus: &Corpus, number: u64) -> Result<(), Failure> {
    let mut dice = Dice::new(number);
    let seeds = corpus.of(target);
    let mut pick = || seeds.get(dice.below(seeds.len())).copied().unwrap_or_default();
    let (seed, other) = (pick(), pick());
    let input = mutate(seed, other, &mut dice);
    feed(target, &input, number)
}

fn feed(target: &Target, input: &[u8], number: u64) -> Result<(), Failure> {
    let started = Instant::now();
    let fed = catch_unwind(AssertUnwindSafe(|| target.feed(input, &mut Dice::new(number))));
    let failure = |message| Err(Failure { input: input.to_vec(), message });
    match fed {
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            failure(text.to_owned())
        }
        Ok(()) if started.elapsed() > SLOW => failure(format!("took {:?}", started.elapsed())),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
