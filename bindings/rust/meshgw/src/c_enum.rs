//! Enumerations whose values are those of the C header.

/// Declares an enumeration of the header. New values may come with a new library:
/// they are `Unknown`. `named by` gives the C function that knows the spelling, so
/// that it is the same in every language.
macro_rules! c_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident $(named by $function:ident)? {
            $($(#[$variant_meta:meta])* $variant:ident = $value:ident,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A value that this crate does not know.
            Unknown(i32),
        }

        impl $name {
            #[allow(dead_code)]
            pub(crate) fn from_raw(raw: i32) -> Self {
                match raw {
                    $(::meshgw_sys::$value => Self::$variant,)+
                    other => Self::Unknown(other),
                }
            }

            #[allow(dead_code)]
            pub(crate) fn as_raw(self) -> i32 {
                match self {
                    $(Self::$variant => ::meshgw_sys::$value,)+
                    Self::Unknown(raw) => raw,
                }
            }

            $(
                /// The stable name, as in logs and in the other languages.
                pub fn as_str(self) -> &'static str {
                    // SAFETY: takes any value, returns static, NUL-terminated text.
                    unsafe { crate::ffi::static_text(::meshgw_sys::$function(self.as_raw())) }
                }
            )?
        }

        $(
            impl ::std::fmt::Display for $name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    // Only where there is a C function that names the values.
                    let _ = ::meshgw_sys::$function;
                    f.pad(self.as_str())
                }
            }
        )?
    };
}
