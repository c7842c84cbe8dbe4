//! Which files are believed.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use lynkr_process::Identity;

use super::*;

fn instance(process: Identity) -> Instance {
    Instance {
        process,
        kind: Kind::Wrap,
        address: ([127, 0, 0, 1], 1).into(),
        tls: false,
        token: "a-token".to_owned(),
        version: "1".to_owned(),
        started_at: 7,
        provider: "openai".to_owned(),
        title: "OpenAI".to_owned(),
        model: "m".to_owned(),
        fingerprint: Some("f".to_owned()),
        users: None,
        said: None,
    }
}

#[test]
fn what_a_gateway_says_is_read_back_and_is_its_owners_alone() {
    let state = tempfile::tempdir().unwrap();
    let run = RunFolder::below(state.path());
    let own = instance(Identity::own());
    run.write(&own).unwrap();
    assert_eq!(run.running(), std::slice::from_ref(&own));
    let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(run.file("")), mode(run.record(own.process.pid))), (0o700, 0o600));
    run.remove(&own);
    assert_eq!(run.running(), []);
}

#[test]
fn what_another_process_of_the_number_left_is_stale_and_removed() {
    let state = tempfile::tempdir().unwrap();
    let run = RunFolder::below(state.path());
    let own = Identity::own();
    let users = run.file("users-1");
    let stale = Instance { users: Some(users.clone()), ..instance(Identity { born: Some(1), ..own }) };
    run.write(&stale).unwrap();
    fs::write(&users, "").unwrap();
    fs::write(run.record(4), "not JSON").unwrap();
    assert_eq!(run.running(), []);
    assert!(!run.record(own.pid).exists() && !users.exists());
}

#[test]
fn another_server_at_the_port_is_not_taken_for_the_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let body = r#"{"service":"Lynkr","version":"1","proof":"0000"}"#;
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        stream
    });
    assert!(!proves_itself(&Instance { address, ..instance(Identity::own()) }));
    drop(other.join());
}
