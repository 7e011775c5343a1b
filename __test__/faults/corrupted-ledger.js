'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const net = require('node:net');
const { scenario, listening, exited, read, settled, descriptors, temporaryPath } = require('../harness');
const { Journal, serve } = require('../fixtures/journal');
const { load } = require('../fixtures/load');
const Page = require('../fixtures/page');
const printed = require('../fixtures/printed');

const skipBuiltin = 'it has no ledger';
const AT_ONCE = 32;
const ANY = 0xffffffff;
/** The most that are in flight to one worker. */
const CREDIT = 32;

/** What a worker writes into its page over and over, and whether it is disconnected for that. */
const WRITERS = {
  'random words': {
    isDisconnected: true,
    corrupt: (page) => (page.slots = page.slots.map(() => Math.random() * 2 ** 32)),
  },
  'words that cannot be': { isDisconnected: true, corrupt: (page) => (page.slots = page.slots.fill(ANY)) },
  zeros: { isDisconnected: true, corrupt: (page) => (page.slots = page.slots.fill(0)) },
  'that it has claimed all': { isDisconnected: false, corrupt: (page) => page.claimAll() },
  'that nobody waits for its claims': { isDisconnected: false, corrupt: (page) => (page.awaited = 0) },
  'that its claims are waited for': { isDisconnected: false, corrupt: (page) => (page.awaited = ANY) },
};

function worker(cluster) {
  serve(cluster);
  process.once('message', (name) => {
    const page = new Page();
    const { corrupt } = WRITERS[name];
    const on = () => {
      corrupt(page);
      setImmediate(on);
    };
    on();
  });
}

for (const [name, { isDisconnected }] of Object.entries(WRITERS)) {
  scenario(`a worker that writes ${name} into its ledger harms only what was offered to it`, {
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
      writer.send(name);
      const result = await load(port, { atOnce: AT_ONCE });

      const { seen, unseen } = journal.explain(result);
      const figures = cluster.stats().workers[writer.id];
      console.log(`${name}: ${result}`);
      assert.ok(seen.every((id) => id === writer.id));
      const failed = seen.length + unseen;
      if (isDisconnected) {
        assert.ok(failed <= CREDIT, `${failed} failed`);
      } else {
        // What the primary believes to be claimed there was answered there, or lost there.
        const answered = result.answered.filter(({ answer }) => answer === `${writer.id}`);
        assert.strictEqual(failed, figures.claimed - answered.length);
        writer.process.kill('SIGKILL');
      }
      await exited(writer);
      const expected = `the lane of worker ${writer.id} was closed: it wrote over its ledger`;
      assert.deepStrictEqual(errors, isDisconnected ? [expected] : []);
      // Its channel and its lane are closed, and nothing else was left open.
      assert.ok(await settled(() => descriptors() === before - 2), `${before}, ${descriptors()}`);
      for (const { process } of others) process.kill('SIGKILL');
    },
    worker,
    check: printed,
  });
}

scenario('a worker that reports figures that cannot be changes no figure of another', {
  timeout: 30_000,
  skipBuiltin,
  async primary(cluster) {
    const { port, workers } = await listening(cluster, 2);
    workers[0].send('corrupt');
    await once(workers[0], 'message');
    assert.deepStrictEqual([await read(port), await read(port)].sort(), ['1', '2']);
    // The addon writes the true number now and then.
    const open = (id) => cluster.stats().workers[id].open;
    assert.ok(await settled(() => open(1) > 1e9));
    assert.ok(await settled(() => open(2) === 0));
    assert.strictEqual(cluster.stats().workers[1].utilization, 1);
    for (const { process } of workers) process.kill('SIGKILL');
  },
  worker(cluster) {
    net.createServer((socket) => socket.end(`${cluster.worker.id}`)).listen(0, '127.0.0.1');
    process.once('message', () => {
      const page = new Page();
      const on = () => {
        page.open = ANY;
        page.utilization = ANY;
        setImmediate(on);
      };
      on();
      process.send('corrupted');
    });
  },
});
