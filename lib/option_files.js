'use strict';

/**
 * The options that Node would read from files, if the worker had no NODE_OPTIONS: it has them
 * because of our preload. `lib/preloads.js` asks for them.
 *
 * What cannot be read or understood is left out: the worker's Node complains of it.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseEnv } = require('node:util');

const ENVIRONMENT = /^--env-file(?:-if-exists)?$/;
const CONFIGURATION = /^--(?:experimental-)?config-file$/;
const DEFAULT = '--experimental-default-config-file';

/** @returns {Generator<string>} the values of a flag: `--flag=value` or `--flag value` */
function* valuesOf(flag, execArgv) {
  for (const [at, arg] of execArgv.entries()) {
    const [name, ...value] = String(arg).split('=');
    if (flag.test(name)) yield value.length > 0 ? value.join('=') : execArgv[at + 1];
  }
}

function contents(folder, file, parse) {
  try {
    return parse(fs.readFileSync(path.resolve(folder, file), 'utf8'));
  } catch {
    return {};
  }
}

/** An entry of a configuration file, as flags. Node puts no quotes around a value either. */
function flagsOf([name, value]) {
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
  return [value].flat().map((each) => `--${name}=${each}`);
}

/** @returns {string | undefined} NODE_OPTIONS of the last environment file that has it */
function fromEnvironment(execArgv, folder) {
  return [...valuesOf(ENVIRONMENT, execArgv)]
    .map((file) => contents(folder, file, parseEnv).NODE_OPTIONS)
    .findLast((options) => options !== undefined);
}

/** @returns {string[]} the options of the configuration file, as flags */
function fromConfiguration(execArgv, folder) {
  const isDefault = execArgv.includes(DEFAULT);
  // As in Node, the last of them.
  const file = [...valuesOf(CONFIGURATION, execArgv)].at(-1) ?? (isDefault && 'node.config.json');
  const { nodeOptions } = file ? contents(folder, file, JSON.parse) : {};
  return Object.entries(nodeOptions ?? {}).flatMap(flagsOf);
}

/**
 * @param {string[]} execArgv the worker's
 * @param {string} [folder] where it starts
 */
module.exports = (execArgv, folder = '') => ({
  environment: fromEnvironment(execArgv, folder),
  configuration: fromConfiguration(execArgv, folder),
});
