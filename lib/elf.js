'use strict';

/**
 * Whether a shared object has all of its bytes. `dlopen(3)` does not look: of a file that a broken
 * download or a full disk has cut short it maps what is not there, and SIGBUS ends the process.
 */

const fs = require('node:fs');

/** What the header of a 64-bit file holds, elf(5), and where. All platforms of ours are little endian. */
const HEADER = 64;
const MAGIC = '\x7fELF';
const SECTIONS_AT = 0x28;
const SECTION_SIZE = 0x3a;
const SECTION_COUNT = 0x3c;

/** @returns {number} the length that the header tells: the table of sections comes last in the file */
function wholeLength(header) {
  const sections = header.readUInt16LE(SECTION_SIZE) * header.readUInt16LE(SECTION_COUNT);
  return Number(header.readBigUInt64LE(SECTIONS_AT)) + sections;
}

/**
 * @param {string} file
 * @throws if it is no such file, or only a part of one; as open(2) and read(2)
 */
module.exports = function checkWhole(file) {
  const descriptor = fs.openSync(file);
  try {
    const header = Buffer.alloc(HEADER);
    const isHeader = fs.readSync(descriptor, header, 0, HEADER, 0) === HEADER;
    if (!isHeader || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      throw new Error(`${file} is no shared object`);
    }
    const { size } = fs.fstatSync(descriptor);
    const whole = wholeLength(header);
    if (size < whole) throw new Error(`${file} is cut short: it has ${size} of ${whole} bytes`);
  } finally {
    fs.closeSync(descriptor);
  }
};
