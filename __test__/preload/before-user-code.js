'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { WAYS, program } = require('../fixtures/program');

const FIXTURES = path.join(__dirname, 'fixtures');
const PROGRAM = path.join(FIXTURES, 'has-agent.js');
const AGENT = path.join(FIXTURES, 'agent.js');
const MODULE = path.join(FIXTURES, 'agent.mjs');

/** Where a user may name an agent. */
const PLACES = {
  '-r': { execArgv: ['-r', AGENT] },
  '--import': { execArgv: ['--import', MODULE] },
  'NODE_OPTIONS with -r': { options: `-r ${AGENT}` },
  'NODE_OPTIONS with --import': { options: `--import ${MODULE}` },
};

/** How the program gets its cluster, before or after the agent. */
const ORDERS = Object.entries(WAYS).filter(([way]) => !way.includes('--import'));

function together(way, place, isFirst) {
  const order = (list) => (isFirst ? list : [...list].reverse());
  const options = [way.env?.NODE_OPTIONS, place.options].filter(Boolean);
  return {
    execArgv: order([way.execArgv ?? [], place.execArgv ?? []]).flat(),
    env: { NODE_OPTIONS: order(options).join(' ') },
  };
}

for (const [place, where] of Object.entries(PLACES)) {
  for (const [way, how] of ORDERS) {
    test(`${way}: an agent in ${place} sees a worker, may listen and fork`, async () => {
      const [before, after] = [true, false].map((isFirst) => program(PROGRAM, together(how, where, isFirst)));
      for (const { code, said, stderr } of await Promise.all([before, after])) {
        const child = { isPrimary: true, variables: [] };
        const worker = { id: 1, connected: true, send: 'function', process: true, same: true };
        const all = { ...worker, variables: [], child, listens: true };
        assert.deepStrictEqual({ code, said, stderr }, { code: 0, said: all, stderr: '' });
      }
    });
  }
}
