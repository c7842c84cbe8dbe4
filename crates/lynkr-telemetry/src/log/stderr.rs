//! Standard error for many threads at once.

use std::fs::File;
use std::io::{self, Stderr};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::EitherWriter;

/// Where log lines go. The standard library's handle is locked while the system writes, so that threads wait for each other at
/// every line; here each line is one write of its own, and the system keeps them apart.
#[derive(Debug)]
pub(super) enum Lines {
    /// A handle of our own.
    Own(File),
    /// The library's, where none can be had.
    Shared,
}

impl Lines {
    /// Opens what is standard error now.
    pub(super) fn open() -> Self {
        own().map_or(Self::Shared, Self::Own)
    }
}

#[cfg(unix)]
fn own() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn own() -> io::Result<File> {
    // A console there wants text in its own encoding, which the library sees to.
    Err(io::ErrorKind::Unsupported.into())
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = EitherWriter<&'a File, Stderr>;

    fn make_writer(&'a self) -> Self::Writer {
        match self {
            Self::Own(file) => EitherWriter::A(file),
            Self::Shared => EitherWriter::B(io::stderr()),
        }
    }
}
