'use strict';

/** Writes metrics in Prometheus' text format, version 0.0.4. */

/**
 * All samples of one name.
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'counter' | 'gauge' | 'histogram'} type
 * @property {string} help
 * @property {Sample[]} samples
 *
 * @typedef {object} Sample
 * @property {Record<string, string | number>} [labels]
 * @property {number} value
 * @property {string} [suffix] what follows the name, e.g. `_bucket` of a histogram
 */

const HELP = { '\\': '\\\\', '\n': '\\n' };
const LABEL = { ...HELP, '"': '\\"' };

const escapeHelp = (text) => text.replace(/[\\\n]/g, (character) => HELP[character]);
const escapeLabel = (value) => `${value}`.replace(/[\\\n"]/g, (character) => LABEL[character]);

/** NaN is what JavaScript calls it as well. */
function numberOf(value) {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : `${value}`;
}

function labelsOf(labels) {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function* lines({ name, type, help, samples }) {
  yield `# HELP ${name} ${escapeHelp(help)}`;
  yield `# TYPE ${name} ${type}`;
  for (const { labels = {}, value, suffix = '' } of samples) {
    yield `${name}${suffix}${labelsOf(labels)} ${numberOf(value)}`;
  }
}

/**
 * @param {Family[]} families those without a sample are left out
 * @returns {string} each line ends with a line feed
 */
module.exports = function write(families) {
  const written = families.filter(({ samples }) => samples.length > 0).flatMap((each) => [...lines(each)]);
  return written.map((line) => `${line}\n`).join('');
};
