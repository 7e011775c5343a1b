'use strict';

/**
 * Runs the ported tests on every Node line, with rs-cluster and with the builtin, and writes
 * `__test__/README.md`:
 *
 *   node scripts/conformance.js                   all lines; writes the page
 *   node scripts/conformance.js --lines 20,24     these lines only; prints the page to standard output
 *   node scripts/conformance.js --results FILE    keeps the results in FILE; a test with a result in FILE
 *                                                 is not run again
 *
 * The ported tests are the files `test-*.js` of every folder, and the folder `field`. The names of Node's own
 * tests are in `conformance_rows.json`.
 *
 * More than 250 lines: the legend and the texts of the page are here, beside what they explain.
 */

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const ROWS = require('./conformance_rows.json');
const { NODES, node } = require('./nodes');

const SUITE = path.join(__dirname, '../__test__');
const PAGE = path.join(SUITE, 'README.md');
const FIELD = 'field';
const MODULES = ['builtin', 'ours'];

/** How many files run at the same time. */
const AT_ONCE = 4;

/** A file that takes longer is killed. Even on a busy machine, no correct file takes longer. In ms. */
const TIMEOUT = 180_000;

/** How often a file that has failed is run again alone. */
const AGAIN = 2;

const INTRODUCTION = `# Node's tests of cluster, and ours

Made by \`scripts/conformance.js\`; do not edit.

Node's tests specify \`node:cluster\`, and the channel between a primary and its workers. This suite tests rs-cluster in
the same cases. For each of Node's tests of cluster, there is a file with the same name here (always \`.js\`). The same is
true for those tests of the \`child_process\` channel that also apply to \`worker.send()\` and \`process.send()\`. Each file
is newly written, and contains no text of Node. The folder \`${FIELD}/\` is not from Node: it has the uses of cluster in
existing programs and packages. Other files in \`__test__/\` test rs-cluster's own rules, and are not on this page.

A file consists of scenarios (\`harness.js\`). Each runs \`primary(cluster)\` in its own process, and \`worker(cluster)\` in
each process that \`cluster.fork()\` starts there. It passes if the primary's process ends without being killed, with
code 0, and if no other process remains. Scenarios that several files share, with another policy or
protocol each, are in \`fixtures/scenarios/\`.

\`\`\`sh
node __test__/round-robin/test-cluster-rr-ref.js                    # one file
CLUSTER=builtin node __test__/round-robin/test-cluster-rr-ref.js    # the same with Node's own cluster
npm test -- round-robin                                             # one folder
npm run conformance                                                 # all, on every Node line, and this page
\`\`\`

\`CLUSTER=builtin\` proves the tests. If the builtin does not pass a scenario, rs-cluster must pass it only if the scenario
says why the builtin is wrong.`;

const LEGEND = `Each file ran once on each line with each module. ${AT_ONCE} files ran at the same time. A file that failed was run again alone,
up to ${AGAIN} times. If it passed then, a note says so. A result without Node lines before it is the same on all lines.
\`skip\` means that no scenario was run, for the reason in the note. \`ok, skip\` means that the scenarios in the note were
not run, and the others passed. In a note in the builtin's column, “it” is the builtin.`;

