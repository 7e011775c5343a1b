'use strict';

/** `cluster.stats()`: gives the addon's figures their names. */

/** The names of a worker's figures, in the addon's order. */
let names;

/**
 * @param {object} reactor the addon's Cluster
 * @returns {import('..').Stats} see `index.d.ts`
 */
module.exports = function stats(reactor) {
  names ??= reactor.constructor.figureNames();
  const [accepted, queued, ...numbers] = reactor.figures();
  const workers = {};
  for (let i = 0; i < numbers.length; i += 1 + names.length) {
    const worker = (workers[numbers[i]] = {});
    for (let j = 0; j < names.length; j++) worker[names[j]] = numbers[i + 1 + j];
  }
  return { accepted, queued, workers };
};
