//! The two macros that write wire types.

use serde::de::MapAccess;
use serde::ser::SerializeMap;

use super::{Json, Key};

/// What the macros implement: an object that takes its fields one by one.
pub(crate) trait Fields: Default {
    /// Takes the value under `key` from `map`.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: Key<'de>, map: &mut A) -> Result<(), A::Error>;
    /// Takes a value that was read before its owner was known.
    fn take_raw(&mut self, key: String, value: Json) -> Result<(), serde_json::Error>;
    /// Writes all fields into `map`.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Declares an object. Every named field is optional; every other field lands in `rest`. A named field
/// that is `null` stays `None` and its `null` is kept in `rest`, so that writing gives back what was read.
macro_rules! wire_struct {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: Option<$type>,)*
            /// Every field that isn't named above.
            pub rest: $crate::wire::Rest,
        }

        impl $crate::wire::Fields for $name {
            fn take<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                key: $crate::wire::Key<'de>,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match &*key.0 {
                    $($key => match map.next_value::<Option<$type>>()? {
                        Some(value) => self.$field = Some(value),
                        None => self.rest.push($key, $crate::wire::Json::null()),
                    },)*
                    _ => {
                        let value: $crate::wire::Json = map.next_value()?;
                        self.rest.push(key.0.into_owned(), value);
                    }
                }
                Ok(())
            }

            fn take_raw(&mut self, key: String, value: $crate::wire::Json) -> Result<(), serde_json::Error> {
                match key.as_str() {
                    $($key => match value.read::<Option<$type>>()? {
                        Some(value) => self.$field = Some(value),
                        None => self.rest.push(key, value),
                    },)*
                    _ => self.rest.push(key, value),
                }
                Ok(())
            }

            fn write<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $(if let Some(value) = &self.$field {
                    map.serialize_entry($key, value)?;
                })*
                for (key, value) in self.rest.iter() {
                    map.serialize_entry(key, value)?;
                }
                Ok(())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key()? {
                            $crate::wire::Fields::take(&mut object, key, &mut map)?;
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $crate::wire::Fields::write(self, &mut map)?;
                serde::ser::SerializeMap::end(map)
            }
        }
    };
}

/// Declares objects told apart by a tag field. An unknown tag, or none, becomes `Other` with every field
/// kept. Fields that come before the tag are kept raw until the tag is known.
macro_rules! wire_tagged {
    ($(#[$meta:meta])* pub enum $name:ident by $tag:literal {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty) = $value:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant($type),)*
            /// Something that this version doesn't know: the tag (when there is one) and all fields.
            Other {
                /// The tag's value.
                tag: Option<String>,
                /// Every other field.
                fields: $crate::wire::Rest,
            },
        }

        impl $name {
            /// The tag's value.
            pub fn tag(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $value,)*
                    Self::Other { tag, .. } => tag.as_deref().unwrap_or_default(),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TaggedVisitor;
                impl<'de> serde::de::Visitor<'de> for TaggedVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut before: Vec<(String, $crate::wire::Json)> = Vec::new();
                        while let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                            if key.0 != $tag {
                                before.push((key.0.into_owned(), map.next_value()?));
                                continue;
                            }
                            let tag: $crate::wire::Key<'de> = map.next_value()?;
                            return match &*tag.0 {
                                $($value => {
                                    $crate::wire::read_fields::<$type, A>(before, &mut map).map($name::$variant)
                                })*
                                _ => {
                                    while let Some(key) = map.next_key::<String>()? {
                                        before.push((key, map.next_value()?));
                                    }
                                    let fields = before.into_iter().collect();
                                    Ok($name::Other { tag: Some(tag.0.into_owned()), fields })
                                }
                            };
                        }
                        Ok($name::Other { tag: None, fields: before.into_iter().collect() })
                    }
                }
                deserializer.deserialize_map(TaggedVisitor)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                match self {
                    $(Self::$variant(object) => {
                        map.serialize_entry($tag, $value)?;
                        $crate::wire::Fields::write(object, &mut map)?;
                    })*
                    Self::Other { tag, fields } => {
                        if let Some(tag) = tag {
                            map.serialize_entry($tag, tag)?;
                        }
                        for (key, value) in fields.iter() {
                            map.serialize_entry(key, value)?;
                        }
                    }
                }
                map.end()
            }
        }
    };
}

/// Reads an object's fields: first those that came before its tag, then the others.
pub(crate) fn read_fields<'de, T: Fields, A: MapAccess<'de>>(
    before: Vec<(String, Json)>,
    map: &mut A,
) -> Result<T, A::Error> {
    let mut object = T::default();
    for (key, value) in before {
        object.take_raw(key, value).map_err(serde::de::Error::custom)?;
    }
    while let Some(key) = map.next_key()? {
        object.take(key, map)?;
    }
    Ok(object)
}

pub(crate) use {wire_struct, wire_tagged};
