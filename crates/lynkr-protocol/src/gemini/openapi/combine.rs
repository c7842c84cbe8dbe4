//! Schemas made of others: references, `allOf`, and alternatives.

use serde_json::{Map, Value, json};

use super::{Converter, MAX_DEPTH, MAX_TURNS};

impl Converter<'_> {
    /// The schema with its references and `allOf` worked in; `None` when it isn't an object.
    pub(super) fn flat(&mut self, schema: &Value) -> Option<Map<String, Value>> {
        let mut flat = schema.as_object()?.clone();
        // A reference may lead to another; the limit also ends those that lead back.
        for _ in 0..MAX_DEPTH {
            let reference = flat.get("$ref").and_then(Value::as_str).map(str::to_owned);
            let parts = match flat.get("allOf") {
                Some(Value::Array(parts)) => parts.clone(),
                _ => Vec::new(),
            };
            if reference.is_none() && parts.is_empty() {
                return Some(flat);
            }
            flat.remove("$ref");
            flat.remove("allOf");
            if let Some(reference) = reference {
                let turns = self.references.iter().filter(|own| **own == reference).count();
                match self.target(&reference) {
                    Some(Value::Object(target)) if turns < MAX_TURNS => self.merge(&mut flat, &target),
                    Some(Value::Object(target)) => {
                        self.approximated("$ref");
                        let kind = target.get("type").cloned().unwrap_or_else(|| "object".into());
                        flat.entry("type").or_insert(kind);
                    }
                    _ => self.approximated("$ref"),
                }
                self.references.push(reference);
            }
            for part in parts {
                if let Value::Object(part) = part {
                    self.merge(&mut flat, &part);
                }
            }
        }
        self.approximated("$ref");
        Some(flat)
    }

    /// What a reference within the schema names.
    fn target(&self, reference: &str) -> Option<Value> {
        self.root.pointer(reference.strip_prefix('#')?).cloned()
    }

    /// Adds what another schema demands as well. Where both say something about the same, the first is kept.
    fn merge(&mut self, into: &mut Map<String, Value>, other: &Map<String, Value>) {
        for (word, theirs) in other {
            match (word.as_str(), into.get_mut(word), theirs) {
                (_, None, _) => {
                    into.insert(word.clone(), theirs.clone());
                }
                ("properties", Some(Value::Object(own)), Value::Object(theirs)) => {
                    for (name, schema) in theirs {
                        own.entry(name.clone()).or_insert_with(|| schema.clone());
                    }
                }
                ("required", Some(Value::Array(own)), Value::Array(theirs)) => {
                    let new: Vec<Value> = theirs.iter().filter(|name| !own.contains(name)).cloned().collect();
                    own.extend(new);
                }
                (
                    "title" | "description" | "default" | "examples" | "$comment" | "$defs" | "definitions",
                    ..,
                ) => {}
                (_, Some(own), theirs) if own == theirs => {}
                _ => self.approximated("allOf"),
            }
        }
    }

    /// The type, or the alternatives.
    pub(super) fn add_kind(
        &mut self,
        schema: &Map<String, Value>,
        out: &mut Map<String, Value>,
        depth: usize,
    ) {
        let mut kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut nullable = schema.get("nullable") == Some(&Value::Bool(true));
        let before = kinds.len();
        kinds.retain(|kind| !kind.eq_ignore_ascii_case("null"));
        nullable |= kinds.len() < before;
        let alternatives = self.alternatives(schema);
        match (kinds.as_slice(), alternatives) {
            ([], Some(mut alternatives)) => {
                let before = alternatives.len();
                alternatives.retain(|own| {
                    own.get("type") != Some(&json!("null")) && own.get("const") != Some(&Value::Null)
                });
                nullable |= alternatives.len() < before;
                self.add_alternatives(&alternatives, out, depth);
            }
            ([], None) if before > 0 => {
                // Nothing but null.
                self.approximated("type");
                out.insert("type".to_owned(), "STRING".into());
            }
            ([], None) => {
                let implied = self.implied(schema);
                out.insert("type".to_owned(), implied.into());
            }
            ([kind], alternatives) => {
                out.insert("type".to_owned(), kind.to_ascii_uppercase().into());
                if let Some(alternatives) = alternatives {
                    self.add_typed_alternatives(kind, &alternatives, out, depth);
                }
            }
            (several, _) => {
                let bare = schema
                    .iter()
                    .filter(|(word, _)| matches!(word.as_str(), "properties" | "required" | "items"));
                let bare: Map<String, Value> =
                    bare.map(|(word, value)| (word.clone(), value.clone())).collect();
                let alternatives: Vec<Value> = several.iter().map(|kind| with_kind(&bare, kind)).collect();
                self.add_alternatives(&alternatives, out, depth);
            }
        }
        if nullable {
            out.insert("nullable".to_owned(), true.into());
        }
    }

    /// `anyOf`, or `oneOf`, which allows no two at once.
    fn alternatives(&mut self, schema: &Map<String, Value>) -> Option<Vec<Value>> {
        let list =
            |word: &str| schema.get(word).and_then(Value::as_array).filter(|list| !list.is_empty()).cloned();
        let one = list("oneOf");
        if one.is_some() {
            self.approximated("oneOf");
        }
        list("anyOf").or(one)
    }

    fn add_alternatives(&mut self, alternatives: &[Value], out: &mut Map<String, Value>, depth: usize) {
        if let [only] = alternatives {
            for (word, value) in self.schema(only, depth + 1) {
                out.entry(word).or_insert(value);
            }
            return;
        }
        let converted: Vec<Value> =
            alternatives.iter().map(|own| Value::Object(self.schema(own, depth + 1))).collect();
        out.insert("anyOf".to_owned(), converted.into());
    }

    /// Alternatives beside a type: each is of that type unless it says otherwise. Those that only say which
    /// properties go together have no counterpart.
    fn add_typed_alternatives(
        &mut self,
        kind: &str,
        alternatives: &[Value],
        out: &mut Map<String, Value>,
        depth: usize,
    ) {
        let says_form = |own: &Value| {
            let words = ["properties", "items", "enum", "const", "$ref", "anyOf", "allOf", "type"];
            words.iter().any(|word| own.get(*word).is_some())
        };
        if !alternatives.iter().all(says_form) {
            self.losses.dropped(&format!("{}.anyOf", self.name));
            return;
        }
        let typed: Vec<Value> = alternatives
            .iter()
            .map(|own| match own {
                Value::Object(own) if own.get("type").is_none() => with_kind(own, kind),
                other => other.clone(),
            })
            .collect();
        self.add_alternatives(&typed, out, depth);
    }

    /// The type that other words imply.
    fn implied(&mut self, schema: &Map<String, Value>) -> &'static str {
        let has = |words: &[&str]| words.iter().any(|word| schema.contains_key(*word));
        let first = schema.get("const").or_else(|| schema.get("enum")?.get(0));
        match first {
            Some(Value::Bool(_)) => "BOOLEAN",
            Some(Value::Number(number)) => {
                if number.is_f64() {
                    "NUMBER"
                } else {
                    "INTEGER"
                }
            }
            Some(_) => "STRING",
            None if has(&["properties", "required", "additionalProperties"]) => "OBJECT",
            None if has(&["items", "prefixItems", "minItems", "maxItems"]) => "ARRAY",
            None if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) => {
                "NUMBER"
            }
            None => {
                if !has(&["pattern", "minLength", "maxLength", "format"]) {
                    self.approximated("type");
                }
                "STRING"
            }
        }
    }
}

fn with_kind(schema: &Map<String, Value>, kind: &str) -> Value {
    let mut typed = schema.clone();
    typed.insert("type".to_owned(), kind.into());
    if kind != "object" {
        typed.remove("properties");
        typed.remove("required");
    }
    if kind != "array" {
        typed.remove("items");
    }
    typed.into()
}
