'use strict';

/** The control socket: a unix socket by which the user of the primary, and nobody else, looks and gives orders. */

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const errors = require('../errors');
const Door = require('./door');

/** Only this user may connect. */
const PRIVATE = 0o177;

/** Whether a process listens at this path. */
async function isAlive(file) {
  const socket = net.connect({ path: file });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    // Somebody listens there, who has no room now.
    return error.code === 'EAGAIN';
  } finally {
    socket.destroy();
  }
}

/** The socket is private from its first moment on. */
async function listen(file) {
  const door = new Door({ mayOrder: true });
  const former = process.umask(PRIVATE);
  const open = door.open({ path: file });
  process.umask(former);
  await open;
  return door;
}

/** Whether it is a socket. Nothing else may be replaced. */
const isSocket = (file) => fs.lstatSync(file, { throwIfNoEntry: false })?.isSocket() ?? false;

/**
 * Opens it. What a process that died has left at this path is replaced.
 *
 * @param {string} file
 * @returns {Promise<Door>} rejected with ERR_RS_CLUSTER_CONTROL if a process listens there, or with the system's error
 */
module.exports = async function openControl(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    return await listen(file);
  } catch (error) {
    if (error.code !== 'EADDRINUSE' || !isSocket(file)) throw error;
    if (await isAlive(file)) throw errors.controlled(file);
  }
  fs.unlinkSync(file);
  return listen(file);
};
