//! Two streams of tokio, joined.

use std::future::{poll_fn, Future};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;

use ::tokio::io::{Interest, Ready};
use ::tokio::net::TcpStream;
use meshgw_sys as sys;

use crate::error::{Error, Status};
use crate::ffi::Handle;
use crate::splice::{create_pool, RawSplicer};
use crate::splice_state::{Side, SpliceEnd, SpliceOptions, SpliceState};

/// What epoll calls its events.
const EPOLLIN: u32 = 0x001;
const EPOLLPRI: u32 = 0x002;
const EPOLLOUT: u32 = 0x004;
const EPOLLERR: u32 = 0x008;
const EPOLLHUP: u32 = 0x010;
const EPOLLRDHUP: u32 = 0x2000;

/// Joins two streams until both directions have ended: whole, in order, FIN after the
/// last byte. `first` are bytes that were already read from the client (its hello): they
/// go to the server before anything else. Bulk is moved inside the kernel.
///
/// A reset is no error of the call, but the `end` of the state; see
/// [`SpliceState::into_result`]. It is passed on to the other side. Dropping the future
/// resets both, and so does an error.
///
/// It uses pools that the whole process shares; [`SplicePool`] has limits of its own.
///
/// ```
/// # use tokio::net::TcpStream;
/// # async fn example(client: TcpStream, server: TcpStream) -> std::io::Result<()> {
/// let state = meshgw::tokio::splice(client, b"", server).await?;
/// println!("{} bytes to the client, {:?}", state.bytes_to_client, state.end);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidArgument` for streams that are not connected; `Unavailable` when the peer has
/// reset before the call, or the runtime ends; `NoMemory`.
pub async fn splice(
    client: TcpStream,
    first: &[u8],
    server: TcpStream,
) -> Result<SpliceState, Error> {
    static SHARED: OnceLock<SplicePool> = OnceLock::new();
    let pool = match SHARED.get() {
        Some(pool) => pool,
        None => {
            let made = SplicePool::new(&SpliceOptions::default())?;
            SHARED.get_or_init(|| made)
        }
    };
    pool.splice(client, first, server).await
}

/// What splices of a runtime share: a copy buffer and pipes for each CPU. A clone is the
/// same pool.
#[derive(Clone, Debug)]
pub struct SplicePool(Arc<Pools>);

#[derive(Debug)]
struct Pools {
    pools: Vec<Mutex<Pool>>,
    next: AtomicUsize,
}

#[derive(Debug)]
struct Pool(Handle<sys::meshgw_splice_pool>);

// SAFETY: a pool and its splicers may be used by any thread, one at a time: whoever
// holds the lock of the pool.
unsafe impl Send for Pool {}

impl SplicePool {
    /// A pool with these bounds for each CPU.
    ///
    /// # Errors
    /// `InvalidArgument`; `NoMemory`.
    pub fn new(options: &SpliceOptions) -> Result<Self, Error> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let pools = (0..count).map(|_| Ok(Mutex::new(Pool(create_pool(options)?))));
        let pools = pools.collect::<Result<_, Error>>()?;
        Ok(Self(Arc::new(Pools { pools, next: AtomicUsize::new(0) })))
    }

    /// As the function [`splice`].
    ///
    /// # Errors
    /// As the function [`splice`].
    pub async fn splice(
        &self,
        client: TcpStream,
        first: &[u8],
        server: TcpStream,
    ) -> Result<SpliceState, Error> {
        let mut sides = [Watched::new(client), Watched::new(server)];
        let fds = [sides[0].stream.as_raw_fd(), sides[1].stream.as_raw_fd()];
        // SAFETY: locals are dropped in reverse: the streams outlive the carrier.
        let carrier = unsafe { Carrier::new(self.0.clone(), fds) };
        // What was read from the client does not arrive: no FIN may follow.
        let mut carrier = carrier.map_err(|error| {
            SpliceEnd::Failed.pass_on(fds[0], fds[1]);
            error
        })?;
        carrier.send_first(first)?;
        let mut again = carrier.run(Side::Client, 0);
        again |= carrier.run(Side::Server, 0);
        while carrier.state.end == SpliceEnd::Running {
            if again {
                ::tokio::task::yield_now().await;
                again = carrier.run(Side::Client, 0);
                continue;
            }
            let ready = wait(&sides).await?;
            for (i, side) in [Side::Client, Side::Server].into_iter().enumerate() {
                if let Some(ready) = ready[i] {
                    again |= sides[i].run(&mut carrier, side, ready);
                }
            }
        }
        Ok(carrier.state)
    }
}

/// A splicer of one of the pools.
struct Carrier {
    pools: Arc<Pools>,
    index: usize,
    // Only used, and dropped, with the lock of its pool.
    splicer: Option<RawSplicer>,
    fds: [RawFd; 2],
    state: SpliceState,
}

// SAFETY: the splicer is used by any thread, one at a time: whoever holds the lock.
unsafe impl Send for Carrier {}

