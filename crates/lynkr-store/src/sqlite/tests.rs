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

#[test]
fn places_in_order_lose_their_numbers() {
    let table = [
        ("SELECT 1", "SELECT 1"),
        ("VALUES ($1, $2), ($3, $4) ON CONFLICT", "VALUES (?, ?), (?, ?) ON CONFLICT"),
        // Named twice, out of order, or no place at all.
        ("SET a = $1, b = $1", "SET a = $1, b = $1"),
        ("SET a = $2, b = $1", "SET a = $2, b = $1"),
        ("SELECT '$'", "SELECT '$'"),
    ];
    for (sql, wanted) in table {
        assert_eq!(super::without_numbers(sql.into()), wanted, "{sql}");
    }
}
