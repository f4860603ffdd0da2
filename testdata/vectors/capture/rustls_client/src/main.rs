//! Sends one ClientHello: rustls-client ring|aws-lc ADDRESS NAME [ALPN...].

use std::net::TcpStream;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let provider = match args[1].as_str() {
        "ring" => rustls::crypto::ring::default_provider(),
        _ => rustls::crypto::aws_lc_rs::default_provider(),
    };
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = args[4..].iter().map(|name| name.clone().into_bytes()).collect();
    let name = args[3].clone().try_into()?;
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name)?;
    let mut socket = TcpStream::connect(&args[2])?;
    while connection.wants_write() {
        connection.write_tls(&mut socket)?;
    }
    Ok(())
}
