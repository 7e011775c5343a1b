'use strict';

/**
 * The first thing that runs in a worker: `fork()` starts it with `--require` for this file, for a
 * worker's script need not name the package. Nothing of this is left to be seen by user code or
 * by its children.
 */

const CHANNEL = 'RS_CLUSTER_CHANNEL';

function hide(argv, flag, value) {
  const at = argv.findIndex((arg, index) => arg === flag && argv[index + 1] === value);
  if (at >= 0) argv.splice(at, 2);
}

hide(process.execArgv, '--require', __filename);

// Worker threads inherit the flag, but not the variable.
const channel = process.env[CHANNEL];
if (channel !== undefined) {
  delete process.env[CHANNEL];
  const [descriptor, id, serialization] = channel.split(':');
  const { Worker } = require('./binding').load();
  const native = Worker.attach(Number(descriptor));
  // On the wire before anything else: user code may block for ever, and the primary need not wait
  // until all of this side is loaded.
  native.act(JSON.stringify({ act: 'online' }));
  require('./child')(native, { id: Number(id), serialization });
}
