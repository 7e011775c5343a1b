'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { NODE, scenario, exited, temporaryPath } = require('../harness');

function failure(options) {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', ({ code, syscall, message, errno, address, port }) => {
      resolve({ code, syscall, message, errno, address, port });
    });
    server.listen(options, () =>
      server.close(() => reject(new Error(`listens at ${JSON.stringify(options)}`))),
    );
  });
}

scenario("listen() fails in a worker with Node's own exceptions", {
  async primary(cluster) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const pipe = temporaryPath('taken');
    const pipeServer = net.createServer().listen(pipe);
    await once(pipeServer, 'listening');

    const nowhere = '/nonexistent/folder/socket';
    const cases = [
      [{ port, host: '127.0.0.1' }, 'EADDRINUSE', `127.0.0.1:${port}`],
      [{ port: 0, host: '192.0.2.1' }, 'EADDRNOTAVAIL', '192.0.2.1'],
      [{ path: pipe }, 'EADDRINUSE', pipe],
      [{ path: __dirname }, 'EADDRINUSE', __dirname],
      [{ path: nowhere }, 'EACCES', nowhere],
    ];
    const worker = cluster.fork({ CASES: JSON.stringify(cases.map(([options]) => options)) });
    const [answers] = await once(worker, 'message');
    for (const [options, code, where] of cases) {
      const actual = answers.shift();
      assert.strictEqual(actual.code, code, JSON.stringify(actual));
      assert.strictEqual(actual.errno, -os.constants.errno[code]);
      assert.strictEqual(actual.syscall, 'bind');
      assert.strictEqual(actual.address, options.path ?? options.host);
      assert.strictEqual(actual.message, `bind ${code} ${where}`);
    }
    worker.disconnect();
    assert.deepStrictEqual(await exited(worker), [0, null]);
    server.close();
    pipeServer.close();
  },
  async worker() {
    const answers = [];
    for (const options of JSON.parse(process.env.CASES)) answers.push(await failure(options));
    process.send(answers);
  },
});

scenario('a path that is too long is refused, and nothing listens at a shorter one', {
  // Before Node 22, libuv cut the path short and listened there.
  skipBuiltin: NODE < 22 ? 'it truncates long paths' : undefined,
  async primary(cluster) {
    const [answer] = await once(cluster.fork(), 'message');
    assert.strictEqual(answer.code, 'EINVAL');
    await new Promise((resolve) => cluster.disconnect(resolve));
  },
  worker: async () => process.send(await failure({ path: path.join(os.tmpdir(), 'x'.repeat(200)) })),
});
