//! A whole gateway over loopback.

mod support;

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use meshgw::{
    Cluster, ConnectionEvent, Endpoint, Event, Gateway, GatewayOptions, HelloErrorKind, Reason,
    RouteKind, Routes, RoutesBuilder, Side, Status,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, Stream,
};
use support::{content, exchange, hash, tcp_pair, wait_readable};

const NAME: &str = "db.default.dc2.internal.test";

fn routes_to(port: u16) -> Routes {
    let mut builder = RoutesBuilder::new().unwrap();
    let mut cluster = Cluster::new("db").endpoint(Endpoint::new("127.0.0.1", port));
    cluster.service = "db".to_owned();
    cluster.datacenter = "dc2".to_owned();
    builder.add_cluster(&cluster).unwrap();
    builder.suffix("*.dc2.internal.test", "db").unwrap();
    builder.exact("db.example.com", "db").unwrap();
    builder.build().unwrap()
}

fn options() -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.workers = 1;
    options.max_events = 64;
    options
}

fn next_connection(gateway: &Gateway) -> ConnectionEvent {
    loop {
        wait_readable(&gateway.event_fd().expect("events"));
        for event in gateway.events() {
            match event {
                Event::Connection(connection) => return connection,
                Event::Log(log) => println!("{log:?}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Answers one TLS connection with what it receives, twice.
fn serve_tls(listener: TcpListener) -> thread::JoinHandle<()> {
    let certificate = CertificateDer::from(&include_bytes!("data/server.crt.der")[..]);
    let key = PrivateKeyDer::try_from(&include_bytes!("data/server.key.der")[..]).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        let mut session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut session, &mut socket);
        let mut received = [0; 5];
        stream.read_exact(&mut received).unwrap();
        stream.write_all(&received.repeat(2)).unwrap();
        stream.conn.send_close_notify();
        stream.conn.complete_io(stream.sock).unwrap();
    })
}

fn ask_over_tls(mut socket: TcpStream) -> Vec<u8> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(&include_bytes!("data/server.crt.der")[..])).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"mesh/1".to_vec()];
    let name = ServerName::try_from(NAME).unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = Stream::new(&mut session, &mut socket);
    stream.write_all(b"mesh!").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn tls_passes_through_and_is_told_of() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = backend.local_addr().unwrap();
    let server = serve_tls(backend);
    let gateway = Gateway::new(&options(), Some(&routes_to(address.port()))).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.start().unwrap();

    let client = TcpStream::connect(&bound).unwrap();
    let source = client.local_addr().unwrap();
    assert_eq!(ask_over_tls(client), b"mesh!mesh!");
    server.join().unwrap();

    let event = next_connection(&gateway);
    assert_eq!(event.reason, Reason::Ok, "{event:?}");
    assert_eq!((&*event.listener, &*event.source), ("main", &*source.to_string()));
    assert_eq!((&*event.server_name, &*event.rule), (NAME, "*.dc2.internal.test"));
    assert_eq!((&*event.cluster, &*event.service, &*event.datacenter), ("db", "db", "dc2"));
    assert_eq!((&*event.endpoint, event.attempts), (&*address.to_string(), 1));
    assert_eq!((event.route_kind, event.hello_error), (RouteKind::Suffix, None));
    assert!(event.tls_versions.contains(&0x0304) && event.alpn == [b"mesh/1"], "{event:?}");
    assert!(event.connect.is_some() && event.first_byte.is_some());
    assert!(event.bytes_in > 200 && event.bytes_out > 200, "{event:?}");
    assert!(event.start.elapsed().unwrap() < Duration::from_secs(60));

    let stats = gateway.stats();
    assert_eq!((stats.accepted, stats.hellos(), stats.active), (1, 1, 0));
    assert_eq!((stats.ended(Reason::Ok), stats.routed(RouteKind::Suffix)), (1, 1));
    assert_eq!(stats.bytes_in, event.bytes_in);
    assert_eq!((stats.hello_memory_sheds, stats.kept_bytes, stats.kept_limit_hits), (0, 0, 0));
    assert_eq!((stats.pipes_taken_back, stats.events_dropped), (0, 0));
    assert_eq!(gateway.drain(Duration::from_secs(5)).unwrap(), 0);
}

#[test]
fn what_is_no_hello_is_closed_and_counted() {
    let gateway = Gateway::new(&options(), Some(&routes_to(1))).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.start().unwrap();
    let mut client = TcpStream::connect(bound).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest);
    assert!(rest.is_empty());
    let event = next_connection(&gateway);
    assert_eq!(event.reason, Reason::NotTls);
    assert_eq!(event.hello_error.unwrap().0, HelloErrorKind::NotTls);
    assert_eq!(event.closed_by, None);
    assert_eq!(gateway.stats().refused_hellos(HelloErrorKind::NotTls), 1);
    gateway.stop();
    gateway.stop();
}

