//! What may be sent to, and shared with, other threads. What may not is shown by
//! compile-fail examples in the documentation.

use meshgw::*;

fn send_and_sync<T: Send + Sync>() {}

#[test]
fn what_is_thread_safe_says_so() {
    send_and_sync::<Routes>();
    send_and_sync::<ClusterView<'static>>();
    send_and_sync::<RoutesBuilder>();
    send_and_sync::<Config>();
    send_and_sync::<Catalog>();
    send_and_sync::<SpliceLoop>();
    send_and_sync::<Gateway>();
    send_and_sync::<Error>();
    send_and_sync::<Refused<std::os::fd::OwnedFd>>();
    send_and_sync::<HelloReader>();
    send_and_sync::<Inspector>();
    send_and_sync::<Scan<'static>>();
    send_and_sync::<HelloDetails<'static>>();
    send_and_sync::<Event>();
    send_and_sync::<GatewayStats>();
}

#[cfg(feature = "tokio")]
#[test]
fn what_tokio_runs_may_change_threads() {
    fn send<T: Send>(_: &T) {}
    fn splicing(client: ::tokio::net::TcpStream, server: ::tokio::net::TcpStream) {
        send(&meshgw::tokio::splice(client, b"", server));
    }
    fn peeking(stream: ::tokio::net::TcpStream, options: &HelloOptions) {
        send(&meshgw::tokio::peek(stream, options));
    }
    let _ = (splicing, peeking);
    send_and_sync::<meshgw::tokio::SplicePool>();
    send_and_sync::<meshgw::tokio::EventStream<std::sync::Arc<Gateway>>>();
}

#[test]
fn routes_are_shared_by_counting() {
    let mut builder = RoutesBuilder::new().unwrap();
    builder.add_cluster(&Cluster::new("c")).unwrap().exact("a.example", "c").unwrap();
    let routes = builder.build().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let routes = routes.clone();
            std::thread::spawn(move || {
                for _ in 0..1000 {
                    assert!(routes.clone().lookup("a.example").is_some());
                }
            })
        })
        .collect();
    drop(routes);
    for thread in threads {
        thread.join().unwrap();
    }
}
