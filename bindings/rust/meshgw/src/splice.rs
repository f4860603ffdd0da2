//! Bytes between two sockets, in the caller's own loop.

use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::rc::Rc;

use meshgw_sys as sys;

use crate::error::Error;
use crate::ffi::{self, Handle};
use crate::splice_state::{Side, SpliceOptions, SpliceState};

/// What epoll must watch both sides of a [`Splicer`] for, set once: `EPOLLIN |
/// EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET`.
pub const SPLICE_EVENTS: u32 = sys::MESHGW_SPLICE_EVENTS;

/// The calls of a splicer, without what keeps its pool and descriptors alive, nor on
/// one thread: that is its owner's part.
#[derive(Debug)]
pub(crate) struct RawSplicer(Handle<sys::meshgw_splicer>);

impl RawSplicer {
    /// # Safety
    /// The pool and the descriptors outlive the splicer, and all of them are used by one
    /// thread at a time.
    pub(crate) unsafe fn new(
        pool: &Handle<sys::meshgw_splice_pool>,
        client: RawFd,
        server: RawFd,
    ) -> Result<Self, Error> {
        // SAFETY: as the caller promises.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_splicer_create(pool.as_ptr(), client, server, out, err)
        })?;
        Ok(Self(handle))
    }

    pub(crate) fn send_first(&mut self, data: &[u8]) -> Result<(), Error> {
        // SAFETY: the data is copied where it is not sent.
        ffi::call(|err| unsafe {
            sys::meshgw_splicer_send_first(self.0.as_ptr(), data.as_ptr(), data.len(), err)
        })
    }

    pub(crate) fn run(&mut self, side: Side, events: u32) -> bool {
        // SAFETY: the object is alive, and this the only one who uses it.
        unsafe { sys::meshgw_splicer_run(self.0.as_ptr(), side.as_raw(), events) == 1 }
    }

    pub(crate) fn state(&self) -> SpliceState {
        let mut raw = sys::meshgw_splice_state::default();
        // SAFETY: writes a struct of frozen size. Fails for NULL only.
        unsafe { sys::meshgw_splicer_get(self.0.as_ptr(), &mut raw) };
        SpliceState::from_raw(&raw)
    }
}

pub(crate) fn create_pool(
    options: &SpliceOptions,
) -> Result<Handle<sys::meshgw_splice_pool>, Error> {
    let raw = options.to_raw();
    // SAFETY: the options are lent for the call.
    ffi::create(|out, err| unsafe { sys::meshgw_splice_pool_create(&raw, out, err) })
}

/// What the splicers of one thread share: a copy buffer and pipes. A clone is the same
/// pool; it lives as long as its splicers.
///
/// Splicers of a pool must not run at the same time, so it stays on its thread:
///
/// ```compile_fail,E0277
/// let pool = meshgw::SplicePool::new(&meshgw::SpliceOptions::default()).unwrap();
/// std::thread::spawn(move || drop(pool));
/// ```
#[derive(Clone, Debug)]
pub struct SplicePool(Rc<Handle<sys::meshgw_splice_pool>>);

impl SplicePool {
    /// A pool with these bounds.
    ///
    /// ```
    /// let pool = meshgw::SplicePool::new(&meshgw::SpliceOptions::default())?;
    /// # drop(pool);
    /// # Ok::<(), meshgw::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument`; `NoMemory`.
    pub fn new(options: &SpliceOptions) -> Result<Self, Error> {
        Ok(Self(Rc::new(create_pool(options)?)))
    }
}

