//! Why a mode was decided so.

use meshgw_sys as sys;

use crate::cluster::Endpoint;
use crate::error::Error;
use crate::ffi::{self, Handle};
use crate::mode::{Mode, ModeDecision, ModeLayers, ModeTarget, Rules, Source};

/// A decision with every layer, highest precedence first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModeExplanation {
    /// As [`ModeLayers::resolve`] decides it.
    pub decision: ModeDecision,
    /// A sentence: what is dialled and why.
    pub summary: String,
    /// Every layer.
    pub layers: Vec<ModeLayer>,
    /// Where the upstream leads; empty unless a catalog was asked.
    pub target: UpstreamTarget,
    /// What the sidecar dials, with health; empty unless a catalog was asked.
    pub dial: Vec<Endpoint>,
    /// Where the sidecar turns next, in order, from the resolver of the target; empty
    /// unless a catalog was asked.
    pub failover: Vec<UpstreamFailover>,
}

/// Where a sidecar turns when all instances of the target, and of the failovers in
/// front of this one, are unhealthy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpstreamFailover {
    /// Where its instances run.
    pub datacenter: String,
    /// Theirs.
    pub partition: String,
    /// The service.
    pub service: String,
    /// Empty: all instances.
    pub subset: String,
    /// Empty: not in another cluster.
    pub peer: String,
    /// The SNI that the sidecar sends.
    pub server_name: String,
    /// By which mode.
    pub decision: ModeDecision,
    /// What the sidecar dials, with health.
    pub dial: Vec<Endpoint>,
}

/// Where an upstream leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpstreamTarget {
    /// Where the source service runs.
    pub source_datacenter: String,
    /// After redirects of resolvers.
    pub datacenter: String,
    /// After redirects of resolvers.
    pub service: String,
    /// The SNI that the sidecar sends.
    pub server_name: String,
}

/// What one layer says, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModeLayer {
    /// The layer.
    pub source: Source,
    /// What it says.
    pub value: Mode,
    /// False: these rules do not know the layer.
    pub considered: bool,
    /// Whether it decides.
    pub won: bool,
    /// Where it is written; empty unless a catalog was asked.
    pub file: String,
    /// From 1; 0: nowhere.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
    /// A sentence: why it won or lost.
    pub why: String,
}

impl ModeLayers {
    /// Decides as [`resolve`](Self::resolve) does, by the same code, and says why.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn explain(&self, target: &ModeTarget<'_>, rules: Rules) -> Result<ModeExplanation, Error> {
        let (layers, target) = (self.to_raw(), target.to_raw());
        // SAFETY: all are alive for the call.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_mode_explain(&layers, &target, rules.as_raw(), out, err)
        })?;
        ModeExplanation::copy(&handle)
    }
}

impl ModeExplanation {
    pub(crate) fn copy(handle: &Handle<sys::meshgw_mode_explanation>) -> Result<Self, Error> {
        let raw = handle.as_ptr();
        let mut decision = sys::meshgw_mode_decision::default();
        // SAFETY: the object is alive, and so is what is borrowed from it here.
        let (summary, count) = unsafe {
            ffi::call(|_| sys::meshgw_mode_explanation_decision(raw, &mut decision))?;
            let summary = ffi::owned_text(sys::meshgw_mode_explanation_summary(raw));
            (summary, sys::meshgw_mode_explanation_layer_count(raw))
        };
        let layers = (0..count).map(|index| {
            let mut layer = ffi::sized::<sys::meshgw_mode_layer>();
            // SAFETY: writes a struct of the size that it says; its strings are
            // borrowed from the object.
            unsafe {
                ffi::call(|_| sys::meshgw_mode_explanation_layer_at(raw, index, &mut layer))?;
                Ok(ModeLayer::copy(&layer))
            }
        });
        Ok(Self {
            decision: ModeDecision::from_raw(&decision),
            summary,
            layers: layers.collect::<Result<_, Error>>()?,
            target: UpstreamTarget::copy(handle)?,
            dial: Self::copy_dial(handle)?,
            failover: UpstreamFailover::copy_all(handle)?,
        })
    }

