'use strict';

// As if the runtime were Bun or Deno: Node says that it is. The real ones were tried by hand; each is
// 100 MB, and this suite does not install them.

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

const FIXTURES = path.join(__dirname, 'fixtures');
const FORKS = path.join(FIXTURES, 'under-another-runtime.js');
const FALSE_WORKER = path.join(FIXTURES, 'false-worker.js');
const execArgv = ['-r', path.join(FIXTURES, 'elsewhere.js')];

const ENTRIES = [
  ['rs-cluster'],
  ['rs-cluster/register'],
  ['rs-cluster/standalone'],
  ['rs-cluster', 'rs-cluster/standalone', 'rs-cluster/register', 'rs-cluster/standalone'],
];

for (const [RUNTIME, name] of Object.entries({ bun: 'Bun', deno: 'Deno' })) {
  for (const args of ENTRIES) {
    test(`${name}: ${args.join(', ')} yields to its own cluster with one warning`, ours, async () => {
      const { code, said, stderr } = await program(FORKS, { execArgv, args, env: { RUNTIME } });
      const message = `rs-cluster runs on Node.js only, and this is ${name}. Its own cluster is used`;
      const all = { same: true, untouched: true, addon: false };
      const worker = { ...all, warnings: [] };
      const warnings = [{ code: 'RS_CLUSTER_FALLBACK', message }];
      assert.deepStrictEqual({ code, said }, { code: 0, said: { ...all, warnings, worker } }, stderr);
    });
  }

  test(`${name}: what Node's primary starts there as a worker fails, and forks nothing`, ours, async () => {
    // With NODE_OPTIONS, as Deno reads them, and without, as Bun.
    for (const NODE_OPTIONS of [`-r ${execArgv[1]}`, `-r ${execArgv[1]} $NODE_OPTIONS`]) {
      const WRAPPER = `export RUNTIME=${RUNTIME} NODE_OPTIONS="${NODE_OPTIONS}"`;
      const { code, said, stderr } = await program(FALSE_WORKER, { env: { WRAPPER, LOAD: 'rs-cluster' } });
      const all = { events: [], warnings: [], code: 1, signal: null };
      assert.deepStrictEqual({ code, said }, { code: 0, said: all }, stderr);
      assert.match(stderr, new RegExp(`on Node\\.js only|runs on ${name}`));
    }
  });
}
