'use strict';

/**
 * Whether somebody debugs a process: then it may stand still for as long as it likes. It cannot be asked itself, because
 * it may hang.
 */

const fs = require('node:fs');
const http = require('node:http');
const { isTraced } = require('./proc');

/** How long an inspector may take to answer, in ms. It has a thread of its own, so it answers while the program stands still. */
const TIMEOUT = 2000;

/** The answer of an inspector is much shorter. */
const LONGEST = 4096;

/** In /proc/PID/net/tcp: a socket that listens. */
const LISTENS = '0A';

/** The numbers that the kernel has for the sockets of a process. */
function socketsOf(pid) {
  const folder = `/proc/${pid}/fd`;
  const inodes = fs.readdirSync(folder).map((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`${folder}/${descriptor}`))?.[1];
    } catch {
      return undefined; // It was closed just now.
    }
  });
  return new Set(inodes.filter((inode) => inode !== undefined));
}

/** IPv4 addresses are a number in the byte order of the machine; an inspector on IPv6 listens on ::1 or on all. */
const hostOf = (hex) => (hex.length === 8 ? Buffer.from(hex, 'hex').reverse().join('.') : '::1');

/** Where a process listens by itself. The sockets that it shares with this one are servers of the program. */
function listenersOf(pid) {
  const ours = socketsOf('self');
  const its = socketsOf(pid);
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    fs.readFileSync(`/proc/${pid}/net/${table}`, 'latin1').split('\n'),
  );
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== LISTENS || !its.has(inode) || ours.has(inode)) return [];
    const [address, port] = local.split(':');
    return { host: hostOf(address), port: parseInt(port, 16) };
  });
}

/** @returns {Promise<boolean>} whether an inspector answers there */
function isInspector({ host, port }) {
  return new Promise((resolve) => {
    const request = http.get(
      { host, port, path: '/json/version', agent: false, signal: AbortSignal.timeout(TIMEOUT) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (data) => {
          text += data;
          if (text.length > LONGEST) response.destroy();
        });
        response.on('end', () => resolve(text.includes('Protocol-Version')));
        response.on('close', () => resolve(false));
      },
    );
    request.on('error', () => resolve(false));
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(false);
    });
  });
}

/**
 * @param {number} pid
 * @returns {Promise<boolean>} whether its inspector is open, or it is traced; false if it has ended
 */
module.exports = async function isDebugged(pid) {
  try {
    if (isTraced(pid)) return true;
    const answers = await Promise.all(listenersOf(pid).map(isInspector));
    return answers.includes(true);
  } catch {
    return false;
  }
};