impl Carrier {
    /// # Safety
    /// The descriptors outlive the carrier.
    unsafe fn new(pools: Arc<Pools>, fds: [RawFd; 2]) -> Result<Self, Error> {
        let index = pools.next.fetch_add(1, Ordering::Relaxed) % pools.pools.len();
        let pool = lock(&pools.pools[index]);
        // SAFETY: the carrier keeps the pools, the caller the descriptors, and the lock
        // keeps others away.
        let splicer = unsafe { RawSplicer::new(&pool.0, fds[0], fds[1])? };
        drop(pool);
        Ok(Self { pools, index, splicer: Some(splicer), fds, state: SpliceState::default() })
    }

    fn send_first(&mut self, first: &[u8]) -> Result<(), Error> {
        let _pool = lock(&self.pools.pools[self.index]);
        self.splicer.as_mut().map_or(Ok(()), |splicer| splicer.send_first(first))
    }

    fn run(&mut self, side: Side, events: u32) -> bool {
        let _pool = lock(&self.pools.pools[self.index]);
        let Some(splicer) = &mut self.splicer else {
            return false;
        };
        let again = splicer.run(side, events);
        self.state = splicer.state();
        again
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        {
            let _pool = lock(&self.pools.pools[self.index]);
            self.splicer = None;
        }
        let end = match self.state.end {
            // Cut off.
            SpliceEnd::Running => SpliceEnd::Failed,
            end => end,
        };
        end.pass_on(self.fds[0], self.fds[1]);
    }
}

/// Nothing under the lock panics; if something did, the pool would be whole.
fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream, and what may still happen to it. tokio does not forget that a stream was
/// closed: waiting for a direction that was would return at once, for ever.
struct Watched {
    stream: TcpStream,
    interest: Option<Interest>,
}

impl Watched {
    fn new(stream: TcpStream) -> Self {
        Self { stream, interest: Some(Interest::READABLE | Interest::WRITABLE) }
    }

    async fn ready(&self) -> io::Result<Ready> {
        match self.interest {
            Some(interest) => self.stream.ready(interest).await,
            None => std::future::pending().await,
        }
    }

    /// Lets the splicer see what is ready, and waits for what comes after that.
    fn run(&mut self, carrier: &mut Carrier, side: Side, ready: Ready) -> bool {
        let Some(interest) = self.interest else {
            return false;
        };
        let mut again = false;
        // Both directions are noted, then it runs, then just what was noted is cleared:
        // nothing is missed that comes in between.
        clear_after(&self.stream, Interest::READABLE, ready.is_readable(), &mut || {
            clear_after(&self.stream, Interest::WRITABLE, ready.is_writable(), &mut || {
                again = carrier.run(side, events_of(ready));
            });
        });
        if ready.is_read_closed() {
            self.interest = interest.remove(Interest::READABLE);
        }
        if ready.is_write_closed() {
            self.interest = self.interest.and_then(|interest| interest.remove(Interest::WRITABLE));
        }
        again
    }
}

/// Runs, and clears how ready the stream was before. tokio takes one direction at a time.
fn clear_after(stream: &TcpStream, direction: Interest, is_ready: bool, run: &mut dyn FnMut()) {
    let mut has_run = false;
    if is_ready {
        let _would_block = stream.try_io(direction, || -> io::Result<()> {
            has_run = true;
            run();
            Err(io::ErrorKind::WouldBlock.into())
        });
    }
    if !has_run {
        run();
    }
}

/// EPOLLPRI always goes with EPOLLIN: tokio does not tell of urgent bytes, and a read
/// stops short at them.
fn events_of(ready: Ready) -> u32 {
    let mut events = 0;
    if ready.is_readable() {
        events |= EPOLLIN | EPOLLPRI;
    }
    if ready.is_read_closed() {
        events |= EPOLLRDHUP;
    }
    if ready.is_writable() {
        events |= EPOLLOUT;
    }
    if ready.is_write_closed() {
        events |= EPOLLHUP | EPOLLERR;
    }
    events
}

/// Waits until either is ready; says of both.
async fn wait(sides: &[Watched; 2]) -> Result<[Option<Ready>; 2], Error> {
    if sides.iter().all(|side| side.interest.is_none()) {
        let message = "both sockets are closed, and the splicer has not ended";
        return Err(Error::new(Status::Internal, message));
    }
    let mut client = pin!(sides[0].ready());
    let mut server = pin!(sides[1].ready());
    let ready = poll_fn(|cx| {
        let polled = [client.as_mut().poll(cx), server.as_mut().poll(cx)];
        match polled.iter().any(Poll::is_ready) {
            true => Poll::Ready(polled),
            false => Poll::Pending,
        }
    });
    let mut out = [None, None];
    for (out, polled) in out.iter_mut().zip(ready.await) {
        if let Poll::Ready(ready) = polled {
            let ready =
                ready.map_err(|error| Error::new(Status::Unavailable, error.to_string()))?;
            *out = Some(ready);
        }
    }
    Ok(out)
}