/// Carries bytes both ways between two connected, non-blocking stream sockets until
/// both directions have ended: whole, in order, FIN after the last byte. It borrows
/// the sockets.
///
/// The caller's loop watches both with [`SPLICE_EVENTS`] and calls [`run`](Self::run)
/// on each event. The thread must ignore or block SIGPIPE, as Rust programs do.
///
/// ```
/// use meshgw::{Side, SpliceEnd, SpliceOptions, SplicePool, Splicer};
/// use std::io::{Read, Write};
/// use std::net::Shutdown;
/// use std::os::unix::net::UnixStream;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut client, inner_client) = UnixStream::pair()?;
/// let (mut server, inner_server) = UnixStream::pair()?;
/// inner_client.set_nonblocking(true)?;
/// inner_server.set_nonblocking(true)?;
///
/// let pool = SplicePool::new(&SpliceOptions::default())?;
/// let mut splicer = Splicer::new(&pool, &inner_client, &inner_server)?;
/// splicer.send_first(b"hello, ")?;
/// client.write_all(b"world")?;
/// client.shutdown(Shutdown::Write)?;
/// server.shutdown(Shutdown::Write)?;
/// // All events are here already: no epoll in this example.
/// while splicer.run(Side::Client, 0) || splicer.run(Side::Server, 0) {}
///
/// assert_eq!(splicer.state().end, SpliceEnd::Finished);
/// let mut received = String::new();
/// server.read_to_string(&mut received)?;
/// assert_eq!(received, "hello, world");
/// # Ok(())
/// # }
/// ```
///
/// It cannot outlive its sockets:
///
/// ```compile_fail,E0505
/// # use meshgw::{SpliceOptions, SplicePool, Splicer};
/// # fn splice(one: std::net::TcpStream, other: std::net::TcpStream) {
/// let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
/// let splicer = Splicer::new(&pool, &one, &other).unwrap();
/// drop(one);
/// splicer.state();
/// # }
/// ```
///
/// Nor leave its thread:
///
/// ```compile_fail,E0277
/// fn needs_send<T: Send>() {}
/// needs_send::<meshgw::Splicer<'static>>();
/// ```
#[derive(Debug)]
pub struct Splicer<'fd> {
    // Dropped before the pool that it borrows from.
    raw: RawSplicer,
    client: RawFd,
    server: RawFd,
    _pool: SplicePool,
    _fds: PhantomData<BorrowedFd<'fd>>,
}

impl<'fd> Splicer<'fd> {
    /// A splicer between two sockets.
    ///
    /// # Errors
    /// `InvalidArgument` for one that is blocking, or no connected stream socket;
    /// `Unavailable` for a connection that has ended; `NoMemory`.
    pub fn new(
        pool: &SplicePool,
        client: &'fd impl AsFd,
        server: &'fd impl AsFd,
    ) -> Result<Self, Error> {
        let (client, server) = (client.as_fd().as_raw_fd(), server.as_fd().as_raw_fd());
        // SAFETY: the pool is kept, the sockets are borrowed for `'fd`, and the Rc of the
        // pool keeps all of its splicers on one thread.
        let raw = unsafe { RawSplicer::new(&pool.0, client, server)? };
        Ok(Self { raw, client, server, _pool: pool.clone(), _fds: PhantomData })
    }

    /// Sends bytes that were already read from the client (its hello) to the server,
    /// before anything else. What the socket does not take is copied.
    ///
    /// # Errors
    /// `FailedPrecondition` after the first [`run`](Self::run); `NoMemory`.
    pub fn send_first(&mut self, data: &[u8]) -> Result<(), Error> {
        self.raw.send_first(data)
    }

    /// Carries what can be carried now, without blocking. `events` is the epoll mask of
    /// `side`, 0 when there was none. Call it once with 0 for each side at the start.
    ///
    /// True: the budget of this turn ran out, call again soon without waiting. False:
    /// wait for events, or it has ended; see [`state`](Self::state).
    pub fn run(&mut self, side: Side, events: u32) -> bool {
        self.raw.run(side, events)
    }

    /// What was carried so far, and how it ended.
    pub fn state(&self) -> SpliceState {
        self.raw.state()
    }

    /// Passes a reset on: when one side has reset, closing the other sends RST as well.
    /// Call it when the splicer has ended, before the sockets are closed.
    pub fn pass_on_reset(&self) {
        self.state().end.pass_on(self.client, self.server);
    }
}
