'use strict';

/**
 * Node's own handle classes. `process.binding` has them on every Node line; that it is deprecated
 * is told only to those who ask for pending deprecations, and to them it would be our affair.
 */

function quietly(read) {
  const { noDeprecation } = process;
  if (noDeprecation) return read(); // Under --no-deprecation it cannot be assigned.
  process.noDeprecation = true;
  try {
    return read();
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

const { TCP, constants: tcp } = quietly(() => process.binding('tcp_wrap'));
const { Pipe, constants: pipe } = quietly(() => process.binding('pipe_wrap'));
const { UDP } = quietly(() => process.binding('udp_wrap'));

module.exports = {
  TCP,
  Pipe,
  UDP,

  /** A connection, or what is to become one. */
  newSocket: { TCP: () => new TCP(tcp.SOCKET), Pipe: () => new Pipe(pipe.SOCKET), UDP: () => new UDP() },

  /** A socket that listens. */
  newServer: { TCP: () => new TCP(tcp.SERVER), Pipe: () => new Pipe(pipe.SERVER), UDP: () => new UDP() },
};
