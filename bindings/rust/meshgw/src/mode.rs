//! Mesh gateway modes and how they are resolved.

use std::str::FromStr;

use meshgw_sys as sys;

use crate::error::Error;
use crate::ffi;

c_enum! {
    /// A mesh gateway mode. Shown in Consul's spelling.
    #[derive(Default)]
    pub enum Mode named by meshgw_mode_name {
        /// Not set: a lower layer decides.
        #[default]
        Default = MESHGW_MODE_DEFAULT,
        /// Dial the service instance itself.
        None = MESHGW_MODE_NONE,
        /// Dial a gateway of the source's datacenter.
        Local = MESHGW_MODE_LOCAL,
        /// Dial a gateway of the destination's.
        Remote = MESHGW_MODE_REMOTE,
    }
}

impl FromStr for Mode {
    type Err = Error;

    /// Reads Consul's spelling; case matters.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut mode = 0;
        // SAFETY: the text is lent for the call.
        ffi::call(|err| unsafe { sys::meshgw_mode_parse(ffi::lend(text), &mut mode, err) })?;
        Ok(Self::from_raw(mode))
    }
}

c_enum! {
    /// Whose rules of precedence.
    #[derive(Default)]
    pub enum Rules {
        /// Today's Consul, with UpstreamConfig.
        #[default]
        Latest = MESHGW_RULES_LATEST,
        /// Upstream, instance, service-defaults, proxy-defaults.
        V1_6 = MESHGW_RULES_V1_6,
    }
}

c_enum! {
    /// The layer that a mode comes from.
    pub enum Source named by meshgw_source_name {
        /// Nothing is set anywhere.
        BuiltIn = MESHGW_SOURCE_BUILT_IN,
        /// `proxy.upstreams[].mesh_gateway`
        Upstream = MESHGW_SOURCE_UPSTREAM,
        /// `UpstreamConfig.Overrides[]`
        UpstreamOverride = MESHGW_SOURCE_UPSTREAM_OVERRIDE,
        /// `proxy.mesh_gateway`
        ProxyInstance = MESHGW_SOURCE_PROXY_INSTANCE,
        /// `UpstreamConfig.Defaults`
        UpstreamDefaults = MESHGW_SOURCE_UPSTREAM_DEFAULTS,
        /// service-defaults of the source service.
        ServiceDefaults = MESHGW_SOURCE_SERVICE_DEFAULTS,
        /// proxy-defaults "global".
        ProxyDefaults = MESHGW_SOURCE_PROXY_DEFAULTS,
        /// service-defaults of the destination.
        DestinationDefaults = MESHGW_SOURCE_DESTINATION_DEFAULTS,
    }
}

c_enum! {
    /// Why a mode that was set is not applied.
    pub enum ModeVeto named by meshgw_veto_name {
        /// It is applied.
        None = MESHGW_VETO_NONE,
        /// Source and destination are in the same datacenter.
        SameDatacenter = MESHGW_VETO_SAME_DATACENTER,
        /// The destination has an ExternalSNI.
        ExternalSni = MESHGW_VETO_EXTERNAL_SNI,
        /// Prepared queries never use gateways.
        PreparedQuery = MESHGW_VETO_PREPARED_QUERY,
    }
}

c_enum! {
    /// What a sidecar dials.
    pub enum Dial named by meshgw_dial_name {
        /// The instance of the service.
        Instance = MESHGW_DIAL_INSTANCE,
        /// A gateway of its own datacenter.
        LocalGateway = MESHGW_DIAL_LOCAL_GATEWAY,
        /// A gateway of the destination's datacenter.
        RemoteGateway = MESHGW_DIAL_REMOTE_GATEWAY,
        /// A gateway of the peer.
        PeerGateway = MESHGW_DIAL_PEER_GATEWAY,
    }
}

