//! The example, as its users run it.
#![cfg(feature = "tokio")]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use support::doc_hello::HELLO;
use support::{content, exchange, hash};

/// cargo has built it beside the tests.
fn start(arguments: &[String]) -> Child {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/proxy");
    Command::new(&program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_proxy_carries_a_connection_to_where_its_name_leads() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let rule = format!("*.example.com={}", backend.local_addr().unwrap());
    let mut proxy = Stopped(start(&["127.0.0.1:0".to_owned(), rule]));
    let mut line = String::new();
    BufReader::new(proxy.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let bound = line.trim().strip_prefix("listening on ").expect("an address");

    let up = [&HELLO[..], &content(2 << 20, 3)].concat();
    let down = content(1 << 20, 4);
    let at_client = exchange(TcpStream::connect(bound).unwrap(), up.clone());
    let at_server = exchange(backend.accept().unwrap().0, down.clone());
    assert_eq!(hash(&at_server.join().unwrap().unwrap()), hash(&up));
    assert_eq!(hash(&at_client.join().unwrap().unwrap()), hash(&down));

    // A name without a route, or no name: closed.
    let mut other = HELLO.to_vec();
    let at = other.windows(7).position(|part| part == b"example").unwrap();
    other[at] = b'f';
    for first in [other, b"plain text\r\n\r\n".to_vec()] {
        let client = exchange(TcpStream::connect(bound).unwrap(), first);
        assert!(client.join().unwrap().unwrap_or_default().is_empty());
    }
    let mut rest = String::new();
    drop(proxy.0.stdout.take().map(|mut out| out.read_to_string(&mut rest)));
}
