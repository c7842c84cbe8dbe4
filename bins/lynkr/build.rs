//! Hands the linker the order in which the program's functions are to lie, where it understands that.
//!
//! What runs lies side by side then, and less of the file is in memory: `cargo xtask layout` writes the table. Names of
//! functions change with the compiler and with the libraries; what isn't found lies where it would without a table.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=layout");
    println!("cargo::rerun-if-env-changed={SWITCH}");
    println!("cargo::rerun-if-env-changed={RELOCATIONS}");
    if variable(RELOCATIONS).is_some_and(|own| own == "on") {
        println!("cargo::rustc-link-arg-bins=-Wl,--emit-relocs");
    }
    if let Some(table) = table() {
        println!(
            "cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={},--no-warn-symbol-ordering",
            table.display()
        );
    }
}

/// `off` leaves the functions where they are.
const SWITCH: &str = "LYNKR_LAYOUT";

/// `on` keeps what tells where code refers to code, so that its parts can be laid anew after the link.
const RELOCATIONS: &str = "LYNKR_RELOCATIONS";

#[expect(clippy::disallowed_methods, reason = "a build script is told everything so")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The table for this build, if there is one and it has a use.
fn table() -> Option<PathBuf> {
    let wanted = variable(SWITCH).is_none_or(|own| own != "off") && variable("PROFILE")? == "release";
    let target = variable("TARGET")?;
    let table = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("layout").join(format!("{target}.txt"));
    // A comma would end the linker's argument.
    let fits = table.is_file() && !table.display().to_string().contains(',');
    (wanted && fits && links_with_lld(&target)).then_some(table)
}

/// Whether the compiler links with the linker that it brings along, as it does unless it is told otherwise.
fn links_with_lld(target: &str) -> bool {
    let flags = variable("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // The name of a profile's folder says nothing.
    let names_linker = |flag: &str| !flag.starts_with("-Cprofile-") && flag.contains("link");
    if variable("RUSTC_LINKER").is_some() || flags.split('\x1f').any(names_linker) {
        return false;
    }
    // A compiler of a distribution's may come without it.
    let compiler = variable("RUSTC").unwrap_or_else(|| "rustc".to_owned());
    let sysroot = sysroot(&compiler).unwrap_or_default();
    sysroot.join(format!("lib/rustlib/{target}/bin/gcc-ld/ld.lld")).is_file()
}

#[expect(clippy::disallowed_methods, reason = "a build script may ask the compiler")]
fn sysroot(compiler: &str) -> Option<PathBuf> {
    let output = std::process::Command::new(compiler).args(["--print", "sysroot"]).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}
