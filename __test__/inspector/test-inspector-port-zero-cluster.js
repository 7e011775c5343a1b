'use strict';

const assert = require('node:assert');
const { scenario, exited } = require('../harness');

/** The port that a worker was started with: the last one in its arguments. */
function portOf(worker) {
  const ports = worker.process.spawnargs.map((arg) => /=(?:.*:)?(\d{1,5})$/.exec(arg)?.[1]);
  return Number(ports.filter(Boolean).at(-1));
}

/** Forks three workers. @returns what each was started with, what it says, and how it ended */
async function run(cluster) {
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
  return Promise.all(
    workers.map(async (worker) => {
      let told;
      worker.on('message', (port) => (told = port));
      const [code] = await exited(worker);
      return { given: portOf(worker), told, code };
    }),
  );
}

function worker() {
  process.send(process.debugPort, () => process.exit(7));
}

scenario("with --inspect=0 the workers' ports follow the primary's real port", {
  execArgv: ['--inspect=0'],
  async primary(cluster) {
    let port = process.debugPort;
    assert.ok(port > 0, `a port of ${port}`);
    for (const { given, told, code } of await run(cluster)) {
      port = port === 65535 ? 1024 : port + 1;
      assert.strictEqual(given, port);
      // 12: another process has the port.
      if (code === 12) continue;
      assert.deepStrictEqual({ told, code }, { told: port, code: 7 });
    }
  },
  worker,
});

scenario('after port 65535 comes 1024', {
  execArgv: ['--inspect-port=65534'],
  async primary(cluster) {
    assert.deepStrictEqual(await run(cluster), [
      { given: 65535, told: 65535, code: 7 },
      { given: 1024, told: 1024, code: 7 },
      { given: 1025, told: 1025, code: 7 },
    ]);
  },
  worker,
});
