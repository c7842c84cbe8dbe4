//! The generated texts name everything and show no stray table cell.

use super::{env_example, reference_markdown};
use crate::{Kind, SETTINGS, Setting};

const OTHER: &[Setting] = &[
    Setting::new("X_KEY", "x.api_key", Kind::Secret, "A key."),
    Setting::new("X_MODE", "x.mode", Kind::Choice(&["a", "b"]), "Either a | b.").with_default("a"),
];

#[test]
fn the_reference_has_a_row_for_each_setting() {
    let text = reference_markdown(&[SETTINGS, OTHER]);
    for setting in SETTINGS.iter().chain(OTHER) {
        let toml = if setting.process_only { "–".to_owned() } else { format!("`{}`", setting.toml) };
        assert!(text.contains(&format!("| `{}` | {toml} |", setting.env)), "{}", setting.env);
    }
    assert!(text.contains("| `X_KEY` | `x.api_key` | **secret** | – | A key. |"));
    assert!(text.contains("| `X_MODE` | `x.mode` | `a`, `b` | `a` | Either a \\| b. |"));
}

#[test]
fn the_example_sets_nothing() {
    let text = env_example(&[SETTINGS, OTHER]);
    assert!(text.contains("\n#PORT=8080\n") && text.contains("\n#X_KEY=\n"));
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')));
}
