'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const compiled = require('../fixtures/compiled');
const { scenario, listening, exited, settled } = require('../harness');

/**
 * Errors that may come again and again: of a seccomp filter, of the system, and two that accept(2)
 * counts among those of one connection.
 */
const ERRORS = ['EACCES', 'EPERM', 'ENOSYS', 'EINVAL', 'ENOMEM', 'ECONNABORTED', 'EINTR'];

/** How often the thread must have slept, so that it was no accident. */
const SLEEPS = 20;

/** What the kernel has of our thread: how often it went to sleep, and how long it ran, in ms. */
function thread() {
  const folder = '/proc/self/task';
  const comm = (id) => fs.readFileSync(`${folder}/${id}/comm`, 'latin1');
  const id = fs.readdirSync(folder).find((each) => comm(each) === 'rs-cluster\n');
  const [, sleeps] = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(fs.readFileSync(`${folder}/${id}/status`));
  const [ran] = fs.readFileSync(`${folder}/${id}/schedstat`, 'latin1').split(' ');
  return { sleeps: Number(sleeps), ran: Number(ran) / 1e6 };
}

for (const code of ERRORS) {
  scenario(
    `an accept that always fails with ${code} lets the primary's thread sleep, and do its other work`,
    {
      skipBuiltin: 'it has no such thread',
      under: [compiled('accept_fails'), `${os.constants.errno[code]}`],
      async primary(cluster) {
        const { port, workers } = await listening(cluster);
        const clients = Array.from({ length: 3 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
        await Promise.all(clients.map((client) => once(client, 'connect')));

        const before = { ...thread(), time: Date.now() };
        assert.ok(
          await settled(() => thread().sleeps >= before.sleeps + SLEEPS),
          'the thread does not sleep',
        );
        const share = (thread().ran - before.ran) / (Date.now() - before.time);
        assert.ok(share < 0.5, `the thread runs ${Math.round(100 * share)} per cent of the time`);

        assert.strictEqual(cluster.stats().accepted, 0);
        workers[0].disconnect();
        assert.deepStrictEqual(await exited(workers[0]), [0, null]);
        for (const client of clients) client.destroy();
      },
      worker: () => net.createServer((socket) => socket.end()).listen(0, '127.0.0.1'),
    },
  );
}
