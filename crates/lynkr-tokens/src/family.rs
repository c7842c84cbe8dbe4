//! What is known of the tokenizers of models, by the models' names.

use crate::vocabulary::Vocabulary;

/// How an image's tokens follow from its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageRule {
    /// OpenAI's tiles: a base, and a price for each 512-pixel tile after scaling into 2,048 × 2,048 and the
    /// shorter side to 768. `detail: low` costs the base alone.
    Tiles {
        /// What every image costs.
        base: u64,
        /// What each tile costs.
        tile: u64,
    },
    /// OpenAI's patches of 32 × 32 pixels, at most 1,536 of them, times a factor in hundredths.
    Patches {
        /// The model's factor.
        percent: u64,
    },
    /// Anthropic's pixels: width × height / 750, after the image was scaled to the longest edge.
    Pixels {
        /// The longest edge in pixels.
        edge: u64,
        /// The most tokens of one image.
        most: u64,
    },
    /// Gemini's tiles of 768 × 768 pixels, 258 tokens each, and at least so many tokens.
    Squares {
        /// What an image costs at least.
        least: u64,
    },
}

/// How tools are told to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// Rendered as declarations, as OpenAI does: names, types and descriptions, without the schema's JSON. The
    /// number is what the head of each declaration costs.
    Declared(u64),
    /// As the JSON of their schemas, after so many tokens of instructions if there are any tools.
    Json(u64),
}

/// A family of models that count alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// The family's name.
    pub name: &'static str,
    /// What the names of its models begin with. The vendor before a slash or a dot doesn't count.
    pub names: &'static [&'static str],
    /// Its vocabulary, if it is in here.
    pub vocabulary: Option<Vocabulary>,
    /// How many tokens words and punctuation have, in per cent of those of `o200k_base`.
    pub plain: u64,
    /// The same for Chinese characters and kana.
    pub han: u64,
    /// The same for other characters beyond ASCII.
    pub wide: u64,
    /// How many digits go into one token.
    pub digits: u64,
    /// How images are counted.
    pub image: ImageRule,
    /// How tools are told.
    pub tools: Tools,
    /// What a page of a document costs: its text, and where the model is shown the page as well, its picture.
    pub page: u64,
}

const GPT_4O_IMAGE: ImageRule = ImageRule::Tiles { base: 85, tile: 170 };
const CLAUDE_IMAGE: ImageRule = ImageRule::Pixels { edge: 1_568, most: 1_600 };

/// What a family's row starts from, so that it names only what is its own.
const OPENAI: Family = Family {
    name: "openai",
    names: &[],
    vocabulary: Some(Vocabulary::O200k),
    plain: 100,
    han: 100,
    wide: 100,
    digits: 3,
    image: GPT_4O_IMAGE,
    tools: Tools::Declared(7),
    page: 1_800,
};
const OPEN_WEIGHTS: Family =
    Family { name: "other", vocabulary: None, image: CLAUDE_IMAGE, tools: Tools::Json(0), ..OPENAI };
const CLAUDE: Family = Family {
    name: "claude",
    plain: 130,
    han: 130,
    wide: 150,
    image: CLAUDE_IMAGE,
    tools: Tools::Json(346),
    page: 4_000,
    ..OPEN_WEIGHTS
};
const CLAUDE_NEW: Family = Family {
    name: "claude (2026)",
    plain: 176,
    han: 176,
    wide: 200,
    image: ImageRule::Pixels { edge: 2_576, most: 4_784 },
    page: 7_000,
    ..CLAUDE
};

