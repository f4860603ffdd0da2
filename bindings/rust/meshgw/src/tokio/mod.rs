//! For programs on tokio: peek at a stream and replay what was read, splice two
//! streams, await the events of a gateway.
//!
//! ```
//! use meshgw::tokio::{peek, splice};
//! use meshgw::{HelloOptions, Routes};
//! use tokio::net::TcpStream;
//!
//! /// Carries one connection to where its server name leads.
//! async fn serve(client: TcpStream, routes: &Routes) -> std::io::Result<()> {
//!     let peeked = peek(client, &HelloOptions::default()).await?;
//!     let name = peeked.hello().server_name().unwrap_or_default();
//!     let Some(found) = routes.lookup(name) else { return Ok(()) };
//!     let cluster = routes.cluster(found.cluster).expect("a cluster of the table");
//!     let endpoint = cluster.endpoints().next().expect("an endpoint");
//!     let server = TcpStream::connect((&*endpoint.address, endpoint.port)).await?;
//!     let (client, first) = peeked.into_parts();
//!     splice(client, &first, server).await?.into_result()?;
//!     Ok(())
//! }
//! ```

mod events;
mod peek;
mod splice;

pub use events::EventStream;
pub use peek::{peek, PeekError, PeekErrorKind, Peeked};
pub use splice::{splice, SplicePool};
