//! The ClientHello at the start of a connection, in one call.

use std::borrow::Cow;
use std::ptr;

use meshgw_sys as sys;

use crate::hello_error::HelloError;
use crate::HELLO_SCRATCH_BYTES;

/// A complete, well-formed ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello<'a> {
    server_name: Option<Cow<'a, [u8]>>,
    flags: u16,
    wire_len: usize,
}

impl<'a> Hello<'a> {
    fn has(&self, flag: i32) -> bool {
        i32::from(self.flags) & flag != 0
    }

    /// The server name (SNI) as sent, not lower-cased. With the default options it
    /// is made of ASCII letters, digits, hyphens, underscores and dots.
    pub fn server_name(&self) -> Option<&[u8]> {
        self.server_name.as_deref()
    }

    /// The same as text. None also for a name that is not UTF-8, which only
    /// [`HelloOptions::allow_opaque`](crate::HelloOptions::allow_opaque) lets in.
    pub fn server_name_str(&self) -> Option<&str> {
        std::str::from_utf8(self.server_name()?).ok()
    }

    /// The name itself: borrowed, but for [`read_hello`] of a hello in several records.
    pub fn into_server_name(self) -> Option<Cow<'a, [u8]>> {
        self.server_name
    }

    /// How many bytes of the stream the hello takes: whole records, from the start.
    pub fn wire_len(&self) -> usize {
        self.wire_len
    }

    /// Whether early data (0-RTT) follows.
    pub fn has_early_data(&self) -> bool {
        self.has(sys::MESHGW_HELLO_EARLY_DATA)
    }

    /// Whether a session is resumed by a pre-shared key.
    pub fn has_pre_shared_key(&self) -> bool {
        self.has(sys::MESHGW_HELLO_PRE_SHARED_KEY)
    }

    /// Whether there is a key share for a hybrid post-quantum group.
    pub fn is_post_quantum(&self) -> bool {
        self.has(sys::MESHGW_HELLO_POST_QUANTUM)
    }

    /// Encrypted Client Hello (RFC 9849). That of an outer hello cannot be told
    /// from GREASE.
    pub fn ech(&self) -> crate::Ech {
        if self.has(sys::MESHGW_HELLO_ECH_INNER) {
            crate::Ech::Inner
        } else if self.has(sys::MESHGW_HELLO_ECH_OUTER) {
            crate::Ech::Outer
        } else {
            crate::Ech::None
        }
    }

    pub(crate) fn into_owned(self) -> Hello<'static> {
        Hello {
            server_name: self.server_name.map(|name| Cow::Owned(name.into_owned())),
            flags: self.flags,
            wire_len: self.wire_len,
        }
    }
}

/// What the bytes so far come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan<'a> {
    /// A valid beginning: read more and call again.
    Incomplete {
        /// How many bytes from the start must be here before this can change.
        need: usize,
    },
    /// The whole hello.
    Complete(Hello<'a>),
}

impl<'a> Scan<'a> {
    /// Finds the name by the offset that the library gave, through `find` when it is
    /// not in `scratch`.
    #[inline]
    pub(crate) fn new(
        raw: sys::meshgw_hello,
        scratch: &'a [u8],
        find: impl FnOnce(usize, usize) -> Option<&'a [u8]>,
    ) -> Result<Self, HelloError> {
        match raw.status {
            sys::MESHGW_OK => {}
            sys::MESHGW_NEED_MORE => return Ok(Scan::Incomplete { need: raw.position as usize }),
            kind => return Err(HelloError::new(kind, raw)),
        }
        let flags = i32::from(raw.flags);
        let (offset, length) = (raw.server_name_offset as usize, raw.server_name_len as usize);
        let server_name = if flags & sys::MESHGW_HELLO_HAS_SERVER_NAME == 0 {
            None
        } else if flags & sys::MESHGW_HELLO_NAME_IN_SCRATCH != 0 {
            scratch.get(offset..offset + length)
        } else {
            find(offset, length)
        };
        // Never a hello without its name, whatever the offset is.
        if server_name.is_none() && flags & sys::MESHGW_HELLO_HAS_SERVER_NAME != 0 {
            return Err(HelloError::new(sys::MESHGW_ERR_INTERNAL, raw));
        }
        Ok(Scan::Complete(Hello {
            server_name: server_name.map(Cow::Borrowed),
            flags: raw.flags,
            wire_len: raw.position as usize,
        }))
    }

