//! JSON Schema → the smallest value that fits it.
//!
//! It knows what tool schemas and output schemas use: types, `required`, `enum`, `const`, bounds, lengths,
//! arrays, `$ref` within the schema, `anyOf`, `oneOf`, `allOf`. A `pattern` it can't satisfy.

use std::cell::Cell;

use serde_json::{Map, Number, Value};

/// How deep schemas are followed; recursive ones would have no end.
const DEEPEST: usize = 24;

/// How many schemas are looked at in all; one that refers to itself twice would double at each step.
const MOST_STEPS: usize = 20_000;

/// The longest string or list that a minimum may ask for.
const LONGEST: u64 = 10_000;

/// The smallest value that fits `schema`, as far as the keywords above say.
pub fn minimal_instance(schema: &Value) -> Value {
    Maker { root: schema, left: Cell::new(MOST_STEPS) }.make(schema, 0)
}

struct Maker<'a> {
    root: &'a Value,
    /// How many more schemas may be looked at.
    left: Cell<usize>,
}

impl Maker<'_> {
    fn make(&self, schema: &Value, depth: usize) -> Value {
        let Some(object) = schema.as_object() else { return Value::String(String::new()) };
        let Some(merged) = self.resolved(object, depth) else { return Value::Null };
        let chosen = merged.get("const").or_else(|| merged.get("enum")?.as_array()?.first());
        if let Some(value) = chosen.or_else(|| merged.get("default")) {
            return value.clone();
        }
        match type_of(&merged) {
            "object" => self.object(&merged, depth),
            "array" => self.array(&merged, depth),
            "integer" => integer(&merged),
            "number" => number(&merged),
            "boolean" => Value::Bool(false),
            "null" => Value::Null,
            _ => Value::String(string(&merged)),
        }
    }

    /// The schema with its reference followed, its parts joined and its first alternative taken.
    fn resolved(&self, schema: &Map<String, Value>, depth: usize) -> Option<Map<String, Value>> {
        let left = self.left.get().checked_sub(1).filter(|_| depth <= DEEPEST)?;
        self.left.set(left);
        let mut merged = schema.clone();
        if let Some(Value::String(reference)) = merged.remove("$ref") {
            let pointer = reference.strip_prefix('#')?;
            self.merge(&mut merged, self.root.pointer(pointer)?, depth);
        }
        if let Some(Value::Array(parts)) = merged.remove("allOf") {
            for part in &parts {
                self.merge(&mut merged, part, depth);
            }
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(Value::Array(parts)) = merged.remove(word) {
                let is_null = |part: &&Value| part.get("type").is_some_and(|kind| kind == "null");
                let part = parts.iter().find(|part| !is_null(part)).or_else(|| parts.first());
                if let Some(part) = part {
                    self.merge(&mut merged, part, depth);
                }
            }
        }
        Some(merged)
    }

    /// Adds the keywords of `part`; `properties` and `required` add up, others stay as they are.
    fn merge(&self, into: &mut Map<String, Value>, part: &Value, depth: usize) {
        let Some(part) = part.as_object().and_then(|part| self.resolved(part, depth.saturating_add(1)))
        else {
            return;
        };
        for (key, value) in part {
            match (into.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) if key == "properties" => {
                    for (name, schema) in more {
                        known.entry(name).or_insert(schema);
                    }
                }
                (Some(Value::Array(known)), Value::Array(more)) if key == "required" => known.extend(more),
                (Some(_), _) => {}
                (None, value) => {
                    into.insert(key, value);
                }
            }
        }
    }

    fn object(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let mut object = Map::new();
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            let value = properties.get(name).map_or_else(
                || Value::String(String::new()),
                |schema| self.make(schema, depth.saturating_add(1)),
            );
            object.insert(name.to_owned(), value);
        }
        let least = count(schema, "minProperties");
        for (name, schema) in properties {
            if object.len() >= least {
                break;
            }
            if !object.contains_key(name) {
                object.insert(name.clone(), self.make(schema, depth.saturating_add(1)));
            }
        }
        Value::Object(object)
    }

    fn array(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let any = Value::Bool(true);
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let items = schema.get("items").unwrap_or(&any);
        let item = |at: usize| {
            let schema = first.and_then(|first| first.get(at)).unwrap_or(items);
            self.make(schema, depth.saturating_add(1))
        };
        Value::Array((0..count(schema, "minItems")).map(item).collect())
    }
}

/// The type that a schema names, or that its other keywords imply.
fn type_of(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => return kind,
        Some(Value::Array(kinds)) => {
            let mut names = kinds.iter().filter_map(Value::as_str);
            return names.clone().find(|name| *name != "null").or_else(|| names.next()).unwrap_or("string");
        }
        _ => {}
    }
    let has = |words: &[&str]| words.iter().any(|word| schema.contains_key(*word));
    if has(&["properties", "required", "additionalProperties"]) {
        "object"
    } else if has(&["items", "prefixItems", "minItems"]) {
        "array"
    } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        "number"
    } else {
        "string"
    }
}

fn count(schema: &Map<String, Value>, keyword: &str) -> usize {
    let asked = schema.get(keyword).and_then(Value::as_u64).unwrap_or(0);
    usize::try_from(asked.min(LONGEST)).unwrap_or(0)
}

fn string(schema: &Map<String, Value>) -> String {
    let fixed = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "1970-01-01T00:00:00Z",
        Some("date") => "1970-01-01",
        Some("time") => "00:00:00Z",
        Some("email") => "nobody@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("uuid") => "00000000-0000-0000-0000-000000000000",
        _ => "",
    };
    let missing = count(schema, "minLength").saturating_sub(fixed.chars().count());
    format!("{fixed}{}", "x".repeat(missing))
}

fn integer(schema: &Map<String, Value>) -> Value {
    let bound = |word: &str| schema.get(word).and_then(whole);
    let step = bound("multipleOf").filter(|step| *step > 0).unwrap_or(1);
    let low = bound("minimum").or_else(|| Some(bound("exclusiveMinimum")?.saturating_add(1)));
    let high = bound("maximum").or_else(|| Some(bound("exclusiveMaximum")?.saturating_sub(1)));
    let value = match (low, high) {
        (Some(low), _) if low > 0 => {
            low.checked_add(step - 1).map_or(low, |above| above - above.rem_euclid(step))
        }
        (_, Some(high)) if high < 0 => high - high.rem_euclid(step),
        _ => 0,
    };
    Value::from(value)
}

fn whole(value: &Value) -> Option<i64> {
    // The text of a whole float parses exactly where a cast would round.
    value.as_i64().or_else(|| format!("{:.0}", value.as_f64()?.ceil()).parse().ok())
}

fn number(schema: &Map<String, Value>) -> Value {
    let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let (above, below) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
    let fits = |value: &f64| {
        least.is_none_or(|least| *value >= least)
            && most.is_none_or(|most| *value <= most)
            && above.is_none_or(|above| *value > above)
            && below.is_none_or(|below| *value < below)
    };
    let between = above.or(least).zip(below.or(most)).map(|(low, high)| f64::midpoint(low, high));
    let candidates =
        [Some(0.0), least, most, between, above.map(|above| above + 1.0), below.map(|below| below - 1.0)];
    match candidates.into_iter().flatten().find(fits) {
        Some(value) if value != 0.0 => Number::from_f64(value).map_or(Value::from(0), Value::Number),
        _ => Value::from(0),
    }
}

#[cfg(test)]
mod tests;
