'use strict';

/** What the command line says. */

const { parseArgs } = require('node:util');
const errors = require('../errors');
const nearest = require('./nearest');
const { OPTIONS, SHORT, SWITCHES, WHERE, flagOf, readOptions } = require('./options');

/** Of each order to a program that runs: the options that it knows beside where that program is, and its arguments. */
/** @type {Record<string, { switches?: string[], operands?: Record<string, import('../options').Kind> }>} */
const ORDERS = {
  __proto__: /** @type {never} */ (null),
  reload: {},
  status: { switches: ['json'] },
  top: {},
  scale: { operands: { 'N|auto': OPTIONS.workers.kind } },
  drain: {},
  undrain: {},
  stop: { switches: ['now'] },
  metrics: {},
};

/** @typedef {{ values: Record<string, string | boolean | undefined>, positionals: string[] }} Parsed */

/**
 * How `parseArgs` is told of an option.
 * @returns {[string, { type: 'string', short?: string }]}
 */
function describe(name) {
  const short = SHORT[name] && { short: SHORT[name] };
  return [flagOf(name).slice(2), { type: 'string', ...short }];
}

const HELP = {
  help: { type: /** @type {const} */ ('boolean'), short: 'h' },
  version: { type: /** @type {const} */ ('boolean'), short: 'v' },
};

const RUN = { ...Object.fromEntries(Object.keys(OPTIONS).map(describe)), ...HELP };

/**
 * @param {{ switches?: string[] }} order
 * @returns {Record<string, { type: 'string' | 'boolean', short?: string }>}
 */
function optionsOf({ switches = [] }) {
  const places = Object.fromEntries(WHERE.map(describe));
  const flags = switches.map((name) => [name, { type: /** @type {const} */ ('boolean') }]);
  return { ...places, ...Object.fromEntries(flags), ...HELP };
}

/**
 * @param {string[]} args
 * @param {Record<string, { type: 'string' | 'boolean', short?: string }>} options that may be among them
 * @param {string} has how a sentence begins that says that one of them is not there
 * @returns {Parsed}
 * @throws ERR_PARSE_ARGS_…
 */
function parseKnown(args, options, has) {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    const near = nearest(token.name, Object.keys(options));
    const hint = near === undefined ? '' : `. Did you mean --${near}?`;
    throw errors.usage(`${has} no option ${token.rawName}${hint}`);
  }
  return /** @type {Parsed} */ (parseArgs({ args, options, allowPositionals: true }));
}

/** Where the program, or the order, stands. What follows belongs to it. */
function firstOperand(args) {
  const { tokens } = parseArgs({
    args,
    options: RUN,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind === 'positional' || kind === 'option-terminator');
  if (first === undefined) return args.length;
  return first.kind === 'option-terminator' ? first.index + 1 : first.index;
}

/** @param {string} name @param {import('../options').Kind} kind @param {string} text */
function readText(name, kind, text) {
  const value = kind.parse(text);
  if (!kind.fits(value)) throw errors.outOfRange(name, kind.rangeOfText ?? kind.range, text);
  return value;
}

/** The values of options, each as its kind reads it. */
function valuesOf(texts) {
  const values = {};
  for (const [name, { kind }] of Object.entries(OPTIONS)) {
    const text = texts[flagOf(name).slice(2)];
    if (text === undefined) continue;
    values[name] = readText(flagOf(name), kind, text);
  }
  return values;
}

/** An order, or undefined if this is no word of ours. */
function parseOrder(command, before, after) {
  const order = ORDERS[command];
  if (order === undefined) return undefined;
  const { values, positionals } = parseKnown([...before, ...after], optionsOf(order), `"${command}" has`);
  if (values.help || values.version) return { command: values.help ? 'help' : 'version' };
  const { operands = {} } = order;
  const names = Object.keys(operands);
  if (positionals.length !== names.length) {
    throw errors.usage(`usage: rs-cluster ${[command, ...names].join(' ')}`);
  }
  for (const [at, name] of names.entries()) readText(name, operands[name], positionals[at]);
  const switches = Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, values[name] === true]));
  return { command, operands: positionals, ...switches, options: readOptions(valuesOf(values)) };
}

/**
 * What is asked.
 *
 * @typedef {object} Asked
 * @property {string} command `run`, `help`, `version`, or an order to a program that runs
 * @property {Record<string, any>} options each option of the command
 * @property {string} [program] to be run
 * @property {string[]} [args] of that program
 * @property {string[]} [operands] of an order
 * @property {boolean} [json]
 * @property {boolean} [now]
 */

/**
 * @param {string[]} args
 * @returns {Asked}
 * @throws ERR_PARSE_ARGS_…, ERR_OUT_OF_RANGE. The message names the option, or the variable
 */
function parse(args) {
  const at = firstOperand(args);
  const isProgram = args[at - 1] === '--';
  const before = args.slice(0, isProgram ? at - 1 : at);
  const [program, ...after] = args.slice(at);
  const order = isProgram ? undefined : parseOrder(program, before, after);
  if (order !== undefined) return /** @type {Asked} */ (order);
  const { values } = parseKnown(before, RUN, 'there is');
  if (values.help) return { command: 'help', options: {} };
  if (values.version) return { command: 'version', options: {} };
  if (!program) throw errors.usage('which program? Usage: rs-cluster [options] app.js');
  return { command: 'run', program, args: after, options: readOptions(valuesOf(values)) };
}

module.exports = { ORDERS, parse };
