//! A ClientHello that is read as it arrives.

use std::io::IoSlice;

use meshgw_sys as sys;

use crate::ffi;
use crate::hello::{needs_scratch, Scan};
use crate::hello_error::HelloError;
use crate::HELLO_SCRATCH_BYTES;

/// The most that `max_message_bytes` can be.
const MAX_MESSAGE_BYTES: usize = 131_400;

/// Limits on hellos, and names beyond those of RFC 6066.
///
/// ```
/// let mut options = meshgw::HelloOptions::default();
/// options.max_message_bytes = 16 << 10;
/// let reader = meshgw::HelloReader::with_options(&options);
/// # drop(reader);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelloOptions {
    /// 0: 65536. Clamped to 4096..=131400.
    pub max_message_bytes: u32,
    /// 0: 4096.
    pub max_records: u16,
    /// Takes a name with a dot at its end, and reports it without the dot.
    pub allow_trailing_dot: bool,
    /// Takes an address as a name.
    pub allow_ip_address: bool,
    /// Takes any bytes but NUL as a name, 1 to 255 of them.
    pub allow_opaque: bool,
    /// Skips records without content; they count as records.
    pub allow_empty_records: bool,
}

impl HelloOptions {
    pub(crate) fn to_raw(self) -> sys::meshgw_hello_options {
        let mut raw = ffi::sized::<sys::meshgw_hello_options>();
        raw.max_message_bytes = self.max_message_bytes;
        raw.max_records = self.max_records.into();
        raw.allow_trailing_dot = self.allow_trailing_dot.into();
        raw.allow_ip_address = self.allow_ip_address.into();
        raw.allow_opaque = self.allow_opaque.into();
        raw.allow_empty_records = self.allow_empty_records.into();
        raw
    }

    /// Scratch for any hello under these limits.
    pub(crate) fn scratch_bytes(self) -> usize {
        (self.max_message_bytes as usize).clamp(HELLO_SCRATCH_BYTES, MAX_MESSAGE_BYTES)
    }
}

/// Reads a hello as it arrives: each call gets all bytes since the connection's
/// start, and the work over all calls is linear in them.
///
/// It takes 64 KiB of memory when it meets a hello in several records, and keeps
/// them; before that it allocates nothing.
///
/// ```
/// use meshgw::{HelloReader, Scan};
///
/// # mod meshgw_doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_hello.rs")); }
/// # let wire = meshgw_doc::HELLO;
/// let mut reader = HelloReader::new();
/// let mut received = Vec::new();
/// for part in wire.chunks(50) {
///     received.extend_from_slice(part);
///     match reader.feed(&received)? {
///         Scan::Incomplete { need } => println!("{need} bytes at least"),
///         Scan::Complete(hello) => println!("{:?}", hello.server_name_str()),
///     }
/// }
/// # assert!(matches!(reader.feed(&received)?, Scan::Complete(_)));
/// # Ok::<(), meshgw::HelloError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HelloReader {
    options: HelloOptions,
    state: sys::meshgw_hello_state,
    scratch: Vec<u8>,
}

impl HelloReader {
    /// A reader with the default options.
    pub fn new() -> Self {
        Self::with_options(&HelloOptions::default())
    }

    /// A reader with these limits.
    pub fn with_options(options: &HelloOptions) -> Self {
        let state = sys::meshgw_hello_state { opaque: [0; 12] };
        let mut reader = Self { options: *options, state, scratch: Vec::new() };
        reader.reset();
        reader
    }

    /// Begins anew, for another connection. Keeps the memory.
    pub fn reset(&mut self) {
        // SAFETY: both are alive for the call. It cannot fail: the options have their
        // size and no unknown part; were it to, the state would refuse to be fed.
        unsafe { sys::meshgw_hello_state_init(&self.options.to_raw(), &mut self.state) };
    }

    /// Reads all bytes that have come since the connection's start: at each call the
    /// same ones and more. Once there is a verdict, later calls repeat it.
    ///
    /// # Errors
    /// [`HelloError`] for everything that may not be routed by a name.
    pub fn feed<'a>(&'a mut self, data: &'a [u8]) -> Result<Scan<'a>, HelloError> {
        // SAFETY: all are valid for their lengths and kept by nobody.
        let raw = self.with_scratch_if_needed(|state, scratch| unsafe {
            sys::meshgw_hello_feed(
                state,
                data.as_ptr(),
                data.len(),
                scratch.as_mut_ptr(),
                scratch.len(),
            )
        });
        Scan::in_slice(raw, data, &self.scratch)
    }

    /// The same for bytes in several buffers, in order, as `readv` fills them.
    ///
    /// # Errors
    /// As [`feed`](Self::feed).
    pub fn feed_buffers<'a>(
        &'a mut self,
        buffers: &'a [IoSlice<'a>],
    ) -> Result<Scan<'a>, HelloError> {
        // SAFETY: an IoSlice has the shape of an iovec, and so has meshgw_buffer; all
        // are valid for their lengths and kept by nobody.
        let raw = self.with_scratch_if_needed(|state, scratch| unsafe {
            sys::meshgw_hello_feed_buffers(
                state,
                buffers.as_ptr().cast(),
                buffers.len(),
                scratch.as_mut_ptr(),
                scratch.len(),
            )
        });
        Scan::new(raw, &self.scratch, |offset, length| {
            crate::wire::in_one_buffer(buffers, offset, length)
        })
    }

    /// Begins again with scratch when the hello turns out to need it: a verdict once
    /// given is kept, that there is no scratch as well.
    fn with_scratch_if_needed(
        &mut self,
        feed: impl Fn(&mut sys::meshgw_hello_state, &mut [u8]) -> sys::meshgw_hello,
    ) -> sys::meshgw_hello {
        let raw = feed(&mut self.state, &mut self.scratch);
        if !needs_scratch(&raw) || !self.scratch.is_empty() {
            return raw;
        }
        self.scratch = vec![0; self.options.scratch_bytes()];
        self.reset();
        feed(&mut self.state, &mut self.scratch)
    }
}

impl Default for HelloReader {
    fn default() -> Self {
        Self::new()
    }
}
