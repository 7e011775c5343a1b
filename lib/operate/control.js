'use strict';

/** The control socket: a unix socket by which the user of the primary, and nobody else, looks and gives orders. */

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const errors = require('../errors');
const Door = require('./door');
const checked = require('./socket_path');

/** Only this user may connect. */
const PRIVATE = 0o177;

/** Whether nobody listens at this path any more. Another error tells of somebody: another user, or a socket of another kind. */
async function isDead(file) {
  const socket = net.connect({ path: file });
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
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

/** Which socket is there. Nothing else may be replaced. @returns {string | undefined} */
function identify(file) {
  const found = fs.lstatSync(file, { throwIfNoEntry: false, bigint: true });
  return found?.isSocket() ? `${found.ino} ${found.ctimeNs}` : undefined;
}

/**
 * Opens it. What a process that died has left at this path is replaced.
 *
 * @param {string} file
 * @returns {Promise<Door>} rejected with ERR_RS_CLUSTER_CONTROL if a process listens there, or with the system's error
 */
module.exports = async function openControl(file) {
  fs.mkdirSync(path.dirname(checked(file)), { recursive: true, mode: 0o700 });
  const inUse = ({ code }) => code === 'EADDRINUSE';
  let former;
  try {
    return await listen(file);
  } catch (error) {
    former = identify(file);
    if (!inUse(error) || former === undefined) throw error;
  }
  if (!(await isDead(file))) throw errors.controlled(file);
  // Of several that start at once, only the first one finds the socket that is dead.
  if (identify(file) === former) fs.unlinkSync(file);
  return listen(file).catch((error) => {
    throw inUse(error) ? errors.controlled(file) : error;
  });
};
