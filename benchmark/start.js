'use strict';

/**
 * Rows that start workers. 'online' is the time from `fork()` to the event, and 'first' that of a
 * primary's first worker, for which the addon is loaded; 'listening' the time until a server of
 * the worker listens; 'RSS' the worker's memory then.
 */

const program = require('./program');

/** A worker of ours may take a tenth more. */
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
