'use strict';

/**
 * Snapshots of an application's metrics, as prom-client's `getMetricsAsJSON()` makes them. A worker wrote them, so they are
 * checked. Pure.
 *
 * @typedef {{ value: number, labels: Record<string, string | number>, metricName?: string }} Value
 * @typedef {{ name: string, help: string, type: string, aggregator: string, values: Value[] }} Metric
 */

/** How many metrics and values a snapshot has at most, and what is kept of workers that are gone. */
const MOST = 50_000;

/** How long a name or a text may be. */
const LONGEST = 4096;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Names that begin so are ours. */
const OWN = 'rs_cluster_';

const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary']);

/** What prom-client knows. One of another name would throw. */
const AGGREGATORS = new Set(['sum', 'first', 'omit', 'average', 'min', 'max']);

/** What the values of a metric may add to its name. */
const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] };

const isShort = (text) => typeof text === 'string' && text.length <= LONGEST;
const isObject = (value) => value !== null && typeof value === 'object';
const isLabelValue = (value) => isShort(value) || Number.isFinite(value) || typeof value === 'boolean';

/** JSON has no NaN: a value that is none in the worker is null here. @returns {Value | undefined} */
function checkedValue(written, name, suffixes) {
  if (!isObject(written) || !Number.isFinite(written.value)) return undefined;
  const { value, labels = {}, metricName } = written;
  if (metricName !== undefined && !suffixes.some((suffix) => metricName === name + suffix)) return undefined;
  if (!isObject(labels) || Array.isArray(labels)) return undefined;
  const isGood = ([label, text]) => LABEL.test(label) && label !== '__proto__' && isLabelValue(text);
  if (!Object.entries(labels).every(isGood)) return undefined;
  return { value, labels: { ...labels }, ...(metricName && { metricName }) };
}

/** @returns {Metric | undefined} */
function checkedMetric(written) {
  if (!isObject(written)) return undefined;
  const { name, help, type, aggregator, values } = written;
  if (!isShort(name) || !NAME.test(name) || name.startsWith(OWN) || !isShort(help)) return undefined;
  if (!TYPES.has(type) || !AGGREGATORS.has(aggregator) || !Array.isArray(values)) return undefined;
  const suffixes = SUFFIXES[type] ?? [''];
  const checked = values.map((value) => checkedValue(value, name, suffixes));
  return { name, help, type, aggregator, values: checked.filter((value) => value !== undefined) };
}

const sizeOf = (metrics) =>
  metrics.reduce(
    (sum, metric) => sum + (Array.isArray(metric?.values) ? metric.values.length : 0),
    metrics.length,
  );

/**
 * @param {string} text what a worker has sent
 * @returns {Metric[] | undefined} what is good of it; undefined if nothing is
 */
function read(text) {
  let written;
  try {
    written = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(written)) return undefined;
  if (sizeOf(written) > MOST) return undefined;
  return written.map(checkedMetric).filter((metric) => metric !== undefined);
}

/** Whether what a dead worker has counted is added to what others count. */
const staysInSum = ({ type, aggregator }) =>
  aggregator === 'sum' && (type === 'counter' || type === 'histogram');

/** The same for the same series, in whatever order its labels are. */
const keyOf = ({ metricName = '', labels }) => JSON.stringify([metricName, Object.entries(labels).sort()]);

/**
 * Adds the counters and histograms of a worker that is gone to those of others. When these are too many, no new one is added.
 *
 * @param {Metric[]} past
 * @param {Metric[]} snapshot
 * @returns {Metric[]}
 */
function fold(past, snapshot) {
  const all = new Map(past.map((metric) => [metric.name, metric]));
  let room = MOST - sizeOf(past);
  for (const metric of snapshot.filter(staysInSum)) {
    const former = all.get(metric.name);
    if (former === undefined && --room < 0) continue;
    // A program of a later version may have given the name another meaning.
    const values = former?.type === metric.type ? former.values : [];
    const byKey = new Map(values.map((value) => [keyOf(value), value]));
    for (const value of metric.values) {
      const key = keyOf(value);
      const known = byKey.get(key);
      if (known !== undefined || --room >= 0) {
        byKey.set(key, { ...value, value: value.value + (known?.value ?? 0) });
      }
    }
    all.set(metric.name, { ...metric, values: [...byKey.values()] });
  }
  return [...all.values()];
}

/**
 * Leaves out what cannot be added: a metric whose type or aggregator differs from that of the first snapshot that has it.
 *
 * @param {Metric[][]} snapshots
 */
function agreeing(snapshots) {
  const first = new Map();
  return snapshots.map((snapshot) =>
    snapshot.filter(({ name, type, aggregator }) => {
      const meaning = `${type} ${aggregator}`;
      if (!first.has(name)) first.set(name, meaning);
      return first.get(name) === meaning;
    }),
  );
}

module.exports = { agreeing, fold, read };
