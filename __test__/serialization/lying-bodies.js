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

/** As in lib/plain.js. */
const plain = (json, bytes = '', length = json.length) =>
  Buffer.concat([Buffer.of(0), numbers(length), Buffer.from(json + bytes)]);

/** As in src/wire/clone. */
const clone = (text) => Buffer.from(`\xff\x0f${text}`, 'latin1');

const serialized = v8.serialize(new Map());

/** Frames whose heads are as they must be, and whose bodies no correct process sends. */
const LIES = {
  'half a JSON text': frame(JSON_TEXT, Buffer.from('{"a":')),
  'no list': frame(JSON_LIST, Buffer.from('{}')),
  nothing: frame(ADVANCED, Buffer.alloc(0)),
  'nothing that V8 knows': frame(ADVANCED, Buffer.from('any bytes')),
  'half of what V8 has serialized': frame(ADVANCED, serialized.subarray(0, -2)),
  'a mark alone': frame(ADVANCED, Buffer.of(0)),
  'a JSON text shorter than it says': frame(ADVANCED, plain('[{}]', '', 0xffff)),
  'a JSON text longer than it says': frame(ADVANCED, plain('[{"a":null},"a",5]', 'bytes', 1)),
  'no JSON text': frame(ADVANCED, plain('', 'bytes')),
  'nothing to put Buffers in': frame(ADVANCED, plain('null')),
  'an object alone': frame(ADVANCED, plain('{"a":null}')),
  'no message': frame(ADVANCED, plain('[]')),
  'a message without Buffers': frame(ADVANCED, plain('[{"a":null}]')),
  'a number that holds Buffers': frame(ADVANCED, plain('[1,"a",5]', 'bytes')),
  'a text that holds Buffers': frame(ADVANCED, plain('["text","0",5]', 'bytes')),
  'nothing that holds Buffers': frame(ADVANCED, plain('[null,"a",5]', 'bytes')),
  'more bytes than there are': frame(ADVANCED, plain('[{"a":null},"a",6]', 'bytes')),
  'fewer bytes than there are': frame(ADVANCED, plain('[{"a":null},"a",4]', 'bytes')),
  'more bytes than there are, alone': frame(ADVANCED, plain('6', 'bytes')),
  'fewer bytes than there are, alone': frame(ADVANCED, plain('4', 'bytes')),
  'fewer bytes than none': frame(ADVANCED, plain('[{"a":null},"a",-1]', 'bytes')),
  'no bytes': frame(ADVANCED, plain('[{"a":null},"a",0]')),
  'half a byte': frame(ADVANCED, plain('[{"a":null},"a",0.5]', 'bytes')),
  'a word for a length': frame(ADVANCED, plain('[{"a":null},"a","5"]', 'bytes')),
  'no length': frame(ADVANCED, plain('[{"a":null},"a"]', 'bytes')),
  'a place that is not there': frame(ADVANCED, plain('[{"a":null},"b",5]', 'bytes')),
  'a place that is inherited': frame(ADVANCED, plain('[{"a":null},"__proto__",5]', 'bytes')),
  'a place that is taken': frame(ADVANCED, plain('[{"a":1},"a",5]', 'bytes')),
  'a place for two': frame(ADVANCED, plain('[{"a":null},"a",2,"a",3]', 'bytes')),
  'the length of an array for a place': frame(ADVANCED, plain('[[null],"length",5]', 'bytes')),
  'a place that is a list': frame(ADVANCED, plain('[{"a":null},["a"],5]', 'bytes')),
  'a key that is there twice': frame(ADVANCED, clone('o"\x01aI\x02"\x01aI\x04{\x02')),
  'more properties than there are': frame(ADVANCED, clone('o"\x01aI\x02{\x02')),
  'more elements than there are': frame(ADVANCED, clone('A\xff\xff\xff\xff\x0fI\x02$\x00\x01')),
  'an object in a million others': frame(ADVANCED, clone('A\x01'.repeat(1e6))),
  'half an object': frame(ADVANCED, clone('o"\x01aI')),
  'half a length': frame(ADVANCED_LIST, Buffer.of(1, 2)),
  'a message longer than the list': frame(
    ADVANCED_LIST,
    Buffer.concat([numbers(serialized.length + 1), serialized]),
  ),
  'a length of zero': frame(ADVANCED_LIST, numbers(0)),
  'a message, and one that is none': frame(
    ADVANCED_LIST,
    Buffer.concat([numbers(serialized.length), serialized, numbers(1), Buffer.of(0)]),
  ),
};

scenario('a body that no message has closes its channel, and nothing else', {
  skipBuiltin: 'its channel has other frames',
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
      assert.match(warnings.at(-1) ?? '', /channel was closed: a message is not valid/, name);
    }
    assert.strictEqual(warnings.length, Object.keys(LIES).length);
  },

  worker: () => write(process.channel.fd, LIES[process.env.RS_TEST_LIE]),
});
