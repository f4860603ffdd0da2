//! Limits of splices, and what became of them.

use std::io;
use std::os::fd::RawFd;

use meshgw_sys as sys;

use crate::ffi;

c_enum! {
    /// The ends of a splice.
    pub enum Side {
        /// Who connected to us.
        Client = MESHGW_SIDE_CLIENT,
        /// Whom we connected to.
        Server = MESHGW_SIDE_SERVER,
    }
}

c_enum! {
    /// How carrying ended.
    #[derive(Default)]
    pub enum SpliceEnd named by meshgw_splice_end_name {
        /// Not yet.
        #[default]
        Running = MESHGW_SPLICE_RUNNING,
        /// FIN both ways, and every byte delivered.
        Finished = MESHGW_SPLICE_FINISHED,
        /// RST or a socket error from the client's side.
        ClientReset = MESHGW_SPLICE_CLIENT_RESET,
        /// The same from the server's side.
        ServerReset = MESHGW_SPLICE_SERVER_RESET,
        /// A system call failed for another reason.
        Failed = MESHGW_SPLICE_FAILED,
        /// By [`SpliceLoop::cancel`](crate::SpliceLoop::cancel).
        Cancelled = MESHGW_SPLICE_CANCELLED,
    }
}

/// What was carried, and how it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpliceState {
    /// How it ended.
    pub end: SpliceEnd,
    /// The errno behind it.
    pub errno: Option<i32>,
    /// Bytes delivered to the server.
    pub bytes_to_server: u64,
    /// Bytes delivered to the client.
    pub bytes_to_client: u64,
    /// Of both; the rest was copied.
    pub spliced_bytes: u64,
    /// FIN was received from the client.
    pub client_fin: bool,
    /// FIN was received from the server.
    pub server_fin: bool,
    /// Bytes that were read wait to be taken.
    pub pending: bool,
}

impl SpliceState {
    pub(crate) fn from_raw(raw: &sys::meshgw_splice_state) -> Self {
        Self {
            end: SpliceEnd::from_raw(raw.end),
            errno: (raw.error != 0).then_some(raw.error),
            bytes_to_server: raw.bytes_to_server,
            bytes_to_client: raw.bytes_to_client,
            spliced_bytes: raw.spliced_bytes,
            client_fin: raw.client_fin != 0,
            server_fin: raw.server_fin != 0,
            pending: raw.pending != 0,
        }
    }

    /// An error unless it [finished](SpliceEnd::Finished) or still runs.
    ///
    /// # Errors
    /// That of the socket, or `ConnectionReset`.
    pub fn into_result(self) -> io::Result<Self> {
        match (self.end, self.errno) {
            (SpliceEnd::Running | SpliceEnd::Finished, _) => Ok(self),
            (_, Some(errno)) => Err(io::Error::from_raw_os_error(errno)),
            (SpliceEnd::Failed, None) => Err(io::ErrorKind::Other.into()),
            (SpliceEnd::Cancelled, None) => Err(io::ErrorKind::ConnectionAborted.into()),
            (_, None) => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

/// Bounds on what splicers share. Zero is the default of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpliceOptions {
    /// Memory for sides that take nothing. 0: 64 MiB.
    pub max_kept_bytes: u64,
    /// What one read copies at most. 0: 32 KiB.
    pub copy_bytes: u32,
    /// The size of a pipe. 0: 256 KiB.
    pub pipe_bytes: u32,
    /// 0: 64. `u32::MAX`: never splice, copy.
    pub max_pipes: u32,
}

impl SpliceOptions {
    pub(crate) fn to_raw(self) -> sys::meshgw_splice_options {
        let mut raw = ffi::sized::<sys::meshgw_splice_options>();
        raw.max_kept_bytes = self.max_kept_bytes;
        raw.copy_bytes = self.copy_bytes;
        raw.pipe_bytes = self.pipe_bytes;
        raw.max_pipes = self.max_pipes;
        raw
    }
}

impl SpliceEnd {
    /// A FIN says that all has come: it must not follow what was cut off.
    pub(crate) fn pass_on(self, client: RawFd, server: RawFd) {
        if matches!(self, Self::ClientReset | Self::Failed) {
            reset_on_close(server);
        }
        if matches!(self, Self::ServerReset | Self::Failed) {
            reset_on_close(client);
        }
    }
}

/// Makes closing `fd` send RST instead of FIN: how a reset is passed on.
fn reset_on_close(fd: RawFd) {
    // SAFETY: sets an option of a socket; anything else is refused by the kernel.
    unsafe { sys::meshgw_reset_on_close(fd) }
}
