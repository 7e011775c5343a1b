'use strict';

// Each module that is loaded is told to the primary: by `node --watch`, or by an agent. What `send()` loads
// would make it call itself without end.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { scenario, exited } = require('../harness');

const AGENT = path.join(__dirname, '../fixtures/reports-modules.js');

/** How a worker comes to report what it loads. */
const REPORTERS = {
  'node --watch': { env: { WATCH_REPORT_DEPENDENCIES: '1' } },
  'an agent': { execArgv: ['-r', AGENT] },
};

for (const [name, { env, execArgv = [] }] of Object.entries(REPORTERS)) {
  for (const serialization of ['json', 'advanced']) {
    scenario(`${serialization}: a worker whose modules are reported by ${name} sends messages and a socket`, {
      async primary(cluster) {
        cluster.setupPrimary({ serialization, execArgv });
        const worker = cluster.fork(env);
        const own = [];
        const reports = [];
        worker.on('message', (message, handle) => {
          const isReport = message.loaded !== undefined || message['watch:require'] !== undefined;
          if (isReport) reports.push(message);
          else own.push([message, handle instanceof net.Socket]);
          handle?.destroy();
        });
        await Promise.all([exited(worker), once(worker, 'disconnect')]);
        assert.deepStrictEqual(own, [
          [{ first: [1] }, false],
          [{ socket: true }, true],
          [{ last: 'one' }, false],
        ]);
        assert.ok(reports.length > 0, 'nothing was reported');
      },
      worker() {
        process.send({ first: [1] });
        const server = net.createServer((socket) => {
          process.send({ socket: true }, socket);
          server.close();
          // Loaded by none of us, so that there is a report in any case.
          require('../fixtures/printed');
          process.send({ last: 'one' }, () => process.disconnect());
        });
        server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1'));
      },
    });
  }
}