/// What each layer says.
///
/// ```
/// use meshgw::{Mode, ModeLayers, ModeTarget, Rules, Source};
///
/// # fn main() -> Result<(), meshgw::Error> {
/// let layers = ModeLayers {
///     proxy_defaults: Mode::Local,
///     service_defaults: "remote".parse()?,
///     ..ModeLayers::default()
/// };
/// let target = ModeTarget {
///     source_datacenter: "dc1",
///     datacenter: "dc2",
///     ..ModeTarget::default()
/// };
/// let decision = layers.resolve(&target, Rules::Latest)?;
/// assert_eq!(decision.mode, Mode::Remote);
/// assert_eq!(decision.source, Source::ServiceDefaults);
/// println!("{}", layers.explain(&target, Rules::Latest)?.summary);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModeLayers {
    /// `proxy.upstreams[].mesh_gateway`
    pub upstream: Mode,
    /// `UpstreamConfig.Overrides[]`
    pub upstream_override: Mode,
    /// `proxy.mesh_gateway`
    pub proxy_instance: Mode,
    /// `UpstreamConfig.Defaults`
    pub upstream_defaults: Mode,
    /// service-defaults of the source service.
    pub service_defaults: Mode,
    /// proxy-defaults "global".
    pub proxy_defaults: Mode,
    /// service-defaults of the destination.
    pub destination_defaults: Mode,
}

/// Where source and destination are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModeTarget<'a> {
    /// The source's datacenter.
    pub source_datacenter: &'a str,
    /// Empty: "default".
    pub source_partition: &'a str,
    /// The destination's datacenter.
    pub datacenter: &'a str,
    /// Empty: "default".
    pub partition: &'a str,
    /// Not empty: the destination is reached by cluster peering.
    pub peer: &'a str,
    /// The destination has an ExternalSNI.
    pub has_external_sni: bool,
    /// The upstream is a prepared query.
    pub is_prepared_query: bool,
}

/// What the layers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModeDecision {
    /// Never `Default`.
    pub mode: Mode,
    /// The layer that it comes from.
    pub source: Source,
    /// Why it is not applied.
    pub veto: ModeVeto,
    /// What is dialled.
    pub dial: Dial,
    /// Whether the mode changes what is dialled.
    pub applies: bool,
    /// Whether the WAN-tagged address is dialled.
    pub wan_address: bool,
    /// Peering knows no `none`.
    pub none_taken_as_remote: bool,
}

impl ModeDecision {
    pub(crate) fn from_raw(raw: &sys::meshgw_mode_decision) -> Self {
        Self {
            mode: Mode::from_raw(raw.mode),
            source: Source::from_raw(raw.source),
            veto: ModeVeto::from_raw(raw.veto),
            dial: Dial::from_raw(raw.dial),
            applies: raw.applies != 0,
            wan_address: raw.wan_address != 0,
            none_taken_as_remote: raw.none_taken_as_remote != 0,
        }
    }
}

impl ModeLayers {
    pub(crate) fn to_raw(self) -> sys::meshgw_mode_layers {
        let mut raw = ffi::sized::<sys::meshgw_mode_layers>();
        raw.upstream = self.upstream.as_raw();
        raw.upstream_override = self.upstream_override.as_raw();
        raw.proxy_instance = self.proxy_instance.as_raw();
        raw.upstream_defaults = self.upstream_defaults.as_raw();
        raw.service_defaults = self.service_defaults.as_raw();
        raw.proxy_defaults = self.proxy_defaults.as_raw();
        raw.destination_defaults = self.destination_defaults.as_raw();
        raw
    }

    /// Decides as a Consul sidecar does.
    ///
    /// # Errors
    /// `InvalidArgument` for a value of `Unknown`.
    pub fn resolve(&self, target: &ModeTarget<'_>, rules: Rules) -> Result<ModeDecision, Error> {
        let (layers, target) = (self.to_raw(), target.to_raw());
        let mut out = sys::meshgw_mode_decision::default();
        // SAFETY: all are alive for the call.
        ffi::call(|err| unsafe {
            sys::meshgw_mode_resolve(&layers, &target, rules.as_raw(), &mut out, err)
        })?;
        Ok(ModeDecision::from_raw(&out))
    }
}

impl ModeTarget<'_> {
    pub(crate) fn to_raw(self) -> sys::meshgw_mode_target {
        let mut raw = ffi::sized::<sys::meshgw_mode_target>();
        raw.source_datacenter = ffi::lend(self.source_datacenter);
        raw.source_partition = ffi::lend(self.source_partition);
        raw.datacenter = ffi::lend(self.datacenter);
        raw.partition = ffi::lend(self.partition);
        raw.peer = ffi::lend(self.peer);
        raw.has_external_sni = self.has_external_sni.into();
        raw.is_prepared_query = self.is_prepared_query.into();
        raw
    }
}
