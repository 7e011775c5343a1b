'use strict';

const assert = require('node:assert');
const { scenario, listening, settled, descriptors, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const lane = require('../fixtures/lane');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');

const skipBuiltin = 'its workers have no lane';
const AT_ONCE = 32;

/** How many frames it writes at a time. */
const AT_A_TIME = 8000;

/** What a worker that never stops writing may cost the primary, in bytes. */
const MEMORY = 64 * 1024 * 1024;

/** Kinds of frames, as in src/wire/frame.rs. */
const [QUERY, CLOSED, CONNECTIONS, CLAIMED, REFUSED, ROOM, ALIVE] = [16, 18, 19, 20, 21, 22, 24];
const ANY = 0xffffffff;

/** A query for the handle that all workers share. Each later reply repeats its `data`. */
const shared = (seq, data) =>
  lane.frame(
    QUERY,
    Buffer.concat([
      lane.numbers(seq),
      Buffer.from(JSON.stringify({ address: '127.0.0.1', port: 0, addressType: 4, data })),
    ]),
  );

/** It closes that handle, the first one of the primary. */
const leave = lane.frame(CLOSED, lane.numbers(0));

/**
 * What a worker writes on its lane, once or until it is disconnected, and the reason for that. Without a
 * reason, it is not disconnected.
 */
const WRITERS = {
  'queries without end, and reads no answer': {
    isEndless: true,
    bytes: () => Buffer.concat(Array.from({ length: AT_A_TIME }, (_, seq) => lane.query(seq))),
    reason: 'the peer sends queries or probes, and does not read the answers',
  },
  'queries with long answers without end, and reads none': {
    isEndless: true,
    bytes: () =>
      Buffer.concat([
        leave,
        ...Array.from({ length: AT_A_TIME }, (_, seq) => [
          shared(seq, seq === 0 ? 'x'.repeat(60_000) : null),
          leave,
        ]).flat(),
      ]),
    reason: 'the peer sends queries or probes, and does not read the answers',
  },
  'a frame of a kind that does not exist': {
    bytes: () => lane.frame(99, Buffer.alloc(8)),
    reason: 'a frame of kind 99 is not accepted here',
  },
  'a frame that only the primary may send': {
    bytes: () => lane.frame(CONNECTIONS, lane.numbers(0, 0, 0)),
    reason: `a frame of kind ${CONNECTIONS} is not accepted here`,
  },
  'a frame without an end': {
    bytes: () => lane.frame(QUERY, Buffer.alloc(0)).fill(0xff, 0, 4),
    reason: 'a frame of 4294967295 bytes is longer than is allowed',
  },
  'a query that announces a descriptor': {
    bytes: () => lane.frame(QUERY, Buffer.alloc(0)).fill(1, 5, 6),
    reason: 'a Query frame has too many descriptors: 1',
  },
  'heartbeats without end': {
    isEndless: true,
    bytes: () => Buffer.concat(Array.from({ length: AT_A_TIME }, () => lane.frame(ALIVE, Buffer.alloc(0)))),
  },
  'answers to what it was not asked': {
    bytes: () =>
      Buffer.concat(
        [CLAIMED, REFUSED].flatMap((kind) =>
          [0, 1, 127, 128, ANY].map((slot) => lane.frame(kind, lane.numbers(slot, ANY))),
        ),
      ),
  },
  'that it has closed, and has room on, what is not its own': {
    bytes: () =>
      Buffer.concat(
        [CLOSED, ROOM].flatMap((kind) => [1, 7, ANY].map((key) => lane.frame(kind, lane.numbers(key)))),
      ),
  },
};

function worker(cluster) {
  const descriptor = lane.descriptor();
  serve(cluster);
  process.once('message', (name) => {
    const { bytes, isEndless } = WRITERS[name];
    const all = bytes();
    while (lane.write(descriptor, all) === undefined && isEndless);
  });
}

for (const [name, { reason }] of Object.entries(WRITERS)) {
  scenario(`a worker that writes ${name} on its lane harms no other process`, {
    timeout: 30_000,
    env: { RS_CLUSTER_CLAIM_TIMEOUT: '' },
    skipBuiltin,
    async primary(cluster) {
      const journal = new Journal(temporaryPath('journal'));
      const { port, workers } = await listening(cluster, 3, { env: journal.env });
      const [writer, ...others] = workers;
      const errors = [];
      writer.on('error', ({ message }) => errors.push(message));
      const before = descriptors();
      const resident = process.memoryUsage.rss();
      const clients = load(port, { atOnce: AT_ONCE });
      writer.send(name);
      const result = await clients;
      const explained = journal.explain(result);
      console.log(`${name}: ${result}`);
      const growth = process.memoryUsage.rss() - resident;
      assert.ok(growth < MEMORY, `${growth} bytes more`);
      assert.deepStrictEqual(result.failed, []);
      assert.deepStrictEqual(explained, { seen: [], unseen: 0 });
      if (reason === undefined) writer.process.kill('SIGKILL');
      // `once()` would throw the error, if that comes as late as this.
      await settled(() => writer.isDead());
      const expected = reason ? [`the lane of worker ${writer.id} was closed: ${reason}`] : [];
      assert.deepStrictEqual(errors, expected);
      // Its channel and its lane are closed, and nothing else was left open.
      assert.ok(await settled(() => descriptors() === before - 2), `${before}, ${descriptors()}`);
      for (const other of others) other.process.kill('SIGKILL');
    },
    worker,
    check: printed,
  });
}