/// The families, the longer names before the shorter ones. Where the factors are from is in `docs/tokens.md`.
const FAMILIES: &[Family] = &[
    Family { names: &["gpt-4o-mini"], image: ImageRule::Tiles { base: 2_833, tile: 5_667 }, ..OPENAI },
    Family { names: &["gpt-4.1-mini", "gpt-5-mini"], image: ImageRule::Patches { percent: 162 }, ..OPENAI },
    Family { names: &["gpt-4.1-nano", "gpt-5-nano"], image: ImageRule::Patches { percent: 246 }, ..OPENAI },
    Family { names: &["o4-mini", "codex-mini"], image: ImageRule::Patches { percent: 172 }, ..OPENAI },
    Family { names: &["gpt-5"], image: ImageRule::Tiles { base: 70, tile: 140 }, ..OPENAI },
    Family { names: &["o1", "o3", "o4"], image: ImageRule::Tiles { base: 75, tile: 150 }, ..OPENAI },
    Family { names: &["computer-use"], image: ImageRule::Tiles { base: 65, tile: 129 }, ..OPENAI },
    Family {
        names: &["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-oss", "chatgpt-4o", "codex", "chatgpt"],
        ..OPENAI
    },
    Family {
        name: "openai (2023)",
        names: &["gpt-4", "gpt-3.5", "gpt-35", "text-embedding-"],
        vocabulary: Some(Vocabulary::Cl100k),
        plain: 116,
        han: 150,
        wide: 200,
        tools: Tools::Declared(10),
        ..OPENAI
    },
    CLAUDE_NEW.named(&["claude-opus-4-7", "claude-opus-4.7", "claude-opus-4-8", "claude-opus-4.8"]),
    CLAUDE_NEW.named(&[
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-haiku-5",
        "claude-fable",
        "claude-mythos",
    ]),
    CLAUDE.named(&["claude", "anthropic"]),
    GEMINI.named(&["gemini-3", "gemini-4"]),
    Family { image: ImageRule::Squares { least: 258 }, ..GEMINI }.named(&["gemini", "gemma", "learnlm"]),
    Family { name: "deepseek", names: &["deepseek"], plain: 112, han: 90, wide: 135, ..OPEN_WEIGHTS },
    Family {
        name: "llama",
        names: &["llama", "meta-llama"],
        plain: 114,
        han: 106,
        wide: 130,
        ..OPEN_WEIGHTS
    },
    Family { name: "qwen", names: &["qwen", "qwq", "qvq"], plain: 120, wide: 155, digits: 1, ..OPEN_WEIGHTS },
    Family {
        name: "mistral",
        names: &["mistral", "mixtral", "magistral", "ministral", "codestral", "devstral", "pixtral"],
        plain: 112,
        han: 122,
        wide: 120,
        digits: 1,
        ..OPEN_WEIGHTS
    },
    Family { name: "kimi", names: &["kimi", "moonshot"], plain: 128, han: 96, wide: 145, ..OPEN_WEIGHTS },
    Family { name: "glm", names: &["glm", "chatglm"], plain: 110, han: 90, wide: 160, ..OPEN_WEIGHTS },
];

const GEMINI: Family = Family {
    name: "gemini",
    plain: 112,
    han: 100,
    wide: 120,
    digits: 1,
    image: ImageRule::Squares { least: 1_120 },
    page: 1_800,
    ..OPEN_WEIGHTS
};

/// What is taken of a model that nothing is known of: the larger of the factors.
pub(crate) const UNKNOWN: Family =
    Family { plain: 130, han: 150, wide: 200, digits: 1, page: 4_000, ..OPEN_WEIGHTS };

impl Family {
    const fn named(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    /// The family of a model by its name, in whatever dress: `openai/gpt-4o`, `us.anthropic.claude-…`,
    /// `ft:gpt-4o:org`, `models/gemini-2.5-pro`.
    pub fn of(model: &str) -> &'static Self {
        let lower = model.to_ascii_lowercase();
        let plain = lower.rsplit('/').next().unwrap_or_default();
        let plain = plain.strip_prefix("ft:").unwrap_or(plain);
        let begins = |name: &str| FAMILIES.iter().find(|family| family.has(name));
        // Bedrock's names say region and vendor before a dot, and versions have dots too.
        let after_dots = || plain.match_indices('.').find_map(|(at, _)| begins(plain.get(at + 1..)?));
        begins(plain).or_else(after_dots).unwrap_or(&UNKNOWN)
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| name.starts_with(own))
    }
}
