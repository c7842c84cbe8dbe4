//! Edits of files that tool calls ask for, as digests: enough to see that a later one takes an earlier one back, and
//! nothing of what stands in the files.

use serde_json::Value;

/// The most edits that are kept of one call.
const MOST: usize = 16;

/// The names under which tools are told the file, the text that goes and the text that comes.
const PATHS: &[&str] = &["file_path", "path", "filePath", "target_file"];
const OLD: &[&str] = &["old_string", "old_str", "oldString", "old_text", "search"];
const NEW: &[&str] = &["new_string", "new_str", "newString", "new_text", "replace"];

/// An edit: its file, the text that goes and the text that comes, each as a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    path: u64,
    old: u64,
    new: u64,
}

impl Edit {
    /// An edit of a file.
    pub fn of(path: &str, old: &str, new: &str) -> Self {
        Self { path: digest(path), old: digest(old), new: digest(new) }
    }

    /// Whether this edit takes back an earlier one.
    pub const fn undoes(&self, earlier: &Self) -> bool {
        self.path == earlier.path
            && self.old == earlier.new
            && self.new == earlier.old
            && self.old != self.new
    }
}

/// The edits that a call's arguments ask for; none for calls of other tools.
pub fn edits(arguments: &Value) -> Vec<Edit> {
    let text =
        |from: &'_ Value, names: &[&str]| names.iter().find_map(|name| from.get(name)?.as_str().map(digest));
    let Some(path) = text(arguments, PATHS) else { return Vec::new() };
    let one = |from: &Value| text(from, OLD).zip(text(from, NEW)).map(|(old, new)| Edit { path, old, new });
    let several = arguments.get("edits").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(arguments).chain(several).filter_map(one).take(MOST).collect()
}

/// FNV-1a.
fn digest(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    //! Edits in the forms of several tools, and what takes them back.

    use super::*;
    use serde_json::json;

    #[test]
    fn tools_of_several_clients() {
        let expect = vec![Edit::of("a.rs", "1", "2")];
        for arguments in [
            json!({"file_path": "a.rs", "old_string": "1", "new_string": "2"}),
            json!({"command": "str_replace", "path": "a.rs", "old_str": "1", "new_str": "2"}),
            json!({"filePath": "a.rs", "edits": [{"oldString": "1", "newString": "2"}]}),
        ] {
            assert_eq!(edits(&arguments), expect, "{arguments}");
        }
        for other in [json!({"command": "ls"}), json!({"file_path": "a.rs"}), json!(null), json!([1])] {
            assert_eq!(edits(&other), [], "{other}");
        }
    }

    #[test]
    fn an_edit_is_taken_back_by_its_reverse_in_the_same_file() {
        let there = Edit::of("a.rs", "1", "2");
        assert!(Edit::of("a.rs", "2", "1").undoes(&there));
        for other in [there, Edit::of("b.rs", "2", "1"), Edit::of("a.rs", "2", "3")] {
            assert!(!other.undoes(&there));
        }
        let same = Edit::of("a.rs", "1", "1");
        assert!(!same.undoes(&same));
    }
}
