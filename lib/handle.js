'use strict';

/**
 * Handles that ride along with a message: taking the native handle out of a socket or server on
 * one side, and making one again on the other.
 *
 * No acknowledgement is waited for. The addon sends a copy of the descriptor, so a socket that is
 * given away is closed here at once; until the other side takes it, the kernel keeps it.
 */

const dgram = require('node:dgram');
const fs = require('node:fs');
const net = require('node:net');
const errors = require('./errors');
const { classOf, dgramHandle, newSocket } = require('./natives');
const Sockets = require('./sockets');

/** The sender's side of each type: the native handle, and what becomes of the object. */
const givers = {
  'net.Socket'(socket, { keepOpen }, channel) {
    const native = socket._handle;
    if (!native) return {};
    // A server counts its connections, wherever they are.
    const key = socket.server ? channel.sockets.sent(socket.server, keepOpen) : undefined;
    return { native, key, given: () => keepOpen || giveAway(socket, native) };
  },
  'net.Server': (server) => ({ native: server._handle }),
  'net.Native': (native) => ({ native }),
  'dgram.Socket': (socket) => ({ native: dgramHandle(socket), dgramType: socket.type }),
  'dgram.Native': (native) => ({ native }),
};

/** The receiver's side: `done` gets what the listener of 'message' will see. */
const takers = {
  'net.Socket'(native, { key }, channel, done) {
    const socket = new net.Socket({ handle: native, readable: true, writable: true });
    if (key !== undefined) channel.sockets.received(key, socket);
    done(socket);
  },
  'net.Server'(native, note, channel, done) {
    const server = new net.Server();
    server.listen(native, () => done(server));
  },
  'net.Native': (native, note, channel, done) => done(native),
  'dgram.Socket'(native, { dgramType }, channel, done) {
    const socket = new dgram.Socket(dgramType);
    socket.bind(native, () => done(socket));
  },
  'dgram.Native': (native, note, channel, done) => done(native),
};

function typeOf(handle) {
  if (handle instanceof net.Socket) return 'net.Socket';
  if (handle instanceof net.Server) return 'net.Server';
  if (handle instanceof classOf('TCP') || handle instanceof classOf('Pipe')) return 'net.Native';
  if (handle instanceof dgram.Socket) return 'dgram.Socket';
  if (handle instanceof classOf('UDP')) return 'dgram.Native';
  throw errors.invalidHandle();
}

/** The socket is another process's: let go of it, and of what http has attached to it. */
function giveAway(socket, native) {
  native.onread = () => {};
  socket._handle = null;
  socket.setTimeout(0);
  Sockets.passedOn(socket);
  const { parser } = socket;
  if (parser && typeof parser.close === 'function') {
    detachParser(socket, parser);
    socket._httpMessage?.detachSocket(socket);
  }
  native.close();
}

function detachParser(socket, parser) {
  socket.parser = null;
  parser.unconsume?.();
  parser.socket = null;
  parser.incoming = null;
  parser.outgoing = null;
  parser.onIncoming = null;
  parser.remove?.();
  parser.close();
}

/**
 * @param {object} handle what the user sends along
 * @param {{ keepOpen?: boolean }} options
 * @param {import('./channel')} channel
 * @returns {{ type: string, note: string, descriptor: number, given(): void } | undefined} `given` is to be
 *   called once it is sent; nothing where the handle is no longer open (it was sent twice)
 * @throws ERR_INVALID_HANDLE_TYPE
 */
function pack(handle, options, channel) {
  const type = typeOf(handle);
  const { native, given = () => {}, ...rest } = givers[type](handle, options, channel);
  if (!native || !(native.fd >= 0)) return undefined;
  const note = JSON.stringify({ type, native: native.constructor.name, ...rest });
  return { type, note, descriptor: native.fd, given };
}

/**
 * @param {object} note as `pack` made it, in a process that is not to be trusted
 * @param {number} descriptor
 * @param {import('./channel')} channel
 * @param {(handle: object | undefined) => void} done gets nothing where it is no such handle
 */
function unpack(note, descriptor, channel, done) {
  const { type, native: name, ...rest } = Object(note);
  const native = Object.hasOwn(newSocket, name) ? newSocket[name]() : undefined;
  if (!Object.hasOwn(takers, type) || native === undefined || native.open(descriptor) !== 0) {
    fs.closeSync(descriptor);
    done(undefined);
    return;
  }
  takers[type](native, rest, channel, done);
}

module.exports = { Sockets, pack, unpack };
