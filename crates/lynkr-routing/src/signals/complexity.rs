//! The documented complexity dimensions: thirteen named numbers and their weighted sum. They explain a request; the tier
//! comes from the trained score.

use crate::words::Words;

/// One dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dimension {
    /// Its documented name.
    pub name: &'static str,
    /// Its weight; all of them sum to 1.
    pub weight: f32,
    /// Its value, 0 to 100.
    pub value: f32,
}

/// What is known of a request besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape<'a> {
    /// The prompt, in tokens.
    pub tokens: u64,
    /// Names of the tools that aren't always there.
    pub tools: &'a [&'a str],
    /// Turns of the conversation.
    pub turns: usize,
    /// Results of tools in it.
    pub tool_results: usize,
}

const TECHNICAL: &[&str] = &[
    "algorithm|algorithms",
    "concurrency|concurrent|mutex|deadlock|race",
    "async|await|thread|threads|lock",
    "complexity|optimi~",
    "architecture|design|pattern",
    "protocol|consensus|replication|consistency",
    "memory|heap|cache|allocation",
    "compiler|parser|ast|lexer",
    "schema|index|query|transaction",
    "encryption|signature|hash|certificate",
    "regex|lifetime|generic|trait|monad",
    "benchmark|profil~|latency|throughput",
];
const DOMAINS: &[&str] = &[
    "security|vulnerability|encrypt~|authentication|authorization|exploit",
    "model training|inference|embedding|neural|gradient|dataset|tensor",
    "distributed|consensus|replication|sharding|raft|paxos|quorum",
    "database|sql|postgres|mysql|mongodb|redis|transaction|migration",
    "frontend|react|vue|css|component|browser|dom|svelte",
    "kubernetes|docker|terraform|ci|pipeline|deploy~|helm",
];
const GENERATION: &[&str] = &[
    "write|create|generate|implement|build|add|scaffold _",
    "from scratch",
    "new function|class|module|component|service|endpoint",
];
const STEPS: &[&str] =
    &["step by step", "first _ * then", "and then", "after that", "finally", "phases|stages|milestones"];
const DEEP: &[&str] = &[
    "trade offs|off|tradeoffs|tradeoff",
    "analyze|analyse|compare|evaluate|assess",
    "root cause",
    "why does|is|do|did",
    "pros and cons",
    "edge cases|case",
    "implications",
];
const SPECIFIC: &[&str] =
    &["line|lines _", "function|method|class|file|variable|field _", "exactly|only|must|should"];

/// What a tool weighs, by its name in lower case.
fn tool_weight(name: &str) -> f32 {
    match name.to_ascii_lowercase().as_str() {
        "bash" | "shell" | "task" => 0.9,
        "write" => 0.8,
        "edit" | "notebookedit" => 0.7,
        "websearch" => 0.5,
        "webfetch" => 0.4,
        "read" => 0.3,
        "glob" | "grep" => 0.2,
        _ => 0.5,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts, and sizes of which only the magnitude counts")]
fn number(count: usize) -> f32 {
    count as f32
}

/// The value of the first bound that a count is below, else the last.
fn bucket(count: u64, bounds: &[(u64, f32)], last: f32) -> f32 {
    bounds.iter().find(|(bound, _)| count < *bound).map_or(last, |(_, value)| *value)
}

fn hits(words: &Words, phrases: &[&str]) -> usize {
    phrases.iter().filter(|phrase| words.has(phrase)).count()
}

/// The dimensions of a request.
pub fn dimensions(text: &str, words: &Words, shape: Shape<'_>) -> [Dimension; 13] {
    let any = |phrases: &[&str], yes: f32, no: f32| if hits(words, phrases) > 0 { yes } else { no };
    let sentences = text.split(['.', '!', '?', '\n']).filter(|part| !part.trim().is_empty()).count().max(1);
    let tools = shape.tools.len() as u64;
    let mean_weight = if shape.tools.is_empty() {
        0.0
    } else {
        shape.tools.iter().map(|tool| tool_weight(tool)).sum::<f32>() / number(shape.tools.len())
    };
    let deep = hits(words, DEEP);
    let steps = hits(words, STEPS);
    let graded = |count: usize| match count {
        0 => 20.0,
        1 => 60.0,
        _ => 80.0,
    };
    let ambiguity = match (hits(words, SPECIFIC) > 0, text.chars().count() < 50) {
        (true, _) => 20.0,
        (false, true) => 70.0,
        (false, false) => 40.0,
    };
    let of = |name, weight, value: f32| Dimension { name, weight, value: value.clamp(0.0, 100.0) };
    [
        of(
            "tokenCount",
            0.08,
            bucket(shape.tokens, &[(500, 10.0), (2_000, 30.0), (5_000, 50.0), (10_000, 70.0)], 90.0),
        ),
        of("promptComplexity", 0.10, number(text.chars().count()) / number(sentences) / 2.0),
        of("technicalDepth", 0.10, number(hits(words, TECHNICAL)) * 15.0),
        of("domainSpecificity", 0.07, number(hits(words, DOMAINS)) * 20.0),
        of(
            "toolCount",
            0.08,
            bucket(tools, &[(1, 0.0), (4, 20.0), (7, 40.0), (11, 60.0), (16, 80.0)], 100.0),
        ),
        of("toolComplexity", 0.10, mean_weight * 100.0),
        of("toolChainPotential", 0.07, any(&["and then", "then run|test|commit", "after that"], 70.0, 20.0)),
        of("multiStepReasoning", 0.10, graded(steps)),
        of("codeGeneration", 0.08, any(GENERATION, 80.0, 20.0)),
        of("analysisDepth", 0.07, graded(deep)),
        of("conversationDepth", 0.05, bucket(shape.turns as u64, &[(3, 10.0), (6, 30.0), (10, 50.0)], 70.0)),
        of(
            "priorToolUsage",
            0.05,
            bucket(shape.tool_results as u64, &[(1, 10.0), (3, 40.0), (6, 60.0)], 80.0),
        ),
        of("ambiguity", 0.05, ambiguity),
    ]
}

/// Their weighted sum, 0 to 100.
pub fn weighted(dimensions: &[Dimension]) -> f32 {
    dimensions.iter().map(|dimension| dimension.weight * dimension.value).sum()
}

#[cfg(test)]
mod tests {
    //! The dimensions stay in range and mean something.

    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> f32 {
        weighted(&dimensions(text, &Words::of(text), Shape::default()))
    }

    #[test]
    fn weights_sum_to_one_and_harder_texts_weigh_more() {
        let all = dimensions("", &Words::default(), Shape::default());
        assert!((all.iter().map(|own| own.weight).sum::<f32>() - 1.0).abs() < 1e-5);
        let hard = "Design a sharded replication protocol: compare consensus algorithms step by step, analyze trade-offs and \
                    edge cases of concurrent transactions, and then implement a benchmark of its latency.";
        assert!(of(hard) > of("hi") + 20.0, "{} {}", of(hard), of("hi"));
    }

    proptest! {
        #[test]
        fn in_range(text in ".{0,300}", tokens in any::<u64>(), turns in any::<usize>()) {
            let shape = Shape { tokens, turns, ..Shape::default() };
            let all = dimensions(&text, &Words::of(&text), shape);
            prop_assert!(all.iter().all(|own| (0.0..=100.0).contains(&own.value)));
            prop_assert!((0.0..=100.0).contains(&weighted(&all)));
        }
    }
}
