'use strict';

// The examples of what happens to a cluster that runs for long.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { text } = require('node:stream/consumers');
const test = require('node:test');
const example = require('../fixtures/example');
const { request } = require('../fixtures/software');
const { skipBuiltin } = require('../harness');

example(
  'restart.js',
  async (started) => {
    const port = await started.port();
    await assert.rejects(request(port, '/crash'));
    const [, slot, gone] = await started.says(/^slot (\d): worker (\d) is gone \(exit code 1\)$/m);
    await started.says(new RegExp(`^slot ${slot}: worker 3 is starting \\(crash\\)$`, 'm'));
    const answered = new Set();
    while (!answered.has('3')) {
      const [, id] = /^hello from worker (\d)\n$/.exec((await request(port)).text);
      assert.notStrictEqual(id, gone);
      answered.add(id);
    }
  },
  { skip: skipBuiltin('it has no supervise()') },
);

for (const signal of ['SIGINT', 'SIGTERM']) {
  example(
    'shutdown.js',
    async (started) => {
      const sent = http.get({ port: await started.port(), agent: false });
      const [response] = await once(sent, 'response');
      started.interrupt(signal);
      assert.strictEqual(await text(response), 'working, done\n');
      const { code, output } = await started.end();
      assert.match(output, /^all workers have exited\n$/m);
      assert.strictEqual(code, 0);
    },
    { skip: skipBuiltin('it has no supervise()') },
  );
}

example(
  'reload.js',
  async (started) => {
    const port = await started.port();
    assert.match((await request(port)).text, /^hello from worker [12]\n$/);
    started.kill('SIGHUP');
    await started.says(/^2 workers were replaced$/m);
    assert.match((await request(port)).text, /^hello from worker [34]\n$/);
  },
  { skip: skipBuiltin('it has no supervise()') },
);

example(
  'stats.js',
  async (started) => {
    const { code, output } = await started.end();
    assert.strictEqual(output.match(/^answered by worker 2 after \d+ ms$/gm)?.length, 4, output);
    assert.match(output, /revoked: [1-9]/);
    assert.strictEqual(code, 0);
  },
  { skip: skipBuiltin() },
);

test('each example is run by a test', () => {
  const tests = fs.readdirSync(__dirname).map((name) => fs.readFileSync(path.join(__dirname, name), 'utf8'));
  const run = tests.flatMap((text) => [...text.matchAll(/^ *(?:example\()?'([\w.]+\.m?[jt]s)'/gm)]);
  const folder = path.join(__dirname, '../../examples');
  // `scripts/deploy.js` checks those of the folder in it.
  const examples = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = examples.map(({ name }) => name);
  assert.deepStrictEqual([...new Set(run.map(([, name]) => name))].sort(), names.sort());
});
