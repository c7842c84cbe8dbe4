//! What measures the parts of a request for one model.

use crate::document::pages;
use crate::estimate::{TOKEN, Weight, weigh};
use crate::family::{Family, Tools, UNKNOWN};
use crate::image::{Size, size_of_base64};
use crate::tools;

/// What framing a turn costs beside its text: three tokens, and one for the role. OpenAI's figure; the templates of
/// other vendors cost about as much.
const TURN: u64 = 4;
/// What begins the answer.
const ANSWER: u64 = 3;
/// What framing a tool costs where it is told as JSON.
const TOOL: u64 = 12;

/// Measures for one model.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    family: &'static Family,
    exact: bool,
}

impl Meter {
    /// A meter that counts by the model's own vocabulary if it has one here. The first count unpacks it, which
    /// takes a tenth of a second and some 24 MB from then on.
    pub fn counting(model: &str) -> Self {
        let family = Family::of(model);
        Self { family, exact: family.vocabulary.is_some() }
    }

    /// A meter for whatever model, that never needs a vocabulary.
    pub const fn of_any_model() -> Self {
        Self { family: &UNKNOWN, exact: false }
    }

    /// A meter that never needs a vocabulary.
    pub fn estimating(model: &str) -> Self {
        Self { family: Family::of(model), exact: false }
    }

    /// Whether texts are counted rather than estimated.
    pub const fn is_exact(&self) -> bool {
        self.exact
    }

    /// The family that the model was taken for.
    pub const fn family(&self) -> &'static Family {
        self.family
    }

    /// Tokens of a text.
    pub fn text(&self, text: &str) -> u64 {
        let counted = self.family.vocabulary.filter(|_| self.exact).and_then(|own| own.count(text));
        counted.unwrap_or_else(|| estimate(self.family, text))
    }

    /// Tokens of texts that were weighed, together.
    pub const fn weighed(&self, weight: Weight) -> u64 {
        tokens(self.family, weight)
    }

    /// What framing a turn costs.
    pub const fn turn(&self) -> u64 {
        TURN
    }

    /// What a request costs without any turn.
    pub const fn request(&self) -> u64 {
        ANSWER
    }

    /// What having tools costs at all, beside what each of them does.
    pub const fn any_tools(&self) -> u64 {
        match self.family.tools {
            Tools::Declared(_) => tools::TAIL,
            Tools::Json(instructions) => instructions,
        }
    }

    /// Tokens of a function with the JSON Schema of its arguments.
    pub fn function(&self, name: &str, description: Option<&str>, schema: Option<&str>) -> u64 {
        match self.family.tools {
            // Without the vocabulary nothing is gained by reading the schema, and its JSON is the larger.
            Tools::Declared(head) if self.exact => {
                tools::declared((name, description), schema, head, &|text| self.text(text))
            }
            Tools::Declared(_) | Tools::Json(_) => {
                TOOL + self.text(name)
                    + self.text(description.unwrap_or_default())
                    + self.text(schema.unwrap_or_default())
            }
        }
    }

    /// Tokens of an image in base64, or of one whose bytes aren't here. `detail` is OpenAI's.
    pub fn image(&self, base64: Option<&str>, detail: Option<&str>) -> u64 {
        self.image_of(base64.and_then(size_of_base64), detail)
    }

    /// Tokens of an image of a size.
    pub fn image_of(&self, size: Option<Size>, detail: Option<&str>) -> u64 {
        self.family.image.tokens(size, detail == Some("low"))
    }

    /// Tokens of a document in base64 that isn't text, or of one whose bytes aren't here.
    pub fn document(&self, base64: Option<&str>) -> u64 {
        self.family.page.saturating_mul(base64.map_or(1, pages))
    }
}

fn estimate(family: &Family, text: &str) -> u64 {
    tokens(family, weigh(text))
}

const fn tokens(family: &Family, weight: Weight) -> u64 {
    // A number of up to three digits is one token where three go into one.
    let numbers = match family.digits {
        1 => weight.digits * TOKEN,
        per_token => weight.digits * TOKEN / per_token + weight.numbers * 60,
    };
    let hundredths = weight.plain * family.plain + weight.han * family.han + weight.wide * family.wide;
    (hundredths.div_ceil(100) + numbers).div_ceil(TOKEN)
}
