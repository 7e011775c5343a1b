'use strict';

// What control groups allow, in both versions, from files as the kernel writes them.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { skipBuiltin, temporaryPath } = require('../harness');
const { memory, processors } = require('../../lib/cgroup');

const ALL = os.availableParallelism?.() ?? os.cpus().length;
const MIB = 2 ** 20;

let roots = 0;

/** A root of the file system with these files. */
function rootWith(files) {
  const root = temporaryPath(`root-${++roots}`);
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return root;
}

/** `[files, processors of a machine that has enough, bytes]` */
const CASES = {
  'without control groups there is no limit': [{}, Infinity, Infinity],
  'version 2, in a container': [
    {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/memory.max': `${512 * MIB}\n`,
    },
    2,
    512 * MIB,
  ],
  'version 2, without a limit': [
    {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/memory.max': 'max\n',
    },
    Infinity,
    Infinity,
  ],
  'version 2, the limit of an outer group holds as well': [
    {
      'proc/self/cgroup': '0::/app.slice/one.service\n',
      'sys/fs/cgroup/app.slice/cpu.max': '50000 100000\n',
      'sys/fs/cgroup/app.slice/one.service/cpu.max': '400000 100000\n',
      'sys/fs/cgroup/app.slice/one.service/memory.max': `${64 * MIB}\n`,
    },
    1,
    64 * MIB,
  ],
  'version 1, in a container: the path is that of the host': [
    {
      'proc/self/cgroup': '4:memory:/docker/a\n1:cpu,cpuacct:/docker/a\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${256 * MIB}\n`,
    },
    1,
    256 * MIB,
  ],
  'version 1, without a limit': [
    {
      'proc/self/cgroup': '1:cpu:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    Infinity,
    Infinity,
  ],
  'a file that makes no sense is no limit': [
    {
      'proc/self/cgroup': 'what\n0::/\n',
      'sys/fs/cgroup/cpu.max': 'many few\n',
      'sys/fs/cgroup/memory.max': '\n',
    },
    Infinity,
    Infinity,
  ],
};

for (const [name, [files, cpus, bytes]] of Object.entries(CASES)) {
  test(name, { skip: skipBuiltin() }, () => {
    const root = rootWith(files);
    assert.strictEqual(processors(root), Math.min(ALL, cpus));
    assert.strictEqual(memory(root), bytes);
  });
}

test('here there is at least one processor, and not more than Node says', { skip: skipBuiltin() }, () => {
  assert.ok(processors() >= 1 && processors() <= ALL);
  assert.ok(memory() > 0);
});
