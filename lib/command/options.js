'use strict';

/**
 * All options of the command, in one list: those of `cluster.supervise()`, and its own. From it come what the command line
 * may say, the environment variables, the help, and the table in the docs.
 */

const { flag, oneOf, read, text } = require('../options');
const { TABLE, variablesOf } = require('../supervise/options');

/** The API changes nothing of a process that it was not asked for. A command is a process of its own. */
const BY_DEFAULT = { signals: true, notify: true, control: undefined };

/** What a program has no need for. */
const OWN = {
  logs: {
    kind: oneOf('inherit', 'prefix', 'json'),
    byDefault: 'inherit',
    says: 'What the workers write: as it is, with the number of the slot before each line, or as JSON',
  },
  cwd: {
    kind: text('DIR'),
    byDefault: undefined,
    says: 'The folder in which the workers start. A symbolic link is followed anew at each reload',
  },
  name: {
    kind: text('NAME'),
    byDefault: undefined,
    says: 'The name of the control socket. Default: the name in package.json, or that of the folder',
  },
};

/** @type {Record<string, { kind: import('../options').Kind, byDefault: unknown, says: string }>} */
const OPTIONS = {};
for (const [name, row] of Object.entries({ ...TABLE, ...OWN })) {
  OPTIONS[name] = name in BY_DEFAULT ? { ...row, byDefault: BY_DEFAULT[name] } : row;
}

/** Options of one letter. */
const SHORT = { workers: 'w' };

/** What only some of the orders to a program that runs understand. */
const SWITCHES = {
  json: { kind: flag(), says: 'status: as JSON' },
  now: { kind: flag(), says: 'stop: kill the workers at once' },
};

/** What an order to a program that runs has in common with the command that runs it. */
const WHERE = ['control', 'cwd', 'name'];

/** `maxMemory` is `--max-memory`. */
const flagOf = (name) => `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`;

/**
 * @param {object} given values of the command line
 * @returns {Record<string, any>} each option of the list
 * @throws ERR_OUT_OF_RANGE for a wrong environment variable
 */
const readOptions = (given) => read(given, OPTIONS, variablesOf);

module.exports = { OPTIONS, SHORT, SWITCHES, WHERE, flagOf, readOptions, variablesOf };
