//! What a gateway tells.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use meshgw_sys as sys;

use crate::ffi;
use crate::hello_details::Ech;
use crate::hello_error::{HelloErrorKind, HelloReason};
use crate::routes::RouteKind;
use crate::splice_state::Side;
use crate::wire::{Alpn, U16s};

c_enum! {
    /// How a connection ended.
    pub enum Reason named by meshgw_reason_name {
        /// Both sides ended in order.
        Ok = MESHGW_REASON_OK,
        /// A hello without a name and no default route.
        NoSni = MESHGW_REASON_NO_SNI,
        /// The name matches no rule.
        NoRoute = MESHGW_REASON_NO_ROUTE,
        /// The cluster has nothing to dial.
        NoHealthyEndpoint = MESHGW_REASON_NO_HEALTHY_ENDPOINT,
        /// The hello did not come in time.
        HelloTimeout = MESHGW_REASON_HELLO_TIMEOUT,
        /// The hello broke a rule.
        HelloMalformed = MESHGW_REASON_HELLO_MALFORMED,
        /// The hello was longer than the limit, or over too many records.
        HelloTooLarge = MESHGW_REASON_HELLO_TOO_LARGE,
        /// Not TLS, or SSLv2.
        NotTls = MESHGW_REASON_NOT_TLS,
        /// Too many connections in a time.
        RateLimited = MESHGW_REASON_RATE_LIMITED,
        /// Too many connections of the gateway, the listener or the cluster.
        ConnectionLimit = MESHGW_REASON_CONNECTION_LIMIT,
        /// No endpoint of those tried accepted.
        ConnectFailed = MESHGW_REASON_CONNECT_FAILED,
        /// Connecting took too long.
        ConnectTimeout = MESHGW_REASON_CONNECT_TIMEOUT,
        /// Nothing came for too long, or it was half-closed for too long.
        IdleTimeout = MESHGW_REASON_IDLE_TIMEOUT,
        /// Closed by drain or stop.
        Drained = MESHGW_REASON_DRAINED,
        /// Not allowed.
        Denied = MESHGW_REASON_DENIED,
        /// RST from either side.
        Reset = MESHGW_REASON_RESET,
        /// The client went away before it sent a hello.
        ClientClosed = MESHGW_REASON_CLIENT_CLOSED,
        /// A system call failed: memory, descriptors.
        Failed = MESHGW_REASON_FAILED,
        /// Hellos that are not complete filled their memory.
        HelloMemory = MESHGW_REASON_HELLO_MEMORY,
    }
}

c_enum! {
    /// How much a message matters.
    pub enum Level {
        /// For whoever looks for a fault.
        Debug = MESHGW_LEVEL_DEBUG,
        /// What happens in the normal course.
        Info = MESHGW_LEVEL_INFO,
        /// Should be looked at.
        Warn = MESHGW_LEVEL_WARN,
        /// Does not work.
        Error = MESHGW_LEVEL_ERROR,
    }
}

/// An event of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
// Nearly all are the large one.
#[allow(clippy::large_enum_variant)]
pub enum Event {
    /// A connection has ended.
    Connection(ConnectionEvent),
    /// A message of the gateway itself.
    Log(LogEvent),
}

/// A message of the gateway itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEvent {
    /// How much it matters.
    pub level: Level,
    /// When.
    pub time: SystemTime,
    /// The message.
    pub message: String,
}

