//! The events of a gateway, awaited.

use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{ready, Context, Poll};
use std::vec;

use ::tokio::io::unix::AsyncFd;
use ::tokio::io::Interest;
use futures_core::Stream;

use crate::event::Event;
use crate::gateway::Gateway;

/// How many events one call fetches.
const BATCH: usize = 256;

/// The events of a gateway as a stream that does not end. One is enough: streams of the
/// same gateway share its events, of which each goes to one of them.
///
/// ```
/// use meshgw::{tokio::EventStream, Event, Gateway, GatewayOptions};
/// use std::sync::Arc;
///
/// async fn log(gateway: Arc<Gateway>) -> std::io::Result<()> {
///     let mut events = EventStream::new(gateway)?;
///     loop {
///         match events.next().await? {
///             Event::Connection(ended) => println!("{}: {}", ended.source, ended.reason),
///             Event::Log(log) => eprintln!("{}", log.message),
///             _ => {}
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct EventStream<G: Deref<Target = Gateway>> {
    // A duplicate: a runtime watches each number once.
    fd: AsyncFd<OwnedFd>,
    batch: vec::IntoIter<Event>,
    gateway: G,
}

impl<G: Deref<Target = Gateway> + Unpin> EventStream<G> {
    /// The events of `gateway`: a reference, or an `Arc`.
    ///
    /// # Errors
    /// `InvalidInput` unless
    /// [`GatewayOptions::max_events`](crate::GatewayOptions::max_events) is set; when the
    /// descriptor cannot be duplicated or watched.
    ///
    /// # Panics
    /// Outside of a runtime with I/O.
    pub fn new(gateway: G) -> io::Result<Self> {
        let no_events = || io::Error::new(io::ErrorKind::InvalidInput, "max_events is 0");
        let fd = gateway.event_fd().ok_or_else(no_events)?.try_clone_to_owned()?;
        let fd = AsyncFd::with_interest(fd, Interest::READABLE)?;
        Ok(Self { fd, batch: Vec::new().into_iter(), gateway })
    }

    /// The next event. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When memory could not be had, or the runtime ends.
    pub async fn next(&mut self) -> io::Result<Event> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Event>> {
        loop {
            if let Some(event) = self.batch.next() {
                return Poll::Ready(Ok(event));
            }
            let mut readable = ready!(self.fd.poll_read_ready(cx))?;
            let mut batch = Vec::new();
            self.gateway.next_events(BATCH, &mut batch)?;
            if batch.is_empty() {
                // Of no effect if more have come since it was readable.
                readable.clear_ready();
            }
            self.batch = batch.into_iter();
        }
    }
}

impl<G: Deref<Target = Gateway> + Unpin> Stream for EventStream<G> {
    type Item = io::Result<Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx).map(Some)
    }
}
