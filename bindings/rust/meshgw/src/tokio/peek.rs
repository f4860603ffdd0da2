//! Reading a hello from a stream, and giving it back.

use std::error;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::hello::{Hello, Scan};
use crate::hello_error::HelloError;
use crate::hello_reader::{HelloOptions, HelloReader};

/// Room for nearly every hello.
const FIRST_READ: usize = 4096;

/// Reads from `stream` until its hello is complete. What comes back reads the same
/// bytes again.
///
/// It waits as long as the peer lets it: put a time-out around it. Dropping the future
/// drops the stream.
///
/// ```
/// use meshgw::tokio::peek;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # mod meshgw_doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/doc_hello.rs")); }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (mut client, stream) = tokio::io::duplex(1024);
/// # client.write_all(&meshgw_doc::HELLO).await?;
/// let mut peeked = peek(stream, &meshgw::HelloOptions::default()).await?;
/// assert_eq!(peeked.hello().server_name_str(), Some("db.example.com"));
/// assert_eq!(peeked.read_u8().await?, 0x16);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`PeekError`], with the stream and what was read.
pub async fn peek<S: AsyncRead + Unpin>(
    mut stream: S,
    options: &HelloOptions,
) -> Result<Peeked<S>, PeekError<S>> {
    let mut reader = HelloReader::with_options(options);
    let mut first = vec![0; FIRST_READ];
    let (mut length, mut needed) = (0, 0);
    let kind = loop {
        if length == first.len() {
            first.resize(2 * length, 0);
        }
        match read(&mut stream, &mut first[length..]).await {
            Ok(0) => break PeekErrorKind::Closed,
            Ok(count) => length += count,
            Err(error) => break PeekErrorKind::Io(error),
        }
        if length < needed {
            continue;
        }
        match reader.feed(&first[..length]) {
            Ok(Scan::Incomplete { need }) => needed = need,
            Ok(Scan::Complete(hello)) => {
                let hello = hello.into_owned();
                first.truncate(length);
                return Ok(Peeked { stream, hello, first, replayed: 0 });
            }
            Err(error) => break PeekErrorKind::Hello(error),
        }
    };
    first.truncate(length);
    Err(PeekError { kind, stream, first })
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, room: &mut [u8]) -> io::Result<usize> {
    let mut room = ReadBuf::new(room);
    poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut room)).await?;
    Ok(room.filled().len())
}

/// A stream whose hello was read, and is read again.
#[derive(Debug)]
pub struct Peeked<S> {
    stream: S,
    hello: Hello<'static>,
    first: Vec<u8>,
    replayed: usize,
}

impl<S> Peeked<S> {
    /// The hello.
    pub fn hello(&self) -> &Hello<'static> {
        &self.hello
    }

    /// The stream itself, behind the bytes that were read.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream, and the bytes of it that are still to be replayed.
    pub fn into_parts(mut self) -> (S, Vec<u8>) {
        self.first.drain(..self.replayed);
        (self.stream, self.first)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Peeked<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = &self.first[self.replayed..];
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, room);
        }
        let count = rest.len().min(room.remaining());
        room.put_slice(&rest[..count]);
        self.replayed += count;
        if self.replayed == self.first.len() {
            // The connection may be long.
            self.first = Vec::new();
            self.replayed = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Peeked<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Why there is no hello.
#[derive(Debug)]
#[non_exhaustive]
pub enum PeekErrorKind {
    /// What came is no hello: never route it by a name.
    Hello(HelloError),
    /// The peer ended before its hello did.
    Closed,
    /// Reading failed.
    Io(io::Error),
}

/// [`peek`] has found no hello: here is the stream, and what was read from it.
pub struct PeekError<S> {
    kind: PeekErrorKind,
    stream: S,
    first: Vec<u8>,
}

impl<S> PeekError<S> {
    /// Why.
    pub fn kind(&self) -> &PeekErrorKind {
        &self.kind
    }

    /// Why, the stream, and what was read from it.
    pub fn into_parts(self) -> (PeekErrorKind, S, Vec<u8>) {
        (self.kind, self.stream, self.first)
    }
}

impl fmt::Display for PeekErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello(error) => error.fmt(f),
            Self::Closed => f.write_str("the peer closed before its hello was complete"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl<S> fmt::Display for PeekError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl<S> fmt::Debug for PeekError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeekError")
            .field("kind", &self.kind)
            .field("read", &self.first.len())
            .finish_non_exhaustive()
    }
}

impl<S> error::Error for PeekError<S> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            PeekErrorKind::Hello(error) => Some(error),
            PeekErrorKind::Io(error) => Some(error),
            PeekErrorKind::Closed => None,
        }
    }
}

impl<S> From<PeekError<S>> for io::Error {
    fn from(error: PeekError<S>) -> Self {
        match error.kind {
            PeekErrorKind::Hello(error) => io::Error::new(io::ErrorKind::InvalidData, error),
            PeekErrorKind::Closed => io::ErrorKind::UnexpectedEof.into(),
            PeekErrorKind::Io(error) => error,
        }
    }
}