/// Plain bytes: a hello, then what no TLS peer would send.
fn pass_bytes(client: TcpStream, backend: &TcpListener) {
    let hello = support::doc_hello::HELLO;
    let (up, down) = (content(1 << 20, 5), content(1 << 20, 6));
    let at_client = exchange(client, [&hello[..], &up].concat());
    let server = backend.accept().unwrap().0;
    let at_server = exchange(server, down.clone());
    let received = at_server.join().unwrap().unwrap();
    assert_eq!(hash(&received), hash(&[&hello[..], &up].concat()));
    assert_eq!(hash(&at_client.join().unwrap().unwrap()), hash(&down));
}

#[test]
fn listeners_and_connections_are_taken_over() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = Gateway::new(&options(), None).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = listener.local_addr().unwrap();
    gateway.listen_fd("taken", listener).unwrap();

    let (client, accepted) = tcp_pair();
    let refused = gateway.serve_fd("own", accepted).unwrap_err();
    assert_eq!(refused.error().status(), Status::FailedPrecondition, "{refused}");
    let accepted = refused.into_inner();
    gateway.start().unwrap();
    assert_eq!(gateway.start().unwrap_err().status(), Status::FailedPrecondition);

    // No routes: closed.
    let mut lost = TcpStream::connect(bound).unwrap();
    lost.write_all(&support::doc_hello::HELLO).unwrap();
    let _ = lost.read(&mut [0; 1]);
    assert_eq!(next_connection(&gateway).reason, Reason::NoRoute);

    let routes = routes_to(backend.local_addr().unwrap().port());
    gateway.set_routes(Some(&routes)).unwrap();
    drop(routes);
    pass_bytes(TcpStream::connect(bound).unwrap(), &backend);
    let event = next_connection(&gateway);
    assert_eq!((&*event.listener, event.reason), ("taken", Reason::Ok));
    gateway.serve_fd("own", accepted).unwrap();
    pass_bytes(client, &backend);
    let event = next_connection(&gateway);
    assert_eq!((&*event.listener, event.reason), ("own", Reason::Ok));
    assert_eq!(event.bytes_in, event.bytes_out + 91);
}

#[test]
fn a_reset_says_who_sent_it() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let routes = routes_to(backend.local_addr().unwrap().port());
    let gateway = Gateway::new(&options(), Some(&routes)).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    gateway.start().unwrap();
    let mut client = TcpStream::connect(bound).unwrap();
    client.write_all(&support::doc_hello::HELLO).unwrap();
    let mut server = backend.accept().unwrap().0;
    server.read_exact(&mut [0; 91]).unwrap();
    support::reset(server);
    let error = client.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let event = next_connection(&gateway);
    assert_eq!((event.reason, event.closed_by), (Reason::Reset, Some(Side::Server)));
}

#[test]
fn drain_says_how_many_it_closed() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let routes = routes_to(backend.local_addr().unwrap().port());
    let gateway = Gateway::new(&options(), Some(&routes)).unwrap();
    let bound = gateway.listen("main", "127.0.0.1:0").unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(|| gateway.run());
        let mut client = TcpStream::connect(bound).unwrap();
        client.write_all(&support::doc_hello::HELLO).unwrap();
        let mut server = backend.accept().unwrap().0;
        server.read_exact(&mut [0; 91]).unwrap();
        assert_eq!(gateway.drain(Duration::from_millis(1)).unwrap(), 1);
        running.join().unwrap().unwrap();
    });
    assert_eq!(next_connection(&gateway).reason, Reason::Drained);
}

#[test]
fn what_cannot_be_listened_to_is_refused() {
    let gateway = Gateway::new(&GatewayOptions::default(), None).unwrap();
    assert!(gateway.event_fd().is_none(), "no events by default");
    for address in ["127.0.0.1", "localhost:x", "[::1:443"] {
        let error = gateway.listen("main", address).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{address}");
        assert!(error.message().contains(address), "{error}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = gateway.listen("main", &taken.local_addr().unwrap().to_string()).unwrap_err();
    assert_eq!(error.status(), Status::AlreadyExists, "{error}");
    assert_eq!(error.errno(), Some(libc::EADDRINUSE));

    let refused = gateway.listen_fd("main", File::open("/dev/null").unwrap()).unwrap_err();
    assert_eq!(refused.error().status(), Status::InvalidArgument, "{refused}");
    let (connected, _other) = UnixStream::pair().unwrap();
    let refused = gateway.listen_fd("main", connected).unwrap_err();
    assert_eq!(refused.error().status(), Status::InvalidArgument, "{refused}");
    assert!(UnixStream::from(refused.into_inner()).peer_addr().is_ok());
}