    #[inline]
    pub(crate) fn in_slice(
        raw: sys::meshgw_hello,
        data: &'a [u8],
        scratch: &'a [u8],
    ) -> Result<Self, HelloError> {
        Self::new(raw, scratch, |offset, length| data.get(offset..offset + length))
    }
}

/// Whether the verdict is only that there was no scratch.
#[inline]
pub(crate) fn needs_scratch(raw: &sys::meshgw_hello) -> bool {
    i32::from(raw.reason) == sys::MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL
}

/// Reads the ClientHello at the start of `data`, with the default options.
///
/// Allocates only for hellos in several records, which hardly any client sends:
/// 64 KiB for the call, and the name. [`read_hello_with`] never does, and
/// [`HelloReader`](crate::HelloReader) does not begin again with each call.
///
/// ```
/// use meshgw::{read_hello, HelloErrorKind, Scan};
///
/// # fn hello() -> Vec<u8> { meshgw_doc::HELLO.to_vec() }
/// # mod meshgw_doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_hello.rs")); }
/// match read_hello(&hello()) {
///     Ok(Scan::Complete(hello)) => assert_eq!(hello.server_name_str(), Some("db.example.com")),
///     Ok(Scan::Incomplete { need }) => println!("read on, up to {need} bytes"),
///     Err(error) => println!("close the connection: {error}"),
/// }
///
/// let error = read_hello(b"GET / HTTP/1.1\r\n").unwrap_err();
/// assert_eq!(error.kind, HelloErrorKind::NotTls);
/// ```
///
/// # Errors
/// [`HelloError`] for everything that may not be routed by a name.
#[inline]
pub fn read_hello(data: &[u8]) -> Result<Scan<'_>, HelloError> {
    // SAFETY: `data` is valid for its length, is kept by nobody, and is not read when
    // it is empty; a NULL scratch is allowed with length 0.
    let raw = unsafe { sys::meshgw_hello_scan(data.as_ptr(), data.len(), ptr::null_mut(), 0) };
    if needs_scratch(&raw) {
        return read_with_own_scratch(data);
    }
    Scan::in_slice(raw, data, &[])
}

#[cold]
fn read_with_own_scratch(data: &[u8]) -> Result<Scan<'_>, HelloError> {
    let mut scratch = vec![0; HELLO_SCRATCH_BYTES];
    Ok(match read_hello_with(data, &mut scratch)? {
        Scan::Complete(hello) => Scan::Complete(hello.into_owned()),
        Scan::Incomplete { need } => Scan::Incomplete { need },
    })
}

/// [`read_hello`] with the caller's scratch, in which hellos that lie in several
/// records are joined; [`HELLO_SCRATCH_BYTES`](crate::HELLO_SCRATCH_BYTES) hold any.
/// Never allocates.
///
/// ```
/// let mut scratch = vec![0; meshgw::HELLO_SCRATCH_BYTES];
/// let scan = meshgw::read_hello_with(b"\x16", &mut scratch);
/// assert!(matches!(scan, Ok(meshgw::Scan::Incomplete { .. })));
/// ```
///
/// # Errors
/// As [`read_hello`]; [`ScratchTooSmall`](crate::HelloReason::ScratchTooSmall) too.
#[inline]
pub fn read_hello_with<'a>(data: &'a [u8], scratch: &'a mut [u8]) -> Result<Scan<'a>, HelloError> {
    // SAFETY: both are valid for their lengths and kept by nobody.
    let raw = unsafe {
        sys::meshgw_hello_scan(data.as_ptr(), data.len(), scratch.as_mut_ptr(), scratch.len())
    };
    Scan::in_slice(raw, data, scratch)
}
