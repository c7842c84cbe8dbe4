//! Reading a value: `serde` over the walk. Whatever isn't taken here is `None`, and the parser is asked.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::text::Text;
use super::{Odd, RAW, Scan};

/// How deep values may hold others; the parser takes a few more.
const DEEPEST: usize = 100;

/// Reads one value, and nothing after it.
pub(super) fn value<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    let mut reader = Reader { scan: Scan::new(text), depth: 0 };
    let value = T::deserialize(&mut reader).ok()?;
    reader.scan.end().map(|()| value)
}

struct Reader<'de> {
    scan: Scan<'de>,
    depth: usize,
}

impl<'de> Reader<'de> {
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Odd> {
        let text = self.scan.value().ok_or(Odd)?;
        let is_whole = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        match text.strip_prefix('-') {
            None if is_whole(text) && text.len() < 20 => visitor.visit_u64(text.parse().map_err(|_| Odd)?),
            // Zero has no sign as a whole number.
            Some(digits) if is_whole(digits) && digits.len() < 19 && digits != "0" => {
                visitor.visit_i64(text.parse().map_err(|_| Odd)?)
            }
            _ => de::Deserializer::deserialize_any(&mut serde_json::Deserializer::from_str(text), visitor)
                .map_err(|_| Odd),
        }
    }

    /// What stands between brackets.
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Odd>) -> Result<T, Odd> {
        self.depth += 1;
        let value = if self.depth > DEEPEST { Err(Odd) } else { read(self) };
        self.depth -= 1;
        value
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Odd> {
        self.within(|reader| {
            reader.scan.enter(b'[').ok_or(Odd)?;
            let mut items = Items { is_over: reader.scan.leaves(b']'), reader };
            let value = visitor.visit_seq(&mut items)?;
            if items.is_over { Ok(value) } else { Err(Odd) }
        })
    }

    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Odd> {
        self.within(|reader| {
            reader.scan.enter(b'{').ok_or(Odd)?;
            let mut members = Members { is_over: reader.scan.leaves(b'}'), reader };
            let value = visitor.visit_map(&mut members)?;
            if members.is_over { Ok(value) } else { Err(Odd) }
        })
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Odd;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Odd> {
        match self.scan.first().ok_or(Odd)? {
            b'"' => match self.scan.text().ok_or(Odd)? {
                Text::Plain(text) => visitor.visit_borrowed_str(text),
                Text::Unescaped(text) => visitor.visit_str(text),
            },
            b'{' => self.object(visitor),
            b'[' => self.list(visitor),
            b't' => self.scan.word("true").ok_or(Odd).and_then(|()| visitor.visit_bool(true)),
            b'f' => self.scan.word("false").ok_or(Odd).and_then(|()| visitor.visit_bool(false)),
            b'n' => self.scan.word("null").ok_or(Odd).and_then(|()| visitor.visit_unit()),
            _ => self.number(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Odd> {
        if self.scan.first().ok_or(Odd)? == b'n' {
            return self.scan.word("null").ok_or(Odd).and_then(|()| visitor.visit_none());
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Odd> {
        if name == RAW {
            let text = self.scan.value().ok_or(Odd)?;
            return visitor.visit_map(Raw(Some(text)));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Odd> {
        // A variant without anything; others aren't in what is read here.
        let (Text::Plain(name) | Text::Unescaped(name)) = self.scan.text().ok_or(Odd)?;
        visitor.visit_enum(IntoDeserializer::<Odd>::into_deserializer(name))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Odd> {
        self.scan.value().ok_or(Odd)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier
    }
}

struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_over: bool,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Odd;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Odd> {
        if self.is_over {
            return Ok(None);
        }
        let item = seed.deserialize(&mut *self.reader)?;
        self.is_over = !self.reader.scan.goes_on(b']').ok_or(Odd)?;
        Ok(Some(item))
    }
}

struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_over: bool,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Odd;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Odd> {
        if self.is_over {
            return Ok(None);
        }
        let key = match self.reader.scan.text().ok_or(Odd)? {
            Text::Plain(name) => seed.deserialize(BorrowedStrDeserializer::<Odd>::new(name))?,
            Text::Unescaped(name) => {
                let name: StrDeserializer<'_, Odd> = name.into_deserializer();
                seed.deserialize(name)?
            }
        };
        self.reader.scan.colon().ok_or(Odd)?;
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Odd> {
        let value = seed.deserialize(&mut *self.reader)?;
        self.is_over = !self.reader.scan.goes_on(b'}').ok_or(Odd)?;
        Ok(value)
    }
}

/// A raw value, as `serde_json` hands it to its own type.
struct Raw<'de>(Option<&'de str>);

impl<'de> MapAccess<'de> for Raw<'de> {
    type Error = Odd;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Odd> {
        if self.0.is_none() {
            return Ok(None);
        }
        let name: StrDeserializer<'_, Odd> = RAW.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Odd> {
        seed.deserialize(BorrowedStrDeserializer::<Odd>::new(self.0.take().ok_or(Odd)?))
    }
}
