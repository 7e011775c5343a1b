'use strict';

/**
 * Writes `__test__/README.md` from a run of the ported suite on every Node line, with rs-cluster and
 * with the builtin:
 *
 *   node scripts/conformance.js                   all lines; the page is written
 *   node scripts/conformance.js --lines 20,24     these only; the page goes to standard output
 *   node scripts/conformance.js --results FILE    results are kept in FILE, and what is in it
 *                                                 already is not run again
 *
 * The ported suite is every folder with files named `test-*.js`, and `field`. Which of Node's files
 * it is to cover stands in `conformance_rows.json`.
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

const AT_ONCE = 4;

/** No file takes so long, however busy the machine is, in ms. */
const TIMEOUT = 180_000;

/** How often a file that fails beside others is run again by itself. */
const AGAIN = 2;

const INTRODUCTION = `# Node's tests of cluster, and ours

Made by \`scripts/conformance.js\`; do not edit.

Node's test suite says what \`node:cluster\` and the channel between a primary and its workers must do. This suite asks
the same of rs-cluster. Each of Node's files on cluster has a file of the same name here (always \`.js\`). So has each on the
channel of \`child_process\`, if its facts hold for \`worker.send()\` and \`process.send()\` as well. All are written anew: no
text of Node's was copied. \`${FIELD}/\` is not from Node: it is what programs and packages do with cluster in the field. Files
with other names than \`test-*.js\` elsewhere in \`__test__/\` test rs-cluster's own rules and are not on this page.

A file consists of scenarios (\`harness.js\`). Each runs \`primary(cluster)\` in a process of its own, and
\`worker(cluster)\` in each process that \`cluster.fork()\` makes there. It passes if the primary's process comes to its end
by itself, with code 0, and leaves no process behind. What several files ask of several policies or protocols
stands once, in \`fixtures/scenarios/\`.

\`\`\`sh
node __test__/round-robin/test-cluster-rr-ref.js                    # one file
CLUSTER=builtin node __test__/round-robin/test-cluster-rr-ref.js    # the same with Node's own cluster
npm test -- round-robin                                             # one folder
npm run conformance                                                 # all, on every Node line, and this page
\`\`\`

\`CLUSTER=builtin\` proves the tests: what the builtin does not pass is asked of rs-cluster only where the scenario says why
the builtin is wrong.`;

const LEGEND = `Each file ran once on each line with each module, ${AT_ONCE} files beside one another. A file that failed was run again by itself,
up to ${AGAIN} times; a note says so where it passed then. \`ok\` or \`skip\` without Node lines before it: on all of them.
\`skip\`: for the reason in the note, no scenario was run; \`ok, skip\`: those in the note were not run, the others passed.
In a note to the builtin's column, “it” is the builtin.`;

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
 * @returns {Promise<{ scenarios: { name: string, state: 'ok' | 'FAIL' | 'skip', reason?: string }[], output: string }>}
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
  // A file that dies of something else, or tests nothing, has failed as well.
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
  const left = files.filter((file) => !results[file]).reverse();
  const lane = async () => {
    while (left.length > 0) {
      const file = left.pop();
      const result = await run(binary, module, path.join(SUITE, file));
      results[file] = { scenarios: result.scenarios };
      if (failed(result)) failures.push(file);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const file of failures) {
    for (let again = 1; again <= AGAIN && failed(results[file]); again++) {
      const { scenarios, output } = await run(binary, module, path.join(SUITE, file));
      console.error(`# ${file}, Node ${line}, ${module}: failed; again, by itself:\n${output}`);
      results[file] = { scenarios, again };
    }
  }
  const version = childProcess.execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  return { version, date: new Date().toISOString().slice(0, 10), files: results };
}

/** A page's footnotes: the same text has the same number. */
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

/** What one file gave on one line: a word, and its notes. */
function verdict({ scenarios, again }, notes) {
  const of = (state) => scenarios.filter((scenario) => scenario.state === state);
  const reasons = new Map();
  for (const { name, reason } of of('skip')) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const marks = [...reasons].map(([reason, names]) => {
    // Where none of the file was run, there is no need to say what.
    const which = names.length === scenarios.length ? '' : `${quote(names)}: `;
    return notes.add(`${which}${escape(reason || 'no reason')}`);
  });
  if (of('FAIL').length > 0) {
    const names = of('FAIL').map(({ name }) => name);
    return ['FAIL', notes.add(`${quote(names)}: failed`), ...marks].join('');
  }
  if (again) marks.push(notes.add('failed beside other files, passed when it was run again by itself'));
  const word = of('skip').length > 0 ? (of('ok').length > 0 ? 'ok, skip' : 'skip') : 'ok';
  return [word, ...marks].join('');
}

/** What one file gave on all lines; lines in a row that agree are named together. */
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

/** Text in a table's cell. */
const escape = (text) => text.replace(/[\\|*<>[\]]/g, '\\$&');

const quote = (names) => names.map((name) => `“${escape(name)}”`).join(', ');

const stem = (file) => path.basename(file).replace(/\.m?js$/, '');

/** Node's files that the suite is to cover. @returns {{ file: string, heading: string }[]} */
function rows() {
  return [ROWS.cluster, ROWS.channel].flatMap((part) =>
    Object.entries(part).flatMap(([heading, files]) => files.map((file) => ({ file, heading }))),
  );
}

/** @param {Record<'builtin' | 'ours', Record<string, object>>} results of each module, by line */
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
  if (unknown.length > 0) throw new Error(`no such Node line: ${unknown}`);

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
