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
  [{ stdio: 'nonsense' }, 'ERR_INVALID_ARG_VALUE'],
  [{ serialization: 'xml' }, 'ERR_INVALID_ARG_VALUE'],
  [{ uid: 'root' }, 'ERR_INVALID_ARG_TYPE'],
  [{ gid: 1.5 }, NODE < 20 ? 'ERR_INVALID_ARG_TYPE' : /ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/],
  [{ cwd: 7 }, 'ERR_INVALID_ARG_TYPE'],
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
