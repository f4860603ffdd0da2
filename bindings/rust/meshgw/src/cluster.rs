//! Clusters of endpoints, as a table is built of them.

use std::time::Duration;

use meshgw_sys as sys;

use crate::ffi;

c_enum! {
    /// What the catalog says of an endpoint.
    #[derive(Default)]
    pub enum Health named by meshgw_health_name {
        /// May be dialled.
        #[default]
        Healthy = MESHGW_HEALTH_HEALTHY,
        /// Is dialled only when there is no other.
        Unhealthy = MESHGW_HEALTH_UNHEALTHY,
    }
}

c_enum! {
    /// What a cluster is, for logs.
    pub enum ClusterKind named by meshgw_cluster_kind_name {
        /// A service of the own datacenter.
        LocalService = MESHGW_CLUSTER_LOCAL_SERVICE,
        /// Mesh gateways of another datacenter.
        RemoteGateway = MESHGW_CLUSTER_REMOTE_GATEWAY,
        /// Consul servers.
        Server = MESHGW_CLUSTER_SERVER,
        /// A service exported to a peer.
        Exported = MESHGW_CLUSTER_EXPORTED,
        /// Something else.
        Other = MESHGW_CLUSTER_OTHER,
    }
}

c_enum! {
    /// How an endpoint is chosen.
    #[derive(Default)]
    pub enum LoadBalancing named by meshgw_balance_name {
        /// Weighted, the less busy one of two choices.
        #[default]
        LeastRequest = MESHGW_BALANCE_LEAST_REQUEST,
        /// Weighted, in turn.
        RoundRobin = MESHGW_BALANCE_ROUND_ROBIN,
        /// Weighted.
        Random = MESHGW_BALANCE_RANDOM,
        /// By the client's address.
        Maglev = MESHGW_BALANCE_MAGLEV,
    }
}

/// Where a connection may be carried to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// IP literal, host name, or `unix:/path`.
    pub address: String,
    /// 1 to 65535; 0 only with `unix:`.
    pub port: u16,
    /// The instance's, for logs; may be empty.
    pub id: String,
    /// 1 to 128.
    pub weight: u32,
    /// Whether it may be used.
    pub health: Health,
    /// A larger one is used only when no smaller has a healthy endpoint.
    pub priority: u32,
}

impl Endpoint {
    /// # Safety
    /// The owner of the strings lives for the call.
    pub(crate) unsafe fn copy(raw: &sys::meshgw_endpoint) -> Self {
        // SAFETY: as the caller promises.
        let (address, id) = unsafe { (ffi::owned_text(raw.address), ffi::owned_text(raw.id)) };
        Self {
            address,
            port: raw.port.try_into().unwrap_or(0),
            id,
            weight: raw.weight,
            health: Health::from_raw(raw.health),
            priority: raw.priority,
        }
    }

    /// A healthy endpoint of weight 1 and priority 0.
    pub fn new(address: impl Into<String>, port: u16) -> Self {
        Self {
            address: address.into(),
            port,
            id: String::new(),
            weight: 1,
            health: Health::Healthy,
            priority: 0,
        }
    }

    pub(crate) fn to_raw(&self) -> sys::meshgw_endpoint {
        let mut raw = ffi::sized::<sys::meshgw_endpoint>();
        raw.address = ffi::lend(&self.address);
        raw.id = ffi::lend(&self.id);
        raw.port = self.port.into();
        raw.weight = self.weight;
        raw.health = self.health.as_raw();
        raw.priority = self.priority;
        raw
    }
}

/// Endpoints that a rule may lead to.
///
/// ```
/// use meshgw::{Cluster, Endpoint};
/// let cluster = Cluster::new("db").endpoint(Endpoint::new("10.0.0.1", 5432));
/// # drop(cluster);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cluster {
    /// Unique in a table.
    pub name: String,
    /// For logs; may be empty.
    pub service: String,
    /// For logs; may be empty.
    pub datacenter: String,
    /// What may be dialled.
    pub endpoints: Vec<Endpoint>,
    /// Names of clusters to use, in order, while this one has no endpoint to use.
    pub failover: Vec<String>,
    /// What it is.
    pub kind: ClusterKind,
    /// How an endpoint is chosen.
    pub load_balancing: LoadBalancing,
    /// For one endpoint. Zero: 5 s.
    pub connect_timeout: Duration,
    /// 0: no limit.
    pub max_connections: u32,
}

impl Cluster {
    /// A cluster of that name without endpoints.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            service: String::new(),
            datacenter: String::new(),
            endpoints: Vec::new(),
            failover: Vec::new(),
            kind: ClusterKind::Other,
            load_balancing: LoadBalancing::LeastRequest,
            connect_timeout: Duration::ZERO,
            max_connections: 0,
        }
    }

    /// Adds an endpoint.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }
}
