'use strict';

/** A contender of `scripts/clients.js`: `cluster.supervise()`. GRACE is its `idleGrace`; if empty, the default. */

const path = require('node:path');
const cluster = require('../../..');
const serve = require('./serve');

const { GRACE, WORKERS } = process.env;

cluster.setupPrimary({ exec: path.join(__dirname, '../worker.js') });
let supervisor;

serve({
  async start() {
    const idleGrace = GRACE ? Number(GRACE) : undefined;
    supervisor = cluster.supervise({ workers: Number(WORKERS), idleGrace });
    await supervisor.ready;
  },

  reload: () => supervisor.reload(),

  stop: async () => {
    await supervisor.stop();
  },
});
