//! The SQLite file: modes, copies, damage.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use lynkr_store::{Store, StoreError, StoreOptions, StoreUrl, UsageFilter};

use crate::harness::{Place, Test, minutes};
use crate::records::usage;
use crate::tests;

pub(crate) const TESTS: &[Test] = tests![
    only_the_owner_may_open_the_files,
    a_file_that_others_may_read_is_closed_to_them,
    a_copy_is_whole_and_only_the_owners,
    damage_is_found,
    what_is_no_database_is_refused,
    a_place_that_cannot_be_written_is_named,
];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn file(place: &Place) -> PathBuf {
    place.folder.path().join("state/lynkr.db")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

async fn only_the_owner_may_open_the_files(place: Place) {
    let store = place.open().await;
    store.usage().insert(&[usage("a", None)]).await.unwrap();
    let file = file(&place);
    assert_eq!(store.file(), Some(file.as_path()));
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    for path in [file.clone(), beside(&file, "-wal"), beside(&file, "-shm")] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(store.close(minutes(1)).await);
    assert!(!beside(&file, "-wal").exists(), "the log is written back");
}

async fn a_file_that_others_may_read_is_closed_to_them(place: Place) {
    place.open().await.close(minutes(1)).await;
    let file = file(&place);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let store = place.open().await;
    store.usage().insert(&[usage("a", None)]).await.unwrap();
    for path in [file.clone(), beside(&file, "-wal"), beside(&file, "-shm")] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

async fn a_copy_is_whole_and_only_the_owners(place: Place) {
    let store = place.open().await;
    let records: Vec<_> = (0..500).map(|_| usage("a", Some(1))).collect();
    store.usage().insert(&records).await.unwrap();
    let copy = place.folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600);
    assert!(matches!(store.backup(&copy).await, Err(StoreError::File { .. })), "nothing is written over");
    let missing = place.folder.path().join("missing/copy.db");
    assert!(matches!(store.backup(&missing).await, Err(StoreError::File { .. })));
    store.usage().insert(&[usage("b", None)]).await.unwrap();
    let copied = Store::open(&StoreOptions::new(StoreUrl::Sqlite(copy))).await.unwrap();
    assert_eq!(copied.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(copied.usage().find(&UsageFilter::default(), 1000).await.unwrap().len(), 500);
}

async fn damage_is_found(place: Place) {
    let store = place.open().await;
    store.usage().insert(&(0..2000).map(|_| usage("a", Some(1))).collect::<Vec<_>>()).await.unwrap();
    store.close(minutes(1)).await;
    let mut bytes = fs::OpenOptions::new().write(true).open(file(&place)).unwrap();
    let length = bytes.metadata().unwrap().len();
    // Among the records, which come after all that the store reads when it is opened.
    bytes.seek(SeekFrom::Start(length / 4 * 3)).unwrap();
    bytes.write_all(&[0xa5; 16_384]).unwrap();
    drop(bytes);
    let store = place.open().await;
    match store.check().await {
        Ok(problems) => assert!(!problems.is_empty()),
        Err(error) => assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}"),
    }
}

async fn what_is_no_database_is_refused(place: Place) {
    let file = file(&place);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "this is a letter and no database. ".repeat(500)).unwrap();
    let error = Store::open(&place.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(fs::read_to_string(&file).unwrap().starts_with("this is a letter"), "it is left alone");
}

async fn a_place_that_cannot_be_written_is_named(place: Place) {
    let letter = place.folder.path().join("letter");
    fs::write(&letter, "").unwrap();
    // The second is read-only for root as well.
    for path in
        [letter.join("lynkr.db"), PathBuf::from("/proc/lynkr/lynkr.db"), PathBuf::from("/proc/lynkr.db")]
    {
        let error = Store::open(&StoreOptions::new(StoreUrl::Sqlite(path.clone()))).await.unwrap_err();
        let StoreError::File { path: named, .. } = &error else { panic!("{error:?}") };
        assert!(path.starts_with(named), "{}", named.display());
    }
}
