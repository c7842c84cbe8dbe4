//! Who listens on a port, by what the system tells of itself in `/proc`.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    /// Its number; `None` where it is another user's, whom this one may not ask.
    pub pid: Option<u32>,
    /// Its program, and the first word after it unless that is an option. More may hold what is nobody's business.
    pub command: Option<String>,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.command, self.pid) {
            (Some(command), Some(pid)) => write!(f, "`{command}` (process {pid})"),
            (None, Some(pid)) => write!(f, "process {pid}"),
            _ => f.write_str("another user's process"),
        }
    }
}

/// Who keeps this address from being listened on. `None` where nobody does, or where the system doesn't say.
pub fn listener_on(address: SocketAddr) -> Option<PortHolder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|file| fs::read_to_string(file).unwrap_or_default());
    let sockets: Vec<u64> = tables.iter().flat_map(|table| listening(table, address)).collect();
    if sockets.is_empty() {
        return None;
    }
    let pid = processes().find(|pid| holds(*pid, &sockets));
    Some(PortHolder { pid, command: pid.and_then(command) })
}

/// The numbers of the sockets that listen where this address would.
fn listening(table: &str, wanted: SocketAddr) -> Vec<u64> {
    const LISTENS: &str = "0A";
    let socket = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let address = parse(fields.get(1)?)?;
        let clashes = address.port() == wanted.port()
            && (address.ip() == wanted.ip() || address.ip().is_unspecified() || wanted.ip().is_unspecified());
        (*fields.get(3)? == LISTENS && clashes).then_some(())?;
        fields.get(9)?.parse().ok()
    };
    table.lines().skip(1).filter_map(socket).collect()
}

/// `0100007F:1F90`: the address's bytes in words of the machine's own order, and the port.
fn parse(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok();
    let ip = if address.len() == 8 {
        IpAddr::from(Ipv4Addr::from(word(0)?.to_ne_bytes()))
    } else {
        let mut bytes = Vec::with_capacity(16);
        for at in 0..4 {
            bytes.extend(word(at)?.to_ne_bytes());
        }
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        IpAddr::from(Ipv6Addr::from(bytes)).to_canonical()
    };
    Some(SocketAddr::new(ip, port))
}

fn processes() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn holds(pid: u32, sockets: &[u64]) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.filter_map(Result::ok).any(|file| {
        let target = fs::read_link(file.path()).unwrap_or_default();
        let number = target
            .to_str()
            .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        number.is_some_and(|number| sockets.contains(&number))
    })
}

fn command(pid: u32) -> Option<String> {
    shown(&fs::read(format!("/proc/{pid}/cmdline")).ok()?)
}

fn shown(line: &[u8]) -> Option<String> {
    const LONGEST: usize = 60;
    let mut words = line.split(|byte| *byte == 0).map(|word| {
        String::from_utf8_lossy(word).chars().filter(|letter| !letter.is_control()).collect::<String>()
    });
    let program = words.next().filter(|program| !program.is_empty())?;
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    let first = words.next().filter(|word| !word.is_empty() && !word.starts_with('-'));
    let text = first.map_or(name.clone(), |first| format!("{name} {first}"));
    Some(text.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn addresses_are_read() {
        for (text, wanted) in [
            ("0100007F:1F90", Some("127.0.0.1:8080")),
            ("00000000:0016", Some("0.0.0.0:22")),
            ("00000000000000000000000001000000:1F90", Some("[::1]:8080")),
            ("0000000000000000FFFF00000100007F:1F90", Some("127.0.0.1:8080")),
            ("0100007F", None),
            ("01:1F90", None),
            ("ééééééé:1F90", None),
        ] {
            assert_eq!(parse(text), wanted.map(|wanted| wanted.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_command_is_shown_without_its_options() {
        for (line, wanted) in [
            (&b"/usr/bin/lynkr\0start\0--port\x001\0"[..], Some("lynkr start")),
            (b"node\0--token=secret\0", Some("node")),
            (b"a\x1b[31m\0", Some("a[31m")),
            (b"", None),
        ] {
            assert_eq!(shown(line).as_deref(), wanted);
        }
    }

    #[test]
    fn a_listener_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if cfg!(target_os = "linux") {
            let holder = listener_on(address).unwrap();
            assert_eq!(holder.pid, Some(std::process::id()));
            assert!(holder.to_string().contains(&std::process::id().to_string()), "{holder}");
        }
        drop(listener);
        assert_eq!(listener_on(address), None);
    }
}
