//! API keys.

use lynkr_store::{KEY_PREFIX, KeyCheck, KeyLimits, NewKey};
use secrecy::ExposeSecret as _;

use crate::harness::{Place, Test, minutes, now};
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    a_key_opens_until_it_ends,
    a_revoked_key_opens_nothing,
    a_secret_is_kept_nowhere,
    use_is_noted_and_never_goes_back,
];

fn new_key() -> NewKey {
    NewKey {
        name: "laptop".into(),
        expires_at: Some(now().after(minutes(10))),
        user: Some("ann".into()),
        team: Some("core".into()),
        customer: None,
        organisation: Some("acme".into()),
        scopes: vec!["admin".into()],
        models: vec!["claude-*".into(), "gpt-5".into()],
        providers: vec!["anthropic".into()],
        limits: KeyLimits {
            requests_per_minute: Some(60),
            tokens_per_day: Some(1_000_000),
            ..KeyLimits::default()
        },
    }
}

async fn a_key_opens_until_it_ends(place: Place) {
    let store = place.open().await;
    let made = store.keys().create(&new_key(), now()).await.unwrap();
    assert_eq!(made.key.rule, new_key());
    let secret = made.secret.expose_secret();
    assert_eq!((secret.starts_with(KEY_PREFIX), secret.len()), (true, KEY_PREFIX.len() + 43));
    assert!(secret.starts_with(&made.key.prefix) && made.key.prefix.len() == KEY_PREFIX.len() + 6);
    let check = async |secret: &str, at| store.keys().check(secret, at).await.unwrap();
    assert_eq!(check(secret, now()).await, KeyCheck::Valid(Box::new(made.key.clone())));
    assert_eq!(check(secret, now().after(minutes(10))).await, KeyCheck::Expired(Box::new(made.key.clone())));
    for wrong in
        ["", "sk-ant-x", KEY_PREFIX, &secret[1..], &format!("{secret}x"), "lynkr_' OR '1'='1", "lynkr_\0"]
    {
        assert_eq!(check(wrong, now()).await, KeyCheck::Unknown, "{wrong:?}");
    }
    for text in [&made.key.id, &made.key.prefix, "laptop"] {
        assert_eq!(store.keys().find(text).await.unwrap(), std::slice::from_ref(&made.key));
    }
    assert_eq!(store.keys().find(secret).await.unwrap(), []);
}

async fn a_revoked_key_opens_nothing(place: Place) {
    let store = place.open().await;
    let made = store.keys().create(&new_key(), now()).await.unwrap();
    let other = store.keys().create(&NewKey::default(), now().after(minutes(1))).await.unwrap();
    assert_ne!(made.secret.expose_secret(), other.secret.expose_secret());
    assert!(store.keys().revoke(&made.key.id, now()).await.unwrap());
    assert!(!store.keys().revoke(&made.key.id, now().after(minutes(1))).await.unwrap());
    assert!(!store.keys().revoke("nobody", now()).await.unwrap());
    let KeyCheck::Revoked(key) = store.keys().check(made.secret.expose_secret(), now()).await.unwrap() else {
        panic!("not revoked")
    };
    assert_eq!(key.revoked_at, Some(now()));
    let check = store.keys().check(other.secret.expose_secret(), now()).await.unwrap();
    assert_eq!(check, KeyCheck::Valid(Box::new(other.key.clone())));
    let ids: Vec<String> = store.keys().list().await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, [other.key.id, made.key.id]);
}

async fn a_secret_is_kept_nowhere(place: Place) {
    let store = place.open().await;
    let made = store.keys().create(&new_key(), now()).await.unwrap();
    let mut export = Vec::new();
    store.export(&mut export).await.unwrap();
    let random = &made.secret.expose_secret()[KEY_PREFIX.len() + 6..];
    assert!(!String::from_utf8(export).unwrap().contains(random));
    assert!(!format!("{made:?}").contains(random));
    if let Some(file) = store.file() {
        let file = file.to_owned();
        store.close(minutes(1)).await;
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(random.len()).any(|window| window == random.as_bytes()));
    }
}

async fn use_is_noted_and_never_goes_back(place: Place) {
    let store = place.open().await;
    let made = store.keys().create(&new_key(), now()).await.unwrap();
    for at in [now().after(minutes(2)), now().after(minutes(1))] {
        store.writer().key_used(&made.key.id, at);
        assert!(store.writer().flush(minutes(1)).await);
    }
    let key = &store.keys().find(&made.key.id).await.unwrap()[0];
    assert_eq!(key.last_used_at, Some(now().after(minutes(2))));
}
