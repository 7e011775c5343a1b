'use strict';

/**
 * Node's own handle classes, each when it is first asked for. `process.binding` has them on every
 * Node line; that it is deprecated is told only to those who ask for pending deprecations, and to
 * them it would be our affair.
 *
 * Under Node's permission model `process.binding` is refused, whatever is allowed. There the
 * classes are taken from sockets that go nowhere.
 */

const fs = require('node:fs');

/** What a handle is to be, as the constants of 'tcp_wrap' and 'pipe_wrap' have it. */
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
  if (noDeprecation) return read(); // Under --no-deprecation it cannot be assigned.
  process.noDeprecation = true;
  try {
    return read();
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** `connect()` makes the handle first, and only then looks where to. */
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

/** A `dgram.Socket` has its handle under a symbol of Node's own. */
function dgramHandle(socket) {
  const state = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'state symbol',
  );
  return socket[state].handle;
}

/**
 * Puts a handle around a descriptor, which it owns from then on. If that fails, both are closed.
 *
 * @returns {number} 0, or a negative error number
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

  /** A connection, or what is to become one. */
  newSocket: { TCP: make('TCP', SOCKET), Pipe: make('Pipe', SOCKET), UDP: make('UDP') },

  /** A socket that listens. */
  newServer: { TCP: make('TCP', SERVER), Pipe: make('Pipe', SERVER), UDP: make('UDP') },
};
