'use strict';

/**
 * What is measured, by the name that a row's values and claims have for it: its unit, and what it
 * is. A µs of CPU a connection is a tenth of a CPU second per 100,000 connections.
 */
module.exports = {
  CPU: {
    unit: 'µs',
    of: 'user and system time of all processes, all threads, for one connection or message',
  },
  'CPU primary': { unit: 'µs', of: "the primary's part of it" },
  'CPU workers': { unit: 'µs', of: "the workers' part of it" },
  'CPU idle': { unit: 'µs/s', of: 'of all processes while nobody comes' },
  'CPU clients': { unit: 'µs', of: "the load generator's own, on the same cores" },
  rate: { unit: '/s', of: 'connections, or requests, that were answered' },
  p50: { unit: 'µs', of: 'latency, the median' },
  p99: { unit: 'µs', of: 'latency' },
  'p99.9': { unit: 'µs', of: 'latency' },
  first: { unit: 'µs', of: "from fork() to 'online', the primary's first worker" },
  online: { unit: 'µs', of: "from fork() to 'online', another worker" },
  listening: { unit: 'µs', of: 'from fork() until a server of the worker listens' },
  RSS: { unit: 'KiB', of: "a worker's resident memory when it listens" },
  wall: { unit: 'µs', of: 'time for one message' },
  'least share': { unit: '', of: 'what the worker with fewest connections had, 1 being a fair share' },
  'most share': { unit: '', of: 'what the worker with most connections had, 1 being a fair share' },
  descriptors: { unit: '', of: 'that all processes have open after the load and had not before' },
  'RSS primary': { unit: 'MiB', of: 'resident memory after the load' },
  'RSS worker': { unit: 'MiB', of: 'resident memory after the load, mean' },
};
