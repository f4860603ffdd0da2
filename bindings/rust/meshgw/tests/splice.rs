//! Real bytes between real sockets, by both ways of carrying them.

mod support;

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::thread;

use meshgw::{
    Side, SpliceEnd, SpliceLoop, SpliceOptions, SplicePool, SpliceState, Splicer, Status,
    SPLICE_EVENTS,
};
use support::{content, exchange, hash, reset, tcp_pair, wait_readable, DEADLINE_MS};

/// The loop of a host: epoll over the two sockets of one splicer.
fn carry(client: &TcpStream, server: &TcpStream, first: &[u8]) -> SpliceState {
    client.set_nonblocking(true).unwrap();
    server.set_nonblocking(true).unwrap();
    let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
    let mut splicer = Splicer::new(&pool, client, server).unwrap();
    splicer.send_first(first).unwrap();
    // SAFETY: a new descriptor, which nobody else owns.
    let epoll = unsafe { OwnedFd::from_raw_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC)) };
    for (side, stream) in [client, server].into_iter().enumerate() {
        let mut event = libc::epoll_event { events: SPLICE_EVENTS, u64: side as u64 };
        let (epoll, fd) = (epoll.as_raw_fd(), stream.as_raw_fd());
        // SAFETY: one event that lives for the call.
        assert_eq!(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) }, 0);
    }
    let mut again = splicer.run(Side::Client, 0) | splicer.run(Side::Server, 0);
    while splicer.state().end == SpliceEnd::Running {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 2];
        let wait = if again { 0 } else { DEADLINE_MS };
        // SAFETY: room for two events.
        let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), 2, wait) };
        assert!(again || count > 0, "nothing within the deadline: {:?}", splicer.state());
        again = again && splicer.run(Side::Client, 0);
        for event in &events[..count as usize] {
            let side = if event.u64 == 0 { Side::Client } else { Side::Server };
            again |= splicer.run(side, event.events);
        }
    }
    splicer.pass_on_reset();
    splicer.state()
}

#[test]
fn a_splicer_carries_every_byte_both_ways() {
    let (client, inner_client) = tcp_pair();
    let (inner_server, server) = tcp_pair();
    let (up, down) = (content(8 << 20, 1), content(5 << 20, 2));
    let (at_client, at_server) = (exchange(client, up.clone()), exchange(server, down.clone()));
    let state = carry(&inner_client, &inner_server, b"first, ");
    assert_eq!(state.end, SpliceEnd::Finished, "{state:?}");
    assert_eq!(hash(&at_client.join().unwrap().unwrap()), hash(&down));
    let received = at_server.join().unwrap().unwrap();
    assert_eq!(&received[..7], b"first, ");
    assert_eq!(hash(&received[7..]), hash(&up));
    assert_eq!(state.bytes_to_server, 7 + (8 << 20));
    assert_eq!(state.bytes_to_client, 5 << 20);
    assert!(state.spliced_bytes > 0, "bulk is spliced");
}

#[test]
fn a_half_closed_connection_keeps_flowing_the_other_way() {
    let (client, inner_client) = tcp_pair();
    let (inner_server, mut server) = tcp_pair();
    let carrying = thread::spawn(move || carry(&inner_client, &inner_server, b""));
    client.shutdown(Shutdown::Write).unwrap();
    // The server answers only after it has seen the client's end.
    assert_eq!(server.read(&mut [0; 1]).unwrap(), 0);
    server.write_all(b"answer").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    (&client).read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");
    assert_eq!(carrying.join().unwrap().end, SpliceEnd::Finished);
}