/** @returns {{ folder: string, files: string[] }[]} */
function suite() {
  const entries = fs.readdirSync(SUITE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries
    .map(({ name }) => name)
    .sort((a, b) => (a === FIELD) - (b === FIELD) || (a < b ? -1 : 1))
    .map((folder) => {
      const files = fs.readdirSync(path.join(SUITE, folder)).sort();
      const wanted = folder === FIELD ? /\.js$/ : /^test-.*\.js$/;
      return { folder, files: files.filter((file) => wanted.test(file)) };
    })
    .filter(({ files }) => files.length > 0);
}

/**
 * Runs one file.
 * @returns {Promise<{ scenarios: { name: string, state: 'ok' | 'FAIL' | 'skip', reason?: string }[], output:
 *   string }>}
 */
async function run(binary, module, file) {
  const env = { ...process.env, CLUSTER: module, NODE_TEST_CONTEXT: undefined };
  const runner = childProcess.spawn(binary, ['--test-reporter=tap', file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [runner.stdout, runner.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const [code] = await once(runner, 'close');
  const scenarios = [...output.matchAll(/^(not )?ok \d+ - (.*?)(?: # SKIP ?(.*))?$/gm)].map(
    ([, not, name, reason]) => {
      const state = not ? 'FAIL' : reason === undefined ? 'ok' : 'skip';
      return { name: unescape(name), state, reason: reason && unescape(reason) };
    },
  );
  // A file has also failed if it ends with another error, or has no scenario.
  const isWhole = new RegExp(`^# tests ${scenarios.length}$`, 'm').test(output) && scenarios.length > 0;
  const hasFailed = scenarios.some(({ state }) => state === 'FAIL');
  if ((code !== 0 || !isWhole) && !hasFailed) scenarios.push({ name: 'the whole file', state: 'FAIL' });
  return { scenarios, output };
}

/** TAP escapes `#` and the backslash. */
const unescape = (text) => text.replace(/\\([#\\])/g, '$1');

const failed = ({ scenarios }) => scenarios.some(({ state }) => state === 'FAIL');

/** Runs the files that have no results yet on one line with one module. */
async function collect(line, module, files, results) {
  const binary = node(line);
  const failures = [];
  const remaining = files.filter((file) => !results[file]).reverse();
  const runAll = async () => {
    while (remaining.length > 0) {
      const file = remaining.pop();
      const result = await run(binary, module, path.join(SUITE, file));
      results[file] = { scenarios: result.scenarios };
      if (failed(result)) failures.push(file);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runAll));
  for (const file of failures) {
    for (let again = 1; again <= AGAIN && failed(results[file]); again++) {
      const { scenarios, output } = await run(binary, module, path.join(SUITE, file));
      console.error(`# ${file}, Node ${line}, ${module}: failed, and was run again alone:\n${output}`);
      results[file] = { scenarios, again };
    }
  }
  const version = childProcess.execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  return { version, date: new Date().toISOString().slice(0, 10), files: results };
}

/** The footnotes of the page. Equal texts have one number. */
class Notes {
  #numbers = new Map();

  add(text) {
    if (!this.#numbers.has(text)) this.#numbers.set(text, this.#numbers.size + 1);
    return `[^${this.#numbers.get(text)}]`;
  }

  toString() {
    return [...this.#numbers].map(([text, number]) => `[^${number}]: ${text}`).join('\n\n');
  }
}

/** The cell of one file on one line: a word, and its notes. */
function verdict({ scenarios, again }, notes) {
  const of = (state) => scenarios.filter((scenario) => scenario.state === state);
  const reasons = new Map();
  for (const { name, reason } of of('skip')) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const marks = [...reasons].map(([reason, names]) => {
    // If all scenarios of the file were skipped, the note does not name them.
    const which = names.length === scenarios.length ? '' : `${quote(names)}: `;
    return notes.add(`${which}${escape(reason || 'no reason')}`);
  });
  if (of('FAIL').length > 0) {
    const names = of('FAIL').map(({ name }) => name);
    return ['FAIL', notes.add(`${quote(names)}: failed`), ...marks].join('');
  }
  if (again) marks.push(notes.add('failed beside other files, and passed when it was run again alone'));
  const word = of('skip').length > 0 ? (of('ok').length > 0 ? 'ok, skip' : 'skip') : 'ok';
  return [word, ...marks].join('');
}

/** The cell of one file on all lines. Adjacent lines with the same result are combined. */
function verdicts(lines, results, file, notes) {
  const groups = [];
  for (const line of lines) {
    const word = verdict(results[line].files[file], notes);
    if (groups.at(-1)?.word === word) groups.at(-1).lines.push(line);
    else groups.push({ word, lines: [line] });
  }
  if (groups.length === 1) return groups[0].word;
  return groups.map(({ word, lines }) => `${lines.join(', ')}: ${word}`).join('<br>');
}

/** Escapes text for a cell of a table. */
const escape = (text) => text.replace(/[\\|*<>[\]]/g, '\\$&');

const quote = (names) => names.map((name) => `“${escape(name)}”`).join(', ');

const stem = (file) => path.basename(file).replace(/\.m?js$/, '');

/** Node's own tests that the suite ports. @returns {{ file: string, heading: string }[]} */
function rows() {
  return [ROWS.cluster, ROWS.channel].flatMap((part) =>
    Object.entries(part).flatMap(([heading, files]) => files.map((file) => ({ file, heading }))),
  );
}

/** @param {Record<'builtin' | 'ours', Record<string, object>>} results by module and line */
function page(lines, results, folders) {
  const notes = new Notes();
  const known = new Map(rows().map((row) => [stem(row.file), row]));
  const parts = [INTRODUCTION, '## How it was run'];

  const versions = lines.map((line) => {
    const { version, date } = results.ours[line];
    return `| ${line} | ${version} | ${[...new Set([results.builtin[line].date, date])].join(', ')} |`;
  });
  parts.push(['| Node line | version | date |', '|---|---|---|', ...versions].join('\n'), LEGEND);

  for (const { folder, files } of folders) {
    const headings = files.map((file) => known.get(stem(file))?.heading).filter(Boolean);
    const heading = headings[0] ?? 'From the field';
    const table = files.map((file) => {
      const key = `${folder}/${file}`;
      const names = results.ours[lines.at(-1)].files[key].scenarios.map(({ name }) => escape(name));
      const cells = MODULES.map((module) => verdicts(lines, results[module], key, notes));
      return `| [${file}](${key}) | ${names.join('<br>')} | ${cells.join(' | ')} |`;
    });
    parts.push(`## ${heading} (\`${folder}/\`)`);
    parts.push(['| file | scenarios | builtin | rs-cluster |', '|---|---|---|---|', ...table].join('\n'));
  }

  const ours = new Set(folders.flatMap(({ files }) => files.map(stem)));
  const all = rows();
  const missing = all.filter(({ file }) => !ours.has(stem(file)));
  parts.push("## Node's files without a test here");
  if (missing.length === 0) parts.push(`None: each of the ${all.length} has one.`);
  else {
    const table = missing.map(
      ({ file, heading }) => `| ${file} | ${heading} | ${ROWS.reasons[file] ?? ''} |`,
    );
    parts.push(`${missing.length} of ${all.length}.`);
    parts.push(["| Node's file | what it is about | reason |", '|---|---|---|', ...table].join('\n'));
  }
  return `${[...parts, `${notes}`].join('\n\n').trim()}\n`;
}

async function main() {
  const { values } = parseArgs({ options: { lines: { type: 'string' }, results: { type: 'string' } } });
  const lines = values.lines?.split(',') ?? NODES;
  const unknown = lines.filter((line) => !NODES.includes(line));
  if (unknown.length > 0) throw new Error(`unknown Node line ${unknown}: the lines are ${NODES}`);

  const folders = suite();
  const files = folders.flatMap(({ folder, files }) => files.map((file) => `${folder}/${file}`));
  const isKept = values.results !== undefined && fs.existsSync(values.results);
  const results = isKept ? JSON.parse(fs.readFileSync(values.results, 'utf8')) : { builtin: {}, ours: {} };
  let failures = 0;
  for (const line of lines) {
    for (const module of MODULES) {
      const start = Date.now();
      const before = results[module][line]?.files ?? {};
      results[module][line] = await collect(line, module, files, before);
      if (values.results) fs.writeFileSync(values.results, JSON.stringify(results));
      const bad = files.filter((file) => failed(results[module][line].files[file]));
      failures += bad.length;
      const seconds = Math.round((Date.now() - start) / 1000);
      console.error(
        `Node ${line}, ${module}: ${files.length} files, failed: ${bad.join(', ') || 'none'} (${seconds} s)`,
      );
    }
  }
  const text = page(lines, results, folders);
  if (values.lines) process.stdout.write(text);
  else fs.writeFileSync(PAGE, text);
  process.exitCode = failures === 0 ? 0 : 1;
}

main();
