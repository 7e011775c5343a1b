'use strict';

/**
 * Loads the addon, when the first worker is forked and not before: a process that never forks
 * pays nothing. Its classes are EventEmitters to JavaScript.
 */

const EventEmitter = require('node:events');

let binding;

/** @returns {{ Cluster: Function, Worker: Function, Lane: Function }} the addon's classes */
module.exports = function load() {
  if (binding !== undefined) return binding;
  try {
    binding = require('../dist/binding.js');
  } catch (cause) {
    throw new Error(
      `rs-cluster has no addon for ${process.platform}-${process.arch}; ` +
        'in a checkout, run `npm install` with Rust on the PATH to build it',
      { cause },
    );
  }
  for (const Class of [binding.Worker, binding.Lane]) {
    Object.setPrototypeOf(Class.prototype, EventEmitter.prototype);
    Object.setPrototypeOf(Class, EventEmitter);
  }
  return binding;
};
