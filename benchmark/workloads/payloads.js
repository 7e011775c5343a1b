'use strict';

/** Makes the messages, by the names that workloads use. */

const RECORD = { id: 1234567, name: 'a name of some length', tags: ['a', 'b'], price: 12.5, sold: false };

/** Makes an array of records, whose JSON has about `bytes` bytes. */
function records(bytes) {
  const each = JSON.stringify(RECORD).length + 1;
  return Array.from({ length: Math.floor(bytes / each) }, () => ({ ...RECORD, tags: [...RECORD.tags] }));
}

/** @type {Record<string, (bytes: number) => object>} */
module.exports = {
  /** `bytes` is the length of the JSON text. */
  text(bytes) {
    const empty = JSON.stringify({ id: 1234567, text: '' });
    return { id: 1234567, text: 'x'.repeat(bytes - empty.length) };
  },

  /** Many small values, so that parsing takes time. */
  records,

  /** Records inside an object. A message of 40 bytes has room for a small one only. */
  tree: (bytes) =>
    bytes < 100 ? { id: 1234567, at: [{ x: 1, y: 2 }, true] } : { id: 1234567, records: records(bytes - 25) },

  /** An object with an array and an object inside. */
  nested: () => ({ id: 1234567, tags: ['a', 'b'], at: { x: 1, y: 2 } }),

  buffer: (bytes) => ({ id: 1234567, data: Buffer.alloc(bytes, 'x') }),

  /** A Buffer beside an object. */
  parcel: (bytes) => ({ id: 1234567, at: { x: 1, y: 2 }, data: Buffer.alloc(bytes, 'x') }),
};
