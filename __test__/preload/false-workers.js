'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin } = require('../harness');
const { program } = require('../fixtures/program');

const ours = { skip: skipBuiltin() };

const FORKS = path.join(__dirname, 'fixtures/false-worker.js');
const CODE = 'ERR_RS_CLUSTER_NOT_A_WORKER';

/** What a wrapper may do to a worker, and what its error says. */
const WRAPPERS = {
  'drops NODE_OPTIONS': ['unset NODE_OPTIONS', /NODE_OPTIONS did not reach it/],
  'replaces NODE_OPTIONS': ['export NODE_OPTIONS=--no-deprecation', /NODE_OPTIONS did not reach it/],
  'drops NODE_OPTIONS and NODE_UNIQUE_ID': [
    'unset NODE_OPTIONS NODE_UNIQUE_ID',
    /NODE_OPTIONS did not reach it/,
  ],
  'drops NODE_UNIQUE_ID': ['unset NODE_UNIQUE_ID', /NODE_UNIQUE_ID did not reach it/],
  'drops RS_CLUSTER_CHANNEL': ['unset RS_CLUSTER_CHANNEL', /RS_CLUSTER_CHANNEL did not reach it/],
  'drops all variables but NODE_OPTIONS': [
    'unset NODE_UNIQUE_ID RS_CLUSTER_CHANNEL',
    /RS_CLUSTER_CHANNEL did not reach it/,
  ],
  'closes the channel': ['exec 3>&-', /descriptor 3 is not its channel/],
  'opens a file in the place of the channel': ['exec 3</dev/null', /descriptor 3 is not its channel/],
  'reads its first frame': ['head -c 9 <&3 >/dev/null', /the primary's hello frame did not come first/],
};

for (const [does, [WRAPPER, says]] of Object.entries(WRAPPERS)) {
  for (const LOAD of ['rs-cluster', 'rs-cluster/register', 'rs-cluster/standalone']) {
    test(`${LOAD}: a worker whose wrapper ${does} fails, and forks nothing`, ours, async () => {
      const { code, said, stderr } = await program(FORKS, { env: { WRAPPER, LOAD } });
      const all = { events: [], warnings: [], code: 1, signal: null };
      assert.deepStrictEqual({ code, said }, { code: 0, said: all }, stderr);
      assert.match(stderr, new RegExp(`\\[${CODE}\\]: a process was started as a worker`));
      assert.match(stderr, says);
    });
  }
}

test('a wrapper that adds to NODE_OPTIONS does no harm', ours, async () => {
  for (const added of ['"--no-warnings $NODE_OPTIONS"', '"$NODE_OPTIONS --no-warnings"']) {
    const env = { WRAPPER: `export NODE_OPTIONS=${added}`, LOAD: 'rs-cluster' };
    const { code, said, stderr } = await program(FORKS, { env });
    const all = { events: ['online'], warnings: [], code: 0, signal: null };
    assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
  }
});

test('a false worker that does not know of us ends with code 0: its primary is told', ours, async () => {
  const options = { env: { WRAPPER: 'unset NODE_OPTIONS' } };
  const end = { code: 0, signal: null };
  const warned = await program(FORKS, options);
  assert.deepStrictEqual(warned.said, { events: [], warnings: [CODE], ...end }, warned.stderr);
  const heard = await program(FORKS, { env: { ...options.env, LISTEN: 'yes' } });
  assert.deepStrictEqual(heard.said, { events: [CODE], warnings: [], ...end }, heard.stderr);
});

test('a true worker is no false one, however early it is let go', ours, async () => {
  const { code, said, stderr } = await program(path.join(__dirname, 'fixtures/let-go.js'));
  assert.deepStrictEqual(
    { code, said, stderr },
    { code: 0, said: { exits: [0, 0, 0], warnings: [] }, stderr: '' },
  );
});
