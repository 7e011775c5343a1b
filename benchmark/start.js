'use strict';

/**
 * Rows that start workers. 'online' is the time from `fork()` to the event. 'first' is the same for a primary's
 * first worker, when the addon is loaded. 'listening' is the time from `fork()` until a server of the worker
 * listens. 'RSS' is the worker's memory at that moment.
 */

const program = require('./program');

/** The goal: a worker of rs-cluster takes at most a tenth more. */
const TENTH = 0.91;

/** How many workers are started, one after the other. */
const COUNT = 10;
const QUICK = 3;

const row = (name, title, [first, second], goal) => ({
  name: `start-${name}`,
  title,
  contenders: { [first.name]: first, [second.name]: second },
  measure: ({ cluster, server }, { node, quick }) =>
    program('start.js', cluster, { server, count: quick ? QUICK : COUNT }, node),
  claims: ['first', 'online', 'listening', 'RSS'].map((value) => ({
    value,
    over: second.name,
    under: first.name,
    ...goal,
  })),
});

const beside = (server) => ['ours', 'builtin'].map((cluster) => ({ name: cluster, cluster, server }));
const twice = (server) => ['builtin', 'builtin again'].map((name) => ({ name, cluster: 'builtin', server }));

const rows = [
  row('http', 'a worker with http', beside('http'), { least: TENTH }),
  row('fastify', 'a worker with Fastify', beside('fastify'), { least: TENTH }),
  row('aa', 'A/A: a worker with http', twice('http')),
];

module.exports = { rows };
