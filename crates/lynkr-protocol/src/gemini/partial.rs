//! A call whose arguments come piece by piece: each piece names its place by a JSON path, in any order, so
//! the pieces of one call are gathered before the call goes on.

use serde_json::{Map, Value};

use super::wire::{FunctionCall, PartialArg};
use crate::error::DecodeError;
use crate::wire::Json;

/// No tool takes longer lists or deeper objects; a path that asks for one would only eat memory.
const MAX_INDEX: usize = 10_000;
const MAX_DEPTH: usize = 64;

/// A call in the making.
#[derive(Debug)]
pub(super) struct Partial {
    call: FunctionCall,
    arguments: Value,
    /// The signature of the part that the call began in.
    pub(super) signature: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Partial {
    /// Begins with the part that names the call.
    pub(super) fn begin(call: FunctionCall, signature: Option<String>) -> Result<Self, DecodeError> {
        let mut partial =
            Self { call: FunctionCall::default(), arguments: Value::Object(Map::new()), signature };
        partial.add(call)?;
        Ok(partial)
    }

    /// Adds what a part says of the call.
    pub(super) fn add(&mut self, more: FunctionCall) -> Result<(), DecodeError> {
        self.call.id = self.call.id.take().or(more.id);
        self.call.name = self.call.name.take().or(more.name);
        if let Some(whole) = more.args
            && let Ok(fields) = whole.read::<Map<String, Value>>()
            && let Value::Object(arguments) = &mut self.arguments
        {
            arguments.extend(fields);
        }
        for arg in more.partial_args.unwrap_or_default() {
            self.set(arg)?;
        }
        for (name, value) in more.rest.iter() {
            self.call.rest.push(name, value.clone());
        }
        Ok(())
    }

    /// The whole call.
    pub(super) fn finish(self) -> FunctionCall {
        FunctionCall { args: Some(Json::of(&self.arguments)), ..self.call }
    }

    fn set(&mut self, arg: PartialArg) -> Result<(), DecodeError> {
        let path = arg.json_path.unwrap_or_default();
        let wrong = || DecodeError::at("functionCall.partialArgs.jsonPath", format!("`{path}` is no path"));
        let steps = steps(&path).ok_or_else(wrong)?;
        let mut place = &mut self.arguments;
        for step in steps {
            place = enter(place, step).ok_or_else(wrong)?;
        }
        match (arg.string_value, place) {
            (Some(text), Value::String(before)) => before.push_str(&text),
            (Some(text), place) => *place = Value::String(text),
            (None, place) => {
                if let Some(number) = arg.number_value {
                    *place = Value::Number(number);
                } else if let Some(bool) = arg.bool_value {
                    *place = Value::Bool(bool);
                }
            }
        }
        Ok(())
    }
}

/// The place that a step leads to, made when it isn't there.
fn enter(place: &mut Value, step: Step) -> Option<&mut Value> {
    match step {
        Step::Name(name) => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            Some(place.as_object_mut()?.entry(name).or_insert(Value::Null))
        }
        Step::Index(index) => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let list = place.as_array_mut()?;
            if index >= list.len() {
                list.resize(index.checked_add(1)?, Value::Null);
            }
            list.get_mut(index)
        }
    }
}

/// The steps of a path: `$.name`, `$['name']`, `$[3]`, one after another.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let step;
        (step, rest) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, rest) = name.split_at_checked(end)?;
            (Step::Name(name.to_owned()), rest)
        } else {
            bracket(rest.strip_prefix('[')?)?
        };
        steps.push(step);
        if steps.len() > MAX_DEPTH {
            return None;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

fn bracket(rest: &str) -> Option<(Step, &str)> {
    for quote in ['\'', '"'] {
        if let Some(name) = rest.strip_prefix(quote) {
            let (name, rest) = name.split_once(quote)?;
            return Some((Step::Name(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (index, rest) = rest.split_once(']')?;
    let index: usize = index.parse().ok().filter(|index| *index <= MAX_INDEX)?;
    Some((Step::Index(index), rest))
}
