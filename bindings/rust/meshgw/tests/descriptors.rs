//! Nothing is left open. A program of its own, and one test: it counts what the whole
//! process has open.

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use meshgw::{
    Cluster, Endpoint, Gateway, GatewayOptions, Routes, RoutesBuilder, SpliceLoop, SpliceOptions,
    SplicePool, Splicer,
};
use support::{open_descriptors, tcp_pair};

fn splice_in_a_loop() {
    let splices = SpliceLoop::new(&SpliceOptions::default()).unwrap();
    let (mut client, inner_client) = tcp_pair();
    let (inner_server, server) = tcp_pair();
    splices.add(inner_client, inner_server, b"", 0).unwrap();
    let refused =
        splices.add(File::open("/dev/null").unwrap(), client.try_clone().unwrap(), b"", 1);
    drop(refused.unwrap_err());
    client.write_all(b"x").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    splices.run_until_empty().unwrap();
    // A pair that never runs goes with the loop.
    let (_client, inner_client) = tcp_pair();
    let (inner_server, _server) = tcp_pair();
    splices.add(inner_client, inner_server, b"", 2).unwrap();
}

fn splice_alone() {
    let pool = SplicePool::new(&SpliceOptions::default()).unwrap();
    let (one, other) = tcp_pair();
    one.set_nonblocking(true).unwrap();
    other.set_nonblocking(true).unwrap();
    drop(Splicer::new(&pool, &one, &other).unwrap());
    drop(Splicer::new(&pool, &one, &File::open("/dev/null").unwrap()).unwrap_err());
}

fn routes_to(port: u16) -> Routes {
    let mut builder = RoutesBuilder::new().unwrap();
    builder.add_cluster(&Cluster::new("c").endpoint(Endpoint::new("127.0.0.1", port))).unwrap();
    builder.default_route("c").unwrap();
    builder.build().unwrap()
}

fn serve() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let routes = routes_to(backend.local_addr().unwrap().port());
    let mut options = GatewayOptions::default();
    options.workers = 1;
    options.max_events = 8;
    let gateway = Gateway::new(&options, Some(&routes)).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.listen_fd("taken", TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
    drop(gateway.listen_fd("refused", File::open("/dev/null").unwrap()).unwrap_err());
    gateway.start().unwrap();
    let mut client = TcpStream::connect(bound).unwrap();
    client.write_all(&support::doc_hello::HELLO).unwrap();
    let mut server = backend.accept().unwrap().0;
    server.read_exact(&mut [0; 91]).unwrap();
}

#[test]
fn nothing_is_left_open() {
    let all = || {
        splice_in_a_loop();
        splice_alone();
        serve();
    };
    // What is opened once and for all.
    all();
    let before = open_descriptors();
    for _ in 0..20 {
        all();
    }
    assert_eq!(open_descriptors(), before);
}
