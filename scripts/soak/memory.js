'use strict';

/** Memory and descriptors of this process. */

const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');

/**
 * The longest time until the descriptors no longer change in a pause, because connections end and workers start.
 * In ms.
 */
const REST = 30_000;

const MEGABYTE = 1024 * 1024;

const now = () => {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external, descriptors: fs.readdirSync('/proc/self/fd').length };
};

/** When the number of descriptors no longer changes, and what is garbage is collected. */
async function atRest() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  const end = Date.now() + REST;
  let last;
  // A connection that ends in another process ends a little later in this one.
  for (let same = 0; same < 20 && Date.now() < end; await sleep(50)) {
    gc();
    const { descriptors } = now();
    same = descriptors === last ? same + 1 : 0;
    last = descriptors;
  }
  return now();
}

const inWords = ({ rss, heapUsed, external, descriptors }) =>
  `${(rss / MEGABYTE).toFixed(1)} MiB resident, ${(heapUsed / MEGABYTE).toFixed(1)} heap, ` +
  `${(external / MEGABYTE).toFixed(1)} external, ${descriptors} descriptors`;

module.exports = { MEGABYTE, now, atRest, inWords };
