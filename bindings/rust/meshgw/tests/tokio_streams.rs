//! Peeking, splicing and events on tokio.
#![cfg(feature = "tokio")]

mod support;

use std::future::{poll_fn, Future};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use meshgw::tokio::{peek, splice, EventStream, PeekErrorKind, SplicePool};
use meshgw::{
    Event, Gateway, GatewayOptions, HelloErrorKind, HelloOptions, Reason, SpliceEnd, SpliceOptions,
    SpliceState, Status,
};
use support::doc_hello::HELLO;
use support::{content, hash};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(20);

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

/// Sends, ends, and reads to the end at the same time.
fn exchange(stream: TcpStream, bytes: Vec<u8>) -> JoinHandle<io::Result<Vec<u8>>> {
    tokio::spawn(async move {
        let (mut reader, mut writer) = stream.into_split();
        let sending = tokio::spawn(async move {
            writer.write_all(&bytes).await?;
            writer.shutdown().await
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await?;
        sending.await.unwrap()?;
        Ok(received)
    })
}

fn spliced(client: TcpStream, first: &'static [u8], server: TcpStream) -> JoinHandle<SpliceState> {
    counted(client, first, server).0
}

/// Also counts how often the splice is polled.
fn counted(
    client: TcpStream,
    first: &'static [u8],
    server: TcpStream,
) -> (JoinHandle<SpliceState>, Arc<AtomicUsize>) {
    let polls = Arc::new(AtomicUsize::new(0));
    let count = polls.clone();
    let splicing = tokio::spawn(async move {
        let mut splicing = pin!(splice(client, first, server));
        let counting = poll_fn(|cx| {
            count.fetch_add(1, Ordering::Relaxed);
            splicing.as_mut().poll(cx)
        });
        timeout(DEADLINE, counting).await.expect("within the deadline").unwrap()
    });
    (splicing, polls)
}

/// Returns when the splice is not polled any more while the runtime turns.
async fn until_it_rests(polls: &AtomicUsize) {
    for _ in 0..1000 {
        let before = polls.load(Ordering::Relaxed);
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        if polls.load(Ordering::Relaxed) == before {
            return;
        }
    }
    panic!("it never rests");
}

#[tokio::test]
async fn what_was_peeked_at_is_read_again() {
    let (mut client, stream) = tcp_pair().await;
    for part in HELLO.chunks(40) {
        client.write_all(part).await.unwrap();
    }
    client.write_all(b"and more").await.unwrap();
    let mut peeked = peek(stream, &HelloOptions::default()).await.unwrap();
    assert_eq!(peeked.hello().server_name_str(), Some("db.example.com"));
    client.shutdown().await.unwrap();
    let mut all = Vec::new();
    peeked.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, [&HELLO[..], b"and more"].concat());
    // Writes go through.
    peeked.write_all(b"answer").await.unwrap();
    peeked.shutdown().await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
}

#[tokio::test]
async fn a_stream_without_a_hello_comes_back() {
    let options = HelloOptions::default();
    let (mut client, stream) = tcp_pair().await;
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let (kind, stream, first) = peek(stream, &options).await.unwrap_err().into_parts();
    let PeekErrorKind::Hello(error) = kind else { panic!("{kind:?}") };
    assert_eq!(error.kind, HelloErrorKind::NotTls);
    assert_eq!(first, b"GET / HTTP/1.1\r\n");
    drop(stream);

    let (mut client, stream) = tcp_pair().await;
    client.write_all(&HELLO[..50]).await.unwrap();
    client.shutdown().await.unwrap();
    let error = peek(stream, &options).await.unwrap_err();
    assert!(matches!(error.kind(), PeekErrorKind::Closed), "{error}");
    assert_eq!(error.into_parts().2, &HELLO[..50]);
}

async fn every_byte(connections: usize) {
    let mut all = Vec::new();
    for i in 0..connections as u64 {
        let (client, inner_client) = tcp_pair().await;
        let (inner_server, server) = tcp_pair().await;
        let splicing = spliced(inner_client, b"first", inner_server);
        let (up, down) = (content(3 << 20, i), content(2 << 20, 100 + i));
        let ends = (exchange(client, up.clone()), exchange(server, down.clone()));
        all.push((splicing, ends, up, down));
    }
    for (splicing, (at_client, at_server), up, down) in all {
        let received = at_server.await.unwrap().unwrap();
        assert_eq!(hash(&received), hash(&[&b"first"[..], &up].concat()));
        assert_eq!(hash(&at_client.await.unwrap().unwrap()), hash(&down));
        let state = splicing.await.unwrap();
        assert_eq!(state.end, SpliceEnd::Finished, "{state:?}");
        assert_eq!(state.bytes_to_server, 5 + (3 << 20));
        assert_eq!(state.bytes_to_client, 2 << 20);
    }
}

#[tokio::test]
async fn every_byte_arrives_on_one_thread() {
    every_byte(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_byte_arrives_on_many_threads() {
    every_byte(16).await;
}

#[tokio::test]
async fn a_half_closed_splice_keeps_flowing_and_does_not_spin() {
    let (mut client, inner_client) = tcp_pair().await;
    let (inner_server, mut server) = tcp_pair().await;
    let (splicing, polls) = counted(inner_client, b"", inner_server);
    client.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0);
    until_it_rests(&polls).await;
    server.write_all(b"answer").await.unwrap();
    server.shutdown().await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
    assert_eq!(splicing.await.unwrap().end, SpliceEnd::Finished);
}

/// The server has ended and takes nothing: only its side may be waited for.
#[tokio::test]
async fn a_stalled_end_is_waited_for_without_spinning() {
    let (client, inner_client) = tcp_pair().await;
    let (inner_server, mut server) = tcp_pair().await;
    server.shutdown().await.unwrap();
    let (splicing, polls) = counted(inner_client, b"", inner_server);
    let up = content(16 << 20, 9);
    let sending = exchange(client, up.clone());
    // All buffers are full.
    until_it_rests(&polls).await;
    let mut received = Vec::new();
    server.read_to_end(&mut received).await.unwrap();
    assert_eq!(hash(&received), hash(&up));
    assert_eq!(sending.await.unwrap().unwrap(), b"");
    assert_eq!(splicing.await.unwrap().end, SpliceEnd::Finished);
}

#[tokio::test]
async fn a_reset_is_told_and_passed_on() {
    let (client, inner_client) = tcp_pair().await;
    let (inner_server, mut server) = tcp_pair().await;
    let splicing = spliced(inner_client, b"x", inner_server);
    // It runs.
    server.read_u8().await.unwrap();
    support::reset(client.into_std().unwrap());
    let state = splicing.await.unwrap();
    assert_eq!(state.end, SpliceEnd::ClientReset, "{state:?}");
    assert_eq!(state.into_result().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let error = server.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_reset_before_the_splice_is_told_and_passed_on() {
    let (client, inner_client) = tcp_pair().await;
    let (inner_server, mut server) = tcp_pair().await;
    support::reset(client.into_std().unwrap());
    inner_client.ready(tokio::io::Interest::READABLE).await.unwrap();
    let error = splice(inner_client, b"x", inner_server).await.unwrap_err();
    assert_eq!(error.status(), Status::Unavailable);
    let error = server.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_splice_that_is_dropped_resets_both() {
    let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
    let (mut client, inner_client) = tcp_pair().await;
    let (inner_server, mut server) = tcp_pair().await;
    {
        let splicing = pool.splice(inner_client, b"first", inner_server);
        tokio::pin!(splicing);
        let mut first = [0; 5];
        tokio::select! {
            state = &mut splicing => panic!("{state:?}"),
            read = server.read_exact(&mut first) => { read.unwrap(); }
        }
    }
    for stream in [&mut client, &mut server] {
        let error = stream.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn events_are_awaited() {
    let mut options = GatewayOptions::default();
    options.workers = 1;
    options.max_events = 64;
    let gateway = Arc::new(Gateway::new(&options, None).unwrap());
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.start().unwrap();
    let mut events = EventStream::new(gateway.clone()).unwrap();
    for _ in 0..10 {
        let mut client = TcpStream::connect(&bound).await.unwrap();
        client.write_all(&HELLO).await.unwrap();
        loop {
            let event = timeout(DEADLINE, events.next()).await.expect("within the deadline");
            let Event::Connection(connection) = event.unwrap() else {
                continue;
            };
            assert_eq!(connection.reason, Reason::NoRoute);
            assert_eq!(connection.server_name, "db.example.com");
            break;
        }
    }
}

#[tokio::test]
async fn two_streams_of_a_gateway_share_its_events() {
    let mut options = GatewayOptions::default();
    options.workers = 1;
    options.max_events = 64;
    let gateway = Gateway::new(&options, None).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.start().unwrap();
    let mut one = EventStream::new(&gateway).unwrap();
    let mut other = EventStream::new(&gateway).unwrap();
    let mut seen = Vec::new();
    while seen.len() < 10 {
        let mut client = TcpStream::connect(&bound).await.unwrap();
        client.write_all(&HELLO).await.unwrap();
        let either = async {
            tokio::select! { event = one.next() => event, event = other.next() => event }
        };
        let event = timeout(DEADLINE, either).await.expect("within the deadline").unwrap();
        let Event::Connection(connection) = event else {
            panic!("{event:?}");
        };
        seen.push(connection.connection);
    }
    seen.dedup();
    assert_eq!(seen.len(), 10);
}
