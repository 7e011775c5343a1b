'use strict';

/**
 * What Node's own objects do not have is inherited by ours. So their own members, and what `for … in` lists, are the same
 * as Node's.
 */

const EventEmitter = require('node:events');

/**
 * @param {object} members functions and getters
 * @returns {object} a prototype with these members, which itself inherits from EventEmitter
 */
module.exports = function inherited(members) {
  const prototype = Object.create(EventEmitter.prototype);
  for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(members))) {
    Object.defineProperty(prototype, name, { ...member, enumerable: false });
  }
  return prototype;
};
