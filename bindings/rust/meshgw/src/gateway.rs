//! A whole gateway.

use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;
use std::vec;

use meshgw_sys as sys;

use crate::error::Error;
use crate::event::Event;
use crate::ffi::{self, Handle};
use crate::gateway_options::{milliseconds, GatewayOptions};
use crate::gateway_stats::GatewayStats;
use crate::refused::Refused;
use crate::routes::Routes;

/// How many events one call fetches.
const BATCH: usize = 256;

/// Accepts connections, reads their hello, finds the route, connects, and carries the
/// bytes, on threads of its own. Every method may be called by any thread.
///
/// ```
/// use meshgw::{Cluster, Endpoint, Gateway, GatewayOptions, RoutesBuilder};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), meshgw::Error> {
/// let mut builder = RoutesBuilder::new()?;
/// builder.add_cluster(&Cluster::new("db").endpoint(Endpoint::new("127.0.0.1", 5432)))?;
/// builder.exact("db.example.com", "db")?;
///
/// let gateway = Gateway::new(&GatewayOptions::default(), Some(&builder.build()?))?;
/// let address = gateway.listen("main", "127.0.0.1:0")?;
/// gateway.start()?;
/// println!("listening on {address}");
/// let closed = gateway.drain(Duration::from_secs(10))?;
/// assert_eq!(closed, 0);
/// # Ok(())
/// # }
/// ```
///
/// Dropping it stops it. Nothing that borrows from it outlives it:
///
/// ```compile_fail,E0505
/// # use meshgw::{Gateway, GatewayOptions};
/// let gateway = Gateway::new(&GatewayOptions::default(), None).unwrap();
/// let mut events = gateway.events();
/// drop(gateway);
/// events.next();
/// ```
#[derive(Debug)]
pub struct Gateway(Handle<sys::meshgw_gateway>);

// SAFETY: all calls of the library are thread-safe but for _free, which needs `&mut
// self`.
unsafe impl Send for Gateway {}
// SAFETY: as above.
unsafe impl Sync for Gateway {}

