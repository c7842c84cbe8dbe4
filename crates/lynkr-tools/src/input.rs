//! What a model gave a tool: read loosely, since models take names from other tools that they know.

use serde_json::{Map, Value};

use crate::tool::ToolError;

/// The input of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input(Map<String, Value>);

impl Input {
    /// Reads the arguments of a call; nothing at all is an empty object.
    pub fn parse(arguments: &str) -> Result<Self, ToolError> {
        if arguments.trim().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_str(arguments) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(ToolError::failed("the arguments must be a JSON object")),
            Err(error) => Err(ToolError::failed(format!("the arguments must be a JSON object: {error}"))),
        }
    }

    /// The first of these names that says something.
    fn find(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.0.get(*name).filter(|value| !value.is_null()))
    }

    /// A text, under the first of these names that has one.
    pub fn text(&self, names: &[&str]) -> Result<Option<&str>, ToolError> {
        match self.find(names) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(names, "a string")),
        }
    }

    /// A text that has to be there and to say something.
    pub fn required(&self, names: &[&str]) -> Result<&str, ToolError> {
        match self.find(names) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            _ => Err(wrong(names, "a non-empty string")),
        }
    }

    /// A switch.
    pub fn flag(&self, names: &[&str], default: bool) -> Result<bool, ToolError> {
        match self.find(names) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(wrong(names, "true or false")),
        }
    }

    /// A whole number from 1 on, if it is there.
    pub fn number(&self, names: &[&str]) -> Result<Option<usize>, ToolError> {
        let Some(value) = self.find(names) else { return Ok(None) };
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        let number = number.and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| wrong(names, "a positive integer"))
    }

    /// Several texts: a list, or one text.
    pub fn texts(&self, names: &[&str]) -> Result<Vec<String>, ToolError> {
        match self.find(names) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(items)) => {
                let text = |item: &Value| item.as_str().map(str::to_owned);
                let texts: Option<Vec<String>> = items.iter().map(text).collect();
                texts.ok_or_else(|| wrong(names, "a string or a list of strings"))
            }
            Some(_) => Err(wrong(names, "a string or a list of strings")),
        }
    }
}

fn wrong(names: &[&str], wanted: &str) -> ToolError {
    ToolError::failed(format!("{} must be {wanted}", names.first().unwrap_or(&"input")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &str) -> Input {
        Input::parse(text).unwrap()
    }

    #[test]
    fn what_is_said_is_found_under_each_of_its_names() {
        let given =
            input(r#"{"path": null, "file": "a.txt", "limit": "7", "ignore": ["a", "b"], "regex": "true"}"#);
        assert_eq!(given.required(&["path", "file"]).unwrap(), "a.txt");
        assert_eq!(given.number(&["limit"]).unwrap(), Some(7));
        assert_eq!(given.texts(&["ignore"]).unwrap(), ["a", "b"]);
        assert!(given.flag(&["regex"], false).unwrap());
        assert!(given.flag(&["other"], true).unwrap());
        assert_eq!(input("").number(&["limit"]).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_first_name() {
        for (text, message) in [
            ("{}", "path must be a non-empty string"),
            (r#"{"path": ""}"#, "path must be a non-empty string"),
            (r#"{"file": 7}"#, "path must be a non-empty string"),
            (r#"{"path": "  "}"#, "path must be a non-empty string"),
        ] {
            assert_eq!(input(text).required(&["path", "file"]).unwrap_err().message, message, "{text}");
        }
        assert_eq!(input(r#"{"n": 0}"#).number(&["n"]).unwrap_err().message, "n must be a positive integer");
        assert_eq!(
            input(r#"{"n": [1]}"#).texts(&["n"]).unwrap_err().message,
            "n must be a string or a list of strings"
        );
        assert!(Input::parse("[1]").unwrap_err().message.contains("must be a JSON object"));
        assert!(Input::parse("{\"a\":").unwrap_err().message.contains("must be a JSON object"));
    }
}
