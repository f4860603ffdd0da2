//! A TCP proxy that routes mesh connections by their server name and never decrypts.
//!
//!     proxy LISTEN NAME=HOST:PORT...
//!     proxy 127.0.0.1:8443 '*.dc2.internal.td.consul=192.0.2.7:8443'
use std::error::Error;
use std::io;
use std::time::Duration;

use meshgw::tokio::{peek, splice};
use meshgw::{Cluster, Endpoint, HelloOptions, Routes, RoutesBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

fn read_routes(rules: impl Iterator<Item = String>) -> Result<Routes, Box<dyn Error>> {
    let mut builder = RoutesBuilder::new()?;
    for rule in rules {
        let (name, address) = rule.split_once('=').ok_or("expected NAME=HOST:PORT")?;
        let (host, port) = address.rsplit_once(':').ok_or("expected NAME=HOST:PORT")?;
        builder.add_cluster(&Cluster::new(&rule).endpoint(Endpoint::new(host, port.parse()?)))?;
        match name.starts_with("*.") {
            true => builder.suffix(name, &rule)?,
            false => builder.exact(name, &rule)?,
        };
    }
    Ok(builder.build()?)
}

async fn serve(client: TcpStream, routes: Routes) -> io::Result<()> {
    let peeked = timeout(
        Duration::from_secs(5),
        peek(client, &HelloOptions::default()),
    )
    .await??;
    let name = peeked.hello().server_name().unwrap_or_default().to_vec();
    let Some(found) = routes.lookup(&name) else {
        let message = format!("no route for {}", name.escape_ascii());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    };
    let cluster = routes
        .cluster(found.cluster)
        .expect("a cluster of the table");
    let endpoint = cluster
        .endpoints()
        .next()
        .expect("each cluster was given one");
    let server = TcpStream::connect((&*endpoint.address, endpoint.port)).await?;
    let (client, first) = peeked.into_parts();
    splice(client, &first, server).await?.into_result()?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments
        .next()
        .ok_or("usage: proxy LISTEN NAME=HOST:PORT...")?;
    let routes = read_routes(arguments)?;
    let listener = TcpListener::bind(listen).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (client, source) = listener.accept().await?;
        let routes = routes.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(client, routes).await {
                eprintln!("{source}: {error}");
            }
        });
    }
}
