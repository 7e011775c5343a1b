'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { scenario, listening, exited, read } = require('../harness');
const { channel } = require('../fixtures/hostile');
const { Acts } = require('../../lib/lifecycle');

const skipBuiltin = 'its acts are other ones';

/** How many hostile workers live at once. */
const AT_ONCE = 5;

const deep = '['.repeat(20_000) + ']'.repeat(20_000);

/** What a worker may write, and why it is disconnected for it. */
const REFUSED = {
  '': /JSON/,
  '{': /JSON/,
  null: /expected an object, got null/,
  7: /expected an object, got 7/,
  '"online"': /expected an object, got 'online'/,
  '[]': /unexpected act: undefined/,
  '[{"act":"closed"}]': /unexpected act: undefined/,
  [deep]: /unexpected act: undefined/,
  '{}': /unexpected act: undefined/,
  '{"act":null}': /unexpected act: null/,
  '{"act":7}': /unexpected act: 7/,
  '{"act":["closed"]}': /unexpected act: \[Array\]|unexpected act: \[ 'closed' \]/,
  '{"act":{"toString":1}}': /unexpected act: /,
  '{"act":""}': /unexpected act: ''/,
  '{"act":"__proto__"}': /unexpected act: '__proto__'/,
  '{"act":"__defineGetter__"}': /unexpected act: '/,
  '{"act":"constructor"}': /unexpected act: '/,
  '{"act":"hasOwnProperty"}': /unexpected act: '/,
  '{"__proto__":{"act":"closed"}}': /unexpected act: undefined/,
  '{"act":"Online"}': /unexpected act: '/,
  '{"act":"online"}': /'online' is out of place/,
  '{"act":"ack","seq":1}': /unexpected act: 'ack'/,
  '{"act":"disconnect"}': /unexpected act: 'disconnect'/,
  '{"act":"limitRequests","requests":1}': /unexpected act: 'limitRequests'/,
  '{"act":"Ready"}': /unexpected act: '/,
  '{"act":"ready","act":"Ready"}': /unexpected act: '/,
  '{"act":"requestsServed","act":7}': /unexpected act: 7/,
  '{"act":"uncaught"}': /unexpected text: undefined/,
  '{"act":"lastResponses"}': /unexpected act: 'lastResponses'/,
  '{"act":"metrics","isLast":true}': /unexpected text: undefined/,
  '{"act":"metrics","text":"[]"}': /unexpected isLast/,
  '{"act":"metrics","text":{"length":1},"isLast":true}': /unexpected text/,
  '{"act":"uncaught","text":["x"]}': /unexpected text/,
  '{"act":"metricsAsked"}': /unexpected act: 'metricsAsked'/,
  '{"act":"metrics"}': /unexpected text: undefined/,
  '{"act":"metrics","text":["[]"],"isLast":true}': /unexpected text/,
  '{"act":"metrics","text":"[]","isLast":1}': /unexpected isLast: 1/,
  '{"act":"metrics","text":"[]","__proto__":{"isLast":true}}': /unexpected isLast: undefined/,
  '{"act":"closed"}': /unexpected key: undefined/,
  '{"act":"closed","key":-1}': /unexpected key/,
  '{"act":"closed","key":4294967296}': /unexpected key/,
  '{"act":"listening","address":{}}': /unexpected address/,
  '{"act":"listening","address":["127.0.0.1"]}': /unexpected address/,
  '{"act":"listening","addressType":"tcp"}': /unexpected addressType/,
  '{"act":"listening","addressType":{"toString":1}}': /unexpected addressType/,
  '{"act":"listening","port":"80"}': /unexpected port/,
  '{"act":"listening","port":1e400}': /unexpected port/,
  '{"act":"listening","fd":[3]}': /unexpected fd/,
  '{"act":"exitedAfterDisconnect"}': /unexpected seq: undefined/,
  '{"act":"exitedAfterDisconnect","seq":{"valueOf":1}}': /unexpected seq/,
  '{"act":"exitedAfterDisconnect","seq":-1}': /unexpected seq/,
  '{"act":"exitedAfterDisconnect","__proto__":{"seq":1}}': /unexpected seq: undefined/,
  '{"act":"socketsAsked","question":"count","key":"__proto__","seq":1}': /unexpected key/,
  '{"act":"socketsAsked","question":"open","key":1,"seq":1}': /unexpected question/,
  '{"act":"socketsAsked","question":"close","key":1}': /unexpected seq/,
  '{"act":"socketsCounted","seq":1,"count":"1"}': /unexpected count/,
  '{"act":"socketsCounted","seq":1,"count":-1}': /unexpected count/,
  '{"act":"socketsCounted","seq":0.5,"count":1}': /unexpected seq/,
};

