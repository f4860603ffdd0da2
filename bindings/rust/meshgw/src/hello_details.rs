//! All that a hello says.

use std::fmt;

use meshgw_sys as sys;

use crate::ffi;
use crate::hello::{needs_scratch, Hello, Scan};
use crate::hello_error::HelloError;
use crate::hello_reader::HelloOptions;
use crate::wire::{Alpn, Extensions, KeyShares, U16s};

/// Encrypted Client Hello (RFC 9849).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ech {
    /// No such extension.
    #[default]
    None,
    /// The outer hello; cannot be told from GREASE.
    Outer,
    /// The inner hello, which does not appear on the wire.
    Inner,
}

/// What the bytes so far come to, in full.
#[derive(Clone, Debug)]
// The other variant is what nearly every call ends with.
#[allow(clippy::large_enum_variant)]
pub enum Inspection<'a> {
    /// A valid beginning: read more and call again.
    Incomplete {
        /// How many bytes from the start must be here before this can change.
        need: usize,
    },
    /// The whole hello.
    Complete(HelloDetails<'a>),
}

/// A ClientHello taken apart; everything is borrowed.
#[derive(Clone, Debug)]
pub struct HelloDetails<'a> {
    hello: Hello<'a>,
    legacy_version: u16,
    records: u16,
    extension_count: u16,
    alpn: &'a [u8],
    supported_versions: &'a [u8],
    supported_groups: &'a [u8],
    signature_algorithms: &'a [u8],
    key_shares: &'a [u8],
    cipher_suites: &'a [u8],
    session_id: &'a [u8],
    extensions: &'a [u8],
    message: &'a [u8],
}

impl<'a> HelloDetails<'a> {
    /// The name, flags and length.
    pub fn hello(&self) -> &Hello<'a> {
        &self.hello
    }

    /// The version field of the message, 0x0303 since TLS 1.2.
    pub fn legacy_version(&self) -> u16 {
        self.legacy_version
    }

    /// How many records the hello lies in.
    pub fn records(&self) -> usize {
        self.records.into()
    }

    /// The protocols that the client speaks, such as `h2`.
    pub fn alpn(&self) -> Alpn<'a> {
        Alpn(self.alpn)
    }

    /// The versions offered, such as 0x0304; none before TLS 1.3.
    pub fn supported_versions(&self) -> U16s<'a> {
        U16s(self.supported_versions)
    }

    /// The key exchange groups offered.
    pub fn supported_groups(&self) -> U16s<'a> {
        U16s(self.supported_groups)
    }

    /// The signature algorithms offered.
    pub fn signature_algorithms(&self) -> U16s<'a> {
        U16s(self.signature_algorithms)
    }

    /// The key shares sent.
    pub fn key_shares(&self) -> KeyShares<'a> {
        KeyShares(self.key_shares)
    }

    /// The cipher suites offered.
    pub fn cipher_suites(&self) -> U16s<'a> {
        U16s(self.cipher_suites)
    }

    /// The session id.
    pub fn session_id(&self) -> &'a [u8] {
        self.session_id
    }

    /// All extensions, in the client's order.
    pub fn extensions(&self) -> Extensions<'a> {
        Extensions(self.extensions)
    }

    /// How many extensions there are.
    pub fn extension_count(&self) -> usize {
        self.extension_count.into()
    }

    /// The handshake message, with its 4-byte header, out of its records.
    pub fn message(&self) -> &'a [u8] {
        self.message
    }

    /// # Safety
    /// The views of `raw` are borrowed from what lives for `'a`.
    unsafe fn new(raw: &sys::meshgw_hello_details, hello: Hello<'a>) -> Self {
        // SAFETY: as the caller promises.
        let list = |view: sys::meshgw_bytes| unsafe { ffi::bytes(view.data, view.len) };
        Self {
            hello,
            legacy_version: raw.legacy_version,
            records: raw.records,
            extension_count: raw.extension_count,
            alpn: list(raw.alpn),
            supported_versions: list(raw.supported_versions),
            supported_groups: list(raw.supported_groups),
            signature_algorithms: list(raw.signature_algorithms),
            key_shares: list(raw.key_shares),
            cipher_suites: list(raw.cipher_suites),
            session_id: list(raw.session_id),
            extensions: list(raw.extensions),
            message: list(raw.message),
        }
    }
}

/// A JA4 fingerprint (FoxIO) of a client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ja4([u8; sys::MESHGW_JA4_BYTES as usize - 1]);

impl Ja4 {
    /// The fingerprint, such as `t13d1516h2_8daaf6152771_02713d6af862`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ja4").field(&self.as_str()).finish()
    }
}

