//! Who listens on a port of this machine, as far as the system tells.

/// The program, with its process's id. Only Linux tells it without another program's help, and only of one's own
/// processes.
#[cfg(target_os = "linux")]
pub(super) fn of_port(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let lines = tables.iter().filter_map(|table| std::fs::read_to_string(table).ok());
    let sockets: Vec<String> = lines.flat_map(|text| listening(&text, port)).collect();
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    for process in processes {
        let name = process.file_name().into_string().unwrap_or_default();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        let mut links = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        let holds = links.any(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str()));
        if holds {
            let program = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (process {name})", program.trim()));
        }
    }
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn of_port(_: u16) -> Option<String> {
    None
}

/// The sockets that listen on a port, as links in `/proc/PID/fd` name them.
#[cfg(target_os = "linux")]
fn listening(table: &str, port: u16) -> Vec<String> {
    const LISTENS: &str = "0A";
    let wanted = format!(":{port:04X}");
    let socket = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_there = fields.get(1)?.ends_with(&wanted) && *fields.get(3)? == LISTENS;
        is_there.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]")))?
    };
    table.lines().skip(1).filter_map(socket).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_of_a_port_are_found() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4711 1\n\
             \x20  1: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000 0 4712 1\n\
             \x20  2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4713 1\n";
        assert_eq!(listening(table, 8080), ["socket:[4711]"]);
        assert!(listening("rubbish", 8080).is_empty());
    }

    #[test]
    fn this_process_is_named() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        let holder = of_port(port).expect("it is ours");
        assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
    }
}
