'use strict';

/** `cluster.stats()`: gives the addon's figures their names. */

/** The names of a worker's figures, in the addon's order. */
let names;

/**
 * @param {import('../dist/binding').Cluster} reactor
 * @returns {import('..').Stats} see `index.d.ts`
 */
module.exports = function stats(reactor) {
  names ??= /** @type {typeof import('../dist/binding').Cluster} */ (reactor.constructor).figureNames();
  const numbers = reactor.figures();
  let at = 0;
  const next = (list) => {
    const figures = {};
    for (const name of list) figures[name] = numbers[at++];
    return figures;
  };
  const totals = next(names.totals);
  const workers = {};
  while (at < numbers.length) {
    const id = numbers[at++];
    workers[id] = next(names.worker);
  }
  return /** @type {import('..').Stats} */ ({ ...totals, workers });
};
