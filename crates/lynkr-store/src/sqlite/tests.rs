//! What a connection may keep in memory.

use super::*;
use crate::options::StoreUrl;
use crate::statement::sql;

async fn cache(pool: &SqlitePool) -> i64 {
    rows(sql("PRAGMA cache_size"), pool).await.unwrap()[0].int("cache_size").unwrap()
}

#[tokio::test]
async fn connections_keep_little_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lynkr.db");
    let sqlite = Sqlite::open(&path, &StoreOptions::new(StoreUrl::Sqlite(path.clone()))).await.unwrap();
    assert_eq!(cache(sqlite.writer()).await, -i64::from(WRITER_CACHE));
    assert_eq!(cache(sqlite.readers()).await, -i64::from(READER_CACHE));
    sqlite.close().await;
}
