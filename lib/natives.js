'use strict';

/**
 * Node's own handle classes. Each is loaded when it is first needed. Every Node line has them in
 * `process.binding`. Node prints a deprecation warning for that with `--pending-deprecation` only. The warning is
 * suppressed here, because the program cannot change our code.
 *
 * With Node's permission model, `process.binding` always throws. Then the classes are taken from sockets that are
 * never connected.
 */

const fs = require('node:fs');

/** Kinds of handles: the constants of 'tcp_wrap' and 'pipe_wrap'. */
const SOCKET = 0;
const SERVER = 1;

const BINDINGS = { TCP: 'tcp_wrap', Pipe: 'pipe_wrap', UDP: 'udp_wrap' };

const fromSockets = {
  TCP: () => classOfSocket({ port: 1, host: 'nowhere', lookup: () => {} }),
  Pipe: () => classOfSocket({ path: true }),
  UDP: classOfDatagrams,
};

const known = {};

function classOf(name) {
  const find = process.permission === undefined ? fromBinding : fromSockets[name];
  return (known[name] ??= find(name));
}

function fromBinding(name) {
  return quietly(() => process.binding(BINDINGS[name])[name]);
}

function quietly(read) {
  const { noDeprecation } = process;
  if (noDeprecation) return read(); // With --no-deprecation it is read-only.
  process.noDeprecation = true;
  try {
    return read();
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** `connect()` makes the handle before it checks the address. */
function classOfSocket(options) {
  const { Socket } = require('node:net');
  const socket = new Socket();
  try {
    socket.connect(options);
  } catch (error) {
    if (error.code !== 'ERR_INVALID_ARG_TYPE') throw error;
  }
  const { constructor } = socket._handle;
  socket.destroy();
  return constructor;
}

function classOfDatagrams() {
  const socket = require('node:dgram').createSocket('udp4');
  const { constructor } = dgramHandle(socket);
  socket.close();
  return constructor;
}

/** The handle of a `dgram.Socket` is in a property whose key is a symbol of Node. */
function dgramHandle(socket) {
  const state = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'state symbol',
  );
  return socket[/** @type {symbol} */ (state)].handle;
}

/**
 * Opens a handle on a descriptor. The handle then owns the descriptor. If this fails, both are closed.
 *
 * @returns {number} 0, or a negative error number of libuv
 */
function open(native, descriptor) {
  const errno = native.open(descriptor);
  if (errno !== 0) {
    fs.closeSync(descriptor);
    native.close();
  }
  return errno;
}

const make =
  (name, ...args) =>
  () =>
    new (classOf(name))(...args);

module.exports = {
  classOf,
  dgramHandle,
  open,

  /** Make a handle for a connection. */
  newSocket: { TCP: make('TCP', SOCKET), Pipe: make('Pipe', SOCKET), UDP: make('UDP') },

  /** Make a handle for a socket that listens. */
  newServer: { TCP: make('TCP', SERVER), Pipe: make('Pipe', SERVER), UDP: make('UDP') },
};