#[test]
fn a_reset_is_told_and_passed_on() {
    let (client, inner_client) = tcp_pair();
    let (inner_server, mut server) = tcp_pair();
    let carrying = thread::spawn(move || carry(&inner_client, &inner_server, b"x"));
    // It runs.
    server.read_exact(&mut [0; 1]).unwrap();
    reset(client);
    let state = carrying.join().unwrap();
    assert_eq!(state.end, SpliceEnd::ClientReset, "{state:?}");
    assert_eq!(state.errno, Some(libc::ECONNRESET));
    let error = state.into_result().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let error = server.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_splicer_refuses_what_it_cannot_carry() {
    let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
    let (one, other) = tcp_pair();
    // Blocking.
    let error = Splicer::new(&pool, &one, &other).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    one.set_nonblocking(true).unwrap();
    let file = File::open("/dev/null").unwrap();
    let error = Splicer::new(&pool, &one, &file).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    assert!(error.message().contains("server_fd"), "{error}");
    other.set_nonblocking(true).unwrap();
    let mut splicer = Splicer::new(&pool, &one, &other).unwrap();
    splicer.run(Side::Client, 0);
    let error = splicer.send_first(b"late").unwrap_err();
    assert_eq!(error.status(), Status::FailedPrecondition, "{error}");
}

#[test]
fn a_loop_carries_many_pairs_and_tells_of_each() {
    const PAIRS: u64 = 16;
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    let mut ends = Vec::new();
    for tag in 0..PAIRS {
        let (client, inner_client) = tcp_pair();
        let (inner_server, server) = tcp_pair();
        splices.add(inner_client, inner_server, b"hello", tag).unwrap();
        let (up, down) = (content(300_000, tag), content(200_000, 100 + tag));
        ends.push((exchange(client, up.clone()), exchange(server, down.clone()), up, down));
    }
    assert_eq!(splices.len(), PAIRS as usize);
    thread::scope(|scope| {
        let running = scope.spawn(|| splices.run_until_empty());
        for (at_client, at_server, up, down) in ends {
            assert_eq!(hash(&at_client.join().unwrap().unwrap()), hash(&down));
            let received = at_server.join().unwrap().unwrap();
            assert_eq!(hash(&received), hash(&[&b"hello"[..], &up].concat()));
        }
        running.join().unwrap().unwrap();
    });
    assert!(splices.is_empty());
    wait_readable(&splices);
    let mut results: Vec<_> = splices.results().collect();
    results.sort_by_key(|result| result.tag);
    let tags: Vec<_> = results.iter().map(|result| result.tag).collect();
    assert_eq!(tags, (0..PAIRS).collect::<Vec<_>>());
    for result in results {
        assert_eq!(result.state.end, SpliceEnd::Finished);
        assert_eq!(result.state.bytes_to_server, 300_005);
        assert_eq!(result.state.bytes_to_client, 200_000);
    }
    assert!(splices.results().next().is_none());
}

#[test]
fn a_loop_takes_pairs_while_it_runs_and_stops_from_another_thread() {
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| splices.run());
        let (client, inner_client) = tcp_pair();
        let (inner_server, server) = tcp_pair();
        splices.add(inner_client, inner_server, b"", 3).unwrap();
        // It runs: bytes pass. Then nobody else may run it.
        (&client).write_all(b"x").unwrap();
        (&server).read_exact(&mut [0; 1]).unwrap();
        let error = splices.run_until_empty().unwrap_err();
        assert_eq!(error.status(), Status::FailedPrecondition, "{error}");
        reset(server);
        wait_readable(&splices);
        let result = splices.results().next().expect("a result");
        assert_eq!((result.tag, result.state.end), (3, SpliceEnd::ServerReset));
        let error = (&client).read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        splices.stop();
        running.join().unwrap().unwrap();
    });
}

#[test]
fn a_pair_that_is_cancelled_is_reset() {
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    let (mut client, inner_client) = tcp_pair();
    let (inner_server, mut server) = tcp_pair();
    splices.add(inner_client, inner_server, b"hello", 7).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| splices.run_until_empty());
        server.read_exact(&mut [0; 5]).unwrap();
        splices.cancel(8).unwrap(); // Nobody's.
        splices.cancel(7).unwrap();
        running.join().unwrap().unwrap();
    });
    let result = splices.results().next().expect("a result");
    assert_eq!((result.tag, result.state.end), (7, SpliceEnd::Cancelled));
    assert_eq!(result.state.into_result().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    assert_eq!(client.read(&mut [0; 1]).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_connection_that_was_reset_is_told_from_none() {
    let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
    let (client, inner_client) = tcp_pair();
    let (inner_server, _server) = tcp_pair();
    inner_client.set_nonblocking(true).unwrap();
    inner_server.set_nonblocking(true).unwrap();
    reset(client);
    wait_readable(&inner_client);
    let error = Splicer::new(&pool, &inner_client, &inner_server).unwrap_err();
    assert_eq!(error.status(), Status::Unavailable, "{error:?}");
    assert_eq!(error.errno(), Some(libc::ECONNRESET));
}

#[test]
fn descriptors_that_are_refused_come_back() {
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    let (mut near, far) = tcp_pair();
    let file = File::open("/dev/null").unwrap();
    let refused = splices.add(far, file, b"", 0).unwrap_err();
    assert_eq!(refused.error().status(), Status::InvalidArgument, "{refused}");
    let (client, _file) = refused.into_inner();
    // As good as before.
    TcpStream::from(client).write_all(b"x").unwrap();
    near.read_exact(&mut [0; 1]).unwrap();
    assert!(splices.is_empty());
}
