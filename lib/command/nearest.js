'use strict';

/** Which word was meant, if one was written wrong. */

/** So many letters may be wrong, missing or too many. Two that changed places count as two. */
const MOST = 2;

/** How many letters of one word must be changed, added or removed to get the other (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let i = 0; i < other.length; i++) {
      const changed = row[i] + (letter === other[i] ? 0 : 1);
      next.push(Math.min(changed, row[i + 1] + 1, next[i] + 1));
    }
    row = next;
  }
  return row[other.length];
}

/**
 * @param {string} word
 * @param {string[]} known
 * @returns {string | undefined} the nearest of them, or undefined if none is near
 */
module.exports = function nearest(word, known) {
  // Of a short word, a part that is small enough to be a slip.
  const most = Math.min(MOST, Math.floor(word.length / 3));
  const [best] = known
    .map((each) => ({ each, steps: distance(word, each) }))
    .filter(({ steps }) => steps <= most)
    .sort((a, b) => a.steps - b.steps);
  return best?.each;
};
