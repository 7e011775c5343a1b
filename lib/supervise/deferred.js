'use strict';

/** Promises that are settled from outside. */

/** @typedef {{ promise: Promise<any>, resolve: (value?: unknown) => void, reject: (error: Error) => void }} Deferred */

/** @returns {Deferred} */
function deferred() {
  const settle = /** @type {Deferred} */ ({});
  settle.promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
  return settle;
}

/** Like a Promise of a call that was accepted, it is no error of the process if nobody handles it. */
function rejected(error) {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

module.exports = { deferred, rejected };
