'use strict';

/** A line of the result, in columns. */

/** @param {object} result of a client and of the reloads under it @returns {string} */
module.exports = function row(name, { answered, failed, reloads, replaced, killed, longest, notes }) {
  const cells = [
    name.padEnd(30),
    `${answered + failed} requests`.padStart(16),
    `${failed} failed`.padStart(13),
    `${reloads} reloads`.padStart(11),
    `${replaced} workers replaced`.padStart(21),
    `${killed} killed`.padStart(11),
    `longest reload ${(longest / 1000).toFixed(1)} s`,
  ];
  const further = failed > 0 && notes.length > 0 ? `\n       ${[...new Set(notes)].join('; ')}` : '';
  return `${cells.join('  ')}${further}`;
};
