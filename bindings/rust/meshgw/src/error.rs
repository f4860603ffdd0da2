//! What went wrong, and where.

use std::fmt;
use std::io;

use meshgw_sys as sys;

use crate::ffi::{self, Handle};

c_enum! {
    /// The kind of a failure. Values equal those of the C, C++ and Go APIs.
    pub enum Status named by meshgw_status_name {
        /// The first byte begins no TLS record.
        NotTls = MESHGW_ERR_NOT_TLS,
        /// TLS, but a rule is broken.
        Malformed = MESHGW_ERR_MALFORMED,
        /// A hello longer than the limit.
        TooLarge = MESHGW_ERR_TOO_LARGE,
        /// An SSLv2 hello, which has no name.
        SslV2 = MESHGW_ERR_SSLV2,
        /// A hello over more records than the limit.
        TooManyRecords = MESHGW_ERR_TOO_MANY_RECORDS,
        /// An argument, or a file, that cannot be.
        InvalidArgument = MESHGW_ERR_INVALID_ARGUMENT,
        /// There is no such thing.
        NotFound = MESHGW_ERR_NOT_FOUND,
        /// The name or address is taken.
        AlreadyExists = MESHGW_ERR_ALREADY_EXISTS,
        /// The system does not allow it.
        PermissionDenied = MESHGW_ERR_PERMISSION_DENIED,
        /// A limit, or descriptors.
        ResourceExhausted = MESHGW_ERR_RESOURCE_EXHAUSTED,
        /// Not in this state of the object.
        FailedPrecondition = MESHGW_ERR_FAILED_PRECONDITION,
        /// A bug of the library.
        Internal = MESHGW_ERR_INTERNAL,
        /// The system refused; see [`Error::errno`].
        Unavailable = MESHGW_ERR_UNAVAILABLE,
        /// Memory could not be had.
        NoMemory = MESHGW_ERR_NO_MEMORY,
    }
}

/// One mistake in configuration, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// The file's name; empty when it is not from a file.
    pub file: String,
    /// From 1; 0: the whole file.
    pub line: u32,
    /// From 1, in bytes; 0: the whole line or file.
    pub column: u32,
    /// What is wrong.
    pub what: String,
    /// What was expected instead; may be empty.
    pub expected: String,
}

impl ErrorDetail {
    /// `count` details, of which `at` writes each.
    ///
    /// # Safety
    /// The owner of their strings lives for the call, and `at` writes a struct of the
    /// size that it says.
    pub(crate) unsafe fn copy_all(
        count: usize,
        at: impl Fn(usize, &mut sys::meshgw_error_detail) -> sys::meshgw_status,
    ) -> Vec<Self> {
        let copy = |index| {
            let mut detail = ffi::sized::<sys::meshgw_error_detail>();
            // SAFETY: as the caller promises.
            (at(index, &mut detail) == sys::MESHGW_OK).then(|| unsafe { Self::copy(&detail) })
        };
        (0..count).filter_map(copy).collect()
    }

    /// # Safety
    /// The owner of the strings lives for the call.
    pub(crate) unsafe fn copy(raw: &sys::meshgw_error_detail) -> Self {
        // SAFETY: as the caller promises.
        let text = |view| unsafe { ffi::owned_text(view) };
        Self {
            file: text(raw.file),
            line: raw.line,
            column: raw.column,
            what: text(raw.what),
            expected: text(raw.expected),
        }
    }
}

impl fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        if self.line != 0 {
            write!(f, "{}:", self.line)?;
        }
        if self.column != 0 {
            write!(f, "{}:", self.column)?;
        }
        if !self.file.is_empty() || self.line != 0 {
            f.write_str(" ")?;
        }
        f.write_str(&self.what)?;
        if !self.expected.is_empty() {
            write!(f, ": expected {}", self.expected)?;
        }
        Ok(())
    }
}

/// Why a call failed: a status for programs, a message for people that names the
/// argument, file or address, and a detail for each mistake in configuration.
///
/// ```
/// use meshgw::{Config, Status};
///
/// let error = Config::parse_text("a.hcl", "datacenter = 1").unwrap_err();
/// assert_eq!(error.status(), Status::InvalidArgument);
/// assert_eq!(error.details()[0].line, 1);
/// assert_eq!(error.details()[0].column, 14);
/// ```
#[non_exhaustive]
pub struct Error(Box<Parts>);

struct Parts {
    status: Status,
    message: String,
    cause: Option<io::Error>,
    details: Vec<ErrorDetail>,
}

impl Error {
    /// # Safety
    /// `raw` is NULL or an error that the caller hands over.
    pub(crate) unsafe fn take(status: i32, raw: *mut sys::meshgw_error) -> Self {
        // SAFETY: as the caller promises.
        let Some(raw) = (unsafe { Handle::own(raw) }) else {
            return Self::from_status(status);
        };
        let mut parts = Parts::of(status);
        // SAFETY: the message is borrowed from the error, which lives until the end.
        let message = unsafe { ffi::owned_text(sys::meshgw_error_message(raw.as_ptr())) };
        if !message.is_empty() {
            parts.message = message;
        }
        // SAFETY: reads an error that is alive.
        match unsafe { sys::meshgw_error_errno(raw.as_ptr()) } {
            0 => {}
            errno => parts.cause = Some(io::Error::from_raw_os_error(errno)),
        }
        // SAFETY: reads an error that is alive, from which the details are borrowed.
        parts.details = unsafe {
            let count = sys::meshgw_error_detail_count(raw.as_ptr());
            ErrorDetail::copy_all(count, |index, out| {
                sys::meshgw_error_detail_at(raw.as_ptr(), index, out)
            })
        };
        Self(Box::new(parts))
    }

    /// An error of which the status says all.
    pub(crate) fn from_status(status: i32) -> Self {
        Self(Box::new(Parts::of(status)))
    }

    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        let parts = Parts { status, message: message.into(), cause: None, details: Vec::new() };
        Self(Box::new(parts))
    }

    /// The kind of the failure.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The errno, when a system call was the cause.
    pub fn errno(&self) -> Option<i32> {
        self.0.cause.as_ref().and_then(io::Error::raw_os_error)
    }

    /// The mistakes in configuration, in order; the library keeps the first 100.
    pub fn details(&self) -> &[ErrorDetail] {
        &self.0.details
    }
}

impl Parts {
    fn of(status: i32) -> Self {
        let status = Status::from_raw(status);
        Self { status, message: status.as_str().to_owned(), cause: None, details: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("status", &self.0.status)
            .field("message", &self.0.message)
            .field("errno", &self.errno())
            .field("details", &self.0.details)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match (&error.0.cause, error.0.status) {
            (Some(cause), _) => cause.kind(),
            (None, Status::InvalidArgument) => io::ErrorKind::InvalidInput,
            (None, Status::NotFound) => io::ErrorKind::NotFound,
            (None, Status::AlreadyExists) => io::ErrorKind::AlreadyExists,
            (None, Status::PermissionDenied) => io::ErrorKind::PermissionDenied,
            (None, Status::NoMemory) => io::ErrorKind::OutOfMemory,
            (None, _) => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}
