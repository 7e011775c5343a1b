'use strict';

// Workers that write anything to their channel and their lane, with descriptors of every kind beside
// it, while a good worker serves. The seed of a run that failed repeats what each worker wrote:
// HOSTILE_SEED=… node __test__/hostile/fuzz.js. HOSTILE_WORKERS says how many there are.

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const v8 = require('node:v8');
const { scenario, listening, exited, descriptors, settled } = require('../harness');
const hostile = require('../fixtures/hostile');
const lane = require('../fixtures/lane');
const { load } = require('../fixtures/load');
const printed = require('../fixtures/printed');
const Random = require('../fixtures/random');

const { HOSTILE_SEED = `${Date.now() % 2 ** 31}`, HOSTILE_WORKERS = '24' } = process.env;

const AT_ONCE = 3;

/** How many things a hostile worker writes, unless it is disconnected before. */
const STEPS = 40;

/** Values in the place of a field, as JSON, because no object of ours can have some of them. */
const VALUES = [
  ...['0', '1', '7', '-1', '0.5', '1e400', '9007199254740991', '4294967295', 'null', 'true', 'false'],
  ...['""', '"1"', '"127.0.0.1"', '"__proto__"', '"udp4"', '"udp6"', '"count"', '"close"', '"\\u0000x"'],
  ...['[]', '[1]', '["TCP"]', '{}', '{"toString":1}', '{"valueOf":{}}', '{"__proto__":{"seq":1}}'],
];

const ACTS = ['online', 'listening', 'closed', 'exitedAfterDisconnect', 'ack', 'disconnect'];
const NAMES = [...ACTS, 'socketsAsked', 'socketsCounted', '__proto__', 'toString', ''];
const TYPES = ['net.Socket', 'net.Server', 'dgram.Socket', 'dgram.Native', '__proto__', 'toString'];
const FIELDS = [
  'native',
  'dgramType',
  'seq',
  'key',
  'count',
  'question',
  'addressType',
  'address',
  'port',
  'fd',
  '__proto__',
];

const GOOD_ACTS = [
  '{"act":"closed","key":0}',
  '{"act":"listening","addressType":4,"address":"127.0.0.1","port":1,"fd":null}',
  '{"act":"socketsAsked","question":"count","key":1,"seq":1}',
  '{"act":"socketsAsked","question":"close","key":1,"seq":1}',
  '{"act":"socketsCounted","seq":1,"count":1}',
];

/** Notes, and the kinds of descriptors that they are true of. */
const GOOD_NOTES = Object.entries(hostile.NOTES).flatMap(([kind, notes]) =>
  notes.map((note) => [JSON.stringify(note), kind]),
);

/** Kinds of frames, as in src/wire/frame.rs. */
const CHANNEL_KINDS = [1, 2, 3, 4, 5, 6];
const LANE_KINDS = [18, 20, 21, 22, 24];
const [ACT, JSON_TEXT, ADVANCED, JSON_LIST, ADVANCED_LIST, QUERY] = [2, 3, 4, 5, 6, 16];

const sized = (body) => Buffer.concat([lane.numbers(body.length), body]);

const GOOD_MESSAGES = [
  [JSON_TEXT, Buffer.from('{"message":1}')],
  [JSON_TEXT, Buffer.from('{"cmd":"NODE_NOTHING"}')],
  [JSON_LIST, Buffer.from('[1,null,"x"]')],
  [ADVANCED, v8.serialize({ map: new Map([[1, [2n]]]) })],
  [ADVANCED_LIST, Buffer.concat([sized(v8.serialize([1])), sized(v8.serialize('x'))])],
];

/** A query never names a file, or one would be made. */
const QUERY_FIELDS = {
  address: ['null', '"127.0.0.1"', '"::1"', '"localhost"', '"\\u0000x"', '7', '{}'],
  port: ['0', '70000', '-2147483649', 'null', '"0"', '0.5'],
  addressType: ['4', '6', '-1', '"udp4"', '"udp6"', 'null', '{}'],
  fd: ['null', '-1', '1000000', '"3"'],
  flags: VALUES,
  backlog: VALUES,
  index: ['0', '1', '-1'],
  data: VALUES,
};

/** What a hostile worker writes, step by step. */
class Writer {
  #random;
  #native = hostile.channel();
  #lane;
  #descriptors;

  /**
   * @param {Random} random
   * @param {number} descriptorOfLane
   * @param {Record<string, number>} all what may ride along
   */
  constructor(random, descriptorOfLane, all) {
    this.#random = random;
    this.#lane = descriptorOfLane;
    this.#descriptors = all;
  }

  step() {
    const steps = [this.#act, this.#handle, this.#message, this.#frame, this.#number];
    // Our own JavaScript in this worker leaves when the reply comes, because it did not ask.
    const next = this.#random.once(50) ? this.#query : this.#random.pick(steps);
    next.call(this);
  }

  /** Mostly unchanged, or the first step would disconnect the worker. */
  #maybe(bytes) {
    return this.#random.once(30) ? this.#random.mutated(bytes) : Buffer.from(bytes);
  }

  /** An object that begins so, with any fields. */
  #object(key, names) {
    const fields = FIELDS.filter(() => this.#random.once(3));
    const all = [`"${key}":"${this.#random.pick(names)}"`];
    return `{${all.concat(fields.map((name) => `"${name}":${this.#random.pick(VALUES)}`)).join()}}`;
  }

  #act() {
    const act = this.#random.once(20) ? this.#object('act', NAMES) : this.#random.pick(GOOD_ACTS);
    this.#writeChannel(ACT, this.#maybe(act));
  }

