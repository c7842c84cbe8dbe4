//! Requests.

use lynkr_types::Loss;

use super::{Encoding, Form};
use crate::codec::Encoded;
use crate::error::{DecodeError, EncodeError, read_json};
use crate::wire::{Json, Rest, wire_struct};

wire_struct! {
    /// Any form of a request.
    pub struct Wire {
        /// The model.
        model: String = "model",
        /// One text or several; in OpenAI's form also lists of token numbers.
        input: Json = "input",
        /// The one text of Ollama's older form.
        prompt: String = "prompt",
        /// How vectors are written.
        encoding_format: String = "encoding_format",
        /// How long they are.
        dimensions: Json = "dimensions",
    }
}

/// Something to be embedded.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A text.
    Text(String),
    /// Token numbers, which mean something to one model only: a JSON list.
    Tokens(Json),
}

/// A request, whichever form it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The form.
    pub form: Form,
    /// The model, if one is named.
    pub model: Option<String>,
    /// What is to be embedded; never empty but for Ollama's, where it means that the model is to be loaded.
    pub input: Vec<Input>,
    /// How the client wants the vectors.
    pub encoding: Encoding,
    /// How long they are to be: a JSON number.
    pub dimensions: Option<Json>,
    /// Every other field.
    rest: Rest,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The form that is spoken there.
    pub form: Form,
    /// The model that goes up.
    pub model: String,
    /// What Ollama is told of how long the model stays loaded, unless the client says so.
    pub keep_alive: Option<Json>,
}

/// Fields that Ollama's two forms share.
const OLLAMAS: &[&str] = &["keep_alive", "options", "truncate"];

/// Reads a client's request.
pub fn decode_request(form: Form, body: &[u8]) -> Result<Request, DecodeError> {
    let wire: Wire = read_json(body)?;
    let encoding = match (form, wire.encoding_format.as_deref()) {
        (Form::OpenAi, Some("base64")) => Encoding::Base64,
        (Form::OpenAi, Some("float") | None) | (Form::Ollama | Form::OllamaPrompt, _) => Encoding::Float,
        (Form::OpenAi, Some(_)) => {
            return Err(DecodeError::at("encoding_format", "is neither `float` nor `base64`"));
        }
    };
    let input = match (form, wire.input, wire.prompt) {
        (Form::OllamaPrompt, _, Some(prompt)) if prompt.is_empty() => Vec::new(),
        (Form::OllamaPrompt, _, Some(prompt)) => vec![Input::Text(prompt)],
        // Either path of Ollama's loads a model when there is nothing to embed.
        (Form::Ollama | Form::OllamaPrompt, None, _) => Vec::new(),
        (_, Some(input), _) => inputs(form, &input)?,
        (Form::OpenAi, None, _) => return Err(DecodeError::at("input", "is required")),
    };
    if input.is_empty() && form == Form::OpenAi {
        return Err(DecodeError::at("input", "is empty"));
    }
    Ok(Request { form, model: wire.model, input, encoding, dimensions: wire.dimensions, rest: wire.rest })
}

fn inputs(form: Form, input: &Json) -> Result<Vec<Input>, DecodeError> {
    if let Some(text) = input.as_string() {
        return Ok(vec![Input::Text(text)]);
    }
    let wrong = || DecodeError::at("input", "is neither a text nor a list of them");
    let items: Vec<Json> = input.read().map_err(|_| wrong())?;
    let are_numbers = |items: &[Json]| items.iter().all(|item| item.read::<u64>().is_ok());
    if form == Form::OpenAi && !items.is_empty() && are_numbers(&items) {
        return Ok(vec![Input::Tokens(input.clone())]);
    }
    let one = |item: Json| {
        if let Some(text) = item.as_string() {
            return Ok(Input::Text(text));
        }
        let numbers: Vec<Json> = item.read().map_err(|_| wrong())?;
        let is_list = form == Form::OpenAi && !numbers.is_empty() && are_numbers(&numbers);
        is_list.then_some(Input::Tokens(item)).ok_or_else(wrong)
    };
    items.into_iter().map(one).collect()
}

impl Request {
    /// Writes the request for a server of another form.
    pub fn encode(&self, target: &Target) -> Result<Encoded, EncodeError> {
        let mut body = Wire { model: Some(target.model.clone()), ..Wire::default() };
        body.dimensions.clone_from(&self.dimensions);
        let is_ollama = target.form != Form::OpenAi;
        let mut losses = Vec::new();
        for (name, value) in self.rest.iter().filter(|(_, value)| !value.is_null()) {
            if is_ollama && self.form != Form::OpenAi && OLLAMAS.contains(&name) {
                body.rest.push(name, value.clone());
            } else {
                losses.push(Loss::dropped(name.to_owned()));
            }
        }
        if let Some(keep_alive) = &target.keep_alive
            && is_ollama
            && body.rest.find("keep_alive").is_none()
        {
            body.rest.push("keep_alive", keep_alive.clone());
        }
        body.input = Some(self.written_input(target)?);
        Ok(Encoded { body: serde_json::to_vec(&body).unwrap_or_default(), losses })
    }

    fn written_input(&self, target: &Target) -> Result<Json, EncodeError> {
        let mut written = Vec::with_capacity(self.input.len());
        for input in &self.input {
            written.push(match input {
                Input::Text(text) => Json::of(text),
                Input::Tokens(tokens) if target.form == Form::OpenAi => tokens.clone(),
                Input::Tokens(_) => {
                    return Err(EncodeError {
                        target: target.form.dialect(),
                        feature: "input".to_owned(),
                        why: "token numbers mean something to one model only; send texts".to_owned(),
                    });
                }
            });
        }
        Ok(match written.as_slice() {
            [only] => only.clone(),
            all => Json::of(all),
        })
    }
}
