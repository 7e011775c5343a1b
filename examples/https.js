'use strict';

// TLS. The workers share the keys of session tickets, so that a client can resume its session at any worker.

const cluster = require('rs-cluster');
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');

const port = Number(process.env.PORT || 8000);
const folder = path.join(__dirname, '../__test__/fixtures/tls'); // Use your own certificates.

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (worker, address) =>
    console.log(`Try: curl -k https://localhost:${address.port}/`),
  );
} else {
  const options = {
    key: fs.readFileSync(path.join(folder, 'key.pem')),
    cert: fs.readFileSync(path.join(folder, 'cert.pem')),
  };
  https.createServer(options, (req, res) => res.end(`hello from worker ${cluster.worker.id}\n`)).listen(port);
}
