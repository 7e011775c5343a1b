'use strict';

// The admin address: everybody may look, nobody can give an order, and it answers while all workers are blocked.

const assert = require('node:assert');
const net = require('node:net');
const { once } = require('node:events');
const { commands, ask } = require('../fixtures/command');

/** A program with an admin address. @returns {Promise<{ command, url: string }>} */
async function begin(scene, ...args) {
  const command = scene.begin(['--workers', '2', '--admin', '127.0.0.1:0', ...args, 'app.js']);
  const [, url] = await command.says(/answers at (http:\S+)/);
  return { command, url };
}

commands('everybody may look, and nobody can give an order', async (scene) => {
  const { command, url } = await begin(scene);
  await command.port();
  for (const path of ['/livez', '/readyz', '/status'])
    assert.strictEqual((await ask('GET', url + path)).status, 200);
  for (const path of ['/reload', '/scale?workers=1', '/stop', '/drain', '/undrain']) {
    for (const method of ['GET', 'POST', 'PUT'])
      assert.strictEqual((await ask(method, url + path)).status, 404, path);
  }
  const { headers } = await ask('GET', `${url}/status`);
  assert.strictEqual(headers['content-type'], 'application/json');
  assert.strictEqual(headers['cache-control'], 'no-store');
});

commands('it answers while every worker is blocked', async (scene) => {
  const { command, url } = await begin(scene, '--logs', 'prefix');
  const port = await command.port();
  const { workers } = JSON.parse((await ask('GET', `${url}/status`)).body);
  const clients = [];
  const isBlocked = ({ blocked }) => blocked > 100;
  for (;;) {
    const { body } = await ask('GET', `${url}/status`);
    const rows = JSON.parse(body).workers;
    if (rows.filter(isBlocked).length === workers.length) break;
    if (clients.length < workers.length) {
      const client = net.connect(port, '127.0.0.1', () =>
        client.write('GET /block HTTP/1.1\r\nHost: x\r\n\r\n'),
      );
      client.on('error', () => {});
      clients.push(client);
    }
  }
  assert.strictEqual((await ask('GET', `${url}/livez`)).status, 200);
  assert.strictEqual((await ask('GET', `${url}/readyz`)).status, 200);
  for (const client of clients) client.destroy();
  const { code } = await scene.run(['stop', '--now']);
  assert.strictEqual(code, 0);
});

commands('it is ready as soon as one worker is, and not before', async (scene) => {
  scene.write('app.js', `setTimeout(() => require('node:net').createServer().listen(0, '127.0.0.1'), 500)`);
  const { command, url } = await begin(scene);
  const early = await ask('GET', `${url}/readyz`);
  assert.deepStrictEqual([early.status, early.body], [503, 'no worker is ready\n']);
  await command.says(/is ready/);
  assert.strictEqual((await ask('GET', `${url}/readyz`)).status, 200);
});

commands('an address that is taken, or is none: it ends with 1 before a worker starts', async (scene) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { code, stderr } = await scene.run(['--admin', `127.0.0.1:${server.address().port}`, 'app.js']);
  server.close();
  assert.strictEqual(code, 1);
  assert.match(stderr, /^rs-cluster \d+: The admin address cannot be opened: .*EADDRINUSE/);
  assert.doesNotMatch(stderr, /starts/);
});

commands(
  'while shutdownDelay passes, it serves whoever comes, and each response closes its connection',
  async (scene) => {
    const { command, url } = await begin(scene, '--shutdown-delay', '1s');
    const port = await command.port();
    const before = await ask('GET', `http://127.0.0.1:${port}/`);
    const stopped = scene.run(['stop']);
    await command.says(/stops/);
    const ready = await ask('GET', `${url}/readyz`);
    assert.deepStrictEqual([ready.status, ready.body], [503, 'stopping\n']);
    assert.strictEqual(JSON.parse((await ask('GET', `${url}/status`)).body).state, 'stopping');
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    // The connection would stay open otherwise: it is one of HTTP/1.1.
    for await (const part of socket) text += part;
    assert.match(text, /^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/i);
    assert.strictEqual(before.status, 200);
    assert.doesNotMatch(command.output.stderr, /drains/);
    assert.deepStrictEqual((await stopped).code, 0);
  },
);
