'use strict';

/**
 * Rows with clients that send datagrams: how evenly they are spread over the workers, and whether each client has
 * one worker.
 */

const program = require('./program');

/** Each flow is a client that sends from one port, so many datagrams. */
const FLOWS = 200;
const DATAGRAMS = 100;
const QUICK = 20;

/** The most busy worker has at most so many times its fair share. */
const GOAL = 1.1;

const row = (workers) => ({
  name: `udp-${workers}`,
  title: `UDP, ${workers} workers, ${FLOWS} flows`,
  contenders: {
    'ours flow': { cluster: 'ours', udp: 'flow', workers },
    'ours shared': { cluster: 'ours', udp: 'shared', workers },
    builtin: { cluster: 'builtin', workers },
  },
  measure: ({ cluster, ...workload }, { node, quick }) =>
    program('udp.js', cluster, { ...workload, flows: FLOWS, datagrams: quick ? QUICK : DATAGRAMS }, node),
  claims: [
    { value: 'most share', over: 'ours flow', most: GOAL },
    { value: 'most share', over: 'ours shared', under: 'ours flow' },
    { value: 'least share', over: 'ours flow' },
    { value: 'strayed', over: 'ours flow', most: 0 },
    { value: 'CPU workers', over: 'ours shared', under: 'ours flow' },
  ],
});

module.exports = { rows: [row(4), row(8)] };
