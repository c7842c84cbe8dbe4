//! Parts of a body as they stand in it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::Key;

/// The fields of an object, in order; none where it isn't one.
pub(super) fn fields(raw: &RawValue) -> Vec<(Cow<'_, str>, &RawValue)> {
    struct Fields;

    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(Key(name)) = map.next_key()? {
                all.push((name, map.next_value()?));
            }
            Ok(all)
        }
    }

    serde_json::Deserializer::from_str(raw.get()).deserialize_map(Fields).unwrap_or_default()
}

/// The elements of a list, in order; none where it isn't one.
pub(super) fn elements(raw: &RawValue) -> Vec<&RawValue> {
    crate::json::from_str(raw.get()).unwrap_or_default()
}

/// A field that says a text.
pub(super) fn text(fields: &[(Cow<'_, str>, &RawValue)], name: &str) -> Option<String> {
    let (_, raw) = fields.iter().rfind(|(own, _)| own == name)?;
    crate::json::from_str(raw.get()).ok()
}

/// Where a part stands in the body that it is borrowed from.
pub(super) fn span(body: &[u8], raw: &RawValue) -> Range<usize> {
    let start = (raw.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
    start..start + raw.get().len()
}
