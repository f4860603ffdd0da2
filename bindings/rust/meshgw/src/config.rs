//! Configuration in Consul's own file formats.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use meshgw_sys as sys;

use crate::error::{Error, ErrorDetail};
use crate::ffi::{self, Handle};

c_enum! {
    /// The language of a file.
    #[derive(Default)]
    pub enum Format named by meshgw_format_name {
        /// By `.json` or `.hcl` at the end of the file's name.
        #[default]
        ByExtension = MESHGW_FORMAT_BY_EXTENSION,
        /// HCL1.
        Hcl = MESHGW_FORMAT_HCL,
        /// JSON.
        Json = MESHGW_FORMAT_JSON,
    }
}

/// A file's name (for messages, and its extension) and contents.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfigFile<'a> {
    /// The name.
    pub name: &'a str,
    /// What it holds.
    pub contents: &'a str,
    /// The language.
    pub format: Format,
}

/// What the files of one Consul agent say. Immutable.
///
/// ```
/// # fn main() -> Result<(), meshgw::Error> {
/// let config = meshgw::Config::parse_text(
///     "agent.hcl",
///     r#"
///     datacenter = "dc1"
///     service { name = "web" port = 80 }
///     "#,
/// )?;
/// assert_eq!(config.datacenter(), Some("dc1".to_owned()));
/// assert_eq!(config.service_count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Config(Handle<sys::meshgw_config>);

// SAFETY: immutable objects of the library are thread-safe to read, and any thread
// may free them.
unsafe impl Send for Config {}
// SAFETY: as above.
unsafe impl Sync for Config {}

impl Config {
    /// Reads files in order as one agent's: agent files and config entries.
    ///
    /// # Errors
    /// `InvalidArgument` with a detail for each mistake: all are found.
    pub fn parse(files: &[ConfigFile<'_>]) -> Result<Self, Error> {
        let raw: Vec<_> = files.iter().map(|file| file.to_raw()).collect();
        // SAFETY: the files are lent for the call.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_config_parse(raw.as_ptr(), raw.len(), out, err)
        })?;
        Ok(Self(handle))
    }

    /// [`parse`](Self::parse) for one file, whose name says the format.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_text(name: &str, contents: &str) -> Result<Self, Error> {
        Self::parse(&[ConfigFile { name, contents, format: Format::ByExtension }])
    }

    /// Reads the file at `path`, or the `.hcl` and `.json` files of the folder there,
    /// in Consul's order.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); also `NotFound` and `PermissionDenied`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = ffi::lend(path.as_ref().as_os_str().as_bytes());
        // SAFETY: the path is lent for the call.
        let handle = ffi::create(|out, err| unsafe { sys::meshgw_config_load(path, out, err) })?;
        Ok(Self(handle))
    }

    /// The datacenter. None: the files do not say.
    pub fn datacenter(&self) -> Option<String> {
        // SAFETY: the text is borrowed from the config, and copied.
        let name = unsafe { ffi::owned_text(sys::meshgw_config_datacenter(self.as_ptr())) };
        Some(name).filter(|name| !name.is_empty())
    }

    /// How many services are defined.
    pub fn service_count(&self) -> usize {
        // SAFETY: reads an object that is alive.
        unsafe { sys::meshgw_config_service_count(self.as_ptr()) }
    }

    /// What is valid and has no effect here.
    pub fn warnings(&self) -> Vec<ErrorDetail> {
        // SAFETY: reads an object that is alive, from which the details are borrowed.
        unsafe {
            let count = sys::meshgw_config_warning_count(self.as_ptr());
            ErrorDetail::copy_all(count, |index, out| {
                sys::meshgw_config_warning_at(self.as_ptr(), index, out)
            })
        }
    }

    /// Filters of subsets that cannot be read: mistakes, of which each breaks only its
    /// own subset.
    pub fn filter_errors(&self) -> Vec<ErrorDetail> {
        // SAFETY: reads an object that is alive, from which the details are borrowed.
        unsafe {
            let count = sys::meshgw_config_filter_error_count(self.as_ptr());
            ErrorDetail::copy_all(count, |index, out| {
                sys::meshgw_config_filter_error_at(self.as_ptr(), index, out)
            })
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::meshgw_config {
        self.0.as_ptr()
    }
}

impl ConfigFile<'_> {
    fn to_raw(self) -> sys::meshgw_config_file {
        let mut raw = ffi::sized::<sys::meshgw_config_file>();
        raw.name = ffi::lend(self.name);
        raw.contents = ffi::lend(self.contents);
        raw.format = self.format.as_raw();
        raw
    }
}
