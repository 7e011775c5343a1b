'use strict';

/**
 * A contender of `scripts/clients.js`: Node's own cluster, with the usual recipe. One worker after the other is replaced:
 * fork, wait for 'listening', disconnect() the old one, and SIGKILL if it is still there after three seconds.
 */

const cluster = require('node:cluster');
const { once } = require('node:events');
const path = require('node:path');
const serve = require('./serve');

/** In ms. */
const KILL = 3000;

cluster.setupPrimary({ exec: path.join(__dirname, '../worker.js') });

async function fork() {
  const worker = cluster.fork();
  await once(worker, 'listening');
}

/** @returns {Promise<boolean>} whether the worker had to be killed */
async function end(worker) {
  let isKilled = false;
  const timer = setTimeout(() => {
    isKilled = true;
    worker.process.kill('SIGKILL');
  }, KILL);
  worker.disconnect();
  await once(worker, 'exit');
  clearTimeout(timer);
  return isKilled;
}

serve({
  async start() {
    for (let i = 0; i < Number(process.env.WORKERS); i++) await fork();
  },

  async reload() {
    const result = { replaced: 0, killed: 0 };
    for (const worker of Object.values(cluster.workers)) {
      await fork();
      if (await end(worker)) result.killed++;
      result.replaced++;
    }
    return result;
  },

  async stop() {
    await Promise.all(Object.values(cluster.workers).map(end));
  },
});