/// A connection that has ended. Texts that are not known are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionEvent {
    /// Its number in this gateway.
    pub connection: u64,
    /// When it was accepted.
    pub start: SystemTime,
    /// The listener's name.
    pub listener: String,
    /// `ip:port`, `[ip]:port` or `unix`.
    pub source: String,
    /// As sent; what is not UTF-8 is replaced. Escape it before writing it.
    pub server_name: String,
    /// What matched.
    pub rule: String,
    /// The kind of rule.
    pub route_kind: RouteKind,
    /// The cluster that it leads to.
    pub cluster: String,
    /// The cluster's service.
    pub service: String,
    /// The cluster's datacenter.
    pub datacenter: String,
    /// The last one dialled, `ip:port`.
    pub endpoint: String,
    /// The protocol names of the hello's ALPN; a long list is cut.
    pub alpn: Vec<Vec<u8>>,
    /// The versions that the hello offered, such as 0x0304; without GREASE.
    pub tls_versions: Vec<u16>,
    /// How many endpoints were dialled.
    pub attempts: u32,
    /// From accept until connected. None: that did not happen.
    pub connect: Option<Duration>,
    /// From accept until the server's first byte. None: that did not happen.
    pub first_byte: Option<Duration>,
    /// From accept to the end.
    pub duration: Duration,
    /// From the client, the hello included.
    pub bytes_in: u64,
    /// To the client.
    pub bytes_out: u64,
    /// Of both; the rest was copied.
    pub spliced_bytes: u64,
    /// The hello's length on the wire.
    pub hello_bytes: u32,
    /// How many records it lay in.
    pub hello_records: u32,
    /// Why the hello was refused. None: it was not, or it never was complete.
    pub hello_error: Option<(HelloErrorKind, HelloReason)>,
    /// Whether the client offered a hybrid post-quantum key share.
    pub post_quantum: bool,
    /// Encrypted Client Hello.
    pub ech: Ech,
    /// How it ended.
    pub reason: Reason,
    /// The errno, if a system call decided.
    pub errno: Option<i32>,
    /// Who ended it. None: the gateway.
    pub closed_by: Option<Side>,
}

impl Event {
    /// None for a kind that this crate does not know.
    ///
    /// # Safety
    /// The batch that the strings are borrowed from lives for the call.
    pub(crate) unsafe fn copy(raw: &sys::meshgw_event) -> Option<Self> {
        match raw.kind {
            sys::MESHGW_EVENT_LOG => Some(Event::Log(LogEvent {
                level: Level::from_raw(raw.level),
                time: time_of(raw.time_ns),
                // SAFETY: as the caller promises.
                message: unsafe { ffi::owned_text(raw.message) },
            })),
            // SAFETY: as the caller promises.
            sys::MESHGW_EVENT_CONNECTION => {
                Some(Event::Connection(unsafe { ConnectionEvent::copy(raw) }))
            }
            _ => None,
        }
    }
}

impl ConnectionEvent {
    /// # Safety
    /// As [`Event::copy`].
    unsafe fn copy(raw: &sys::meshgw_event) -> Self {
        // SAFETY: as the caller promises.
        let text = |view| unsafe { ffi::owned_text(view) };
        // SAFETY: as the caller promises.
        let list = |view: sys::meshgw_bytes| unsafe { ffi::bytes(view.data, view.len) };
        let (alpn, versions) = (list(raw.alpn), list(raw.tls_versions));
        let refused = !matches!(raw.verdict, sys::MESHGW_OK | sys::MESHGW_NEED_MORE);
        Self {
            connection: raw.connection,
            start: time_of(raw.time_ns),
            listener: text(raw.listener),
            source: text(raw.source),
            server_name: text(raw.server_name),
            rule: text(raw.rule),
            route_kind: RouteKind::from_raw(raw.route_kind),
            cluster: text(raw.cluster),
            service: text(raw.service),
            datacenter: text(raw.datacenter),
            endpoint: text(raw.endpoint),
            alpn: Alpn(alpn).map(<[u8]>::to_vec).collect(),
            tls_versions: U16s(versions).collect(),
            attempts: raw.attempts,
            connect: duration_of(raw.connect_us),
            first_byte: duration_of(raw.first_byte_us),
            duration: duration_of(raw.duration_us).unwrap_or_default(),
            bytes_in: raw.bytes_in,
            bytes_out: raw.bytes_out,
            spliced_bytes: raw.spliced_bytes,
            hello_bytes: raw.hello_bytes,
            hello_records: raw.hello_records,
            hello_error: refused.then(|| {
                let reason = HelloReason::from_raw(raw.hello_reason);
                (HelloErrorKind::from_raw(raw.verdict), reason)
            }),
            post_quantum: raw.post_quantum != 0,
            ech: match raw.ech {
                0 => Ech::None,
                1 => Ech::Outer,
                _ => Ech::Inner,
            },
            reason: Reason::from_raw(raw.reason),
            errno: (raw.error != 0).then_some(raw.error),
            closed_by: (raw.closed_by >= 0).then(|| Side::from_raw(raw.closed_by)),
        }
    }
}

fn time_of(nanoseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanoseconds.try_into().unwrap_or(0))
}

/// -1: it did not happen.
fn duration_of(microseconds: i64) -> Option<Duration> {
    microseconds.try_into().ok().map(Duration::from_micros)
}
