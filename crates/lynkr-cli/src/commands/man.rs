//! `lynkr man`: manual pages, from the command line's own help.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;

use crate::arguments::{Arguments, Man};

pub(crate) fn run(arguments: &Man) -> anyhow::Result<ExitCode> {
    let pages = pages()?;
    if let Some(folder) = &arguments.output {
        std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        for (name, page) in &pages {
            let path = folder.join(format!("{name}.1"));
            std::fs::write(&path, page).with_context(|| format!("can't write {}", path.display()))?;
        }
        println!("wrote {} pages to {}", pages.len(), folder.display());
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = match &arguments.command {
        Some(command) => format!("lynkr-{command}"),
        None => "lynkr".to_owned(),
    };
    let Some((_, page)) = pages.iter().find(|(name, _)| *name == wanted) else {
        bail!("there is no command `{}`", arguments.command.as_deref().unwrap_or_default());
    };
    // Whoever reads may have seen enough.
    let _ = std::io::stdout().write_all(page);
    Ok(ExitCode::SUCCESS)
}

/// Every page by its name, the program's own first.
fn pages() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut program = Arguments::command();
    program.build();
    let commands: Vec<Command> =
        program.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect();
    let mut pages = vec![("lynkr".to_owned(), page(program)?)];
    for command in commands {
        let name = format!("lynkr-{}", command.get_name());
        pages.push((name, page(command)?));
    }
    Ok(pages)
}

fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    Page::new(command).render(&mut text)?;
    Ok(text)
}
