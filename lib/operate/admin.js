'use strict';

/** The admin address: a TCP address where everybody who reaches it may look, and nobody can give an order. */

const Door = require('./door');

/** `127.0.0.1:9464`, `[::1]:9464` */
function parse(address) {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

/**
 * @param {string} address
 * @returns {Promise<{ door: Door, address: string }>} the address has the port that was chosen, if 0 was given
 */
module.exports = async function openAdmin(address) {
  const door = new Door({ mayOrder: false });
  const {
    address: host,
    family,
    port,
  } = /** @type {import('node:net').AddressInfo} */ (await door.open(parse(address)));
  return { door, address: family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}` };
};
