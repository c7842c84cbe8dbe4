//! `lynkr unit`: what systemd or launchd needs to run the gateway.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::arguments::{Supervisor, Unit};

/// The name that launchd knows the gateway under.
const LABEL: &str = "dev.lynkr.gateway";

/// What a unit says.
struct Start {
    /// The program and its arguments.
    words: Vec<String>,
    /// Variables that decide where the program finds its files.
    variables: Vec<(&'static str, String)>,
    is_system: bool,
}

pub(crate) fn run(arguments: &Unit) -> anyhow::Result<ExitCode> {
    let inputs = arguments.inputs();
    let own = std::env::current_exe().context("where this program lies can't be known")?;
    let word = |word: &std::ffi::OsStr| {
        word.to_str().map(str::to_owned).context("the path of a file isn't UTF-8, which a unit can't hold")
    };
    let mut words = vec![word(own.as_os_str())?, "start".to_owned()];
    for again in arguments.files.again() {
        words.push(word(&again)?);
    }
    let kept = ["LYNKR_CONFIG_DIR", "LYNKR_STATE_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];
    let set = |name: &'static str| {
        Some((name, inputs.environment.get(name).filter(|dir| !dir.is_empty())?.clone()))
    };
    let start =
        Start { words, variables: kept.into_iter().filter_map(set).collect(), is_system: arguments.system };
    let text = match arguments.supervisor {
        Supervisor::Systemd => systemd(&start)?,
        Supervisor::Launchd => launchd(&start),
    };
    if !arguments.write {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => place(arguments, inputs.home.as_deref())?,
    };
    write(&path, &text, arguments.force)?;
    println!("wrote {}\n{}", path.display(), next_step(arguments, &path));
    Ok(ExitCode::SUCCESS)
}

fn place(arguments: &Unit, home: Option<&Path>) -> anyhow::Result<PathBuf> {
    let at_home = |below: &str| Ok(home.context("HOME isn't set: --output names the file")?.join(below));
    match (arguments.supervisor, arguments.system) {
        (Supervisor::Systemd, true) => Ok(PathBuf::from("/etc/systemd/system/lynkr.service")),
        (Supervisor::Systemd, false) => at_home(".config/systemd/user/lynkr.service"),
        (Supervisor::Launchd, true) => Ok(Path::new("/Library/LaunchDaemons").join(format!("{LABEL}.plist"))),
        (Supervisor::Launchd, false) => at_home(&format!("Library/LaunchAgents/{LABEL}.plist")),
    }
}

fn next_step(arguments: &Unit, path: &Path) -> String {
    match (arguments.supervisor, arguments.system) {
        (Supervisor::Systemd, true) => "systemctl daemon-reload && systemctl enable --now lynkr".to_owned(),
        (Supervisor::Systemd, false) => {
            "systemctl --user daemon-reload && systemctl --user enable --now lynkr".to_owned()
        }
        (Supervisor::Launchd, true) => format!("sudo launchctl bootstrap system {}", path.display()),
        (Supervisor::Launchd, false) => format!("launchctl bootstrap gui/$(id -u) {}", path.display()),
    }
}

fn write(path: &Path, text: &str, replace: bool) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if replace {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    match options.open(path) {
        Ok(mut file) => Ok(file.write_all(text.as_bytes())?),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{} is there already\nhint: --force replaces it", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("can't write {}", path.display())),
    }
}

fn systemd(start: &Start) -> anyhow::Result<String> {
    let words: Vec<String> = start.words.iter().map(|word| quoted(word)).collect::<anyhow::Result<_>>()?;
    let mut variables = String::new();
    for (name, value) in &start.variables {
        let _ = writeln!(variables, "Environment={}", quoted(&format!("{name}={value}"))?);
    }
    // A service of the machine has no home of its own, and its folders are systemd's to make.
    let own = if start.is_system {
        "DynamicUser=yes\nStateDirectory=lynkr\nConfigurationDirectory=lynkr\n\
         Environment=LYNKR_STATE_DIR=/var/lib/lynkr\nEnvironment=LYNKR_CONFIG_DIR=/etc/lynkr\n\
         WorkingDirectory=/var/lib/lynkr\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes\n"
    } else {
        "WorkingDirectory=%h\n"
    };
    let variables = if start.is_system { "" } else { &variables };
    let (wanted_by, after) = if start.is_system {
        ("multi-user.target", "After=network-online.target\nWants=network-online.target\n")
    } else {
        ("default.target", "")
    };
    Ok(format!(
        "# Written by `lynkr unit systemd`.\n\
         [Unit]\n\
         Description=Lynkr, a gateway between AI coding tools and model providers\n\
         {after}\n\
         [Service]\n\
         Type=exec\n\
         ExecStart={}\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         Restart=on-failure\n\
         RestartSec=2\n\
         # Answers under way may finish: GRACEFUL_SHUTDOWN_TIMEOUT and a little more.\n\
         TimeoutStopSec=40\n\
         LimitNOFILE=65536\n\
         NoNewPrivileges=yes\n\
         {own}{variables}\n\
         [Install]\n\
         WantedBy={wanted_by}\n",
        words.join(" ")
    ))
}

/// A word as systemd reads it: `%` and `$` stand for themselves when they are doubled.
fn quoted(word: &str) -> anyhow::Result<String> {
    if word.chars().any(char::is_control) {
        bail!("`{}` holds control characters, which a unit can't", word.escape_debug());
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-=:@+,".contains(letter);
    Ok(if escaped.chars().all(is_plain) && !escaped.is_empty() { escaped } else { format!("\"{escaped}\"") })
}

fn launchd(start: &Start) -> String {
    let (mut words, mut variables) = (String::new(), String::new());
    for word in &start.words {
        let _ = writeln!(words, "    <string>{}</string>", escaped(word));
    }
    for (name, value) in &start.variables {
        let _ = writeln!(variables, "    <key>{name}</key>\n    <string>{}</string>", escaped(value));
    }
    let variables = if variables.is_empty() {
        String::new()
    } else {
        format!("  <key>EnvironmentVariables</key>\n  <dict>\n{variables}  </dict>\n")
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\
         \x20 <key>Label</key>\n  <string>{LABEL}</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n{variables}\
         \x20 <key>RunAtLoad</key>\n  <true/>\n\
         \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
         \x20 <key>ExitTimeOut</key>\n  <integer>40</integer>\n\
         \x20 <key>ProcessType</key>\n  <string>Interactive</string>\n\
         </dict>\n</plist>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(is_system: bool) -> Start {
        Start {
            words: vec![
                "/opt/my tools/100%/lynkr".to_owned(),
                "start".to_owned(),
                "--env-file".to_owned(),
                "/a&b/$x".to_owned(),
            ],
            variables: vec![("LYNKR_STATE_DIR", "/srv/<state>".to_owned())],
            is_system,
        }
    }

    #[test]
    fn words_stand_for_themselves() {
        let unit = systemd(&start(false)).unwrap();
        let line = r#"ExecStart="/opt/my tools/100%%/lynkr" start --env-file "/a&b/$$x""#;
        assert!(unit.lines().any(|own| own == line), "{unit}");
        assert!(unit.contains("Environment=\"LYNKR_STATE_DIR=/srv/<state>\"\n"), "{unit}");
        let plist = launchd(&start(false));
        assert!(
            plist.contains("<string>/a&amp;b/$x</string>") && plist.contains("/srv/&lt;state&gt;"),
            "{plist}"
        );
        assert!(quoted("a\nExecStartPre=/bin/evil").is_err());
    }

    #[test]
    fn a_service_of_the_machine_has_folders_of_its_own() {
        let unit = systemd(&start(true)).unwrap();
        assert!(
            unit.contains("LYNKR_STATE_DIR=/var/lib/lynkr") && unit.contains("WantedBy=multi-user.target"),
            "{unit}"
        );
        assert!(!unit.contains("/srv/<state>"), "{unit}");
    }
}
