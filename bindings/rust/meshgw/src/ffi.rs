//! What every module needs at the boundary: text both ways, and owned handles.

use std::borrow::Cow;
use std::ffi::{c_char, CStr};
use std::ptr::{self, NonNull};

use meshgw_sys as sys;

use crate::error::Error;

/// Static text of the library, which is ASCII.
///
/// # Safety
/// `text` is NUL-terminated and lives for ever.
pub(crate) unsafe fn static_text(text: *const c_char) -> &'static str {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("unknown")
}

/// Text lent to the library for a call.
pub(crate) fn lend(text: impl AsRef<[u8]>) -> sys::meshgw_str {
    let text = text.as_ref();
    sys::meshgw_str { data: text.as_ptr().cast(), len: text.len() }
}

/// The bytes of a view. Its pointer may be anything when it is empty.
///
/// # Safety
/// The view is one of the library's, whose owner outlives `'a`.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: a view that is not empty points to `len` bytes.
    unsafe { std::slice::from_raw_parts(data, len) }
}

/// The text of a view; what is not UTF-8 is replaced.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(view: sys::meshgw_str) -> Cow<'a, str> {
    // SAFETY: as the caller promises.
    String::from_utf8_lossy(unsafe { bytes(view.data.cast(), view.len) })
}

/// A copy of the text of a view.
///
/// # Safety
/// As [`bytes`], for the call.
pub(crate) unsafe fn owned_text(view: sys::meshgw_str) -> String {
    // SAFETY: as the caller promises.
    unsafe { text(view) }.into_owned()
}

/// A struct of the header whose first field is its own size.
pub(crate) trait Versioned: Default {
    fn set_size(&mut self);
}

/// A zeroed struct of the header with its `struct_size` set.
pub(crate) fn sized<T: Versioned>() -> T {
    let mut out = T::default();
    out.set_size();
    out
}

macro_rules! sized_structs {
    ($($name:ident),+ $(,)?) => {
        $(impl Versioned for sys::$name {
            fn set_size(&mut self) {
                self.struct_size = std::mem::size_of::<sys::$name>();
            }
        })+
    };
}
sized_structs!(
    meshgw_error_detail,
    meshgw_hello_options,
    meshgw_hello_details,
    meshgw_name_parts,
    meshgw_mode_layers,
    meshgw_mode_target,
    meshgw_mode_layer,
    meshgw_endpoint,
    meshgw_cluster,
    meshgw_route,
    meshgw_route_candidate,
    meshgw_config_file,
    meshgw_upstream_query,
    meshgw_upstream_target,
    meshgw_upstream_failover,
    meshgw_splice_options,
    meshgw_gateway_options,
    meshgw_gateway_stats,
);

/// An object of the library that is released by a function of its own.
pub(crate) trait Object {
    /// # Safety
    /// `object` is owned by the caller, who does not use it afterwards.
    unsafe fn free(object: *mut Self);
}

macro_rules! objects {
    ($($name:ident by $free:ident),+ $(,)?) => {
        $(impl Object for sys::$name {
            unsafe fn free(object: *mut Self) {
                // SAFETY: as the caller promises.
                unsafe { sys::$free(object) }
            }
        })+
    };
}
objects!(
    meshgw_string by meshgw_string_free,
    meshgw_error by meshgw_error_free,
    meshgw_name by meshgw_name_free,
    meshgw_mode_explanation by meshgw_mode_explanation_free,
    meshgw_routes by meshgw_routes_free,
    meshgw_routes_builder by meshgw_routes_builder_free,
    meshgw_route_explanation by meshgw_route_explanation_free,
    meshgw_config by meshgw_config_free,
    meshgw_catalog by meshgw_catalog_free,
    meshgw_splice_pool by meshgw_splice_pool_free,
    meshgw_splicer by meshgw_splicer_free,
    meshgw_splice_loop by meshgw_splice_loop_free,
    meshgw_gateway by meshgw_gateway_free,
    meshgw_events by meshgw_events_free,
);

/// An object that this owns.
#[derive(Debug)]
pub(crate) struct Handle<T: Object>(NonNull<T>);

impl<T: Object> Handle<T> {
    /// # Safety
    /// `object` is owned by the caller, who hands it over. None when it is NULL.
    pub(crate) unsafe fn own(object: *mut T) -> Option<Self> {
        NonNull::new(object).map(Self)
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Object> Drop for Handle<T> {
    fn drop(&mut self) {
        // SAFETY: this owns the object, and is gone now.
        unsafe { T::free(self.as_ptr()) }
    }
}

impl Handle<sys::meshgw_string> {
    pub(crate) fn to_text(&self) -> String {
        // SAFETY: the view is borrowed from the string, which lives for the call.
        unsafe { owned_text(sys::meshgw_string_view(self.as_ptr())) }
    }
}

/// Makes a call that may explain its failure.
pub(crate) fn call(make: impl FnOnce(*mut *mut sys::meshgw_error) -> i32) -> Result<(), Error> {
    let mut error = ptr::null_mut();
    match make(&mut error) {
        sys::MESHGW_OK => Ok(()),
        // SAFETY: the library hands over what it wrote there, on failure only.
        status => Err(unsafe { Error::take(status, error) }),
    }
}

/// Makes a call that gives out an object.
pub(crate) fn create<T: Object>(
    make: impl FnOnce(*mut *mut T, *mut *mut sys::meshgw_error) -> i32,
) -> Result<Handle<T>, Error> {
    let mut object = ptr::null_mut();
    call(|error| make(&mut object, error))?;
    // SAFETY: the call has returned MESHGW_OK: the object is ours.
    let handle = unsafe { Handle::own(object) };
    handle.ok_or_else(|| Error::from_status(sys::MESHGW_ERR_INTERNAL))
}
