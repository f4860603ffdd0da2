//! The counters of a gateway.

use meshgw_sys as sys;

use crate::event::Reason;
use crate::routes::RouteKind;

/// A snapshot of a gateway's counters, summed over its workers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayStats {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections now.
    pub active: u64,
    /// Connections now whose hello is not complete.
    pub pending_hellos: u64,
    /// Bytes from clients, hellos included.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
    /// Of both; the rest was copied.
    pub spliced_bytes: u64,
    /// Endpoints that could not be reached.
    pub connect_failures: u64,
    /// Times that accepting paused, out of descriptors.
    pub accept_pauses: u64,
    /// Connections closed because too many hellos were pending.
    pub shed_hellos: u64,
    /// Connections closed to make room within `max_hello_buffer_bytes`; those that
    /// found none are [`ended`](Self::ended) with `HelloMemory` less these.
    pub hello_memory_sheds: u64,
    /// Times that a pipe was wanted and none was to be had.
    pub pipe_limit_hits: u64,
    /// Pipes now.
    pub pipes_open: u64,
    /// Pipes taken back from readers that are too slow.
    pub pipes_taken_back: u64,
    /// Bytes kept for sides that take nothing, now.
    pub kept_bytes: u64,
    /// Times that `max_kept_bytes` forbade to keep some.
    pub kept_limit_hits: u64,
    /// Endpoints taken out for failing.
    pub ejections: u64,
    /// Hellos with a hybrid post-quantum key share.
    pub post_quantum: u64,
    /// Hellos with Encrypted Client Hello, or GREASE of it.
    pub ech: u64,
    /// Events for which there was no room, or no memory.
    pub events_dropped: u64,
    by_reason: Vec<u64>,
    by_verdict: Vec<u64>,
    by_route_kind: Vec<u64>,
}

fn at(counters: &[u64], index: i32) -> u64 {
    let index = usize::try_from(index).ok();
    index.and_then(|index| counters.get(index)).copied().unwrap_or(0)
}

impl GatewayStats {
    /// Connections that ended for that reason.
    pub fn ended(&self, reason: Reason) -> u64 {
        at(&self.by_reason, reason.as_raw())
    }

    /// Hellos that were complete and well-formed.
    pub fn hellos(&self) -> u64 {
        at(&self.by_verdict, sys::MESHGW_OK)
    }

    /// Hellos that were refused so.
    pub fn refused_hellos(&self, kind: crate::HelloErrorKind) -> u64 {
        at(&self.by_verdict, kind.as_raw())
    }

    /// Connections that matched a rule of that kind.
    pub fn routed(&self, kind: RouteKind) -> u64 {
        at(&self.by_route_kind, kind.as_raw())
    }

    pub(crate) fn from_raw(raw: &sys::meshgw_gateway_stats) -> Self {
        Self {
            accepted: raw.accepted,
            active: raw.active,
            pending_hellos: raw.pending_hellos,
            bytes_in: raw.bytes_in,
            bytes_out: raw.bytes_out,
            spliced_bytes: raw.spliced_bytes,
            connect_failures: raw.connect_failures,
            accept_pauses: raw.accept_pauses,
            shed_hellos: raw.shed_hellos,
            hello_memory_sheds: raw.hello_memory_sheds,
            pipe_limit_hits: raw.pipe_limit_hits,
            pipes_open: raw.pipes_open,
            pipes_taken_back: raw.pipes_taken_back,
            kept_bytes: raw.kept_bytes,
            kept_limit_hits: raw.kept_limit_hits,
            ejections: raw.ejections,
            post_quantum: raw.post_quantum,
            ech: raw.ech,
            events_dropped: raw.events_dropped,
            by_reason: raw.by_reason.to_vec(),
            by_verdict: raw.by_verdict.to_vec(),
            by_route_kind: raw.by_route_kind.to_vec(),
        }
    }
}
