'use strict';

/**
 * What is to be done before this process exits, whatever its listeners of 'exit' do: they may be
 * removed, throw, or call `process.exit()`, and then no listener of ours would run.
 *
 * - `process.exit()` and an uncaught exception set `process._exiting`, before they emit 'exit'.
 * - `process.exit()` ends with `process.reallyExit()`. Packages call it as well, and put their own function
 *   in its place (signal-exit), which calls ours.
 * - A process that comes to its end by itself has finished its last tick. What it does in 'exit' listeners
 *   is not seen here: there `process._exiting` is true.
 *
 * (`__test__/exit/last-messages.js`)
 */

const process = require('node:process');

function watchExiting(callback) {
  const property = Object.getOwnPropertyDescriptor(process, '_exiting');
  // If a Node has no such accessor any more, the other one has to do.
  if (property?.set === undefined || !property.configurable) return;
  Object.defineProperty(process, '_exiting', {
    ...property,
    set(value) {
      property.set.call(this, value);
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
