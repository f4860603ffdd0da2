//! Limits and time-outs of a gateway.

use std::time::Duration;

use meshgw_sys as sys;

use crate::ffi;
use crate::hello_reader::HelloOptions;

/// Limits and time-outs of a gateway. [`Default`] asks the library, so every field
/// shows the value that is used; zero stands for it as well.
///
/// ```
/// use std::time::Duration;
///
/// let mut options = meshgw::GatewayOptions::default();
/// assert_eq!(options.hello_timeout, Duration::from_secs(5));
/// options.workers = 2;
/// options.max_events = 1024;
/// options.idle_timeout = Duration::MAX; // Never.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayOptions {
    /// Threads. 0: one for each CPU.
    pub workers: u32,
    /// Connections at once. 0: by the descriptor limit.
    pub max_connections: u32,
    /// Connections of one listener whose hello is not complete.
    pub max_pending_hellos: u32,
    /// From accept to the complete hello.
    pub hello_timeout: Duration,
    /// `Duration::MAX`: never.
    pub idle_timeout: Duration,
    /// `Duration::MAX`: never.
    pub half_closed_timeout: Duration,
    /// Endpoints tried; at most 8.
    pub max_connect_attempts: u32,
    /// 0: half of what the kernel lets a user have.
    pub max_pipes: u32,
    /// Of all workers.
    pub max_hello_buffer_bytes: u64,
    /// Memory for sides that take nothing.
    pub max_kept_bytes: u64,
    /// How often host names of endpoints are looked up; whole seconds.
    pub dns_refresh: Duration,
    /// Events that may wait. 0: none are made. More than that are dropped and counted.
    pub max_events: u32,
    /// The default route may match a hello without a server name.
    pub route_without_server_name: bool,
    /// The default route may match what is not TLS.
    pub route_not_tls: bool,
    /// Limits on hellos.
    pub hello: HelloOptions,
}

/// `u32::MAX` is never; what is less than a millisecond is one.
pub(crate) fn milliseconds(time: Duration) -> u32 {
    let rounded_up = (time.as_nanos() + 999_999) / 1_000_000;
    u32::try_from(rounded_up).unwrap_or(sys::MESHGW_NEVER)
}

fn from_milliseconds(milliseconds: u32) -> Duration {
    match milliseconds {
        sys::MESHGW_NEVER => Duration::MAX,
        some => Duration::from_millis(some.into()),
    }
}

impl Default for GatewayOptions {
    fn default() -> Self {
        let mut raw = ffi::sized::<sys::meshgw_gateway_options>();
        raw.hello = ffi::sized();
        // SAFETY: writes a struct of the size that it says. Were it to fail, zero is the
        // default too.
        unsafe { sys::meshgw_gateway_default_options(&mut raw) };
        Self {
            workers: raw.workers,
            max_connections: raw.max_connections,
            max_pending_hellos: raw.max_pending_hellos,
            hello_timeout: from_milliseconds(raw.hello_timeout_ms),
            idle_timeout: from_milliseconds(raw.idle_timeout_ms),
            half_closed_timeout: from_milliseconds(raw.half_closed_timeout_ms),
            max_connect_attempts: raw.max_connect_attempts,
            max_pipes: raw.max_pipes,
            max_hello_buffer_bytes: raw.max_hello_buffer_bytes,
            max_kept_bytes: raw.max_kept_bytes,
            dns_refresh: Duration::from_secs(raw.dns_refresh_s.into()),
            max_events: raw.max_events,
            route_without_server_name: raw.route_without_server_name != 0,
            route_not_tls: raw.route_not_tls != 0,
            hello: HelloOptions {
                max_message_bytes: raw.hello.max_message_bytes,
                max_records: raw.hello.max_records.try_into().unwrap_or(u16::MAX),
                allow_trailing_dot: raw.hello.allow_trailing_dot != 0,
                allow_ip_address: raw.hello.allow_ip_address != 0,
                allow_opaque: raw.hello.allow_opaque != 0,
                allow_empty_records: raw.hello.allow_empty_records != 0,
            },
        }
    }
}

impl GatewayOptions {
    pub(crate) fn to_raw(&self) -> sys::meshgw_gateway_options {
        let mut raw = ffi::sized::<sys::meshgw_gateway_options>();
        raw.workers = self.workers;
        raw.max_connections = self.max_connections;
        raw.max_pending_hellos = self.max_pending_hellos;
        raw.hello_timeout_ms = milliseconds(self.hello_timeout);
        raw.idle_timeout_ms = milliseconds(self.idle_timeout);
        raw.half_closed_timeout_ms = milliseconds(self.half_closed_timeout);
        raw.max_connect_attempts = self.max_connect_attempts;
        raw.max_pipes = self.max_pipes;
        raw.max_hello_buffer_bytes = self.max_hello_buffer_bytes;
        raw.max_kept_bytes = self.max_kept_bytes;
        raw.dns_refresh_s = self.dns_refresh.as_secs().try_into().unwrap_or(u32::MAX);
        raw.max_events = self.max_events;
        raw.route_without_server_name = self.route_without_server_name.into();
        raw.route_not_tls = self.route_not_tls.into();
        raw.hello = self.hello.to_raw();
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_never_cut_to_nothing() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_millis(5000)), 5000);
        assert_eq!(milliseconds(Duration::from_micros(1500)), 2);
        assert_eq!(milliseconds(Duration::MAX), sys::MESHGW_NEVER);
        assert_eq!(from_milliseconds(sys::MESHGW_NEVER), Duration::MAX);
    }
}
