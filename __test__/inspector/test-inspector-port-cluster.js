'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const freePorts = require('../fixtures/free-ports');
const { scenario, exited } = require('../harness');

/** Forks a worker that tells its `process.debugPort`, and the address of its inspector if it runs. */
async function inspected(cluster) {
  const worker = cluster.fork();
  const [answer] = await once(worker, 'message');
  worker.disconnect();
  assert.deepStrictEqual(await exited(worker), [0, null]);
  return answer;
}

async function portsOf(cluster, count) {
  const ports = [];
  for (let i = 0; i < count; i++) ports.push((await inspected(cluster)).port);
  return ports;
}

function worker() {
  const { url } = require('node:inspector');
  const address = url();
  process.send({ port: process.debugPort, host: address === undefined ? null : new URL(address).host });
}

/** Those flags name a port and open nothing, so any port will do. */
for (const flag of ['--inspect-port', '--debug-port']) {
  scenario(`${flag}: each worker has the next port`, {
    execArgv: [`${flag}=65534`],
    async primary(cluster) {
      assert.deepStrictEqual(await portsOf(cluster, 3), [65535, 1024, 1025]);
    },
    worker,
  });
}

scenario('--inspect-port in settings.execArgv alone counts from the port of the primary', {
  async primary(cluster) {
    process.debugPort = 20_000;
    cluster.setupPrimary({ execArgv: ['--inspect-port=30000'] });
    assert.deepStrictEqual(await portsOf(cluster, 2), [20_001, 20_002]);
  },
  worker,
});

scenario('the host of --inspect=HOST:PORT is kept', {
  async primary(cluster) {
    const host = '127.0.0.2';
    const first = await freePorts(2, host);
    process.debugPort = first - 1;
    cluster.setupPrimary({ execArgv: [`--inspect=${host}:${first - 1}`] });
    for (const port of [first, first + 1]) {
      assert.deepStrictEqual(await inspected(cluster), { port, host: `${host}:${port}` });
    }
  },
  worker,
});

scenario('settings.inspectPort is the port of the workers, or makes it', {
  execArgv: ['--inspect-port=20000'],
  async primary(cluster) {
    cluster.setupPrimary({ inspectPort: 30_000 });
    assert.deepStrictEqual(await portsOf(cluster, 2), [30_000, 30_000]);

    let calls = 0;
    cluster.setupPrimary({ inspectPort: () => 40_000 + ++calls });
    assert.deepStrictEqual(await portsOf(cluster, 3), [40_001, 40_002, 40_003]);
    assert.strictEqual(calls, 3);

    cluster.setupPrimary({ inspectPort: 0 });
    assert.deepStrictEqual(await portsOf(cluster, 2), [0, 0]);
  },
  worker,
});

scenario('a wrong settings.inspectPort makes fork() throw', {
  execArgv: ['--inspect-port=20000'],
  primary(cluster) {
    for (const value of ['string', null, 1_293_812, 65_536, -1, 1.5]) {
      for (const inspectPort of [value, () => value]) {
        cluster.setupPrimary({ inspectPort });
        assert.throws(() => cluster.fork(), { name: 'RangeError', code: 'ERR_SOCKET_BAD_PORT' });
      }
    }
    assert.deepStrictEqual(Object.keys(cluster.workers), []);
  },
  worker,
});

scenario('settings.inspectPort = null makes fork() throw even without a flag', {
  primary(cluster) {
    cluster.setupPrimary({ inspectPort: null });
    assert.throws(() => cluster.fork(), { name: 'RangeError', code: 'ERR_SOCKET_BAD_PORT' });
  },
});

scenario('without a flag of the inspector nothing is added', {
  async primary(cluster) {
    cluster.setupPrimary({ inspectPort: 30_000 });
    const worker = cluster.fork();
    assert.ok(worker.process.spawnargs.every((arg) => !arg.startsWith('--inspect')));
    const [{ port, host }] = await once(worker, 'message');
    assert.deepStrictEqual({ port, host }, { port: 9229, host: null });
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
  },
  worker,
});
