'use strict';

/**
 * Checks that the addon's file is complete. `dlopen(3)` does not check it. A broken download, a full disk or a
 * crash may cut the file short, or leave zeros in it. Then the process would end by SIGBUS or SIGSEGV.
 *
 * The check reads what the dynamic loader reads: the segments, and the tables that the dynamic section names. The
 * file's table of sections names the same tables. The check finds long runs of zeros in code, tables and
 * constants. It does not find other wrong bytes, or zeros in data, because zeros may be correct there.
 */

const fs = require('node:fs');

/** Sizes of a 64-bit file in bytes, see elf(5). All our platforms are little endian. */
const HEADER = 64;
const MAGIC = '\x7fELF';
const SEGMENT = 56;
const SECTION = 64;

/** Types of segments. */
const LOAD = 1;
const DYNAMIC = 2;
const STACK = 0x6474e551;

/** Flags of a section, then the flags that its segment needs. */
const WRITE = 1;
const ALLOCATED = 2;
const CODE = 4;
const OF_THREADS = 0x400;
const MAY_WRITE = 2;
const MAY_RUN = 1;
const MAY_READ = 4;

/** Types of sections: one without bytes in the file, and the symbols of the loader. */
const NOTHING_IN_FILE = 8;
const SYMBOLS = 11;
/** The size of a symbol in bytes, and the type of a symbol that stands for a section. */
const SYMBOL = 24;
const OF_SECTION = 3;

/**
 * The types of sections that are tables. For each: the entries of the dynamic section that name it, first the one
 * with the address, then the one with the size or count.
 */
const TABLES = {
  2: [], // Symbols for linkers and debuggers. The loader does not read them.
  3: [[5, 10]], // Strings.
  4: [
    [7, 8], // Relocations.
    [0x17, 2], // Relocations of functions.
  ],
  5: [[4]], // Hashes.
  11: [[6, 11]], // Symbols.
  14: [[0x19, 0x1b]], // Functions that run when the file is loaded.
  15: [[0x1a, 0x1c]], // Functions that run at the end.
  19: [[0x24, 0x23]], // Packed relocations.
  0x6ffffff6: [[0x6ffffef5]], // GNU hashes.
  0x6ffffffe: [[0x6ffffffe, 0x6fffffff]], // Versions that the file needs.
  0x6fffffff: [[0x6ffffff0]], // Versions of symbols.
};

/** The loader fills in these sections, so zeros are correct in the file. */
const FILLED_IN = new Set([14, 15]);

/**
 * This number of zeros in a row is an error: `SECTOR` in code and tables, `PAGE` in constants. The correct addon
 * has at most 24 zeros in a row in code and tables, and 983 in constants. A fault usually zeroes a whole sector
 * of a disk, or a page. Each limit is half of that, so a fault is found at any offset.
 */
const SECTOR = 256;
const PAGE = 2048;
const ZEROS = Buffer.alloc(PAGE);

/** The file's bytes. Each part is read when it is needed. */
class Bytes {
  #descriptor;
  #size;

  constructor(descriptor) {
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('is not a regular file');
    this.#descriptor = descriptor;
    this.#size = stats.size;
  }

