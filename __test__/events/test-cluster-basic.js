'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { BUILTIN, scenario, exited } = require('../harness');

const MODULE = BUILTIN ? 'node:cluster' : require.resolve('../..');

scenario('each event of a life comes once, from the worker and from cluster', {
  async primary(cluster) {
    assert.ok(!('NODE_UNIQUE_ID' in process.env));
    const calls = [];
    for (const event of ['fork', 'online', 'listening', 'exit']) {
      cluster.on(event, (...args) => calls.push({ event, by: 'cluster', args }));
    }
    const worker = cluster.fork();
    assert.strictEqual(worker.id, 1);
    assert.ok(worker instanceof cluster.Worker);
    for (const event of ['online', 'listening', 'exit']) {
      worker.on(event, function (...args) {
        assert.strictEqual(this, worker);
        calls.push({ event, by: 'worker', args });
      });
    }
    const [{ names, execArgv }] = await once(worker, 'message');
    assert.deepStrictEqual(names, [], 'the worker sees how it was started');
    assert.deepStrictEqual(execArgv, process.execArgv);

    const [address] = await once(worker, 'listening');
    assert.deepStrictEqual(Object.keys(address).sort(), ['address', 'addressType', 'fd', 'port']);
    const { port } = address;
    assert.ok(Number.isInteger(port) && port > 0, `a port of ${port}`);
    assert.deepStrictEqual({ ...address }, { address: '127.0.0.1', addressType: 4, fd: undefined, port });

    worker.kill();
    const exit = await exited(worker);
    assert.deepStrictEqual(exit, [null, 'SIGTERM']);
    assert.deepStrictEqual(exit, [worker.process.exitCode, worker.process.signalCode]);
    assert.deepStrictEqual(calls, [
      { event: 'fork', by: 'cluster', args: [worker] },
      { event: 'online', by: 'worker', args: [] },
      { event: 'online', by: 'cluster', args: [worker] },
      { event: 'listening', by: 'worker', args: [address] },
      { event: 'listening', by: 'cluster', args: [worker, address] },
      { event: 'exit', by: 'worker', args: exit },
      { event: 'exit', by: 'cluster', args: [worker, ...exit] },
    ]);
  },
  worker() {
    const names = Object.keys(process.env).filter((name) => /UNIQUE_ID|CHANNEL/.test(name));
    process.send({ names, execArgv: process.execArgv });
    net.createServer().listen(0, '127.0.0.1');
  },
});

scenario('an inherited NODE_UNIQUE_ID makes no worker', {
  primary() {
    const program = `
      Object.getPrototypeOf(process.env).NODE_UNIQUE_ID = '1';
      const { isPrimary, isWorker } = require(process.argv[1]);
      console.log(process.env.NODE_UNIQUE_ID, isPrimary, isWorker);`;
    const output = execFileSync(process.execPath, ['-e', program, MODULE], { encoding: 'utf8' });
    assert.strictEqual(output, '1 true false\n');
  },
});