fn inspect_raw(
    data: &[u8],
    options: &HelloOptions,
    scratch: &mut [u8],
) -> sys::meshgw_hello_details {
    let mut raw = ffi::sized::<sys::meshgw_hello_details>();
    // SAFETY: all are valid for their lengths, `raw` has the size that it says, and
    // nothing is kept but the views in `raw`.
    unsafe {
        sys::meshgw_hello_inspect(
            data.as_ptr(),
            data.len(),
            &options.to_raw(),
            scratch.as_mut_ptr(),
            scratch.len(),
            &mut raw,
        )
    };
    raw
}

fn to_inspection<'a>(
    raw: &sys::meshgw_hello_details,
    data: &'a [u8],
    scratch: &'a [u8],
) -> Result<Inspection<'a>, HelloError> {
    Ok(match Scan::in_slice(raw.hello, data, scratch)? {
        Scan::Incomplete { need } => Inspection::Incomplete { need },
        // SAFETY: the views are borrowed from `data` and `scratch`.
        Scan::Complete(hello) => Inspection::Complete(unsafe { HelloDetails::new(raw, hello) }),
    })
}

/// Reads the hello at the start of `data` in full, with the default options.
/// `scratch` is for hellos in several records; see
/// [`HELLO_SCRATCH_BYTES`](crate::HELLO_SCRATCH_BYTES). [`Inspector`] brings its own.
///
/// ```
/// use meshgw::{inspect, Inspection};
///
/// # mod meshgw_doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_hello.rs")); }
/// # let wire = meshgw_doc::HELLO;
/// if let Inspection::Complete(details) = inspect(&wire, &mut [])? {
///     assert!(details.alpn().any(|name| name == b"h2"));
///     assert!(details.supported_versions().any(|version| version == 0x0304));
/// #   return Ok(());
/// }
/// # panic!("no hello");
/// # #[allow(unreachable_code)]
/// # Ok::<(), meshgw::HelloError>(())
/// ```
///
/// # Errors
/// As [`read_hello`](crate::read_hello).
pub fn inspect<'a>(data: &'a [u8], scratch: &'a mut [u8]) -> Result<Inspection<'a>, HelloError> {
    let raw = inspect_raw(data, &HelloOptions::default(), scratch);
    to_inspection(&raw, data, scratch)
}

/// Reads hellos in full, with options and scratch of its own, which it takes only
/// when a hello needs it.
///
/// ```
/// # mod meshgw_doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_hello.rs")); }
/// # let wire = meshgw_doc::HELLO;
/// let mut inspector = meshgw::Inspector::new();
/// println!("{}", inspector.ja4(&wire)?.expect("a whole hello"));
/// # Ok::<(), meshgw::HelloError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inspector {
    options: HelloOptions,
    scratch: Vec<u8>,
}

impl Inspector {
    /// An inspector with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// An inspector with these limits.
    pub fn with_options(options: &HelloOptions) -> Self {
        Self { options: *options, scratch: Vec::new() }
    }

    /// Reads the hello at the start of `data`.
    ///
    /// # Errors
    /// As [`read_hello`](crate::read_hello).
    pub fn inspect<'a>(&'a mut self, data: &'a [u8]) -> Result<Inspection<'a>, HelloError> {
        let mut raw = inspect_raw(data, &self.options, &mut self.scratch);
        if needs_scratch(&raw.hello) && self.scratch.is_empty() {
            self.scratch = vec![0; self.options.scratch_bytes()];
            raw = inspect_raw(data, &self.options, &mut self.scratch);
        }
        to_inspection(&raw, data, &self.scratch)
    }

    /// The JA4 fingerprint of the hello at the start of `data`. None: incomplete.
    /// Takes a few microseconds.
    ///
    /// # Errors
    /// As [`read_hello`](crate::read_hello).
    pub fn ja4(&mut self, data: &[u8]) -> Result<Option<Ja4>, HelloError> {
        // Also finds out whether there must be scratch.
        if let Inspection::Incomplete { .. } = self.inspect(data)? {
            return Ok(None);
        }
        let mut text = [0; sys::MESHGW_JA4_BYTES as usize];
        // SAFETY: all are valid for their lengths; `text` is as long as it must be.
        let status = unsafe {
            sys::meshgw_hello_ja4(
                data.as_ptr(),
                data.len(),
                &self.options.to_raw(),
                self.scratch.as_mut_ptr(),
                self.scratch.len(),
                text.as_mut_ptr().cast(),
            )
        };
        if status != sys::MESHGW_OK {
            return Err(HelloError::new(status, sys::meshgw_hello::default()));
        }
        let mut fingerprint = Ja4([0; sys::MESHGW_JA4_BYTES as usize - 1]);
        fingerprint.0.copy_from_slice(&text[..text.len() - 1]);
        Ok(Some(fingerprint))
    }
}
