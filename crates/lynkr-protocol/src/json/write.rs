//! Writing a value: `serde` into bytes. Whatever isn't written here is told, and `serde_json` is asked.

use std::fmt;
use std::io::Write as _;

use serde::ser::{self, Impossible};
use serde::{Serialize, Serializer};

use super::{Odd, RAW, text};

/// Appends a value; whether it could be written.
pub(super) fn value<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> bool {
    value.serialize(&mut Writer { out, is_raw: false }).is_ok()
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// Whether the next text is JSON itself.
    is_raw: bool,
}

impl Writer<'_> {
    /// Numbers are written as `serde_json` writes them.
    fn number<T: Serialize>(&mut self, value: T) -> Result<(), Odd> {
        serde_json::to_writer(&mut *self.out, &value).map_err(|_| Odd)
    }
}

macro_rules! numbers {
    ($($name:ident: $type:ty,)*) => {
        $(fn $name(self, value: $type) -> Result<(), Odd> {
            self.number(value)
        })*
    };
}

impl<'a, 'o> Serializer for &'a mut Writer<'o> {
    type Ok = ();
    type Error = Odd;
    type SerializeSeq = List<'a, 'o>;
    type SerializeTuple = List<'a, 'o>;
    type SerializeTupleStruct = List<'a, 'o>;
    type SerializeTupleVariant = Impossible<(), Odd>;
    type SerializeMap = Object<'a, 'o>;
    type SerializeStruct = Object<'a, 'o>;
    type SerializeStructVariant = Impossible<(), Odd>;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_bool(self, value: bool) -> Result<(), Odd> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Odd> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Odd> {
        if self.is_raw {
            self.out.extend_from_slice(value.as_bytes());
        } else {
            text::quote(self.out, value);
        }
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Odd> {
        Err(Odd)
    }

    fn serialize_none(self) -> Result<(), Odd> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Odd> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Odd> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Odd> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Odd> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Odd> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Odd> {
        Err(Odd)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a, 'o>, Odd> {
        self.out.push(b'[');
        Ok(List { writer: self, has_any: false })
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'a, 'o>, Odd> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List<'a, 'o>, Odd> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Odd>, Odd> {
        Err(Odd)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a, 'o>, Odd> {
        self.out.push(b'{');
        Ok(Object { writer: self, has_any: false, is_raw: false })
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Object<'a, 'o>, Odd> {
        if name == RAW {
            return Ok(Object { writer: self, has_any: false, is_raw: true });
        }
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Odd>, Odd> {
        Err(Odd)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Odd> {
        let mut shown = Vec::new();
        write!(shown, "{value}").map_err(|_| Odd)?;
        self.serialize_str(std::str::from_utf8(&shown).map_err(|_| Odd)?)
    }
}

/// A list that is being written.
struct List<'a, 'o> {
    writer: &'a mut Writer<'o>,
    has_any: bool,
}

impl List<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Odd> {
        if std::mem::replace(&mut self.has_any, true) {
            self.writer.out.push(b',');
        }
        value.serialize(&mut *self.writer)
    }
}

/// An object that is being written, or a raw value in its place.
struct Object<'a, 'o> {
    writer: &'a mut Writer<'o>,
    has_any: bool,
    is_raw: bool,
}

impl Object<'_, '_> {
    fn name<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Odd> {
        if std::mem::replace(&mut self.has_any, true) {
            self.writer.out.push(b',');
        }
        let begin = self.writer.out.len();
        name.serialize(&mut *self.writer)?;
        // Names that are no texts are made into some by `serde_json`.
        self.writer.out.get(begin).filter(|first| **first == b'"').map(|_| ()).ok_or(Odd)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Odd> {
        self.writer.out.push(b':');
        value.serialize(&mut *self.writer)
    }
}

macro_rules! lists {
    ($($of:ident: $method:ident,)*) => {
        $(impl ser::$of for List<'_, '_> {
            type Ok = ();
            type Error = Odd;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Odd> {
                self.item(value)
            }

            fn end(self) -> Result<(), Odd> {
                self.writer.out.push(b']');
                Ok(())
            }
        })*
    };
}

lists! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
}

impl ser::SerializeMap for Object<'_, '_> {
    type Ok = ();
    type Error = Odd;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Odd> {
        self.name(name)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Odd> {
        self.value(value)
    }

    fn end(self) -> Result<(), Odd> {
        self.writer.out.push(b'}');
        Ok(())
    }
}

impl ser::SerializeStruct for Object<'_, '_> {
    type Ok = ();
    type Error = Odd;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Odd> {
        if self.is_raw {
            self.writer.is_raw = true;
            let written = value.serialize(&mut *self.writer);
            self.writer.is_raw = false;
            return written;
        }
        self.name(name)?;
        self.value(value)
    }

    fn end(self) -> Result<(), Odd> {
        if !self.is_raw {
            self.writer.out.push(b'}');
        }
        Ok(())
    }
}
