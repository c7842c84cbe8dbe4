//! One question to a gateway on this machine, without a runtime: commands that ask one thing and end have no use for more.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 4 << 20;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null where the body is no JSON.
    pub(crate) body: Value,
}

/// Sends a GET over plain HTTP, with a key of the gateway if there is one, and reads the answer, all within this time.
pub(crate) fn get(
    address: SocketAddr,
    target: &str,
    key: Option<&str>,
    within: Duration,
) -> io::Result<Answer> {
    let until = Instant::now() + within;
    let late = || io::Error::from(io::ErrorKind::TimedOut);
    let left =
        || until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(late);
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    let key = key.map(|key| format!("x-lynkr-key: {key}\r\n")).unwrap_or_default();
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n{key}connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let (mut bytes, mut part) = (Vec::new(), [0_u8; 8192]);
    loop {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if bytes.len() > LONGEST {
            return Err(io::Error::other("the answer is too long"));
        }
        if let Some(answer) = parse(&bytes, false) {
            return Ok(answer);
        }
    }
    parse(&bytes, true).ok_or_else(|| io::Error::other("the answer is no HTTP"))
}

/// The answer, when it is all there: by its own length, or because nothing more comes.
fn parse(bytes: &[u8], is_end: bool) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let body = bytes.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = match length {
        Some(length) => body.get(..length),
        None => None,
    };
    let body = if is_end { whole.unwrap_or(body) } else { whole? };
    Some(Answer { status, body: serde_json::from_slice(body).unwrap_or(Value::Null) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_ends_by_its_length_or_with_the_connection() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut], false).is_none(), "{cut}");
        }
        let answer = parse(whole, false).unwrap();
        assert_eq!((answer.status, answer.body), (200, json!({"a": 1})));
        let unsized_body = b"HTTP/1.0 404 No\r\n\r\n{}";
        assert!(parse(unsized_body, false).is_none());
        assert_eq!(parse(unsized_body, true).unwrap().status, 404);
        for broken in [&b""[..], b"\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"SSH-2.0\r\n\r\n", b"\xff\xfe\r\n\r\n"] {
            assert!(parse(broken, true).is_none());
        }
    }
}
