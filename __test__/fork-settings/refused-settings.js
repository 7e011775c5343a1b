'use strict';

const assert = require('node:assert');
const { NODE, descriptors, scenario, settled } = require('../harness');

const WRONG = [
  [{ exec: undefined }, 'ERR_INVALID_ARG_TYPE'],
  [{ exec: 7 }, 'ERR_INVALID_ARG_TYPE'],
  [{ exec: 'nul\0byte' }, 'ERR_INVALID_ARG_VALUE'],
  [{ args: 'text' }, 'ERR_INVALID_ARG_TYPE'],
  [{ stdio: ['pipe', 'pipe', 'pipe'] }, 'ERR_CHILD_PROCESS_IPC_REQUIRED'],
  [{ stdio: ['ipc', 'pipe', 'pipe', 'ipc'] }, 'ERR_IPC_ONE_PIPE'],
  [{ stdio: 'no such value' }, 'ERR_INVALID_ARG_VALUE'],
  [{ serialization: 'xml' }, 'ERR_INVALID_ARG_VALUE'],
  [{ uid: 'root' }, 'ERR_INVALID_ARG_TYPE'],
  [{ gid: 1.5 }, NODE < 20 ? 'ERR_INVALID_ARG_TYPE' : /ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/],
  [{ cwd: 7 }, 'ERR_INVALID_ARG_TYPE'],
];

const PORTS = [
  [-1, 'type number (-1)'],
  [65_536, 'type number (65536)'],
  [1.5, 'type number (1.5)'],
  ['inspector', "type string ('inspector')"],
  [{}, 'an instance of Object'],
  [() => Symbol('p'), 'type symbol (Symbol(p))'],
];

scenario('fork() refuses wrong settings with the codes of Node, and leaves nothing open', {
  async primary(cluster) {
    const right = { exec: process.argv[1], args: [] };
    for (const key of ['stdio', 'serialization', 'uid', 'gid', 'cwd']) right[key] = undefined;
    const refuse = () => {
      for (const [wrong, code] of WRONG) {
        cluster.setupPrimary({ ...right, ...wrong });
        assert.throws(() => cluster.fork(), { code }, JSON.stringify(wrong));
        assert.deepStrictEqual(Object.keys(cluster.workers), []);
      }
    };
    refuse();
    const before = descriptors();
    for (let i = 0; i < 10; i++) refuse();
    assert.ok(await settled(() => descriptors() <= before), `before: ${before}, after: ${descriptors()}`);
  },
});

scenario("settings that fork() refuses are refused in Node's words", {
  primary(cluster) {
    const right = { exec: process.argv[1], args: [], execArgv: [] };
    const refuses = (wrong, expected) => {
      cluster.setupPrimary({ ...right, ...wrong });
      assert.throws(() => cluster.fork(), expected);
    };
    for (const [inspectPort, received] of PORTS) {
      const message = `Port should be >= 0 and < 65536. Received ${received}.`;
      refuses(
        { inspectPort, execArgv: ['--inspect=0'] },
        { name: 'RangeError', code: 'ERR_SOCKET_BAD_PORT', message },
      );
    }
    cluster.setupPrimary({ inspectPort: undefined });
    const isNul = (name) => ({
      code: 'ERR_INVALID_ARG_VALUE',
      message: new RegExp(`'${name}' must be .*without null bytes`),
    });
    refuses({ exec: 'a\0b' }, isNul('modulePath'));
    refuses({ args: ['a\0b'] }, isNul('args\\[1\\]'));
    refuses({ execArgv: ['--title=a\0b'] }, isNul('options\\.execArgv\\[0\\]'));
  },
});

scenario("a scheduling policy that is none has Node's code", {
  primary(cluster) {
    cluster.schedulingPolicy = 3;
    const expected = { code: 'ERR_INTERNAL_ASSERTION', message: /^Bad cluster\.schedulingPolicy: 3/ };
    assert.throws(() => cluster.setupPrimary(), expected);
  },
});
