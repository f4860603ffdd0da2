//! Why a name leads where it leads.

use meshgw_sys as sys;

use crate::error::Error;
use crate::ffi;
use crate::routes::{RouteKind, RouteMatch, Routes};

/// All that a look-up considers, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteExplanation {
    /// What [`Routes::lookup`] finds.
    pub found: Option<RouteMatch>,
    /// Everything that was considered.
    pub candidates: Vec<RouteCandidate>,
}

/// Something that a look-up considers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteCandidate {
    /// What kind of rule.
    pub kind: RouteKind,
    /// There is such a rule and it matches.
    pub matched: bool,
    /// Whether it decides.
    pub won: bool,
    /// The key looked up, or the pattern tried.
    pub pattern: String,
    /// Empty: there is no such rule.
    pub cluster_name: String,
    /// A sentence.
    pub why: String,
}

impl Routes {
    /// Finds what [`lookup`](Self::lookup) finds, by the same code, and says why.
    ///
    /// ```
    /// # fn main() -> Result<(), meshgw::Error> {
    /// let routes = meshgw::RoutesBuilder::new()?.build()?;
    /// let explanation = routes.explain("db.example.com")?;
    /// assert!(explanation.found.is_none());
    /// for candidate in &explanation.candidates {
    ///     println!("{} {}: {}", candidate.kind, candidate.pattern, candidate.why);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn explain(&self, server_name: impl AsRef<[u8]>) -> Result<RouteExplanation, Error> {
        // SAFETY: the name is lent for the call.
        let handle = ffi::create(|out, err| unsafe {
            sys::meshgw_routes_explain(self.as_ptr(), ffi::lend(server_name.as_ref()), out, err)
        })?;
        let raw = handle.as_ptr();
        // SAFETY: reads an object that is alive.
        let (found, count) = unsafe {
            let found = sys::meshgw_route_explanation_match(raw);
            (RouteMatch::from_raw(found), sys::meshgw_route_explanation_count(raw))
        };
        let candidates = (0..count).map(|index| {
            let mut candidate = ffi::sized::<sys::meshgw_route_candidate>();
            // SAFETY: writes a struct of the size that it says; its strings are borrowed
            // from the explanation.
            unsafe {
                ffi::call(|_| sys::meshgw_route_explanation_at(raw, index, &mut candidate))?;
                Ok(RouteCandidate::copy(&candidate))
            }
        });
        Ok(RouteExplanation { found, candidates: candidates.collect::<Result<_, Error>>()? })
    }
}

impl RouteCandidate {
    /// # Safety
    /// The owner of the strings lives for the call.
    unsafe fn copy(raw: &sys::meshgw_route_candidate) -> Self {
        // SAFETY: as the caller promises.
        let text = |view| unsafe { ffi::owned_text(view) };
        Self {
            kind: RouteKind::from_raw(raw.kind),
            matched: raw.matched != 0,
            won: raw.won != 0,
            pattern: text(raw.match_),
            cluster_name: text(raw.cluster_name),
            why: text(raw.why),
        }
    }
}
