//! Headers of a message: a name, and a value of one of ten types.

use super::EventStreamError;

/// One header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Its name: 1 to 255 bytes; those that the format itself defines begin with a colon.
    pub name: String,
    /// Its value.
    pub value: HeaderValue,
}

impl Header {
    /// A header that holds text.
    pub fn text(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: HeaderValue::Text(value.to_owned()) }
    }
}

/// A header's value. Texts and bytes have at most 65,535 bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    /// `true` (type 0) or `false` (type 1).
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Int(i32),
    /// Type 5.
    Long(i64),
    /// Type 6.
    Bytes(Vec<u8>),
    /// Type 7, UTF-8.
    Text(String),
    /// Type 8: milliseconds since 1970, UTC.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

/// Reads all headers of a message.
pub(super) fn read_headers(mut bytes: &[u8]) -> Result<Vec<Header>, EventStreamError> {
    let mut headers = Vec::new();
    while !bytes.is_empty() {
        let length = usize::from(u8::from_be_bytes(take(&mut bytes)?));
        if length == 0 {
            return Err(EventStreamError::Header("a name is empty"));
        }
        let name = text(take_slice(&mut bytes, length)?)?;
        let value = read_value(&mut bytes)?;
        headers.push(Header { name, value });
    }
    Ok(headers)
}

fn read_value(bytes: &mut &[u8]) -> Result<HeaderValue, EventStreamError> {
    Ok(match u8::from_be_bytes(take(bytes)?) {
        0 => HeaderValue::Bool(true),
        1 => HeaderValue::Bool(false),
        2 => HeaderValue::Byte(i8::from_be_bytes(take(bytes)?)),
        3 => HeaderValue::Short(i16::from_be_bytes(take(bytes)?)),
        4 => HeaderValue::Int(i32::from_be_bytes(take(bytes)?)),
        5 => HeaderValue::Long(i64::from_be_bytes(take(bytes)?)),
        6 => HeaderValue::Bytes(take_sized(bytes)?.to_vec()),
        7 => HeaderValue::Text(text(take_sized(bytes)?)?),
        8 => HeaderValue::Timestamp(i64::from_be_bytes(take(bytes)?)),
        9 => HeaderValue::Uuid(take(bytes)?),
        _ => return Err(EventStreamError::Header("a value has an unknown type")),
    })
}

/// Takes a value that stands behind its length.
fn take_sized<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], EventStreamError> {
    let length = usize::from(u16::from_be_bytes(take(bytes)?));
    take_slice(bytes, length)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], EventStreamError> {
    let (head, tail) = bytes.split_first_chunk::<N>().ok_or(SHORT)?;
    *bytes = tail;
    Ok(*head)
}

fn take_slice<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], EventStreamError> {
    let (head, tail) = bytes.split_at_checked(length).ok_or(SHORT)?;
    *bytes = tail;
    Ok(head)
}

const SHORT: EventStreamError = EventStreamError::Header("they end too early");

fn text(bytes: &[u8]) -> Result<String, EventStreamError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EventStreamError::Header("a text is no UTF-8"))?;
    Ok(text.to_owned())
}

/// Appends one header.
pub(super) fn write_header(header: &Header, out: &mut Vec<u8>) -> Result<(), EventStreamError> {
    let length = u8::try_from(header.name.len()).ok().filter(|length| *length > 0);
    out.push(length.ok_or(EventStreamError::Header("a name must have 1 to 255 bytes"))?);
    out.extend_from_slice(header.name.as_bytes());
    match &header.value {
        HeaderValue::Bool(true) => out.push(0),
        HeaderValue::Bool(false) => out.push(1),
        HeaderValue::Byte(value) => write_value(2, &value.to_be_bytes(), out),
        HeaderValue::Short(value) => write_value(3, &value.to_be_bytes(), out),
        HeaderValue::Int(value) => write_value(4, &value.to_be_bytes(), out),
        HeaderValue::Long(value) => write_value(5, &value.to_be_bytes(), out),
        HeaderValue::Bytes(value) => write_sized(6, value, out)?,
        HeaderValue::Text(value) => write_sized(7, value.as_bytes(), out)?,
        HeaderValue::Timestamp(value) => write_value(8, &value.to_be_bytes(), out),
        HeaderValue::Uuid(value) => write_value(9, value, out),
    }
    Ok(())
}

fn write_value(kind: u8, value: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(value);
}

fn write_sized(kind: u8, value: &[u8], out: &mut Vec<u8>) -> Result<(), EventStreamError> {
    let length = u16::try_from(value.len());
    let length = length.map_err(|_| EventStreamError::Header("a value must have at most 65,535 bytes"))?;
    out.push(kind);
    write_value_bytes(length, value, out);
    Ok(())
}

fn write_value_bytes(length: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
}
