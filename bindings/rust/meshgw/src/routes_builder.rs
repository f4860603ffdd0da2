//! Building a table of routes.

use meshgw_sys as sys;

use crate::cluster::Cluster;
use crate::error::Error;
use crate::ffi::{self, Handle};
use crate::gateway_options::milliseconds;
use crate::routes::{RouteKind, Routes};

/// Collects clusters and the rules that lead to them.
///
/// ```
/// use meshgw::{Cluster, Endpoint, RoutesBuilder};
///
/// # fn main() -> Result<(), meshgw::Error> {
/// let mut builder = RoutesBuilder::new()?;
/// builder.add_cluster(&Cluster::new("db").endpoint(Endpoint::new("10.0.0.1", 5432)))?;
/// builder.exact("db.example.com", "db")?;
/// builder.suffix("*.db.example.com", "db")?;
/// builder.regex("db-[0-9]+\\.example\\.com", "db")?;
/// builder.default_route("db")?;
/// let routes = builder.build()?;
/// assert_eq!(routes.rules().len(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RoutesBuilder(Handle<sys::meshgw_routes_builder>);

// SAFETY: thread-compatible: it may be used by any thread, one at a time, and every
// method that uses it takes `&mut self` or `self`.
unsafe impl Send for RoutesBuilder {}
// SAFETY: as above: there is nothing to do with a shared reference.
unsafe impl Sync for RoutesBuilder {}

impl RoutesBuilder {
    /// An empty builder.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn new() -> Result<Self, Error> {
        // SAFETY: makes an object that is ours.
        let handle =
            ffi::create(|out, err| unsafe { sys::meshgw_routes_builder_create(out, err) })?;
        Ok(Self(handle))
    }

    /// Adds a cluster.
    ///
    /// # Errors
    /// `AlreadyExists` for a name that is taken; `InvalidArgument` for an endpoint that
    /// cannot be.
    pub fn add_cluster(&mut self, cluster: &Cluster) -> Result<&mut Self, Error> {
        let endpoints: Vec<_> = cluster.endpoints.iter().map(|at| at.to_raw()).collect();
        let failover: Vec<_> = cluster.failover.iter().map(ffi::lend).collect();
        let mut raw = ffi::sized::<sys::meshgw_cluster>();
        raw.name = ffi::lend(&cluster.name);
        raw.service = ffi::lend(&cluster.service);
        raw.datacenter = ffi::lend(&cluster.datacenter);
        raw.endpoints = endpoints.as_ptr();
        raw.endpoint_count = endpoints.len();
        raw.failover = failover.as_ptr();
        raw.failover_count = failover.len();
        raw.kind = cluster.kind.as_raw();
        raw.load_balancing = cluster.load_balancing.as_raw();
        raw.connect_timeout_ms = milliseconds(cluster.connect_timeout);
        raw.max_connections = cluster.max_connections;
        // SAFETY: all are lent for the call.
        ffi::call(|err| unsafe {
            sys::meshgw_routes_builder_add_cluster(self.0.as_ptr(), &raw, err)
        })?;
        Ok(self)
    }

    /// Adds a rule that leads to the cluster of that name. `origin` says where the rule
    /// comes from, for people; may be empty.
    ///
    /// # Errors
    /// `AlreadyExists`; `InvalidArgument` with what is wrong.
    pub fn add(
        &mut self,
        kind: RouteKind,
        pattern: &str,
        cluster: &str,
        origin: &str,
    ) -> Result<&mut Self, Error> {
        // SAFETY: the texts are lent for the call.
        ffi::call(|err| unsafe {
            sys::meshgw_routes_builder_add(
                self.0.as_ptr(),
                kind.as_raw(),
                ffi::lend(pattern),
                ffi::lend(cluster),
                ffi::lend(origin),
                err,
            )
        })?;
        Ok(self)
    }

    /// A whole name, in any case.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn exact(&mut self, name: &str, cluster: &str) -> Result<&mut Self, Error> {
        self.add(RouteKind::Exact, name, cluster, "")
    }

    /// `*.x`: one or more labels before x. The longest x wins.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn suffix(&mut self, suffix: &str, cluster: &str) -> Result<&mut Self, Error> {
        self.add(RouteKind::Suffix, suffix, cluster, "")
    }

    /// RE2 syntax for the whole lower-cased name; tried in the order given.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn regex(&mut self, pattern: &str, cluster: &str) -> Result<&mut Self, Error> {
        self.add(RouteKind::Regex, pattern, cluster, "")
    }

    /// What takes anything else.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn default_route(&mut self, cluster: &str) -> Result<&mut Self, Error> {
        self.add(RouteKind::Default, "", cluster, "")
    }

    /// Makes the table.
    ///
    /// # Errors
    /// `NotFound` for a rule or failover whose cluster was not added.
    pub fn build(self) -> Result<Routes, Error> {
        // SAFETY: the builder is alive; it is only freed afterwards.
        let routes = ffi::create(|out, err| unsafe {
            sys::meshgw_routes_builder_build(self.0.as_ptr(), out, err)
        })?;
        Ok(Routes::own(routes))
    }
}
