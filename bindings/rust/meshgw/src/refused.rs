//! Descriptors that the library did not take.

use std::error;
use std::fmt;

use crate::error::Error;

/// A call that takes descriptors has failed: here they are back.
///
/// Turning it into an [`Error`], as `?` does, closes them.
///
/// ```
/// use meshgw::{Gateway, GatewayOptions};
/// use std::fs::File;
/// use std::os::fd::OwnedFd;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = Gateway::new(&GatewayOptions::default(), None)?;
/// let no_socket = OwnedFd::from(File::open("/dev/null")?);
/// let refused = gateway.listen_fd("main", no_socket).unwrap_err();
/// println!("{}", refused.error());
/// let file = File::from(refused.into_inner());
/// # drop(file);
/// # Ok(())
/// # }
/// ```
pub struct Refused<T> {
    error: Error,
    inner: T,
}

impl<T> Refused<T> {
    pub(crate) fn new(error: Error, inner: T) -> Self {
        Self { error, inner }
    }

    /// Why it was refused.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What was given, unchanged.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Both.
    pub fn into_parts(self) -> (Error, T) {
        (self.error, self.inner)
    }
}

impl<T> From<Refused<T>> for Error {
    fn from(refused: Refused<T>) -> Self {
        refused.error
    }
}

impl<T> fmt::Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refused").field(&self.error).finish()
    }
}

impl<T> error::Error for Refused<T> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.error.source()
    }
}
