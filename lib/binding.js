'use strict';

/**
 * Loads the addon when the first worker is forked, so that a process that never forks has no cost. For
 * JavaScript, the classes `Worker`, `LaneEnd` and `Acceptor` of the addon are EventEmitters.
 */

const EventEmitter = require('node:events');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const PLATFORM = `${process.platform}-${process.arch}`;

/** The package's folder. */
const FOLDER = path.dirname(__dirname);

/**
 * Where the addon may be: in `dist/` of a checkout, or in the package for this platform. Finding out the C
 * library takes tens of milliseconds. So each addon is tried: an addon for glibc does not load on musl.
 */
const PLACES = ['gnu', 'musl'].flatMap((libc) => [
  `../dist/rs-cluster.${PLATFORM}-${libc}.node`,
  `rs-cluster-${PLATFORM}-${libc}`,
]);

/** The classes that the addon exports. */
const CLASSES = ['Acceptor', 'Cluster', 'Worker', 'LaneEnd', 'StderrTail'];

/** Bun and Deno have Node-API, but not Node's event loop. The addon would crash their process. */
const OTHER_RUNTIME = ['Bun', 'Deno'].find((name) => name.toLowerCase() in process.versions);

let binding;

/**
 * Resolves a place from this file, and then from its real path. With `--preserve-symlinks`, the path of this file
 * may be a link, but pnpm puts the package for this platform beside the real path.
 *
 * @returns {string | undefined} a path, or undefined if there is no such file
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

/** With Node's permission model, a file that may not be read looks like a missing file. */
function mayRead() {
  return process.permission === undefined || process.permission.has('fs.read', FOLDER);
}

/**
 * Every Node line tells this only by `process.dlopen`. The call loads nothing, because this file is not an addon.
 */
function areAddonsAllowed() {
  try {
    process.dlopen({ exports: {} }, __filename);
  } catch (error) {
    return error.code !== 'ERR_DLOPEN_DISABLED';
  }
}

/** @returns {string | undefined} why the addon cannot be loaded here, and the remedy */
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
    return 'rs-cluster is an addon, and addons are disabled: use --allow-addons beside --permission, and remove --no-addons';
  }
}

/** Looking for a missing file takes as long as loading one. So the first addon that loads is used. */
function loadFirst(isKnown) {
  let cause;
  for (const place of PLACES) {
    const file = find(place);
    if (file === undefined) continue;
    try {
      return loadWhole(file, isKnown);
    } catch (error) {
      // No file can be read without a free descriptor. The next fork may have one, so it tries again.
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
  if (missing !== undefined) {
    throw new Error(
      `${file} has no class ${missing}. It belongs to another version of rs-cluster: install it again`,
    );
  }
  return addon;
}

/**
 * @param {boolean} [isKnown] true in a worker: its primary has already checked the whole file
 * @returns {typeof import('../dist/binding')} the addon's classes and functions
 * @throws ERR_RS_CLUSTER_UNSUPPORTED if no addon loads; EMFILE or ENFILE if no descriptor is free
 */
function load(isKnown = false) {
  if (binding !== undefined) return binding;
  if (OTHER_RUNTIME !== undefined) {
    throw require('./errors').unsupported(`rs-cluster runs on Node.js only, and this is ${OTHER_RUNTIME}`);
  }
  binding = loadFirst(isKnown);
  for (const Class of [binding.Worker, binding.LaneEnd, binding.Acceptor]) {
    Object.setPrototypeOf(Class.prototype, EventEmitter.prototype);
    Object.setPrototypeOf(Class, EventEmitter);
  }
  return binding;
}

module.exports = { OTHER_RUNTIME, load, obstacle };
