//! Raw bindings to `libmeshgw`: what `meshgw.h` declares, and nothing else. The
//! header documents it; the crate `meshgw` is the safe API.
//!
//! `build.rs` looks for the library in this order: the folder `MESHGW_LIB_DIR`
//! (`libmeshgw.so`, or `libmeshgw.a` with `MESHGW_STATIC=1`), `pkg-config meshgw`,
//! and with the feature `vendored` CMake on the source tree (`MESHGW_SOURCE_DIR`,
//! else the repository that this crate lies in).
//!
//! ```
//! // SAFETY: both take nothing and return static text.
//! let version = unsafe { core::ffi::CStr::from_ptr(meshgw_sys::meshgw_version()) };
//! assert!(version.to_str().unwrap().starts_with("0.1."));
//! ```
#![no_std]
#![allow(non_camel_case_types)]

// Made by ../update-bindings; do not edit.
#[rustfmt::skip]
mod bindings;
pub use bindings::*;
