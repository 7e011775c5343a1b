'use strict';

/**
 * Reads the options that Node reads from files only if NODE_OPTIONS is not set. Our preload sets NODE_OPTIONS in
 * every worker, so `lib/preloads.js` adds these options to it.
 *
 * A file that cannot be read or parsed is ignored, because the worker's Node reports it.
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

/**
 * Converts an entry of a configuration file to flags. Values are not quoted, because Node does not quote them.
 */
function flagsOf([name, value]) {
  if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
  return [value].flat().map((each) => `--${name}=${each}`);
}

/** @returns {string | undefined} NODE_OPTIONS of the last environment file that sets it */
function fromEnvironment(execArgv, folder) {
  return [...valuesOf(ENVIRONMENT, execArgv)]
    .map((file) => contents(folder, file, parseEnv).NODE_OPTIONS)
    .findLast((options) => options !== undefined);
}

/** @returns {string[]} the options of the configuration file, as flags */
function fromConfiguration(execArgv, folder) {
  const isDefault = execArgv.includes(DEFAULT);
  // As in Node, the last file is used.
  const file = [...valuesOf(CONFIGURATION, execArgv)].at(-1) ?? (isDefault && 'node.config.json');
  const { nodeOptions } = file ? contents(folder, file, JSON.parse) : {};
  return Object.entries(nodeOptions ?? {}).flatMap(flagsOf);
}

/**
 * @param {string[]} execArgv the worker's flags
 * @param {string} [folder] the worker's working directory. Default: the primary's
 * @returns {{ environment: string | undefined, configuration: string[] }} NODE_OPTIONS of the environment files,
 *   and flags of the configuration file
 */
module.exports = (execArgv, folder = '') => ({
  environment: fromEnvironment(execArgv, folder),
  configuration: fromConfiguration(execArgv, folder),
});
