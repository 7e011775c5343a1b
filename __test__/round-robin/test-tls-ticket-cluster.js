'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { scenario, listening, exited } = require('../harness');

const CONNECTIONS = 16;

const pem = (name) => fs.readFileSync(path.join(__dirname, '../fixtures/tls', name));

/** @returns {Promise<{ session: Buffer, reused: boolean, id: string }>} */
async function connect(port, session) {
  const client = tls.connect({ port, host: '127.0.0.1', session, rejectUnauthorized: false });
  client.on('session', (ticket) => (session = ticket));
  let id = '';
  client.setEncoding('utf8').on('data', (text) => (id += text));
  await once(client, 'end');
  return { session, reused: client.isSessionReused(), id };
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  scenario(`workers resume each other's ${version} sessions`, {
    async primary(cluster) {
      const { workers, port } = await listening(cluster, 4, { env: { VERSION: version } });
      const ids = new Set();
      const reused = [];
      let session;
      for (let i = 0; i < CONNECTIONS; i++) {
        const connection = await connect(port, session);
        session = connection.session;
        reused.push(connection.reused);
        ids.add(connection.id);
      }
      assert.deepStrictEqual(reused, [false, ...Array(CONNECTIONS - 1).fill(true)]);
      assert.deepStrictEqual([...ids].sort(), ['1', '2', '3', '4']);
      for (const worker of workers) worker.disconnect();
      for (const worker of workers) assert.deepStrictEqual(await exited(worker), [0, null]);
    },
    worker(cluster) {
      const { VERSION } = process.env;
      const options = {
        key: pem('key.pem'),
        cert: pem('cert.pem'),
        minVersion: VERSION,
        maxVersion: VERSION,
      };
      tls.createServer(options, (socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');
    },
  });
}
