'use strict';

/** The metrics of the program in this worker: those of prom-client's default registry, which the primary adds up. */

const { createRequire } = require('node:module');

/** How many characters one act has. It must fit a frame, also if each of them takes six bytes there. */
const PART = 8192;

/** So long prom-client may take, in ms. */
const DEADLINE = 1000;

/**
 * The program may be a folder, or a symbolic link to a file elsewhere.
 * @returns {{ getMetricsAsJSON(): Promise<object[]> } | undefined} undefined if the program has none
 */
function registry() {
  try {
    return createRequire(require.resolve(process.argv[1]))('prom-client').register;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<string>} empty if that fails, or takes too long */
async function snapshot() {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, DEADLINE, '')));
  const read = async () => JSON.stringify((await registry()?.getMetricsAsJSON()) ?? []);
  try {
    return await Promise.race([read(), late]);
  } catch {
    return '';
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {(act: { act: 'metrics', text: string, isLast: boolean }) => void} send called for each part
 * @returns {Promise<void>} when all is sent. It is never rejected
 */
module.exports = async function sendMetrics(send) {
  const text = await snapshot();
  for (let at = 0; at === 0 || at < text.length; at += PART) {
    send({ act: 'metrics', text: text.slice(at, at + PART), isLast: at + PART >= text.length });
  }
};
