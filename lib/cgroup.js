'use strict';

/**
 * What the control groups of this process allow it: processors and memory. A container has such limits, and Node's own
 * number of processors does not count the quota of every kernel.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** @returns {string[]} the words of a file; none if it cannot be read: there is no such limit */
function words(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}

/**
 * The folders of the control groups that hold this process, the innermost first. A limit of each of them holds.
 *
 * @param {string} root the root of the file system
 * @param {string} controller its name in version 1; version 2 has one tree for all
 */
function* folders(root, controller) {
  for (const line of words(path.join(root, 'proc/self/cgroup'))) {
    const [, controllers, inside] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (inside === undefined) continue;
    const isMeant = controllers === '' || controllers.split(',').includes(controller);
    if (!isMeant) continue;
    const tree = path.join(root, 'sys/fs/cgroup', controllers === '' ? '' : controllers);
    // In a container, the folder has the limits of the container, and the path is that of the host.
    for (let at = inside; ; at = path.dirname(at)) {
      yield path.join(tree, at);
      if (at === '/') break;
    }
  }
}

/** A number of a file. 'max', -1 and what cannot be read mean no limit. */
const limit = (text) => (/^\d+$/.test(text ?? '') ? Number(text) : Infinity);

/** @returns {number} how many processors' time these groups may use; Infinity if as many as there are */
function quota(root) {
  let least = Infinity;
  for (const folder of folders(root, 'cpu')) {
    const [max, period] = words(path.join(folder, 'cpu.max'));
    const [quotaUs] = words(path.join(folder, 'cpu.cfs_quota_us'));
    const [periodUs] = words(path.join(folder, 'cpu.cfs_period_us'));
    least = Math.min(least, limit(max) / limit(period ?? '1'), limit(quotaUs) / limit(periodUs ?? '1'));
  }
  return least;
}

/**
 * @param {string} [root] of the file system
 * @returns {number} how many workers have a processor each, 1 or more
 */
function processors(root = '/') {
  // `availableParallelism` exists since Node 18.14.
  const available = os.availableParallelism?.() ?? os.cpus().length;
  return Math.max(1, Math.min(available, Math.ceil(quota(root))));
}

/**
 * @param {string} [root] of the file system
 * @returns {number} bytes; Infinity if there is no limit
 */
function memory(root = '/') {
  let least = Infinity;
  for (const folder of folders(root, 'memory')) {
    const [max] = words(path.join(folder, 'memory.max'));
    const [bytes] = words(path.join(folder, 'memory.limit_in_bytes'));
    least = Math.min(least, limit(max), limit(bytes));
  }
  return least;
}

module.exports = { memory, processors };
