'use strict';

const assert = require('node:assert');
const v8 = require('node:v8');
const { scenario } = require('../harness');
const { frame, numbers, write } = require('../fixtures/lane');

// As in src/wire/frame.rs.
const JSON_TEXT = 3;
const ADVANCED = 4;
const JSON_LIST = 5;
const ADVANCED_LIST = 6;

/** As in lib/flat.js. */
const flat = (json, bytes = '', length = json.length) =>
  Buffer.concat([Buffer.of(0), numbers(length), Buffer.from(json + bytes)]);

const serialized = v8.serialize(new Map());

/** Frames whose heads are as they must be, and whose bodies nobody could have sent. */
const LIES = {
  'half a JSON text': frame(JSON_TEXT, Buffer.from('{"a":')),
  'no list': frame(JSON_LIST, Buffer.from('{}')),
  nothing: frame(ADVANCED, Buffer.alloc(0)),
  'nothing that V8 knows': frame(ADVANCED, Buffer.from('nonsense')),
  'half of what V8 has serialized': frame(ADVANCED, serialized.subarray(0, -2)),
  'a mark alone': frame(ADVANCED, Buffer.of(0)),
  'a JSON text shorter than it says': frame(ADVANCED, flat('{}', '', 0xffff)),
  'a JSON text longer than it says': frame(ADVANCED, flat('{}', '', 1)),
  'no object': frame(ADVANCED, flat('null')),
  'more bytes than there are': frame(ADVANCED, flat('{"a":[6]}', 'bytes')),
  'more bytes than there are, alone': frame(ADVANCED, flat('[6]', 'bytes')),
  'fewer bytes than none': frame(ADVANCED, flat('{"a":[-1]}', 'bytes')),
  'half a byte': frame(ADVANCED, flat('{"a":[0.5]}', 'bytes')),
  'a word for a length': frame(ADVANCED, flat('{"a":["1"]}', 'bytes')),
  'no length': frame(ADVANCED, flat('{"a":[]}', 'bytes')),
  'half a length': frame(ADVANCED_LIST, Buffer.of(1, 2)),
  'a message longer than the list': frame(
    ADVANCED_LIST,
    Buffer.concat([numbers(serialized.length + 1), serialized]),
  ),
  'a length of zero': frame(ADVANCED_LIST, numbers(0)),
  'a message, and one that makes no sense': frame(
    ADVANCED_LIST,
    Buffer.concat([numbers(serialized.length), serialized, numbers(1), Buffer.of(0)]),
  ),
};

scenario('a message that makes no sense closes the channel it came over, and nothing else', {
  for: 'ours',
  async primary(cluster) {
    cluster.setupPrimary({ serialization: 'advanced' });
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning.message));
    cluster.on('message', (worker, message) => assert.fail(`${worker.id} never sent ${message}`));
    for (const name of Object.keys(LIES)) {
      const worker = cluster.fork({ RS_TEST_LIE: name });
      // No once(): that listens for 'error', too.
      const end = await new Promise((resolve) => worker.on('exit', (...args) => resolve(args)));
      assert.deepStrictEqual(end, [0, null], name);
      assert.strictEqual(worker.isConnected(), false);
      assert.match(warnings.at(-1) ?? '', /channel was closed: a message makes no sense/, name);
    }
    assert.strictEqual(warnings.length, Object.keys(LIES).length);
  },

  worker: () => write(process.channel.fd, LIES[process.env.RS_TEST_LIE]),
});
