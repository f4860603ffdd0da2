//! A mesh gateway for Consul service mesh, to embed.
//!
//! A mesh gateway reads the server name from the ClientHello of a connection,
//! never decrypts, and carries the bytes to the right place. Each part of it is
//! useful alone:
//!
//! | to | use |
//! |---|---|
//! | read a hello | [`read_hello`], [`HelloReader`], [`inspect`] |
//! | take a Connect name apart | [`MeshName`] |
//! | resolve a mesh gateway mode | [`ModeLayers`] |
//! | read Consul's files | [`Config`], [`Catalog`] |
//! | find where a name leads | [`Routes`], [`RoutesBuilder`] |
//! | carry bytes between two sockets | [`SpliceLoop`], [`Splicer`] |
//! | run a whole gateway | [`Gateway`] |
//!
//! The feature `tokio` adds the module `tokio`: peeking at a stream, replaying
//! what was read, splicing two streams, and the events of a gateway.
//!
//! ```
//! use meshgw::{read_hello, Routes, RoutesBuilder, Cluster, Endpoint, Scan};
//!
//! # fn main() -> Result<(), meshgw::Error> {
//! let mut builder = RoutesBuilder::new()?;
//! builder.add_cluster(&Cluster::new("dc2").endpoint(Endpoint::new("192.0.2.7", 8443)))?;
//! builder.suffix("*.dc2.internal.td.consul", "dc2")?;
//! let routes: Routes = builder.build()?;
//!
//! let found = routes.lookup("db.default.dc2.internal.td.consul").expect("a route");
//! assert_eq!(routes.cluster(found.cluster).expect("its cluster").name(), "dc2");
//!
//! // What has come so far is no whole hello yet.
//! assert!(matches!(read_hello(b"\x16\x03\x01"), Ok(Scan::Incomplete { .. })));
//! # Ok(())
//! # }
//! ```
//!
//! # Signals
//!
//! `splice(2)` has no `MSG_NOSIGNAL`: threads that run a [`Splicer`] must ignore or
//! block SIGPIPE. Programs whose `main` is Rust's ignore it already.
#![deny(unsafe_op_in_unsafe_fn, missing_docs)]
#![warn(missing_debug_implementations, unreachable_pub)]

#[macro_use]
mod c_enum;
mod catalog;
mod cluster;
mod config;
mod error;
mod event;
mod ffi;
mod gateway;
mod gateway_options;
mod gateway_stats;
mod hello;
mod hello_details;
mod hello_error;
mod hello_reader;
mod mode;
mod mode_explanation;
mod name;
mod refused;
mod routes;
mod routes_builder;
mod routes_explanation;
mod splice;
mod splice_loop;
mod splice_state;
#[cfg(feature = "tokio")]
pub mod tokio;
mod wire;

pub use catalog::{Catalog, UpstreamQuery};
pub use cluster::{Cluster, ClusterKind, Endpoint, Health, LoadBalancing};
pub use config::{Config, ConfigFile, Format};
pub use error::{Error, ErrorDetail, Status};
pub use event::{ConnectionEvent, Event, Level, LogEvent, Reason};
pub use gateway::{Events, Gateway};
pub use gateway_options::GatewayOptions;
pub use gateway_stats::GatewayStats;
pub use hello::{read_hello, read_hello_with, Hello, Scan};
pub use hello_details::{inspect, Ech, HelloDetails, Inspection, Inspector, Ja4};
pub use hello_error::{HelloError, HelloErrorKind, HelloReason};
pub use hello_reader::{HelloOptions, HelloReader};
pub use mode::{Dial, Mode, ModeDecision, ModeLayers, ModeTarget, ModeVeto, Rules, Source};
pub use mode_explanation::{ModeExplanation, ModeLayer, UpstreamFailover, UpstreamTarget};
pub use name::{MeshName, NameKind};
pub use refused::Refused;
pub use routes::{ClusterView, EndpointView, RouteKind, RouteMatch, Routes, RuleView};
pub use routes_builder::RoutesBuilder;
pub use routes_explanation::{RouteCandidate, RouteExplanation};
pub use splice::{SplicePool, Splicer, SPLICE_EVENTS};
pub use splice_loop::{SpliceLoop, SpliceResult};
pub use splice_state::{Side, SpliceEnd, SpliceOptions, SpliceState};
pub use wire::{Alpn, Extensions, KeyShares, U16s};

/// As much scratch as any hello can need under the default limits, in bytes.
pub const HELLO_SCRATCH_BYTES: usize = meshgw_sys::MESHGW_HELLO_SCRATCH_BYTES as usize;

/// The version of the library that was loaded, such as "0.1.0".
///
/// ```
/// assert!(meshgw::version().starts_with("0.1."));
/// ```
pub fn version() -> &'static str {
    // SAFETY: takes nothing and returns static, NUL-terminated text.
    unsafe { ffi::static_text(meshgw_sys::meshgw_version()) }
}
