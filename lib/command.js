'use strict';

/** The command `rs-cluster`: runs a program on all cores, or asks something of one that runs. */

const { parse } = require('./command/arguments');
const { USAGE } = require('./command/exit_codes');
const print = require('./command/print');

/** What is done for each word. A program is run without one. */
const COMMANDS = {
  __proto__: /** @type {never} */ (null),
  run: (asked) => require('./command/run')(asked),
  help: () => print(require('./command/help')()),
  version: () => print(`${require('../package.json').version}\n`),
  top: (asked) => require('./command/top')(asked),
};

const order = (asked) => require('./command/order')(asked);

/** Errors of the caller are told in a line. All others are ours, and have a stack. */
function fail(error) {
  const isUsage = error.code?.startsWith('ERR_PARSE_ARGS_') || error.code === 'ERR_OUT_OF_RANGE';
  if (!isUsage) throw error;
  process.stderr.write(`rs-cluster: ${error.message}\nrs-cluster --help lists what there is.\n`);
  process.exitCode = USAGE;
}

/** @param {string[]} args of the command line */
module.exports = async function command(args) {
  try {
    const asked = parse(args);
    await (COMMANDS[asked.command] ?? order)(asked);
  } catch (error) {
    fail(error);
  }
};
