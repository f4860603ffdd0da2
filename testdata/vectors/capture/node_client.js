// Sends one ClientHello: node_client.js PORT NAME [ALPN...].
const [port, servername, ...alpn] = process.argv.slice(2);
require('node:tls')
    .connect({
      host: '127.0.0.1',
      port: Number(port),
      servername,
      ALPNProtocols: alpn.length > 0 ? alpn : undefined,
    })
    .on('error', () => process.exit(0));
