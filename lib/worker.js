'use strict';

/**
 * The Worker object, the same in the primary and in a worker. It is a function and no class,
 * because programs call it without `new`, and with a `this` of their own.
 */

const EventEmitter = require('node:events');
const inherited = require('./inherited');

/**
 * Node does not document `state`.
 *
 * @typedef {import('..').Worker & { state: string }} Worker
 * @typedef {new (options?: Options) => Worker} WorkerClass
 */

/**
 * @typedef {object} Options
 * @property {number} [id]
 * @property {import('node:child_process').ChildProcess | NodeJS.Process} [process]
 * @property {string} [state]
 */

/**
 * What differs between the two processes.
 *
 * @typedef {object} Role
 * @property {(this: Worker) => Worker} disconnect
 * @property {(this: Worker, signal?: NodeJS.Signals | number) => void} destroy
 * @property {ThisType<Worker>} inherited the members that Node's Worker does not have
 */

/**
 * @param {Role} role
 * @returns {WorkerClass} the `Worker` of this process
 */
module.exports = function defineWorker(role) {
  function Worker(options) {
    if (!(this instanceof Worker)) return new Class(options);
    EventEmitter.call(this);

    const { state, id, process } = Object(options);
    this.exitedAfterDisconnect = undefined;
    this.state = state || 'none';
    this.id = id | 0;
    if (!process) return;
    this.process = process;
    process.on('error', (...args) => this.emit('error', ...args));
    process.on('message', (message, handle) => this.emit('message', message, handle));
  }

  // TypeScript does not accept that a function is a class.
  const Class = /** @type {WorkerClass} */ (/** @type {unknown} */ (Worker));

  Object.setPrototypeOf(Worker.prototype, inherited(role.inherited));
  Object.setPrototypeOf(Worker, EventEmitter);

  Worker.prototype.kill = function kill(...args) {
    this.destroy(...args);
  };

  Worker.prototype.send = function send(...args) {
    return this.process.send(...args);
  };

  Worker.prototype.isDead = function isDead() {
    return this.process.exitCode != null || this.process.signalCode != null;
  };

  Worker.prototype.isConnected = function isConnected() {
    return this.process.connected;
  };

  Worker.prototype.disconnect = role.disconnect;
  Worker.prototype.destroy = role.destroy;

  return Class;
};
