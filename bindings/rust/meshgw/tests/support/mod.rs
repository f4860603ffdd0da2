//! What the tests share.
#![allow(dead_code)]

use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;
use std::thread;

pub mod doc_hello;

/// No test waits longer than this for anything.
pub const DEADLINE_MS: i32 = 20_000;

pub fn source_tree(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path)
}

/// `testdata/vectors/<file>`; without its data a test must not pass.
pub fn vectors(file: &str) -> serde_json::Value {
    let path = source_tree("testdata/vectors").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"))
}

pub fn from_hex(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0);
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Two ends of a TCP connection over loopback.
pub fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let near = TcpStream::connect(listener.local_addr().expect("its address")).expect("connected");
    let far = listener.accept().expect("accepted").0;
    (near, far)
}

/// Waits until `fd` is readable.
pub fn wait_readable(fd: &impl AsFd) {
    let fd = fd.as_fd().as_raw_fd();
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one struct that lives for the call.
    let ready = unsafe { libc::poll(&mut poll, 1, DEADLINE_MS) };
    assert_eq!(ready, 1, "nothing within the deadline");
}

/// Closing it sends RST.
pub fn reset(stream: TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    // SAFETY: the option's value is a linger of its size.
    let set = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            std::ptr::addr_of!(linger).cast(),
            std::mem::size_of::<libc::linger>() as libc::socklen_t,
        )
    };
    assert_eq!(set, 0);
}

/// Bytes that do not repeat within a buffer.
pub fn content(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes: Vec<u8> =
        std::iter::repeat_with(next).take(length / 8 + 1).flat_map(u64::to_le_bytes).collect();
    bytes.truncate(length);
    bytes
}

pub fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Sends `bytes`, then FIN, and reads to the end at the same time.
pub fn exchange(stream: TcpStream, bytes: Vec<u8>) -> thread::JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut writer = stream.try_clone()?;
        let sending = thread::spawn(move || -> io::Result<()> {
            writer.write_all(&bytes)?;
            writer.shutdown(Shutdown::Write)
        });
        let mut received = Vec::new();
        (&stream).read_to_end(&mut received)?;
        sending.join().expect("the sender")?;
        Ok(received)
    })
}

/// How many descriptors this process has.
pub fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc/self/fd").count()
}
