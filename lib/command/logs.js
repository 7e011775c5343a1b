'use strict';

/** What workers write, line by line: with the number of their slot, or as JSON. */

const Lines = require('./lines');

/** @typedef {{ slot: number, pid: number, stream: 'stdout' | 'stderr' }} Origin */

/** A line that is an object of its own keeps its fields, and gets the number of the slot. @returns {string | undefined} */
function enriched(line, slot) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.stringify({ ...JSON.parse(line), worker: slot });
  } catch {
    return undefined;
  }
}

/** How a line of a worker is written. @type {Record<string, (line: string, origin: Origin, now: () => Date) => string>} */
const FORMATS = {
  prefix: (line, { slot }) => `[${slot}] ${line}`,

  json: (line, { slot, pid, stream }, now) =>
    enriched(line, slot) ??
    JSON.stringify({ time: now().toISOString(), worker: slot, pid, stream, msg: line }),
};

/**
 * From now on what this worker writes goes to the sinks.
 *
 * @param {import('../..').Worker} worker whose output is piped
 * @param {'prefix' | 'json'} format
 * @param {Record<'stdout' | 'stderr', { write(line: string): void }>} sinks
 * @param {() => Date} [now]
 */
function follow(worker, format, sinks, now = () => new Date()) {
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    const readable = worker.process[stream];
    if (readable == null) continue;
    const origin = { slot: Number(worker.slot), pid: Number(worker.process.pid), stream };
    const lines = new Lines((line) => sinks[stream].write(FORMATS[format](line, origin, now)));
    readable.on('data', (bytes) => lines.add(bytes));
    readable.once('close', () => lines.end());
  }
}

module.exports = { FORMATS, follow };
