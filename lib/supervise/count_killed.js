'use strict';

/**
 * @param {import('./crew').Hand[]} hands workers that were told to go
 * @returns {Promise<number>} how many of them had to be killed, when all have exited
 */
module.exports = async function countKilled(hands) {
  const farewells = await Promise.all(hands.map(({ farewell }) => farewell));
  return farewells.filter((farewell) => farewell?.killed).length;
};
