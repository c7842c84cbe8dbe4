//! Which folders follow from which environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{CommandLine, Inputs, Project};

fn inputs(environment: &[(&str, &str)], project: Project) -> Inputs {
    let command_line = CommandLine { flags: vec![], env_file: None, toml_file: None, project };
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Inputs::from_environment(command_line, environment, Some(PathBuf::from("/project/tree")))
}

#[test]
fn user_folders() {
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>);
    let cases: [Case<'_>; 5] = [
        (&[], None, None),
        (&[("HOME", "/home/me")], Some("/home/me/.config/lynkr"), Some("/home/me/.local/state/lynkr")),
        (
            &[("HOME", "/home/me"), ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")],
            Some("/c/lynkr"),
            Some("/s/lynkr"),
        ),
        (
            &[("HOME", "/home/me"), ("XDG_CONFIG_HOME", "relative"), ("XDG_STATE_HOME", "")],
            Some("/home/me/.config/lynkr"),
            Some("/home/me/.local/state/lynkr"),
        ),
        (
            &[("HOME", "/home/me"), ("LYNKR_CONFIG_DIR", "/mine")],
            Some("/mine"),
            Some("/home/me/.local/state/lynkr"),
        ),
    ];
    for (environment, user_dir, state_dir) in cases {
        let inputs = inputs(environment, Project::Ignore);
        assert_eq!(inputs.user_dir, user_dir.map(PathBuf::from), "{environment:?}");
        assert_eq!(inputs.default_state_dir, state_dir.map(PathBuf::from), "{environment:?}");
    }
}

#[test]
fn the_working_directory_is_read_only_on_demand() {
    assert_eq!(inputs(&[], Project::Read).project_dir, Some(PathBuf::from("/project/tree")));
    assert_eq!(inputs(&[], Project::Ignore).project_dir, None);
}

#[test]
fn debug_shows_names_only() {
    let mut inputs = inputs(&[("SOME_KEY", "sk-very-secret")], Project::Ignore);
    inputs.flags.push(("OPENAI_API_KEY", "sk-also-secret".to_owned()));
    let shown = format!("{inputs:?}");
    assert!(shown.contains("SOME_KEY") && shown.contains("OPENAI_API_KEY"));
    assert!(!shown.contains("secret"), "{shown}");
}
