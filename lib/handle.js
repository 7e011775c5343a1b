'use strict';

/**
 * Handles that ride along with a message: taking the native handle out of a socket or server on
 * one side, and making one again on the other.
 *
 * No acknowledgement is waited for. The addon sends a copy of the descriptor, so a socket that is
 * given away is closed here at once; until the other side takes it, the kernel keeps it.
 */

const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');
const binding = require('./binding');
const errors = require('./errors');
const { isCount, isText, oneOf, optional, pick, show } = require('./fields');
const { classOf, dgramHandle, newSocket, open } = require('./natives');
const Sockets = require('./sockets');

const isStream = oneOf('TCP', 'Pipe');
const isDatagram = oneOf('UDP');

/**
 * What may ride along, by the type that its note names:
 *
 * - `fields`: what else a note has, each with its check.
 * - `fits`: whether a descriptor that has the note's native class is such a handle.
 * - `nativeOf`, `describe`, `sent`, `given`: the sender's side: the native handle; what the note says
 *   of it, and what more once it is certain to be sent; what becomes of the object.
 * - `take`: the receiver's side. `done` gets what the listener of 'message' will see.
 */
const types = {
  __proto__: null,

  'net.Socket': {
    fields: { native: isStream, key: optional(isCount) },
    fits: ({ listens }) => !listens,
    nativeOf: (socket) => socket._handle,
    // A server counts its connections, wherever they are.
    sent: ({ server }, { keepOpen }, channel) => server && { key: channel.sockets.sent(server, keepOpen) },
    given: (socket, native, { keepOpen }) => keepOpen || giveAway(socket, native),
    take(native, { key }, channel, done) {
      const socket = unattended(new net.Socket({ handle: native, readable: true, writable: true }));
      if (key != null) channel.sockets.received(key, socket);
      done(socket);
    },
  },

  'net.Server': {
    fields: { native: isStream },
    fits: ({ listens }) => listens,
    nativeOf: (server) => server._handle,
    take(native, note, channel, done) {
      const server = unattended(new net.Server());
      server.on('connection', (socket) => {
        // Nobody but us has looked at this server yet.
        if (server.listenerCount('connection') === 1) socket.destroy();
      });
      listening(server, native, () => server.listen(native)).then(done);
    },
  },

  'net.Native': {
    fields: { native: isStream },
    fits: () => true,
    nativeOf: (native) => native,
    take: (native, note, channel, done) => done(native),
  },

  'dgram.Socket': {
    fields: { native: isDatagram, dgramType: oneOf('udp4', 'udp6') },
    fits: ({ dgramType }, note) => dgramType === note.dgramType,
    nativeOf: dgramHandle,
    describe: ({ type }) => ({ dgramType: type }),
    take(native, { dgramType }, channel, done) {
      const socket = unattended(new dgram.Socket(dgramType));
      listening(socket, native, () => socket.bind(native)).then(done);
    },
  },

  'dgram.Native': {
    fields: { native: isDatagram },
    fits: () => true,
    nativeOf: (native) => native,
    take: (native, note, channel, done) => done(native),
  },
};

/** A peer sent it, and maybe nobody looks at it: what goes wrong with it must not end this process. */
const unattended = (handle) => handle.on('error', () => {});

/** @returns {Promise<object | undefined>} `handle` when it listens; nothing if it does not */
async function listening(handle, native, listen) {
  try {
    const listens = once(handle, 'listening');
    listen();
    await listens;
    return handle;
  } catch {
    native.close();
    return undefined;
  }
}

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

/** Whether a descriptor is what its note says. */
function isSo(note, descriptor) {
  const known = binding.load().handleTypeOf(descriptor);
  return known?.native === note.native && types[note.type].fits(known, note);
}

/**
 * @param {object} handle what the user sends along
 * @param {{ keepOpen?: boolean }} options
 * @param {import('./channel')} channel
 * @returns {{ type: string, note: string, descriptor: number, given(): void } | undefined} `given` is to be
 *   called once it is sent; nothing where the handle is no longer open (it was sent twice)
 * @throws ERR_INVALID_HANDLE_TYPE, also where the other side could not take it
 */
function pack(handle, options, channel) {
  const type = typeOf(handle);
  const { nativeOf, describe, sent, given } = types[type];
  const native = nativeOf(handle);
  if (!native || !(native.fd >= 0)) return undefined;
  const note = { type, native: native.constructor.name, ...describe?.(handle) };
  if (!isSo(note, native.fd)) throw errors.invalidHandle();
  Object.assign(note, sent?.(handle, options, channel));
  return {
    type,
    note: JSON.stringify(note),
    descriptor: native.fd,
    given: () => given?.(handle, native, options),
  };
}

/**
 * @param {string} text the note as `pack` made it, in a process that is not to be trusted
 * @param {number} descriptor came with it
 * @returns {{ type: string, native: string }} for `take`
 * @throws where no `pack` says this of such a descriptor
 */
function read(text, descriptor) {
  const written = JSON.parse(text);
  const { type } = pick(written, { type: isText });
  if (!(type in types)) throw new TypeError(`no handle has the type ${show(type)}`);
  const note = { type, ...pick(written, types[type].fields) };
  if (!isSo(note, descriptor)) throw new TypeError(`it is no ${type} over ${note.native}`);
  return note;
}

/**
 * @param {object} note as `read` gave it
 * @param {number} descriptor is the handle's from now on
 * @param {import('./channel')} channel
 * @param {(handle: object | undefined) => void} done gets nothing where it cannot be opened
 */
function take(note, descriptor, channel, done) {
  const native = newSocket[note.native]();
  if (open(native, descriptor) === 0) types[note.type].take(native, note, channel, done);
  else done(undefined);
}

/** Closes a handle that nobody wants. */
function drop(handle) {
  if (handle instanceof net.Socket) handle.destroy();
  else handle.close();
}

module.exports = { Sockets, pack, read, take, drop };