  /** @returns {Buffer} @throws if the file ends before `at + length` */
  part(at, length) {
    if (at + length > this.#size) {
      throw new Error(`is cut short: it has ${this.#size} of ${at + length} bytes`);
    }
    const bytes = Buffer.allocUnsafe(length);
    fs.readSync(this.#descriptor, bytes, 0, length, at);
    return bytes;
  }

  /** @returns {Buffer[]} the entries of a table, with `size` bytes each */
  table(at, count, size) {
    const all = this.part(at, count * size);
    return Array.from({ length: count }, (_, index) => all.subarray(index * size, (index + 1) * size));
  }
}

/** A Number is exact up to 2 ** 53. No offset or size in a correct file is larger. */
const long = (bytes, at) => Number(bytes.readBigUInt64LE(at));

function segmentsOf(header, bytes) {
  const [at, size, count] = [long(header, 0x20), header.readUInt16LE(0x36), header.readUInt16LE(0x38)];
  if (size !== SEGMENT) throw new Error('has no segments');
  return bytes.table(at, count, size).map((entry) => ({
    type: entry.readUInt32LE(0),
    flags: entry.readUInt32LE(4),
    at: long(entry, 8),
    address: long(entry, 16),
    inFile: long(entry, 32),
    inMemory: long(entry, 40),
  }));
}

function sectionsOf(header, bytes) {
  const [at, size, count] = [long(header, 0x28), header.readUInt16LE(0x3a), header.readUInt16LE(0x3c)];
  if (size !== SECTION || count === 0) throw new Error('has no sections');
  const [, ...sections] = bytes.table(at, count, size).map((entry) => ({
    type: entry.readUInt32LE(4),
    flags: long(entry, 8),
    address: long(entry, 16),
    at: long(entry, 24),
    size: long(entry, 32),
  }));
  return sections;
}

function checkSegment({ type, at, inFile, inMemory }, bytes) {
  bytes.part(at + inFile, 0);
  const isEmpty = inMemory === 0 && type !== STACK;
  if (type === 0 || isEmpty || inMemory < inFile) throw new Error('has a segment that is not valid');
}

/** Whether a section is in this segment, and the segment gives the access that the section needs. */
function isMapped({ type, flags, address, at, size }, segment) {
  const needs = MAY_READ | (flags & WRITE && MAY_WRITE) | (flags & CODE && MAY_RUN);
  const start = address - segment.address;
  if (segment.type !== LOAD || start < 0 || (segment.flags & needs) !== needs) return false;
  if (type === NOTHING_IN_FILE) return start + size <= segment.inMemory;
  return start + size <= segment.inFile && at === segment.at + start;
}

/** @returns {Map<number, number>} the entries of the dynamic section */
function dynamicOf(segments, bytes) {
  const segment = segments.find(({ type }) => type === DYNAMIC);
  if (segment === undefined) throw new Error('has no dynamic section');
  const all = bytes.table(segment.at, Math.floor(segment.inFile / 16), 16);
  const pairs = all.map((entry) => [long(entry, 0), long(entry, 8)]);
  const end = pairs.findIndex(([tag]) => tag === 0);
  if (end < 0 || pairs.slice(end).some(([tag, value]) => tag !== 0 || value !== 0)) {
    throw new Error('has a dynamic section that is not valid');
  }
  return new Map(pairs);
}

function checkSection(section, segments, dynamic) {
  const { type, flags, address, size } = section;
  if (type === 0) throw new Error('has a section that is not valid');
  if ((flags & ALLOCATED) === 0 || size === 0) return;
  const isOfThreads = (flags & OF_THREADS) !== 0 && type === NOTHING_IN_FILE;
  if (!isOfThreads && !segments.some((segment) => isMapped(section, segment))) {
    throw new Error('has a section that is in no segment');
  }
  const entries = TABLES[type] ?? [];
  const isNamedBy = ([tag, count]) =>
    dynamic.get(tag) === address && (count === undefined || dynamic.get(count) > 0);
  if (entries.length > 0 && !entries.some(isNamedBy)) {
    throw new Error('has a dynamic section that misses a table');
  }
}

/**
 * @returns {number | undefined} the number of zeros in a row that is an error; undefined in data, as zeros are
 *   valid
 */
function holeOf({ type, flags, size }) {
  if (type === NOTHING_IN_FILE || FILLED_IN.has(type) || (flags & WRITE) !== 0) return undefined;
  if (flags & CODE || type in TABLES) return Math.min(size, SECTOR);
  return flags & ALLOCATED ? PAGE : undefined;
}

function checkContent(section, bytes) {
  const hole = holeOf(section);
  if (hole === undefined || section.size === 0) return;
  const content = bytes.part(section.at, section.size);
  for (let at = 0; at + hole <= content.length; at += hole) {
    // The first byte is almost never zero, so `compare()` is rarely called.
    if (content[at] === 0 && ZEROS.compare(content, at, at + hole, 0, hole) === 0) {
      throw new Error(`has a hole: zeros from byte ${section.at + at} on`);
    }
  }
  if (section.type === SYMBOLS) checkSymbols(content);
}

/** Every symbol except the first has a type or a binding. It also has a name, unless it stands for a section. */
function checkSymbols(content) {
  for (let at = SYMBOL; at < content.length; at += SYMBOL) {
    const [name, kind] = [content.readUInt32LE(at), content[at + 4]];
    if (kind === 0 || (name === 0 && kind !== OF_SECTION)) throw new Error('has a symbol without a name');
  }
}

function check(bytes, isKnown) {
  const header = bytes.part(0, HEADER);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new Error('is not a shared object');
  const segments = segmentsOf(header, bytes);
  for (const segment of segments) checkSegment(segment, bytes);
  const sections = sectionsOf(header, bytes);
  const dynamic = dynamicOf(segments, bytes);
  for (const section of sections) checkSection(section, segments, dynamic);
  if (!isKnown) for (const section of sections) checkContent(section, bytes);
}

/**
 * @param {string} file
 * @param {boolean} isKnown whether another process (a worker's primary) has already checked the content
 * @throws if the file is not a shared object, or is not complete; also the errors of open(2) and read(2)
 */
module.exports = function checkWhole(file, isKnown) {
  // O_NONBLOCK, because opening a pipe would wait until another process opens its other end.
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    check(new Bytes(descriptor), isKnown);
  } catch (error) {
    if (error.errno < 0) throw error;
    throw new Error(`${file} ${error.message}. Install rs-cluster again`);
  } finally {
    fs.closeSync(descriptor);
  }
};
