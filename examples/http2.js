'use strict';

// HTTP/2. All streams of a connection go to the same worker.

const cluster = require('rs-cluster');
const fs = require('node:fs');
const http2 = require('node:http2');
const path = require('node:path');

const port = Number(process.env.PORT || 8000);
const folder = path.join(__dirname, '../__test__/fixtures/tls'); // Use your own certificates.

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) => {
    console.log(`Try: curl -k --http2 https://localhost:${address.port}/`);
  });
} else {
  const options = {
    key: fs.readFileSync(path.join(folder, 'key.pem')),
    cert: fs.readFileSync(path.join(folder, 'cert.pem')),
  };
  const server = http2.createSecureServer(options).listen(port);
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(`hello from worker ${cluster.worker.id}\n`);
  });
}
