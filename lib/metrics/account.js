'use strict';

/**
 * The figures of one worker. Unlike those in `cluster.stats()` they can be read when the worker is gone, and are then the
 * last ones: each connection that it has claimed is counted.
 *
 * @param {import('../../dist/binding').Cluster} native
 * @param {number} id
 * @returns {Account | undefined} undefined if there is no such worker
 *
 * @typedef {object} Account
 * @property {() => boolean} hasEnded whether what is read from now on are the last figures
 * @property {() => import('../..').WorkerStats} read
 */
module.exports = function accountOf(native, id) {
  const account = native.account(id);
  if (account === null) return undefined;
  const { worker: names } = /** @type {typeof import('../../dist/binding').Cluster} */ (
    native.constructor
  ).figureNames();
  return {
    hasEnded: () => account.hasEnded(),
    read() {
      const numbers = account.read();
      const figures = Object.fromEntries(names.map((name, at) => [name, numbers[at]]));
      return /** @type {import('../..').WorkerStats} */ (/** @type {unknown} */ (figures));
    },
  };
};
