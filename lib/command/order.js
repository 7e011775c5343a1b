'use strict';

/** An order to a program that runs, or a look at it: waits for the result, and prints it. */

const ask = require('./ask');
const controlPath = require('./control_path');
const { FAILED } = require('./exit_codes');
const print = require('./print');
const { summary, table } = require('./table');

const STATUS_COLUMNS = [
  'slot',
  'pid',
  'state',
  'generation',
  'open',
  'loop',
  'blocked',
  'memory',
  'restarts',
  'uptime',
  'lastExit',
];

/** What is asked for each order, and what its result says. */
const ORDERS = {
  reload: {
    ask: () => ['POST', '/reload'],
    tell: ({ replaced, killed, ms, generation }) => {
      const dead = killed > 0 ? `, ${killed} had to be killed` : '';
      return `reloaded ${replaced} workers in ${ms} ms, generation ${generation}${dead}`;
    },
  },
  scale: {
    ask: ([workers]) => ['POST', `/scale?workers=${encodeURIComponent(workers)}`],
    tell: ({ workers }) => `${workers.length} workers`,
  },
  drain: { ask: () => ['POST', '/drain'], tell: () => 'drained: /readyz says 503' },
  undrain: { ask: () => ['POST', '/undrain'], tell: () => 'no longer drained' },
  stop: {
    ask: (_, { now }) => ['POST', now ? '/stop?now' : '/stop'],
    tell: ({ killed }) => (killed > 0 ? `stopped, ${killed} workers had to be killed` : 'stopped'),
  },
  status: {
    ask: () => ['GET', '/status'],
    tell: (status) => [summary(status), ...table(status.workers, STATUS_COLUMNS)].join('\n'),
  },
  metrics: { ask: () => ['GET', '/metrics'], isText: true },
};

/** What the program says of its failure. Its answer may also be no JSON. */
function messageOf(body) {
  try {
    return JSON.parse(body).error.message;
  } catch {
    return body.trim();
  }
}

function fail(message) {
  process.stderr.write(`rs-cluster: ${message}\n`);
  process.exitCode = FAILED;
}

/** @param {import('./arguments').Asked} asked */
module.exports = async function order({ command, operands = [], json = false, now = false, options }) {
  const { ask: what, tell, isText } = ORDERS[command];
  let answer;
  try {
    const [method, path] = what(operands, { now });
    answer = await ask(controlPath(options), method, path);
  } catch (error) {
    if (error.code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    fail(error.message);
    return;
  }
  const { status, body } = answer;
  if (status !== 200) fail(messageOf(body));
  else if (isText || json) print(body);
  else print(`${tell(JSON.parse(body))}\n`);
};