    fn copy_dial(handle: &Handle<sys::meshgw_mode_explanation>) -> Result<Vec<Endpoint>, Error> {
        let raw = handle.as_ptr();
        // SAFETY: reads an object that is alive.
        let count = unsafe { sys::meshgw_mode_explanation_dial_count(raw) };
        let at = |index| {
            let mut endpoint = ffi::sized::<sys::meshgw_endpoint>();
            // SAFETY: writes a struct of the size that it says; its strings are
            // borrowed from the object.
            unsafe {
                ffi::call(|_| sys::meshgw_mode_explanation_dial_at(raw, index, &mut endpoint))?;
                Ok(Endpoint::copy(&endpoint))
            }
        };
        (0..count).map(at).collect()
    }
}

impl UpstreamFailover {
    fn copy_all(handle: &Handle<sys::meshgw_mode_explanation>) -> Result<Vec<Self>, Error> {
        // SAFETY: reads an object that is alive.
        let count = unsafe { sys::meshgw_mode_explanation_failover_count(handle.as_ptr()) };
        (0..count).map(|index| Self::copy(handle, index)).collect()
    }

    fn copy(handle: &Handle<sys::meshgw_mode_explanation>, index: usize) -> Result<Self, Error> {
        let from = handle.as_ptr();
        let mut raw = ffi::sized::<sys::meshgw_upstream_failover>();
        // SAFETY: writes a struct of the size that it says; its strings are borrowed
        // from the object, which is alive.
        unsafe {
            ffi::call(|_| sys::meshgw_mode_explanation_failover_at(from, index, &mut raw))?;
        }
        let dial = (0..raw.dial_count).map(|at| {
            let mut endpoint = ffi::sized::<sys::meshgw_endpoint>();
            // SAFETY: as above.
            unsafe {
                ffi::call(|_| {
                    sys::meshgw_mode_explanation_failover_dial_at(from, index, at, &mut endpoint)
                })?;
                Ok(Endpoint::copy(&endpoint))
            }
        });
        let dial = dial.collect::<Result<_, Error>>()?;
        // SAFETY: as above.
        unsafe {
            Ok(Self {
                datacenter: ffi::owned_text(raw.datacenter),
                partition: ffi::owned_text(raw.partition),
                service: ffi::owned_text(raw.service),
                subset: ffi::owned_text(raw.subset),
                peer: ffi::owned_text(raw.peer),
                server_name: ffi::owned_text(raw.server_name),
                decision: ModeDecision::from_raw(&raw.decision),
                dial,
            })
        }
    }
}

impl UpstreamTarget {
    fn copy(handle: &Handle<sys::meshgw_mode_explanation>) -> Result<Self, Error> {
        let mut raw = ffi::sized::<sys::meshgw_upstream_target>();
        // SAFETY: writes a struct of the size that it says; its strings are borrowed
        // from the object, which is alive.
        unsafe {
            ffi::call(|_| sys::meshgw_mode_explanation_target(handle.as_ptr(), &mut raw))?;
            Ok(Self {
                source_datacenter: ffi::owned_text(raw.source_datacenter),
                datacenter: ffi::owned_text(raw.datacenter),
                service: ffi::owned_text(raw.service),
                server_name: ffi::owned_text(raw.server_name),
            })
        }
    }
}

impl ModeLayer {
    /// # Safety
    /// The owner of the strings lives for the call.
    unsafe fn copy(raw: &sys::meshgw_mode_layer) -> Self {
        // SAFETY: as the caller promises.
        let (file, why) = unsafe { (ffi::owned_text(raw.file), ffi::owned_text(raw.why)) };
        Self {
            source: Source::from_raw(raw.source),
            value: Mode::from_raw(raw.value),
            considered: raw.considered != 0,
            won: raw.won != 0,
            file,
            line: raw.line,
            column: raw.column,
            why,
        }
    }
}
