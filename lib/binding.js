'use strict';

/**
 * Loads the addon, when the first worker is forked and not before: a process that never forks
 * pays nothing. Its classes are EventEmitters to JavaScript.
 */

const EventEmitter = require('node:events');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const PLATFORM = `${process.platform}-${process.arch}`;

/** Of the package. */
const FOLDER = path.dirname(__dirname);

/**
 * Where the addon may be: built here, or in the package for this platform. To ask which C library
 * this is costs tens of milliseconds, so one is tried after the other; an addon for glibc does not
 * load on musl.
 */
const PLACES = ['gnu', 'musl'].flatMap((libc) => [
  `../dist/rs-cluster.${PLATFORM}-${libc}.node`,
  `rs-cluster-${PLATFORM}-${libc}`,
]);

/** What the addon exports. */
const CLASSES = ['Cluster', 'Worker', 'LaneEnd'];

/** Bun and Deno have Node-API, but not Node's loop: the addon would end their process. */
const OTHER_RUNTIME = ['Bun', 'Deno'].find((name) => name.toLowerCase() in process.versions);

let binding;

/**
 * Where a place is, looked for from this file and from its real path: pnpm puts the package for this platform
 * beside that, and under `--preserve-symlinks` this file goes by the path of a link.
 *
 * @returns {string | undefined}
 */
function find(place) {
  try {
    return require.resolve(place);
  } catch {
    return findFromRealPath(place);
  }
}

function findFromRealPath(place) {
  try {
    return createRequire(fs.realpathSync(__filename)).resolve(place);
  } catch {
    return undefined;
  }
}

/** Under Node's permission model, what may not be read seems not to be there. */
function mayRead() {
  return process.permission === undefined || process.permission.has('fs.read', FOLDER);
}

/** Only `process.dlopen` itself tells on every Node line. This file is no addon, so it loads nothing. */
function areAddonsAllowed() {
  try {
    process.dlopen({ exports: {} }, __filename);
  } catch (error) {
    return error.code !== 'ERR_DLOPEN_DISABLED';
  }
}

/** @returns {string | undefined} why the addon cannot be loaded here, and what to do about it */
function obstacle() {
  if (process.platform !== 'linux') return `rs-cluster runs on Linux only, and this is ${PLATFORM}`;
  if (!PLACES.some(find)) {
    if (!mayRead()) {
      return `rs-cluster may not read its own folder: use --allow-fs-read=${FOLDER}/* beside --permission`;
    }
    return (
      `rs-cluster has no addon for ${PLATFORM}; install it with its optional dependencies or, ` +
      'in a checkout, run `npm install` with Rust on the PATH to build it'
    );
  }
  if (!areAddonsAllowed()) {
    return 'rs-cluster is an addon, and addons are disabled: use --allow-addons beside --permission, and no --no-addons';
  }
}

/** To look for what is not there costs as much as to load what is: the first that loads will do. */
function loadFirst(isKnown) {
  let cause;
  for (const place of PLACES) {
    const file = find(place);
    if (file === undefined) continue;
    try {
      return loadWhole(file, isKnown);
    } catch (error) {
      // Without a descriptor no file can be read, but that may be different at the next fork.
      if (error.code === 'EMFILE' || error.code === 'ENFILE') throw error;
      cause = error;
    }
  }
  throw require('./errors').unsupported(`rs-cluster's addon for ${PLATFORM} does not load`, cause);
}

function loadWhole(file, isKnown) {
  require('./elf')(file, isKnown);
  const addon = require(file);
  const missing = CLASSES.find((name) => typeof addon[name] !== 'function');
  if (missing !== undefined) throw new Error(`${file} has no class ${missing}: it is of another version`);
  return addon;
}

/**
 * @param {boolean} [isKnown] in a worker: its primary has looked through the whole file
 * @returns {{ Cluster: Function, Worker: Function, LaneEnd: Function }} the addon's classes
 */
function load(isKnown = false) {
  if (binding !== undefined) return binding;
  if (OTHER_RUNTIME !== undefined) {
    throw require('./errors').unsupported(`rs-cluster runs on Node.js only, and this is ${OTHER_RUNTIME}`);
  }
  binding = loadFirst(isKnown);
  for (const Class of [binding.Worker, binding.LaneEnd]) {
    Object.setPrototypeOf(Class.prototype, EventEmitter.prototype);
    Object.setPrototypeOf(Class, EventEmitter);
  }
  return binding;
}

module.exports = { OTHER_RUNTIME, load, obstacle };
