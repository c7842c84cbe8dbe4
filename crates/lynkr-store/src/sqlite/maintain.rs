//! Checking and copying the file while it is in use.

use std::path::Path;

use super::{Sqlite, files};
use crate::error::StoreError;

impl Sqlite {
    /// What is wrong with the file; empty when nothing is.
    pub(crate) async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut problems: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.readers).await?;
        problems.retain(|line| line != "ok");
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&self.readers).await?;
        if !orphans.is_empty() {
            problems.push(format!("{} rows refer to rows that aren't there", orphans.len()));
        }
        Ok(problems)
    }

    /// Writes a whole and consistent copy to a new file that only its owner may open.
    pub(crate) async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let text = to.to_str().ok_or_else(|| StoreError::Unusable("the path isn't UTF-8".to_owned()))?;
        // An empty file is taken as it is, with the mode that it has.
        files::create_new(to).map_err(StoreError::file(to))?;
        let copied = sqlx::query("VACUUM INTO $1").bind(text).execute(&self.writer).await;
        if copied.is_err() {
            let _ = std::fs::remove_file(to);
        }
        copied?;
        Ok(())
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
