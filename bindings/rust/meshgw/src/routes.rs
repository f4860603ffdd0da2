//! Where server names lead.

use std::borrow::Cow;
use std::time::Duration;

use meshgw_sys as sys;

use crate::cluster::{ClusterKind, Health, LoadBalancing};
use crate::ffi::{self, Handle};

c_enum! {
    /// Which rule matched, in the order in which they are tried.
    pub enum RouteKind named by meshgw_route_kind_name {
        /// The whole name.
        Exact = MESHGW_ROUTE_EXACT,
        /// The longest suffix.
        Suffix = MESHGW_ROUTE_SUFFIX,
        /// The first pattern.
        Regex = MESHGW_ROUTE_REGEX,
        /// What takes anything else.
        Default = MESHGW_ROUTE_DEFAULT,
        /// No route: close the connection.
        None = MESHGW_ROUTE_NONE,
    }
}

/// Server names to clusters of endpoints. Immutable; a clone is one more reference to
/// the same table, and costs next to nothing.
///
/// ```
/// use meshgw::{Cluster, RouteKind, RoutesBuilder};
///
/// # fn main() -> Result<(), meshgw::Error> {
/// let mut builder = RoutesBuilder::new()?;
/// builder.add_cluster(&Cluster::new("db"))?.exact("db.example.com", "db")?;
/// let routes = builder.build()?;
///
/// let found = routes.lookup("DB.example.com").expect("a route");
/// assert_eq!(found.kind, RouteKind::Exact);
/// assert!(routes.lookup("other.example.com").is_none());
/// let other = routes.clone();
/// std::thread::spawn(move || drop(other)).join().unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Routes(Handle<sys::meshgw_routes>);

// SAFETY: immutable and counted; reading, _ref and _free are thread-safe.
unsafe impl Send for Routes {}
// SAFETY: as above.
unsafe impl Sync for Routes {}

/// The rule that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteMatch {
    /// Never `None`.
    pub kind: RouteKind,
    /// The index of the cluster; see [`Routes::cluster`].
    pub cluster: usize,
}

impl RouteMatch {
    pub(crate) fn from_raw(raw: sys::meshgw_route_match) -> Option<Self> {
        let cluster = usize::try_from(raw.cluster).ok()?;
        let kind = RouteKind::from_raw(raw.kind);
        (kind != RouteKind::None).then_some(Self { kind, cluster })
    }
}

impl Clone for Routes {
    fn clone(&self) -> Self {
        // SAFETY: gives the same object and one more reference, which is ours. It is
        // NULL for NULL only.
        let handle = unsafe { Handle::own(sys::meshgw_routes_ref(self.as_ptr())) };
        Self(handle.expect("a reference to routes"))
    }
}

impl Routes {
    pub(crate) fn own(handle: Handle<sys::meshgw_routes>) -> Self {
        Self(handle)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::meshgw_routes {
        self.0.as_ptr()
    }

    /// Finds the rule for a name, in any case; one dot at its end is ignored. None: no
    /// route, close the connection. The cost does not depend on the number of exact and
    /// suffix rules.
    #[inline]
    pub fn lookup(&self, server_name: impl AsRef<[u8]>) -> Option<RouteMatch> {
        // SAFETY: the name is lent for the call.
        RouteMatch::from_raw(unsafe {
            sys::meshgw_routes_lookup(self.as_ptr(), ffi::lend(server_name.as_ref()))
        })
    }

    /// The cluster of that index.
    pub fn cluster(&self, index: usize) -> Option<ClusterView<'_>> {
        let mut raw = ffi::sized::<sys::meshgw_cluster>();
        // SAFETY: writes a struct of the size that it says.
        let status = unsafe { sys::meshgw_routes_cluster_at(self.as_ptr(), index, &mut raw) };
        (status == sys::MESHGW_OK).then_some(ClusterView { routes: self, index, raw })
    }

    /// All clusters, by index.
    pub fn clusters(&self) -> impl ExactSizeIterator<Item = ClusterView<'_>> + '_ {
        // SAFETY: reads an object that is alive.
        let count = unsafe { sys::meshgw_routes_cluster_count(self.as_ptr()) };
        (0..count).map(|index| self.cluster(index).expect("an index below the count"))
    }

    /// All rules: exact and suffix ones by name, patterns in order, the default.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = RuleView<'_>> + '_ {
        // SAFETY: reads an object that is alive.
        let count = unsafe { sys::meshgw_routes_rule_count(self.as_ptr()) };
        (0..count).map(|index| {
            let mut raw = ffi::sized::<sys::meshgw_route>();
            // SAFETY: writes a struct of the size that it says; its strings are borrowed
            // from the routes.
            unsafe {
                let status = sys::meshgw_routes_rule_at(self.as_ptr(), index, &mut raw);
                assert_eq!(status, sys::MESHGW_OK, "an index below the count");
                RuleView {
                    kind: RouteKind::from_raw(raw.kind),
                    pattern: ffi::text(raw.match_),
                    cluster: raw.cluster.try_into().unwrap_or(usize::MAX),
                    cluster_name: ffi::text(raw.cluster_name),
                    origin: ffi::text(raw.origin),
                }
            }
        })
    }
}

