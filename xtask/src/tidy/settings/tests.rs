//! Names in documents.

use super::check;
use crate::tree::TextFile;

#[test]
fn a_document_names_only_settings_that_exist() {
    let file = |path: &str| TextFile {
        path: path.to_owned(),
        text: "`LYNKR_HOST`\n`LYNKR_*`, LYNKR_HOTS=1, LYNKR_KEY\n".to_owned(),
    };
    let files = [file("docs/a.md"), file("a.rs")];
    let complaints: Vec<_> = check(&files, &["LYNKR_HOST"]).iter().map(ToString::to_string).collect();
    assert_eq!(complaints, ["docs/a.md:2: LYNKR_HOTS is no setting"]);
}
