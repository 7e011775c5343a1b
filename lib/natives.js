'use strict';

/**
 * Node's own handle classes. `process.binding` has them on every Node line; that it is deprecated
 * is told only to those who ask for pending deprecations, and to them it would be our affair.
 *
 * Under Node's permission model `process.binding` is refused, whatever is allowed. There the
 * classes are taken from sockets that go nowhere, which costs some milliseconds.
 */

const dgram = require('node:dgram');
const net = require('node:net');

/** What a handle is to be: as the constants of 'tcp_wrap' and 'pipe_wrap' have it. */
const SOCKET = 0;
const SERVER = 1;

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
  const socket = new net.Socket();
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
  const socket = dgram.createSocket('udp4');
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

function classes() {
  if (process.permission !== undefined) {
    return {
      TCP: classOfSocket({ port: 1, host: 'nowhere', lookup: () => {} }),
      Pipe: classOfSocket({ path: true }),
      UDP: classOfDatagrams(),
    };
  }
  return quietly(() => ({
    TCP: process.binding('tcp_wrap').TCP,
    Pipe: process.binding('pipe_wrap').Pipe,
    UDP: process.binding('udp_wrap').UDP,
  }));
}

const { TCP, Pipe, UDP } = classes();

module.exports = {
  TCP,
  Pipe,
  UDP,
  dgramHandle,

  /** A connection, or what is to become one. */
  newSocket: { TCP: () => new TCP(SOCKET), Pipe: () => new Pipe(SOCKET), UDP: () => new UDP() },

  /** A socket that listens. */
  newServer: { TCP: () => new TCP(SERVER), Pipe: () => new Pipe(SERVER), UDP: () => new UDP() },
};