/** Acts that a worker may say at any time. */
const HARMLESS = [
  '{"act":"closed","key":0}',
  '{"act":"closed","key":4294967295}',
  '{"act":"closed","key":7,"more":{"__proto__":null}}',
  '{"act":"listening"}',
  '{"act":"listening","address":null,"port":0,"addressType":4,"fd":null}',
  '{"act":"socketsAsked","question":"count","key":9007199254740991,"seq":9007199254740991}',
  '{"act":"socketsAsked","question":"close","key":0,"seq":0}',
  '{"act":"socketsCounted","seq":7,"count":7}',
  '{"act":"exitedAfterDisconnect","seq":0}',
  '{"act":"ready"}',
  '{"act":"ready","more":1}',
  '{"act":"requestsServed"}',
  '{"act":"metrics","text":"[]","isLast":true}',
  '{"act":"metrics","text":"no JSON","isLast":true}',
  `{"act":"metrics","text":"${'x'.repeat(50_000)}","isLast":false}`,
  `{"act":"uncaught","text":"${'x'.repeat(50_000)}"}`,
];

/** The acts that a worker may send. `Acts` throws until each of them has a handler, and names the next one. */
function actsOfWorkers() {
  const handlers = { __proto__: null };
  for (;;) {
    try {
      new Acts('worker', handlers);
      return Object.keys(handlers);
    } catch ({ message }) {
      const [, name] = /about '(\w+)'/.exec(message);
      handlers[name] = () => {};
    }
  }
}

/** Those of `names` with which none of `texts` begins. */
const missing = (names, texts) =>
  names.filter((name) => !texts.some((text) => text.startsWith(`{"act":"${name}"`)));

/** Forks a worker that writes `acts`. @returns {Promise<string[]>} the errors of its life */
async function speak(cluster, acts) {
  const worker = cluster.fork({ RS_TEST_ACTS: JSON.stringify(acts) });
  const errors = [];
  worker.on('error', ({ message }) => errors.push(message));
  worker.on('message', () => worker.process.kill('SIGKILL'));
  // No once(): that listens for 'error', too.
  await Promise.all(['exit', 'disconnect'].map((event) => new Promise((done) => worker.on(event, done))));
  return errors;
}

async function serve(cluster) {
  const { port, workers } = await listening(cluster);
  return {
    async check() {
      assert.strictEqual(await read(port), 'served');
      workers[0].process.kill('SIGKILL');
    },
  };
}

function worker() {
  const { RS_TEST_ACTS } = process.env;
  if (RS_TEST_ACTS === undefined) {
    require('node:net')
      .createServer((socket) => socket.end('served'))
      .listen(0, '127.0.0.1');
    return;
  }
  const native = channel();
  for (const act of JSON.parse(RS_TEST_ACTS)) native.act(act);
  // It may have been disconnected already.
  process.send('said', () => {});
}

scenario('an act that no worker may send is a protocol error of the worker that sends it, and of no other', {
  skipBuiltin,
  async primary(cluster) {
    const service = await serve(cluster);
    assert.deepStrictEqual(missing(actsOfWorkers(), Object.keys(REFUSED)), []);
    const all = Object.entries(REFUSED);
    const one = async () => {
      for (let next = all.pop(); next !== undefined; next = all.pop()) {
        const [act, reason] = next;
        // What follows is not even looked at.
        const errors = await speak(cluster, [act, act, '{"act":"listening","port":{}}']);
        assert.strictEqual(errors.length, 1, `${act}: ${errors}`);
        assert.match(errors[0], /^the IPC channel was closed: an act is not valid/);
        assert.match(errors[0], reason, act);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    await service.check();
  },
  worker,
});

scenario('an act that is out of place does no harm', {
  skipBuiltin,
  async primary(cluster) {
    // A worker has said that it is online before it can say anything else.
    assert.deepStrictEqual(missing(actsOfWorkers(), HARMLESS), ['online']);
    const service = await serve(cluster);
    assert.deepStrictEqual(await speak(cluster, HARMLESS), []);
    await service.check();
  },
  worker,
});

scenario('a worker that asks without end, and reads no answer, is disconnected', {
  skipBuiltin,
  async primary(cluster) {
    const asking = cluster.fork();
    const resident = process.memoryUsage.rss();
    const [error] = await once(asking, 'error').catch((thrown) => [thrown]);
    assert.match(error.message, /it asks, and does not read the answers/);
    assert.ok(process.memoryUsage.rss() - resident < 64 * 1024 * 1024);
    asking.process.kill('SIGKILL');
    await exited(asking);
  },
  worker() {
    const native = channel();
    const ask = '{"act":"socketsAsked","question":"count","key":1,"seq":1}';
    // The loop, which writes what does not fit the socket, never turns.
    while (native.flush() >= 0) native.act(ask);
  },
});

scenario('if a Worker has no listener of its own, its protocol error is a warning', {
  skipBuiltin,
  async primary(cluster) {
    const hostile = cluster.fork({ RS_TEST_ACTS: '["null"]' });
    hostile.process.on('error', () => {});
    const [warning] = await once(process, 'warning');
    assert.match(warning.message, /an act is not valid/);
    await exited(hostile);
  },
  worker,
});