/// A rule of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleView<'a> {
    /// What kind of rule.
    pub kind: RouteKind,
    /// The name, `*.suffix`, the pattern, or `*`.
    pub pattern: Cow<'a, str>,
    /// The index of the cluster.
    pub cluster: usize,
    /// Its name.
    pub cluster_name: Cow<'a, str>,
    /// Where the rule comes from; may be empty.
    pub origin: Cow<'a, str>,
}

/// A cluster of a table.
#[derive(Clone, Copy, Debug)]
pub struct ClusterView<'a> {
    routes: &'a Routes,
    index: usize,
    raw: sys::meshgw_cluster,
}

// SAFETY: all that it points to is borrowed from the routes, which are immutable.
unsafe impl Send for ClusterView<'_> {}
// SAFETY: as above.
unsafe impl Sync for ClusterView<'_> {}

impl<'a> ClusterView<'a> {
    /// # Safety
    /// `view` is one of `raw`.
    unsafe fn text(&self, view: sys::meshgw_str) -> Cow<'a, str> {
        // SAFETY: it is borrowed from the routes, which outlive `'a`.
        unsafe { ffi::text(view) }
    }

    /// The name.
    pub fn name(&self) -> Cow<'a, str> {
        // SAFETY: a view of `raw`.
        unsafe { self.text(self.raw.name) }
    }

    /// The service; may be empty.
    pub fn service(&self) -> Cow<'a, str> {
        // SAFETY: a view of `raw`.
        unsafe { self.text(self.raw.service) }
    }

    /// The datacenter; may be empty.
    pub fn datacenter(&self) -> Cow<'a, str> {
        // SAFETY: a view of `raw`.
        unsafe { self.text(self.raw.datacenter) }
    }

    /// What it is.
    pub fn kind(&self) -> ClusterKind {
        ClusterKind::from_raw(self.raw.kind)
    }

    /// How an endpoint is chosen.
    pub fn load_balancing(&self) -> LoadBalancing {
        LoadBalancing::from_raw(self.raw.load_balancing)
    }

    /// For one endpoint.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.raw.connect_timeout_ms.into())
    }

    /// 0: no limit.
    pub fn max_connections(&self) -> u32 {
        self.raw.max_connections
    }

    /// What may be dialled.
    pub fn endpoints(&self) -> impl ExactSizeIterator<Item = EndpointView<'a>> + 'a {
        let (routes, cluster) = (self.routes, self.index);
        (0..self.raw.endpoint_count).map(move |index| {
            let mut raw = ffi::sized::<sys::meshgw_endpoint>();
            // SAFETY: writes a struct of the size that it says; its strings are borrowed
            // from the routes.
            unsafe {
                let status =
                    sys::meshgw_routes_endpoint_at(routes.as_ptr(), cluster, index, &mut raw);
                assert_eq!(status, sys::MESHGW_OK, "an index below the count");
                EndpointView {
                    address: ffi::text(raw.address),
                    port: raw.port.try_into().unwrap_or(0),
                    id: ffi::text(raw.id),
                    weight: raw.weight,
                    health: Health::from_raw(raw.health),
                    priority: raw.priority,
                }
            }
        })
    }

    /// The clusters to use, in order, while this one has no endpoint to use.
    pub fn failover(&self) -> impl ExactSizeIterator<Item = ClusterView<'a>> + 'a {
        let (routes, cluster) = (self.routes, self.index);
        (0..self.raw.failover_count).map(move |place| {
            let mut index = 0;
            // SAFETY: writes a number.
            let status = unsafe {
                sys::meshgw_routes_failover_at(routes.as_ptr(), cluster, place, &mut index)
            };
            assert_eq!(status, sys::MESHGW_OK, "an index below the count");
            routes.cluster(index).expect("a cluster of the table")
        })
    }
}

/// An endpoint of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointView<'a> {
    /// IP literal, host name, or `unix:/path`.
    pub address: Cow<'a, str>,
    /// 0 with `unix:`.
    pub port: u16,
    /// The instance's; may be empty.
    pub id: Cow<'a, str>,
    /// 1 to 128.
    pub weight: u32,
    /// Whether it may be used.
    pub health: Health,
    /// A larger one is used only when no smaller has a healthy endpoint.
    pub priority: u32,
}
