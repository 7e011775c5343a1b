'use strict';

/** The sessions of HTTP/2 servers, and how a drain tells their clients. */

/** Clients that see this number in a GOAWAY know that no request of theirs was refused (RFC 9113, 6.8). */
const LAST_STREAM = 2 ** 31 - 1;

/**
 * How long a client may take to answer a ping, in ms. Node's own client does not answer if it has just opened a stream
 * that it may not send any more.
 */
const NOTICE = 1000;

/** The open sessions of each server that has them. */
const sessions = new WeakMap();

/** All of them, and who is told of their streams. */
const all = new Set();
let tell;

/** Whether `server` is one of `node:http2`, whose classes are not exported. */
function isHttp2(server) {
  for (let object = server; object !== null; object = Object.getPrototypeOf(object)) {
    if (/^Http2(Secure)?Server$/.test(object.constructor?.name)) return true;
  }
  return false;
}

/** From now on knows the sessions of this server. Node has no list of them. */
function watch(server) {
  if (!isHttp2(server) || sessions.has(server)) return;
  const open = new Set();
  sessions.set(server, open);
  server.on('session', (session) => {
    open.add(session);
    all.add(session);
    session.once('close', () => {
      open.delete(session);
      all.delete(session);
    });
    if (tell !== undefined) session.on('stream', tell);
  });
}

/** @param {(() => void) | undefined} listener called for each request from now on */
function onstream(listener) {
  for (const session of all) {
    if (tell !== undefined) session.off('stream', tell);
    if (listener !== undefined) session.on('stream', listener);
  }
  tell = listener;
}

/** @returns {Iterable<import('node:http2').Http2Session>} those of a server that is watched */
const sessionsOf = (server) => sessions.get(server) ?? [];

const isWatched = (server) => sessions.has(server);

/**
 * Tells a client to open no more streams here. Those on their way are served, because they come before the answer to the
 * ping that follows. Then the session ends with its last stream.
 */
function notice(session) {
  if (session.destroyed || session.closed) return;
  session.goaway(0, LAST_STREAM);
  const timer = setTimeout(() => session.close(), NOTICE);
  session.once('close', () => clearTimeout(timer));
  session.ping((error) => {
    if (!error) session.close();
  });
}

module.exports = { watch, isWatched, onstream, sessionsOf, notice };
