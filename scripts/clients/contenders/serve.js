'use strict';

/**
 * The end of `contender.js` in the process of a contender: does what it is told, one after the other, and answers.
 */

/**
 * @typedef {object} Contender
 * @property {() => Promise<void>} start until all workers listen
 * @property {() => Promise<{ replaced: number, killed: number }>} reload replaces all workers
 * @property {() => Promise<void>} stop no process shall remain
 */

/** @param {Contender} contender */
module.exports = function serve(contender) {
  let isStopped = false;
  process.on('message', async (name) => {
    const start = performance.now();
    try {
      const result = await contender[name]();
      process.send({ ...result, ms: Math.round(performance.now() - start) });
    } catch (error) {
      process.send({ error: error.stack });
    }
    if (name !== 'stop') return;
    isStopped = true;
    process.disconnect();
  });
  process.on('disconnect', async () => {
    // The script was interrupted.
    if (!isStopped) await contender.stop();
    process.exit();
  });
};
