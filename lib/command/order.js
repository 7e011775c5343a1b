'use strict';

/** An order to a program that runs, or a look at it: waits for the result, and prints it. */

const ask = require('./ask');
const controlPath = require('./control_path');
const { FAILED, USAGE } = require('./exit_codes');
const { killedOf, workersOf } = require('./in_words');
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

/** What HTTP says of an order that makes no sense. */
const WRONG_USE = 400;

/** What is asked for each order, and what its result says. */
const ORDERS = {
  reload: {
    ask: () => ['POST', '/reload'],
    tell: ({ replaced, killed, ms, generation }) =>
      `reloaded ${workersOf(replaced)} in ${ms} ms, generation ${generation}${killedOf(killed)}`,
  },
  scale: {
    ask: ([workers]) => ['POST', `/scale?workers=${encodeURIComponent(workers)}`],
    tell: ({ wanted }) => workersOf(wanted),
  },
  drain: { ask: () => ['POST', '/drain'], tell: () => 'drained: /readyz says 503' },
  undrain: { ask: () => ['POST', '/undrain'], tell: () => 'no longer drained' },
  stop: {
    ask: (_, { now }) => ['POST', now ? '/stop?now' : '/stop'],
    tell: ({ killed }) => `stopped${killedOf(killed)}`,
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

function fail(message, code = FAILED) {
  process.stderr.write(`rs-cluster: ${message}\n`);
  process.exitCode = code;
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
  if (status !== 200) fail(messageOf(body), status === WRONG_USE ? USAGE : FAILED);
  else if (isText || json) print(body);
  else print(`${tell(JSON.parse(body))}\n`);
};
