'use strict';

/**
 * The start of a worker of rs-cluster beside one of the builtin's.
 *
 *   node benchmark/start.js [--node PATH] [--pairs 9] [--count 10]
 *
 * A ratio is builtin / ours: above 1 is better for us. 'online' is the time from `fork()` to the event, in µs, and
 * 'first' that of a primary's first worker, for which the addon is loaded; 'listening' the time until a server of
 * the worker listens; 'RSS' the worker's memory then, in KiB.
 */

const { execFileSync } = require('node:child_process');
const os = require('node:os');
const { parseArgs } = require('node:util');
const { BUILTIN_TWICE, compare, summary, table } = require('./pairs');

/** A worker of ours may take a tenth more. */
const TENTH = 0.91;

const GOALS = { first: undefined, online: TENTH, listening: TENTH, RSS: TENTH };

async function main() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', default: process.execPath },
      pairs: { type: 'string', default: '9' },
      count: { type: 'string', default: '10' },
    },
  });
  const { node } = values;
  const pairs = Number(values.pairs);
  const start = { program: 'start.js', goals: GOALS };
  const workload = { count: Number(values.count) };
  const rows = [
    { ...start, name: 'http', title: 'with http', workload: { ...workload, server: 'http' } },
    { ...start, name: 'fastify', title: 'with Fastify', workload: { ...workload, server: 'fastify' } },
  ];
  rows.push({ ...rows[0], name: 'aa-http', title: 'A/A: with http', sides: BUILTIN_TWICE });

  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const load = os.loadavg().map((value) => value.toFixed(1));
  const result = await compare(rows, { node, pairs, log: (text) => process.stderr.write(`${text}\n`) });
  console.log(
    `Node ${version}, ${os.cpus().length} CPUs (load ${load.join(' ')}), ${pairs} pairs: medians, µs or KiB\n`,
  );
  const [head, ...lines] = summary(rows, result);
  console.log(table([head.map((cell) => cell.replace(/ µs$/, '')), ...lines]));
  if (result.failures.size > 0) process.exitCode = 1;
}

main();
