//! Bytes between many pairs of sockets, on one thread.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use meshgw_sys as sys;

use crate::error::{Error, Status};
use crate::ffi::{self, Handle};
use crate::refused::Refused;
use crate::splice_state::{SpliceOptions, SpliceState};

/// How many results one call fetches.
const BATCH: usize = 64;

/// Carries bytes between many pairs of sockets, on the thread that calls
/// [`run`](Self::run): a loop for those who have none. Any thread may add pairs, stop
/// the loop and fetch results.
///
/// ```
/// use meshgw::{SpliceEnd, SpliceLoop, SpliceOptions};
/// use std::net::Shutdown;
/// use std::os::unix::net::UnixStream;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (client, inner_client) = UnixStream::pair()?;
/// let (server, inner_server) = UnixStream::pair()?;
/// client.shutdown(Shutdown::Write)?;
/// server.shutdown(Shutdown::Write)?;
///
/// let splices = SpliceLoop::new(&SpliceOptions::default())?;
/// splices.add(inner_client, inner_server, b"hello", 7)?;
/// std::thread::scope(|scope| scope.spawn(|| splices.run_until_empty()).join().unwrap())?;
///
/// let result = splices.results().next().expect("a result");
/// assert_eq!((result.tag, result.state.end), (7, SpliceEnd::Finished));
/// assert_eq!(result.state.bytes_to_server, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SpliceLoop {
    handle: Handle<sys::meshgw_splice_loop>,
    running: AtomicBool,
}

// SAFETY: the library's calls are thread-safe but for _run, which `running` keeps to
// one thread at a time, and _free, which needs `&mut self`.
unsafe impl Send for SpliceLoop {}
// SAFETY: as above.
unsafe impl Sync for SpliceLoop {}

/// What became of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpliceResult {
    /// As given to [`SpliceLoop::add`].
    pub tag: u64,
    /// What was carried, and how it ended.
    pub state: SpliceState,
}

impl SpliceLoop {
    /// A loop without pairs.
    ///
    /// # Errors
    /// `InvalidArgument`; `ResourceExhausted`; `NoMemory`.
    pub fn new(options: &SpliceOptions) -> Result<Self, Error> {
        let raw = options.to_raw();
        // SAFETY: the options are lent for the call.
        let handle =
            ffi::create(|out, err| unsafe { sys::meshgw_splice_loop_create(&raw, out, err) })?;
        Ok(Self { handle, running: AtomicBool::new(false) })
    }

    /// Takes over two connected stream sockets, makes them non-blocking, and sends `first`
    /// (the client's hello; copied) to the server before anything else. `tag` comes back
    /// with the result.
    ///
    /// # Errors
    /// [`Refused`] with the sockets: `InvalidArgument` for what is no connected stream
    /// socket; `Unavailable` for a connection that has ended; `NoMemory`.
    pub fn add(
        &self,
        client: impl Into<OwnedFd>,
        server: impl Into<OwnedFd>,
        first: &[u8],
        tag: u64,
    ) -> Result<(), Refused<(OwnedFd, OwnedFd)>> {
        let (client, server) = (client.into(), server.into());
        // SAFETY: the data is copied; the descriptors are ours to give.
        let added = ffi::call(|err| unsafe {
            sys::meshgw_splice_loop_add(
                self.handle.as_ptr(),
                client.as_raw_fd(),
                server.as_raw_fd(),
                first.as_ptr(),
                first.len(),
                tag,
                err,
            )
        });
        match added {
            Ok(()) => {
                // The library has them.
                let _ = (client.into_raw_fd(), server.into_raw_fd());
                Ok(())
            }
            Err(error) => Err(Refused::new(error, (client, server))),
        }
    }

    /// Blocks and carries until [`stop`](Self::stop). A later call goes on.
    ///
    /// # Errors
    /// `FailedPrecondition` when another thread runs it; `Unavailable`.
    pub fn run(&self) -> Result<(), Error> {
        self.alone(|object| {
            // SAFETY: the object is alive, and no other thread runs it.
            unsafe { sys::meshgw_splice_loop_run(object) }
        })
    }

    /// [`run`](Self::run) that also ends when no pair is left.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_until_empty(&self) -> Result<(), Error> {
        self.alone(|object| {
            // SAFETY: the object is alive, and no other thread runs it.
            unsafe { sys::meshgw_splice_loop_run_until_empty(object) }
        })
    }

    fn alone(&self, run: impl FnOnce(*mut sys::meshgw_splice_loop) -> i32) -> Result<(), Error> {
        if self.running.swap(true, Ordering::Acquire) {
            let message = "the splice loop is run by another thread";
            return Err(Error::new(Status::FailedPrecondition, message));
        }
        let result = ffi::call(|_| run(self.handle.as_ptr()));
        self.running.store(false, Ordering::Release);
        result
    }

    /// Resets the pairs that were added with `tag`, soon: their results say
    /// [`Cancelled`](crate::SpliceEnd::Cancelled), unless they have ended meanwhile.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn cancel(&self, tag: u64) -> Result<(), Error> {
        // SAFETY: thread-safe.
        ffi::call(|_| unsafe { sys::meshgw_splice_loop_cancel(self.handle.as_ptr(), tag) })
    }

    /// Makes [`run`](Self::run) return.
    pub fn stop(&self) {
        // SAFETY: thread-safe.
        unsafe { sys::meshgw_splice_loop_stop(self.handle.as_ptr()) }
    }

    /// Pairs that were added and have not ended.
    pub fn len(&self) -> usize {
        // SAFETY: thread-safe.
        unsafe { sys::meshgw_splice_loop_size(self.handle.as_ptr()) }
    }

    /// Whether no pair is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The results that wait, oldest first. Does not block: wait for more with the
    /// descriptor of [`as_fd`](AsFd::as_fd).
    pub fn results(&self) -> impl Iterator<Item = SpliceResult> + '_ {
        let mut batch = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if batch.len() == 0 {
                batch = self.next_results().into_iter();
            }
            batch.next()
        })
    }

    fn next_results(&self) -> Vec<SpliceResult> {
        let mut raw = [sys::meshgw_splice_result::default(); BATCH];
        // SAFETY: thread-safe; writes at most as many as there is room for.
        let count =
            unsafe { sys::meshgw_splice_loop_next(self.handle.as_ptr(), raw.as_mut_ptr(), BATCH) };
        let copy = |raw: &sys::meshgw_splice_result| SpliceResult {
            tag: raw.tag,
            state: SpliceState::from_raw(&raw.state),
        };
        raw[..count.min(BATCH)].iter().map(copy).collect()
    }
}

impl AsFd for SpliceLoop {
    /// Readable while results wait: poll it, do not read it.
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor lives as long as the loop.
        unsafe {
            let fd = sys::meshgw_splice_loop_event_fd(self.handle.as_ptr());
            BorrowedFd::borrow_raw(fd)
        }
    }
}
