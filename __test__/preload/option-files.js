'use strict';

// Node reads options from files only if NODE_OPTIONS is not set. In a worker it is, because of us.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const { once } = require('node:events');
const { NODE, scenario, exited, temporaryPath } = require('../harness');

const ENVIRONMENT = 'NODE_OPTIONS="--require ./from-environment.js --no-deprecation"\nGIVEN=yes\n';
const CONFIGURATION = {
  nodeOptions: {
    require: ['./from-configuration.js', './second.js'],
    import: './imported.mjs',
    'max-http-header-size': 8192,
    deprecation: false,
  },
};

/** What a worker says of files that it has in none of these. */
const NONE = { loaded: [], options: null, given: null, size: http.maxHeaderSize, noDeprecation: false };
const FROM_ENVIRONMENT = {
  ...NONE,
  loaded: ['environment'],
  options: '--require ./from-environment.js --no-deprecation',
  given: 'yes',
  noDeprecation: true,
};
const FROM_CONFIGURATION = {
  ...NONE,
  loaded: ['configuration', 'second', 'import'],
  size: 8192,
  noDeprecation: true,
};

/** The workers' flags, what they find, and since which Node. */
const FLAGS = {
  '--env-file=file': [['--env-file=options.env'], FROM_ENVIRONMENT, 20],
  '--env-file file': [['--env-file', 'options.env'], FROM_ENVIRONMENT, 20],
  '--env-file-if-exists': [['--env-file-if-exists=options.env'], FROM_ENVIRONMENT, 22],
  'two --env-file': [['--env-file=options.env', '--env-file=other.env'], FROM_ENVIRONMENT, 20],
  '--experimental-config-file': [['--experimental-config-file=node.config.json'], FROM_CONFIGURATION, 24],
  'two --experimental-config-file': [
    ['--experimental-config-file=other.config.json', '--experimental-config-file=node.config.json'],
    FROM_CONFIGURATION,
    24,
  ],
  '--experimental-default-config-file': [['--experimental-default-config-file'], FROM_CONFIGURATION, 24],
};

function folder() {
  const cwd = temporaryPath('options');
  fs.mkdirSync(cwd);
  const load = (what) => `(globalThis.loaded ??= []).push('${what}');`;
  const files = {
    'options.env': ENVIRONMENT,
    'other.env': 'OTHER=yes\n',
    'other.config.json': JSON.stringify({ nodeOptions: { require: ['./second.js'] } }),
    'node.config.json': JSON.stringify(CONFIGURATION),
    'from-environment.js': load('environment'),
    'from-configuration.js': load('configuration'),
    'second.js': load('second'),
    'imported.mjs': load('import'),
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${cwd}/${name}`, text);
  return cwd;
}

for (const [name, [execArgv, wanted, since]] of Object.entries(FLAGS)) {
  for (const given of [undefined, '--no-warnings']) {
    scenario(`${name} in a worker ${given ? 'with' : 'without'} NODE_OPTIONS is as in any process`, {
      skip: NODE < since && `Node ${NODE} has no such flag`,
      async primary(cluster) {
        cluster.setupPrimary({ execArgv: ['--no-warnings', ...execArgv], cwd: folder() });
        const worker = cluster.fork({ NODE_OPTIONS: given });
        const end = exited(worker);
        const [seen] = await once(worker, 'message');
        assert.deepStrictEqual(await end, [0, null]);
        const variable = wanted.given;
        assert.deepStrictEqual(seen, given ? { ...NONE, options: given, given: variable } : wanted);
      },
      worker() {
        const { noDeprecation = false, env } = process;
        const seen = {
          loaded: globalThis.loaded ?? [],
          options: env.NODE_OPTIONS ?? null,
          given: env.GIVEN ?? null,
          size: http.maxHeaderSize,
          noDeprecation,
        };
        process.send(seen, () => process.disconnect());
      },
    });
  }
}

scenario('a file with options that is not there is the error of the worker', {
  skip: NODE < 20 && 'Node 18 has no such flag',
  async primary(cluster) {
    cluster.setupPrimary({ execArgv: ['--env-file=nowhere'], silent: true });
    assert.deepStrictEqual(await exited(cluster.fork()), [9, null]);
  },
  worker() {},
});
