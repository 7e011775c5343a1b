'use strict';

// NODE_DEBUG=rs-cluster prints what happens, in both processes. Without it nothing is printed.

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, read, exited } = require('../harness');

/** A run in which each kind of event happens. */
const life = {
  skipBuiltin: 'it has no such trace',
  async primary(cluster) {
    const { workers, port } = await listening(cluster, 1);
    const [worker] = workers;
    assert.strictEqual(await read(port), 'served');

    worker.send({ text: 'hello' });
    await once(worker, 'message');

    const server = net.createServer((socket) => worker.send('take it', socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    assert.strictEqual(await read(server.address().port), 'taken');
    server.close();

    worker.disconnect();
    await exited(worker);
    console.log(worker.process.pid);
  },
  worker() {
    net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
    process.on('message', (message, socket) => {
      if (socket) socket.end('taken');
      else process.send(message);
    });
  },
};

scenario('each event is a line in the process where it happens', {
  ...life,
  env: { NODE_DEBUG: 'rs-cluster' },
  check({ code, stdout, stderr }) {
    assert.strictEqual(code, 0, stderr);
    const worker = stdout.trim();
    const lines = [...stderr.matchAll(/^RS-CLUSTER (\d+): (.*)$/gm)];
    assert.strictEqual(lines.length, stderr.trim().split('\n').length, stderr);
    const of = (isWorker) =>
      lines.filter(([, pid]) => (pid === worker) === isWorker).map(([, , text]) => text);
    const channel = `channel of ${worker}:`;
    const expected = {
      primary: [
        `worker 1: forked as process ${worker}`,
        `${channel} receives act {"act":"online"}`,
        `${channel} sends 16 characters of JSON`,
        `${channel} receives 16 characters of JSON`,
        `${channel} sends 9 characters of JSON with a net.Socket`,
        `${channel} sends act {"act":"disconnect"}`,
        `${channel} has ended`,
        'worker 1: is disconnected',
        'worker 1: exits with 0',
      ],
      worker: [
        'query 1: reply key 0, descriptor -1',
        'connection of key 0: claimed',
        `${channel} receives 16 characters of JSON`,
        `${channel} sends 16 characters of JSON`,
        `${channel} receives 9 characters of JSON with a net.Socket`,
        `${channel} receives act {"act":"disconnect"}`,
        'key 0: closed',
        `${channel} disconnects`,
      ],
    };
    for (const [where, texts] of Object.entries(expected)) {
      // 'exit' and 'disconnect' may come in either order.
      const said = of(where === 'worker').filter((text) => texts.includes(text));
      assert.deepStrictEqual(said.sort(), texts.sort(), `in the ${where}:\n${stderr}`);
    }
  },
});

for (const debug of [undefined, 'net-of-somebody']) {
  scenario(`nothing is printed with NODE_DEBUG=${debug ?? ''}`, {
    ...life,
    env: { NODE_DEBUG: debug },
    check: ({ code, stderr }) => assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: '' }),
  });
}
