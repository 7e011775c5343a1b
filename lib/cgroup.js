'use strict';

/**
 * What the control groups of this process allow it: processors and memory. A container has such limits, and Node's own
 * number of processors does not count the quota of every kernel.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** @returns {string} a file; empty if it cannot be read: there is no such limit */
function read(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/**
 * The folders of the control groups that hold this process, the innermost first. A limit of each of them holds.
 *
 * @param {string} root the root of the file system
 * @param {string} controller its name in version 1; version 2 has one tree for all
 */
function* folders(root, controller) {
  for (const line of read(path.join(root, 'proc/self/cgroup')).split('\n')) {
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
const limit = (text) => (/^\d+$/.test(text) ? Number(text) : Infinity);

/** How many processors give so much time in a period. */
function share(time, period) {
  const processors = limit(time) / limit(period);
  return processors > 0 ? processors : Infinity;
}

/** @returns {number} how many processors' time these groups may use; Infinity if as many as there are */
function quota(root) {
  let least = Infinity;
  for (const folder of folders(root, 'cpu')) {
    const [max, period = ''] = read(path.join(folder, 'cpu.max')).split(' ');
    const time = read(path.join(folder, 'cpu.cfs_quota_us'));
    least = Math.min(least, share(max, period), share(time, read(path.join(folder, 'cpu.cfs_period_us'))));
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
    const files = ['memory.max', 'memory.limit_in_bytes'].map((name) => read(path.join(folder, name)));
    least = Math.min(least, ...files.map(limit));
  }
  return least;
}

module.exports = { memory, processors };
