//! Which values are allowed: `enum`, `const`, bounds and formats.

use serde_json::{Map, Value};

use super::Converter;

/// The formats that the subset knows, by type.
const FORMATS: &[(&str, &[&str])] =
    &[("STRING", &["date-time", "enum"]), ("NUMBER", &["float", "double"]), ("INTEGER", &["int32", "int64"])];

impl Converter<'_> {
    pub(super) fn add_values(&mut self, schema: &Map<String, Value>, out: &mut Map<String, Value>) {
        self.add_bounds(schema, out);
        let constant = schema.get("const").map(|value| vec![value.clone()]);
        let listed = schema.get("enum").and_then(Value::as_array).cloned();
        if let Some(values) = constant.or(listed) {
            self.add_enum(values, out);
        }
        let Some(format) = schema.get("format") else { return };
        let kind = out.get("type").and_then(Value::as_str).unwrap_or_default();
        let known = FORMATS.iter().find(|(own, _)| *own == kind).map_or(&[][..], |(_, formats)| formats);
        if format.as_str().is_some_and(|format| known.contains(&format)) {
            out.insert("format".to_owned(), format.clone());
        } else {
            self.losses.dropped(&format!("{}.format", self.name));
        }
    }

    /// Only texts can be listed, and none of them may be empty. Of whole numbers the range is kept.
    fn add_enum(&mut self, mut values: Vec<Value>, out: &mut Map<String, Value>) {
        let before = values.len();
        values.retain(|value| !value.is_null());
        if values.len() < before {
            out.insert("nullable".to_owned(), true.into());
        }
        let is_text = out.get("type").is_some_and(|kind| kind == "STRING");
        if is_text && values.iter().all(Value::is_string) {
            let named: Vec<Value> =
                values.iter().filter(|value| value.as_str() != Some("")).cloned().collect();
            if named.len() < values.len() {
                self.approximated("enum");
            }
            if !named.is_empty() {
                out.insert("enum".to_owned(), named.into());
            }
            return;
        }
        let numbers: Option<Vec<i64>> = values.iter().map(Value::as_i64).collect();
        let range = numbers.as_deref().and_then(|all| Some((*all.iter().min()?, *all.iter().max()?)));
        match range.filter(|_| out.get("type").is_some_and(|kind| kind == "INTEGER" || kind == "NUMBER")) {
            Some((least, most)) => {
                out.insert("minimum".to_owned(), least.into());
                out.insert("maximum".to_owned(), most.into());
                let is_whole_range = out.get("type").is_some_and(|kind| kind == "INTEGER")
                    && u64::try_from(values.len()).ok() == Some(most.abs_diff(least) + 1);
                if !is_whole_range {
                    self.approximated("enum");
                }
            }
            None => self.losses.dropped(&format!("{}.enum", self.name)),
        }
    }

    /// A bound that is itself excluded is the next whole number, or for fractions about the same.
    fn add_bounds(&mut self, schema: &Map<String, Value>, out: &mut Map<String, Value>) {
        let is_integer = out.get("type").is_some_and(|kind| kind == "INTEGER");
        for (exclusive, inclusive, step) in
            [("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)]
        {
            let bound = match schema.get(exclusive) {
                // As drafts before 6 wrote it.
                Some(Value::Bool(true)) => schema.get(inclusive),
                Some(Value::Bool(false)) | None => continue,
                Some(bound) => Some(bound),
            };
            let Some(bound) = bound else { continue };
            let next = bound.as_i64().and_then(|bound| bound.checked_add(step)).filter(|_| is_integer);
            if next.is_none() {
                self.approximated(exclusive);
            }
            out.insert(inclusive.to_owned(), next.map_or_else(|| bound.clone(), Value::from));
        }
    }
}
