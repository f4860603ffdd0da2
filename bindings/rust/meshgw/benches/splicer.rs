//! What carrying bytes costs, in CPU time of the loop's thread alone, the kernel's part
//! included. Names are those of benchmarks/splicer_benchmark.cc; the C++ ones have each
//! splicer run by hand, here a `SpliceLoop` does. `CopyLoop` reads and writes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use meshgw::{SpliceEnd, SpliceLoop, SpliceOptions};

const TOTAL: usize = 256 << 20;

fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

fn cpu_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes a timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn send(mut client: TcpStream, mut bytes: usize) {
    let content = vec![7; 256 << 10];
    while bytes > 0 {
        let part = bytes.min(content.len());
        client.write_all(&content[..part]).unwrap();
        bytes -= part;
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!((&client).read(&mut [0; 1]).unwrap(), 0);
}

fn drain(mut server: TcpStream) -> usize {
    let mut room = vec![0; 1 << 20];
    let mut received = 0;
    loop {
        match server.read(&mut room).unwrap() {
            0 => break,
            count => received += count,
        }
    }
    server.shutdown(Shutdown::Write).unwrap();
    received
}

/// Carries `TOTAL` bytes over `connections`; the CPU time that `carry` took.
fn bulk(connections: usize, carry: impl FnOnce(Vec<(TcpStream, TcpStream)>)) -> Duration {
    let mut pairs = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..connections {
        let (client, inner_client) = tcp_pair();
        let (inner_server, server) = tcp_pair();
        pairs.push((inner_client, inner_server));
        let bytes = TOTAL / connections;
        let sender = thread::spawn(move || send(client, bytes));
        peers.push((sender, thread::spawn(move || drain(server))));
    }
    let start = cpu_time();
    carry(pairs);
    let used = cpu_time() - start;
    let mut received = 0;
    for (sender, receiver) in peers {
        sender.join().unwrap();
        received += receiver.join().unwrap();
    }
    assert_eq!(received, TOTAL, "bytes lost");
    used
}

fn by_splice_loop(pairs: Vec<(TcpStream, TcpStream)>) {
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    for (client, server) in pairs {
        splices.add(client, server, b"", 0).unwrap();
    }
    splices.run_until_empty().unwrap();
    assert!(splices.results().all(|result| result.state.end == SpliceEnd::Finished));
}

/// One connection only: it blocks.
fn by_copying(pairs: Vec<(TcpStream, TcpStream)>) {
    for (mut client, mut server) in pairs {
        let mut copy = || -> io::Result<()> {
            let mut room = vec![0; 64 << 10];
            loop {
                match client.read(&mut room)? {
                    0 => break,
                    count => server.write_all(&room[..count])?,
                }
            }
            server.shutdown(Shutdown::Write)?;
            while server.read(&mut room)? > 0 {}
            client.shutdown(Shutdown::Write)
        };
        copy().unwrap();
    }
}

fn bulks(c: &mut Criterion) {
    let mut group = c.benchmark_group("BM_Bulk");
    group.sample_size(10).throughput(Throughput::Bytes(TOTAL as u64));
    for connections in [1, 16] {
        group.bench_function(connections.to_string(), |b| {
            b.iter_custom(|rounds| (0..rounds).map(|_| bulk(connections, by_splice_loop)).sum());
        });
    }
    group.bench_function("1/CopyLoop", |b| {
        b.iter_custom(|rounds| (0..rounds).map(|_| bulk(1, by_copying)).sum());
    });
    group.finish();
}

criterion_group!(benches, bulks);
criterion_main!(benches);
