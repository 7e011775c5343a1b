'use strict';

/**
 * A process that ended and never was a worker. If it reports success, or could not even read the file that would have
 * reported it, nobody else does (`__test__/preload/false-workers.js`, `__test__/swap/unreadable-files.js`).
 */

const { notAWorker } = require('./errors');

/**
 * @param {import('./worker').Worker} worker whose process has exited
 * @param {boolean} isOfOtherUser whether it ran as another user than this process
 * @returns {Error | undefined} what the program has to be told
 */
module.exports = function falseWorker(worker, isOfOtherUser) {
  const { exitCode, pid } = worker.process;
  const questions = {
    0: 'Does the program that starts it pass NODE_OPTIONS on unchanged?',
    1: isOfOtherUser && `Can its user (settings.uid, settings.gid) read the files in ${__dirname}?`,
  };
  const question = questions[Number(exitCode)];
  if (exitCode === null || !question) return undefined;
  const who = `process ${pid} (worker ${worker.id}) ended with code ${exitCode} and never came online`;
  return notAWorker(`${who}. ${question}`);
};
