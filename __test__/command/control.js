'use strict';

// The control socket: who may use it, what it answers, and what becomes of it.

const assert = require('node:assert');
const childProcess = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { commands } = require('../fixtures/command');
const test = require('node:test');
const compiled = require('../fixtures/compiled');
const { settled, skipBuiltin, temporaryPath } = require('../harness');

const skip = skipBuiltin('it has no command');

commands('only its user may connect, and it is gone when the program has stopped', async (scene) => {
  const command = scene.begin(['--workers', '1', 'app.js']);
  await command.port();
  assert.strictEqual(fs.statSync(scene.control).mode & 0o777, 0o600);
  assert.strictEqual(fs.statSync(path.dirname(scene.control)).mode & 0o777, 0o700);
  const stop = await scene.run(['stop']);
  assert.deepStrictEqual([stop.code, stop.stdout], [0, 'stopped\n']);
  assert.strictEqual((await command.end()).code, 0);
  assert.ok(!fs.existsSync(scene.control));
});

commands('it speaks HTTP', async (scene) => {
  const command = scene.begin(['--workers', '1', 'app.js']);
  await command.port();
  const answers = [
    ['GET', '/livez', 200, /^ok$/m],
    ['GET', '/readyz', 200, /^ok$/m],
    ['HEAD', '/readyz', 200, /^$/],
    ['GET', '/status', 200, /^\{"state":"ready",/],
    ['GET', '/nothing', 404, /no such path[^]*GET \/livez [^]*POST \/reload /],
    ['GET', '/reload', 405, /Use POST/],
    ['POST', '/status', 405, /Use GET, HEAD/],
    ['DELETE', '/status', 405, /Use GET, HEAD/],
    ['GET', '/__proto__', 404, /no such path/],
    ['POST', '/scale', 400, /ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/],
    ['POST', '/scale?workers=0', 400, /ERR_OUT_OF_RANGE/],
    ['POST', '/scale?workers=many', 400, /ERR_OUT_OF_RANGE/],
    ['POST', '/scale?workers=2', 200, /"slot":1/],
    ['POST', '/reload', 200, /"generation":2,"replaced":2/],
    ['POST', '/drain', 200, /"drained":true/],
    ['GET', '/readyz', 503, /drained/],
    ['GET', '/readyz?status=404', 404, /drained/],
    ['GET', '/status', 200, /"drained":true/],
    ['POST', '/undrain', 200, /"drained":false/],
    ['GET', '/readyz?status=404', 200, /ok/],
    ['POST', '/stop?now=soon', 400, /ERR_INVALID_ARG_TYPE/],
    ['POST', '/stop?now=off', 200, /"killed":0/],
  ];
  for (const [method, url, status, body] of answers) {
    const answer = await scene.ask(method, url);
    assert.strictEqual(answer.status, status, `${method} ${url}: ${answer.body}`);
    assert.match(answer.body, body, `${method} ${url}`);
  }
  assert.strictEqual((await command.end()).code, 0);
});

commands('scale: what it cannot be is wrong use, code 2; one worker is no plural', async (scene) => {
  const command = scene.begin(['--workers', '2', 'app.js']);
  await command.port();
  for (const count of ['0', 'many']) {
    const { code, stderr } = await scene.run(['scale', count]);
    assert.strictEqual(code, 2);
    assert.match(stderr, /^rs-cluster: .*"N\|auto".*>= 1 or 'auto'/);
  }
  const { code, stdout } = await scene.run(['scale', '1']);
  assert.deepStrictEqual([code, stdout], [0, '1 worker\n']);
});

commands('a socket that a dead program has left is replaced', async (scene) => {
  const first = scene.begin(['--workers', '1', 'app.js']);
  await first.port();
  first.kill('SIGKILL');
  await first.end();
  assert.ok(fs.existsSync(scene.control));
  const second = scene.begin(['--workers', '1', 'app.js']);
  await second.port();
  assert.strictEqual((await scene.ask('GET', '/livez')).status, 200);
});

commands('a program that lives is left alone: the second one ends with 1', async (scene) => {
  const first = scene.begin(['--workers', '1', 'app.js']);
  await first.port();
  const second = await scene.run(['--workers', '1', 'app.js']);
  assert.strictEqual(second.code, 1);
  assert.match(second.stderr, /already listens at .*scope-app\.sock/);
  assert.doesNotMatch(second.stderr, /starts/);
  assert.strictEqual((await scene.ask('GET', '/livez')).status, 200);
  const other = scene.begin(['--workers', '1', '--name', 'other', 'app.js']);
  await other.port();
  assert.ok(fs.existsSync(path.join(path.dirname(scene.control), 'other.sock')));
});

commands('a file that is no socket is not replaced', async (scene) => {
  const file = scene.write('precious', 'text');
  const { code, stderr } = await scene.run(['--control', file, 'app.js']);
  assert.strictEqual(code, 1);
  assert.match(stderr, /EADDRINUSE/);
  assert.strictEqual(fs.readFileSync(file, 'utf8'), 'text');
});

commands('a folder that cannot be written: it runs without orders, and says so', async (scene) => {
  scene.write('file', '');
  const env = { XDG_RUNTIME_DIR: path.join(scene.folder, 'file') };
  const command = scene.begin(['--workers', '1', 'app.js'], { env });
  await command.port();
  assert.match(command.output.stderr, /has no control socket: ENOTDIR/);
});

test('of two that start at once where a dead socket is, one listens', { skip }, async () => {
  const openControl = require('../../lib/operate/control');
  const file = temporaryPath('control');
  const left = childProcess.spawnSync(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  assert.deepStrictEqual([left.signal, fs.existsSync(file)], ['SIGKILL', true]);
  const both = await Promise.allSettled([openControl(file), openControl(file)]);
  const [opened] = both.filter(({ status }) => status === 'fulfilled');
  const [refused] = both.filter(({ status }) => status === 'rejected');
  assert.strictEqual(refused?.reason.code, 'ERR_RS_CLUSTER_CONTROL');
  const client = net.connect(file);
  await once(client, 'connect');
  client.destroy();
  opened.value.close();
});

commands('a socket of another kind is not replaced', async (scene) => {
  const file = path.join(scene.folder, 'log');
  const logger = childProcess.spawn(compiled('datagrams'), [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(logger.stdout, 'data');
  const { code, stderr } = await scene.run(['--control', file, 'app.js']);
  assert.deepStrictEqual([code, fs.existsSync(file)], [1, true]);
  assert.match(stderr, /already listens at .*log/);
  logger.stdin.end();
});

commands(
  'a path that is too long for a socket is refused, or left out if nobody has chosen it',
  async (scene) => {
    const file = path.join(scene.folder, 'x'.repeat(100));
    for (const args of [['app.js'], ['status']]) {
      const { code, stderr } = await scene.run(['--control', file, ...args]);
      assert.strictEqual(code, 1);
      assert.match(stderr, /at most 107 bytes/);
    }
    const command = scene.begin(['--workers', '1', 'app.js'], { env: { XDG_RUNTIME_DIR: file } });
    await command.port();
    assert.match(command.output.stderr, /has no control socket: .*at most 107 bytes/);
    assert.ok(!fs.readdirSync(scene.folder).some((name) => name.startsWith('x')));
  },
);

test('a folder in /tmp that others can use is refused', { skip }, () => {
  const controlPath = require('../../lib/command/control_path');
  const folder = `/tmp/rs-cluster-${process.getuid()}`;
  const { lstatSync } = fs;
  const { XDG_RUNTIME_DIR, RUNTIME_DIRECTORY } = process.env;
  delete process.env.XDG_RUNTIME_DIR;
  delete process.env.RUNTIME_DIRECTORY;
  const found = { isDirectory: () => true, uid: process.getuid(), mode: 0o40700 };
  const pathWith = (change) => {
    fs.lstatSync = (file, ...rest) => (file === folder ? { ...found, ...change } : lstatSync(file, ...rest));
    return controlPath({ name: 'app' });
  };
  try {
    assert.strictEqual(pathWith({}), `${folder}/app.sock`);
    for (const change of [{ uid: found.uid + 1 }, { mode: 0o40777 }, { isDirectory: () => false }]) {
      assert.throws(() => pathWith(change), { code: 'ERR_RS_CLUSTER_CONTROL', message: /XDG_RUNTIME_DIR/ });
    }
  } finally {
    fs.lstatSync = lstatSync;
    Object.assign(
      process.env,
      XDG_RUNTIME_DIR && { XDG_RUNTIME_DIR },
      RUNTIME_DIRECTORY && { RUNTIME_DIRECTORY },
    );
  }
});

commands('clients that write nonsense, or nothing, harm nobody', async (scene) => {
  const command = scene.begin(['--workers', '1', 'app.js']);
  await command.port();
  const silent = net.connect(scene.control);
  await once(silent, 'connect');
  const nonsense = net.connect(scene.control);
  nonsense.end('\0\0\0 nonsense\r\n\r\n');
  let answer = '';
  for await (const text of nonsense.setEncoding('utf8')) answer += text;
  assert.match(answer, /^HTTP\/1\.1 400/);
  for (const target of ['http://[', '//', 'x', '*']) {
    const socket = net.connect(scene.control);
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const part of socket.setEncoding('utf8')) text += part;
    assert.match(text, /^HTTP\/1\.1 4/, target);
  }
  assert.strictEqual((await scene.ask('GET', '/livez')).status, 200);
  silent.destroy();
});

commands('orders to nobody', async (scene) => {
  for (const order of ['reload', 'status', 'top', 'drain', 'undrain', 'stop', 'metrics']) {
    const { code, stderr } = await scene.run([order]);
    assert.strictEqual(code, 1, order);
    assert.match(stderr, /^rs-cluster: Nothing runs at .*scope-app\.sock/, order);
  }
  const { code, stderr } = await scene.run(['status', '--control', 'off']);
  assert.strictEqual(code, 2);
  assert.match(stderr, /--control must say where/);
});

commands('a program that is killed leaves no worker', async (scene) => {
  const command = scene.begin(['--workers', '2', 'app.js']);
  await command.port();
  const { workers } = JSON.parse((await scene.ask('GET', '/status')).body);
  command.kill('SIGKILL');
  await command.end();
  const isAlive = ({ pid }) => fs.existsSync(`/proc/${pid}`);
  await settled(() => !workers.some(isAlive));
});