impl Gateway {
    /// A gateway without listeners; nothing runs yet. Without routes every connection is
    /// closed.
    ///
    /// # Errors
    /// `InvalidArgument`; `ResourceExhausted`; `NoMemory`.
    pub fn new(options: &GatewayOptions, routes: Option<&Routes>) -> Result<Self, Error> {
        let raw = options.to_raw();
        // SAFETY: the options are lent for the call; it takes its own reference to the
        // routes.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_gateway_create(&raw, optional(routes), out, err)
        })?;
        Ok(Self(handle))
    }

    /// Binds `address` (`127.0.0.1:8443`, `[::]:8443`, `unix:/path`; port 0 takes a free
    /// one) and gives the address that it got. `name` is the listener's in events.
    ///
    /// # Errors
    /// `InvalidArgument`, `PermissionDenied`, `AlreadyExists` (in use),
    /// `ResourceExhausted` (no descriptors) or `Unavailable`, with the address.
    pub fn listen(&self, name: &str, address: &str) -> Result<String, Error> {
        // SAFETY: the texts are lent for the call.
        let bound = ffi::create(|out, err| unsafe {
            let (name, address) = (ffi::lend(name), ffi::lend(address));
            sys::meshgw_gateway_listen(self.0.as_ptr(), name, address, out, err)
        })?;
        Ok(bound.to_text())
    }

    /// Takes over a listening socket, such as a `TcpListener`.
    ///
    /// # Errors
    /// [`Refused`] with the socket: `InvalidArgument` for another descriptor.
    pub fn listen_fd(
        &self,
        name: &str,
        listener: impl Into<OwnedFd>,
    ) -> Result<(), Refused<OwnedFd>> {
        // SAFETY: the name is lent for the call; the descriptor is ours to give.
        give(listener.into(), |fd, err| unsafe {
            sys::meshgw_gateway_listen_fd(self.0.as_ptr(), ffi::lend(name), fd, err)
        })
    }

    /// Takes over one accepted connection, as if a listener of that name had accepted
    /// it.
    ///
    /// # Errors
    /// [`Refused`] with the socket: `InvalidArgument` for another descriptor;
    /// `Unavailable` for a connection that has ended; `FailedPrecondition` before
    /// [`start`](Self::start).
    pub fn serve_fd(
        &self,
        name: &str,
        connection: impl Into<OwnedFd>,
    ) -> Result<(), Refused<OwnedFd>> {
        // SAFETY: the name is lent for the call; the descriptor is ours to give.
        give(connection.into(), |fd, err| unsafe {
            sys::meshgw_gateway_serve_fd(self.0.as_ptr(), ffi::lend(name), fd, err)
        })
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// `FailedPrecondition` when they were started.
    pub fn start(&self) -> Result<(), Error> {
        // SAFETY: thread-safe.
        ffi::call(|err| unsafe { sys::meshgw_gateway_start(self.0.as_ptr(), err) })
    }

    /// Starts the threads and blocks until [`stop`](Self::stop) or [`drain`](Self::drain)
    /// has ended them.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn run(&self) -> Result<(), Error> {
        // SAFETY: thread-safe.
        ffi::call(|err| unsafe { sys::meshgw_gateway_run(self.0.as_ptr(), err) })
    }

    /// Makes new connections use `routes`. Established ones keep theirs.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn set_routes(&self, routes: Option<&Routes>) -> Result<(), Error> {
        // SAFETY: thread-safe; it takes its own reference to the routes.
        ffi::call(|_| unsafe { sys::meshgw_gateway_set_routes(self.0.as_ptr(), optional(routes)) })
    }

    /// Stops accepting and blocks until every connection has ended or `timeout` has
    /// passed; then closes the rest, and says how many those were.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn drain(&self, timeout: Duration) -> Result<usize, Error> {
        let mut closed = 0;
        // SAFETY: thread-safe; writes a number.
        ffi::call(|_| unsafe {
            sys::meshgw_gateway_drain(self.0.as_ptr(), milliseconds(timeout), &mut closed)
        })?;
        Ok(closed)
    }

    /// Closes everything at once and joins the threads.
    pub fn stop(&self) {
        // SAFETY: thread-safe.
        unsafe { sys::meshgw_gateway_stop(self.0.as_ptr()) }
    }

    /// A snapshot of the counters.
    pub fn stats(&self) -> GatewayStats {
        let mut raw = ffi::sized::<sys::meshgw_gateway_stats>();
        // SAFETY: thread-safe; writes a struct of the size that it says. Fails for NULL
        // only.
        unsafe { sys::meshgw_gateway_get_stats(self.0.as_ptr(), &mut raw) };
        GatewayStats::from_raw(&raw)
    }

    /// Moves up to `capacity` waiting events to the end of `out`, oldest first. Does not
    /// block: [`event_fd`](Self::event_fd) is readable while events wait. There are none
    /// unless [`GatewayOptions::max_events`] is set.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn next_events(&self, capacity: usize, out: &mut Vec<Event>) -> Result<(), Error> {
        // SAFETY: thread-safe.
        let batch = ffi::create(|out, err| unsafe {
            sys::meshgw_gateway_next_events(self.0.as_ptr(), capacity, out, err)
        })?;
        // SAFETY: the batch is alive; a NULL event is passed over.
        unsafe {
            let count = sys::meshgw_events_count(batch.as_ptr());
            out.reserve(count);
            let raw = (0..count).map(|index| sys::meshgw_events_at(batch.as_ptr(), index));
            out.extend(raw.filter_map(|raw| raw.as_ref().and_then(|raw| Event::copy(raw))));
        }
        Ok(())
    }

    /// Readable while events wait: poll it, do not read it. None unless
    /// [`GatewayOptions::max_events`] is set.
    pub fn event_fd(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: thread-safe.
        let fd = unsafe { sys::meshgw_gateway_event_fd(self.0.as_ptr()) };
        // SAFETY: the descriptor lives as long as the gateway.
        (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// The events that wait, oldest first: [`next_events`](Self::next_events) as an
    /// iterator, which ends when none waits.
    pub fn events(&self) -> Events<'_> {
        Events { gateway: self, batch: Vec::new().into_iter() }
    }
}

/// The events that wait; see [`Gateway::events`].
#[derive(Debug)]
pub struct Events<'a> {
    gateway: &'a Gateway,
    batch: vec::IntoIter<Event>,
}

impl Iterator for Events<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.batch.len() == 0 {
            let mut batch = Vec::new();
            self.gateway.next_events(BATCH, &mut batch).ok()?;
            self.batch = batch.into_iter();
        }
        self.batch.next()
    }
}

fn optional(routes: Option<&Routes>) -> *mut sys::meshgw_routes {
    routes.map_or(ptr::null_mut(), Routes::as_ptr)
}

/// Gives a descriptor away, if the call takes it.
fn give(
    fd: OwnedFd,
    call: impl FnOnce(i32, *mut *mut sys::meshgw_error) -> i32,
) -> Result<(), Refused<OwnedFd>> {
    match ffi::call(|err| call(fd.as_raw_fd(), err)) {
        Ok(()) => {
            // The library has it.
            let _ = fd.into_raw_fd();
            Ok(())
        }
        Err(error) => Err(Refused::new(error, fd)),
    }
}
