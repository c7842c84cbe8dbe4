//! Rules over names: what they catch, and that no spelling leads out.

use proptest::prelude::*;

use super::*;

fn rules(allowed: &[&str], blocked: &[&str]) -> PathRules {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    PathRules::new(&own(allowed), &own(blocked)).unwrap()
}

fn forbidden(rules: &PathRules, path: &str) -> bool {
    rules.forbids(Path::new("/ws/app"), Path::new(path)).is_some()
}

#[test]
fn the_default_blocks_what_it_names_and_nothing_else() {
    let rules = rules(&[], &["/.env", ".env", "/etc/passwd", "/etc/shadow"]);
    for path in [".env", "sub/.env", ".ENV", ".env.local", "sub/.env.production", ".env/inside"] {
        assert!(forbidden(&rules, path), "{path}");
    }
    for path in ["docs/x.env.md", ".environment", "env", "src/env.rs", "etc/passwords.md"] {
        assert!(!forbidden(&rules, path), "{path}");
    }
    assert!(rules.forbids(Path::new("/"), Path::new("etc/passwd")).is_some());
}

#[test]
fn globs_match_whole_paths_and_what_is_in_a_folder() {
    let rules = rules(&[], &["*.pem", "secrets/*", "/ws/app/private?"]);
    for path in ["a.pem", "deep/down/A.PEM", "secrets/a/b.txt", "private1/x"] {
        assert!(forbidden(&rules, path), "{path}");
    }
    for path in ["a.pem.txt", "my-secrets/a", "private/x"] {
        assert!(!forbidden(&rules, path), "{path}");
    }
}

#[test]
fn what_is_allowed_is_all_that_is() {
    let rules = rules(&["src", "/ws/app/docs", "*.md"], &["src/secret"]);
    for path in ["src", "src/a.rs", "docs/b", "README.md"] {
        assert!(!forbidden(&rules, path), "{path}");
    }
    for path in ["src.bak/a", "other/src/a.rs", "lib/a.rs", "src/secret/a", "src/secret.txt"] {
        assert!(forbidden(&rules, path), "{path}");
    }
}

#[test]
fn a_rule_that_says_nothing_is_refused() {
    assert!(PathRules::new(&[], &["/".to_owned()]).is_err());
    assert!(PathRules::new(&["a{*".to_owned()], &[]).is_err());
}

#[test]
fn ways_out_are_none() {
    let root = Path::new("/ws/app");
    let within = |text| within(root, Path::new("/link/app"), text);
    for text in ["..", "../app-evil/x", "a/../../x", "/ws/app-evil/x", "/etc/passwd", "/ws/app/../other", "/"]
    {
        assert_eq!(within(text), None, "{text}");
    }
    for (text, path) in [
        ("a/./b/../c", "a/c"),
        ("/ws/app/x", "x"),
        ("/link/app/x", "x"),
        ("/ws/app/../app/y", "y"),
        (".", ""),
        ("...", "..."),
    ] {
        assert_eq!(within(text), Some(PathBuf::from(path)), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_spelled_stays_within(parts in prop::collection::vec("\\.\\.|\\.|[a-z]{1,3}|ws|app||~|\\\\", 0..9), absolute: bool) {
        let text = format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"));
        if let Some(path) = within(Path::new("/ws/app"), Path::new("/ws/app"), &text) {
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{text} -> {}", path.display());
        }
    }
}
