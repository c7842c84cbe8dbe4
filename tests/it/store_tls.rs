//! A Postgres across a network: encrypted where that is asked for, and only with the server that is meant.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use lynkr_testkit::SelfSigned;

use crate::gateway::Setup;
use crate::servers::{Kind, Server};
use crate::store::missing;

/// Gives a server's data folder a certificate, from its next start on.
fn secure(data: &Path, own: &SelfSigned) {
    let owner = std::fs::metadata(data).unwrap();
    for (name, text) in [("server.crt", &own.certificate), ("server.key", &own.key)] {
        let path = data.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let settings = data.join("postgresql.conf");
    let before = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, before + "\nssl = on\n").unwrap();
}

/// How a gateway starts on this store: `None` when it does, else what it says.
async fn refusal(url: &str) -> Option<String> {
    let checked = Setup::builtin().env("LYNKR_DATABASE_URL", url).without("PORT");
    let ended = checked.arguments(&["db", "migrate"]).run().await;
    (ended.code != Some(0)).then(|| format!("{}{}", ended.stdout, ended.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_as_safe_as_the_url_asks() {
    let Some(mut server) = Server::start(Kind::Postgres) else { return missing("postgres") };
    let url = |mode: &str| server.url().replace("127.0.0.1", "localhost").replace("sslmode=disable", mode);
    let [plain, required] = [url("sslmode=disable"), url("sslmode=require")];
    assert_eq!(refusal(&plain).await, None);
    let said = refusal(&required).await.expect("a server without TLS isn't one to be asked with it");
    assert!(!said.contains("panicked"), "{said}");
    let (own, other) = (SelfSigned::of("localhost").unwrap(), SelfSigned::of("localhost").unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    let trusted = |name: &str, certificate: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, certificate).unwrap();
        url(&format!("sslmode=verify-full&sslrootcert={}", path.display()))
    };
    let (right, wrong) = (trusted("own.pem", &own.certificate), trusted("other.pem", &other.certificate));
    let elsewhere = right.replace("localhost", "127.0.0.1");
    let unknown = url("sslmode=verify-full");
    secure(&server.data(), &own);
    server.kill();
    server.restart();
    assert_eq!(refusal(&required).await, None, "encrypted, whoever it is");
    assert_eq!(refusal(&right).await, None, "encrypted, and who is meant");
    for refused in [&wrong, &unknown, &elsewhere] {
        let said = refusal(refused).await.unwrap_or_else(|| panic!("{refused} must be refused"));
        assert!(!said.contains("panicked"), "{said}");
    }
}
