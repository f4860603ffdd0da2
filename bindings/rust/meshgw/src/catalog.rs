//! A static catalog: what Consul's would say, from files.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use meshgw_sys as sys;

use crate::config::Config;
use crate::error::{Error, ErrorDetail};
use crate::ffi::{self, Handle};
use crate::mode::Rules;
use crate::mode_explanation::ModeExplanation;
use crate::routes::Routes;

/// The configuration of one agent for each datacenter. Immutable.
///
/// ```
/// # fn main() -> Result<(), meshgw::Error> {
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/two-datacenters");
/// let catalog = meshgw::Catalog::load(folder)?;
/// for datacenter in catalog.datacenters() {
///     let (routes, warnings) = catalog.routes(&datacenter, None)?;
///     println!("{datacenter}: {} rules, {} warnings", routes.rules().len(), warnings.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Catalog(Handle<sys::meshgw_catalog>);

// SAFETY: immutable objects of the library are thread-safe to read, and any thread
// may free them.
unsafe impl Send for Catalog {}
// SAFETY: as above.
unsafe impl Sync for Catalog {}

/// Whose mode [`Catalog::explain_mode`] resolves.
#[derive(Clone, Copy, Debug, Default)]
pub struct UpstreamQuery<'a> {
    /// Where the source service runs.
    pub datacenter: &'a str,
    /// The source service.
    pub service: &'a str,
    /// The upstream's destination name; `prepared_query:<name>` for a query that has
    /// the name of a service.
    pub upstream: &'a str,
    /// Empty: what the definition says.
    pub upstream_datacenter: &'a str,
    /// Empty: the only proxy.
    pub proxy_id: &'a str,
    /// Whose rules.
    pub rules: Rules,
}

impl Catalog {
    /// Reads `directory`: a folder for each datacenter.
    ///
    /// # Errors
    /// As [`Config::load`]; also datacenters given twice, none at all, or no
    /// cluster_id.
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let path = ffi::lend(directory.as_ref().as_os_str().as_bytes());
        // SAFETY: the path is lent for the call.
        let handle = ffi::create(|out, err| unsafe { sys::meshgw_catalog_load(path, out, err) })?;
        Ok(Self(handle))
    }

    /// A catalog of copies of `configs`, each of which names its datacenter.
    ///
    /// # Errors
    /// As [`load`](Self::load), but for what concerns files.
    pub fn new<'a>(configs: impl IntoIterator<Item = &'a Config>) -> Result<Self, Error> {
        let raw: Vec<*const sys::meshgw_config> =
            configs.into_iter().map(|config| config.as_ptr().cast_const()).collect();
        // SAFETY: the configs are alive for the call, which copies them.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_catalog_create(raw.as_ptr(), raw.len(), out, err)
        })?;
        Ok(Self(handle))
    }

    /// The datacenters, by name.
    pub fn datacenters(&self) -> Vec<String> {
        // SAFETY: reads an object that is alive.
        let count = unsafe { sys::meshgw_catalog_datacenter_count(self.0.as_ptr()) };
        let name = |index| {
            // SAFETY: the text is borrowed from the catalog, and copied.
            unsafe { ffi::owned_text(sys::meshgw_catalog_datacenter_at(self.0.as_ptr(), index)) }
        };
        (0..count).map(name).collect()
    }

    /// The primary datacenter.
    pub fn primary(&self) -> String {
        // SAFETY: the text is borrowed from the catalog, and copied.
        unsafe { ffi::owned_text(sys::meshgw_catalog_primary(self.0.as_ptr())) }
    }

    /// Those of its configurations, and what of the catalog as a whole has no effect.
    pub fn warnings(&self) -> Vec<ErrorDetail> {
        // SAFETY: reads an object that is alive, from which the details are borrowed.
        unsafe {
            let count = sys::meshgw_catalog_warning_count(self.0.as_ptr());
            ErrorDetail::copy_all(count, |index, out| {
                sys::meshgw_catalog_warning_at(self.0.as_ptr(), index, out)
            })
        }
    }

    /// As [`Config::filter_errors`], of all its configurations.
    pub fn filter_errors(&self) -> Vec<ErrorDetail> {
        // SAFETY: reads an object that is alive, from which the details are borrowed.
        unsafe {
            let count = sys::meshgw_catalog_filter_error_count(self.0.as_ptr());
            ErrorDetail::copy_all(count, |index, out| {
                sys::meshgw_catalog_filter_error_at(self.0.as_ptr(), index, out)
            })
        }
    }

    /// The routes of a mesh gateway of `datacenter`: of the one with that id; without:
    /// of the only one, or of one with the defaults where the catalog has none. Also
    /// parts that could not be used, a line each.
    ///
    /// # Errors
    /// `NotFound` for an unknown datacenter or gateway; `FailedPrecondition` when there
    /// are several gateways and none is named.
    pub fn routes(
        &self,
        datacenter: &str,
        gateway_id: Option<&str>,
    ) -> Result<(Routes, Vec<String>), Error> {
        let mut warnings = ptr::null_mut();
        // SAFETY: the texts are lent for the call.
        let routes = ffi::create(|out, err| unsafe {
            let gateway_id = ffi::lend(gateway_id.unwrap_or_default());
            let catalog = self.0.as_ptr();
            let datacenter = ffi::lend(datacenter);
            sys::meshgw_catalog_routes(catalog, datacenter, gateway_id, out, &mut warnings, err)
        })?;
        // SAFETY: the call has returned MESHGW_OK: the string is ours.
        let warnings = unsafe { Handle::own(warnings) };
        let text = warnings.map_or_else(String::new, |warnings| warnings.to_text());
        Ok((Routes::own(routes), text.lines().map(str::to_owned).collect()))
    }

    /// Resolves the mode of one upstream as a sidecar in that datacenter would, with
    /// the place of each layer.
    ///
    /// # Errors
    /// `NotFound` for what the catalog does not have; `FailedPrecondition` when the
    /// service has several proxies and none is named.
    pub fn explain_mode(&self, query: &UpstreamQuery<'_>) -> Result<ModeExplanation, Error> {
        let mut raw = ffi::sized::<sys::meshgw_upstream_query>();
        raw.datacenter = ffi::lend(query.datacenter);
        raw.service = ffi::lend(query.service);
        raw.upstream = ffi::lend(query.upstream);
        raw.upstream_datacenter = ffi::lend(query.upstream_datacenter);
        raw.proxy_id = ffi::lend(query.proxy_id);
        raw.rules = query.rules.as_raw();
        // SAFETY: the query is lent for the call.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_catalog_explain_mode(self.0.as_ptr(), &raw, out, err)
        })?;
        ModeExplanation::copy(&handle)
    }
}
