//! Connect server names.

use std::str::FromStr;

use meshgw_sys as sys;

use crate::error::Error;
use crate::ffi::{self, Handle};

c_enum! {
    /// The forms of Consul's server names.
    pub enum NameKind named by meshgw_name_kind_name {
        /// `[subset.]service.namespace.[partition.]dc.internal.td`
        Service = MESHGW_NAME_SERVICE,
        /// `[partition.]dc.internal[-v1].td`
        Gateway = MESHGW_NAME_GATEWAY,
        /// `query.default.dc.query.td`
        PreparedQuery = MESHGW_NAME_PREPARED_QUERY,
        /// `service.namespace.partition.peer.external.td`
        Exported = MESHGW_NAME_EXPORTED,
        /// `[node.]server.dc.domain`
        Server = MESHGW_NAME_SERVER,
        /// `server.dc.peering.td`
        PeeringServer = MESHGW_NAME_PEERING_SERVER,
    }
}

/// A Consul server name (SNI) by its parts, of which each kind has some; the others
/// are empty.
///
/// Consul joins parts by dots without escaping, so a name does not always say which
/// parts it was made of: route by whole names, and parse for people.
///
/// ```
/// use meshgw::{MeshName, NameKind};
///
/// # fn main() -> Result<(), meshgw::Error> {
/// let mut name = MeshName::new(NameKind::Service);
/// name.service = "db".to_owned();
/// name.datacenter = "dc2".to_owned();
/// name.trust_domain = "11111111-2222-3333-4444-555555555555.consul".to_owned();
/// let text = name.format()?;
/// assert_eq!(text, "db.default.dc2.internal.11111111-2222-3333-4444-555555555555.consul");
///
/// let parsed: MeshName = text.parse()?;
/// assert_eq!(parsed.service, "db");
/// assert_eq!(parsed.namespace, "default");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MeshName {
    /// The form.
    pub kind: NameKind,
    /// The subset of a service.
    pub subset: String,
    /// The service, or the prepared query.
    pub service: String,
    /// When formatting, empty stands for "default".
    pub namespace: String,
    /// When formatting, empty stands for "default".
    pub partition: String,
    /// The datacenter.
    pub datacenter: String,
    /// The peer that a service is exported to.
    pub peer: String,
    /// The node of a server.
    pub node: String,
    /// `<cluster id>.consul`; the domain for a server.
    pub trust_domain: String,
}

impl MeshName {
    /// A name whose parts are all empty.
    pub fn new(kind: NameKind) -> Self {
        Self {
            kind,
            subset: String::new(),
            service: String::new(),
            namespace: String::new(),
            partition: String::new(),
            datacenter: String::new(),
            peer: String::new(),
            node: String::new(),
            trust_domain: String::new(),
        }
    }

    /// Takes a name apart, in any case; parts come back in lower case. It is also
    /// [`FromStr`].
    ///
    /// # Errors
    /// `InvalidArgument`, with the label and what was expected, for no known form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_in_domain(text, "consul")
    }

    /// [`parse`](Self::parse) for agents whose domain is another than `consul`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_in_domain(text: &str, server_domain: &str) -> Result<Self, Error> {
        // SAFETY: the texts are lent for the call.
        let parsed: Handle<sys::meshgw_name> = ffi::create(|out, err| unsafe {
            sys::meshgw_name_parse(ffi::lend(text), ffi::lend(server_domain), out, err)
        })?;
        let mut parts = ffi::sized::<sys::meshgw_name_parts>();
        // SAFETY: writes a struct of the size that it says.
        ffi::call(|_| unsafe { sys::meshgw_name_get(parsed.as_ptr(), &mut parts) })?;
        // SAFETY: the strings are borrowed from `parsed`, which is alive.
        let text = |view| unsafe { ffi::owned_text(view) };
        Ok(Self {
            kind: NameKind::from_raw(parts.kind),
            subset: text(parts.subset),
            service: text(parts.service),
            namespace: text(parts.name_space),
            partition: text(parts.partition),
            datacenter: text(parts.datacenter),
            peer: text(parts.peer),
            node: text(parts.node),
            trust_domain: text(parts.trust_domain),
        })
    }

    /// Joins the parts as Consul does.
    ///
    /// # Errors
    /// `InvalidArgument` when one that the kind needs is empty.
    pub fn format(&self) -> Result<String, Error> {
        let mut parts = ffi::sized::<sys::meshgw_name_parts>();
        parts.kind = self.kind.as_raw();
        parts.subset = ffi::lend(&self.subset);
        parts.service = ffi::lend(&self.service);
        parts.name_space = ffi::lend(&self.namespace);
        parts.partition = ffi::lend(&self.partition);
        parts.datacenter = ffi::lend(&self.datacenter);
        parts.peer = ffi::lend(&self.peer);
        parts.node = ffi::lend(&self.node);
        parts.trust_domain = ffi::lend(&self.trust_domain);
        // SAFETY: the parts are lent for the call.
        let text = ffi::create(|out, err| unsafe { sys::meshgw_name_format(&parts, out, err) })?;
        Ok(text.to_text())
    }
}

impl FromStr for MeshName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}
