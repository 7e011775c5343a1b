'use strict';

/**
 * Calls a function before this process exits. A listener of 'exit' is not enough: the program may remove it, and
 * a listener that throws or calls `process.exit()` prevents the ones after it.
 *
 * - `process.exit()` and an uncaught exception set `process._exiting` before they emit 'exit'.
 * - `process.exit()` ends with `process.reallyExit()`. Packages call that as well. Some (signal-exit) replace it
 *   with a function of their own, which calls ours.
 * - If nothing keeps a process alive, it exits after its last tick, and no message waits for the end of a tick.
 *   While its 'exit' listeners run, `process._exiting` is true, so `channel.js` writes each message immediately.
 *
 * (`__test__/exit/last-messages.js`)
 */

const process = require('node:process');

function watchExiting(callback) {
  const property = Object.getOwnPropertyDescriptor(process, '_exiting');
  // A later Node may not have this accessor. Then only `process.reallyExit()` is watched.
  if (property?.set === undefined || !property.configurable) return;
  const original = property.set;
  Object.defineProperty(process, '_exiting', {
    ...property,
    set(value) {
      original.call(this, value);
      if (value) callback();
    },
  });
}

function watchReallyExit(callback) {
  const { reallyExit } = process;
  process.reallyExit = function (...args) {
    callback();
    return reallyExit.apply(this, args);
  };
}

/** @param {() => void} callback may be called more than once */
module.exports = function beforeExit(callback) {
  watchExiting(callback);
  watchReallyExit(callback);
};