  #handle() {
    let [note, kind] = this.#random.pick(GOOD_NOTES);
    if (this.#random.once(30)) kind = this.#random.pick(Object.keys(this.#descriptors));
    if (this.#random.once(30)) note = this.#object('type', TYPES);
    const [, body] = this.#random.pick(GOOD_MESSAGES);
    const message = this.#random.once(30) ? body : this.#maybe('{"with":"a handle"}').toString();
    this.#native.sendHandle(message, this.#maybe(note).toString(), this.#descriptors[kind]);
  }

  #message() {
    const [kind, body] = this.#random.pick(GOOD_MESSAGES);
    this.#writeChannel(kind, this.#maybe(body));
  }

  #frame() {
    if (!this.#random.once(20)) return this.#message();
    const kind = this.#random.once(3) ? this.#random.below(256) : this.#random.pick(CHANNEL_KINDS);
    return this.#writeChannel(kind, this.#random.bytes(40));
  }

  #number() {
    const kind = this.#random.once(50) ? this.#random.below(256) : this.#random.pick(LANE_KINDS);
    const values = { 18: 1, 20: 2, 21: 2, 22: 1 }[kind] ?? 0;
    const list = Array.from({ length: values }, () => this.#random.pick([0, 1, 2, 7, 127, 0xffffffff]));
    this.#write(this.#lane, lane.frame(kind, this.#maybe(lane.numbers(...list))));
  }

  #query() {
    const fields = Object.entries(QUERY_FIELDS).filter(() => !this.#random.once(3));
    const json = `{${fields.map(([name, values]) => `"${name}":${this.#random.pick(values)}`).join()}}`;
    const body = Buffer.concat([lane.numbers(this.#random.below(9)), Buffer.from(json)]);
    // A mutated address might be that of a file.
    this.#write(this.#lane, lane.frame(QUERY, body));
  }

  #writeChannel(kind, body) {
    const frame = lane.frame(kind, body);
    this.#write(process.channel.fd, this.#random.once(100) ? this.#random.mutated(frame) : frame);
  }

  /** What does not fit the socket is lost: the next frame begins in the middle of this one. */
  #write(descriptor, bytes) {
    try {
      fs.writeSync(descriptor, bytes);
    } catch {
      // The socket is full, or this worker was disconnected.
    }
  }
}

async function write(seed) {
  // Before any other socket is opened.
  const descriptorOfLane = lane.descriptor();
  const all = await hostile.descriptors();
  const writer = new Writer(new Random(seed), descriptorOfLane, all);
  for (let step = 0; step < STEPS && process.connected; step++) {
    writer.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.kill(process.pid, 'SIGKILL');
}

/** A handle that arrived is used a little, then closed. */
function close(handle) {
  if (typeof handle.destroy === 'function') handle.destroy();
  else handle.close();
}

scenario('workers that write anything harm no other process', {
  skipBuiltin: 'it has other frames, and dies of them',
  timeout: 120_000,
  env: { RS_CLUSTER_CLAIM_TIMEOUT: '', HOSTILE_SEED, HOSTILE_WORKERS },
  async primary(cluster) {
    console.log(`HOSTILE_SEED=${HOSTILE_SEED}`);
    const { port, workers } = await listening(cluster);
    const errors = [];
    const received = { messages: 0, handles: 0 };
    cluster.on('message', (worker, message, handle) => {
      received.messages++;
      if (handle === undefined) return;
      received.handles++;
      close(handle);
    });
    await load(port, { count: 1 });
    const before = descriptors();

    let seed = Number(HOSTILE_SEED);
    const last = seed + Number(HOSTILE_WORKERS);
    const one = async () => {
      while (seed < last) {
        cluster.setupPrimary({ serialization: seed % 2 === 0 ? 'advanced' : 'json' });
        const worker = cluster.fork({ RS_TEST_SEED: seed++ });
        worker.on('error', (error) => errors.push(error.message));
        // No once(): that listens for 'error', too.
        await new Promise((resolve) => worker.on('exit', resolve));
      }
    };
    const fuzz = Promise.all(Array.from({ length: AT_ONCE }, one));
    let clients = 0;
    let isOver = false;
    fuzz.then(() => (isOver = true));
    while (!isOver) {
      const result = await load(port, { count: 100, atOnce: 4 });
      assert.deepStrictEqual(result.failed, []);
      clients += result.answered.length;
    }
    await fuzz;
    const { messages, handles } = received;
    console.log(`${clients} clients; ${messages} messages, ${handles} handles, ${errors.length} cut off`);
    for (const error of errors) assert.match(error, /^the (IPC channel|lane of worker \d+) was closed: /);
    assert.ok(clients > 0 && messages > 0 && handles > 0 && errors.length > 0);
    assert.ok(await settled(() => descriptors() <= before), `${before} before, ${descriptors()} after`);
    workers[0].process.kill('SIGKILL');
    await exited(workers[0]);
  },
  worker() {
    const { RS_TEST_SEED } = process.env;
    if (RS_TEST_SEED !== undefined) write(Number(RS_TEST_SEED));
    else net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
  },
  check: printed,
});
