'use strict';

/**
 * The measures: unit and description, by the name that values and claims of a row use. One µs of CPU for each
 * connection is a tenth of a CPU second for 100,000 connections.
 */
module.exports = {
  CPU: {
    unit: 'µs',
    of: 'user and system time of all threads of all processes, for one connection or message',
  },
  'CPU primary': { unit: 'µs', of: "the primary's part of CPU" },
  'CPU workers': { unit: 'µs', of: "the workers' part of CPU" },
  'CPU idle': { unit: 'µs/s', of: 'CPU time of all processes without any connection' },
  'CPU clients': { unit: 'µs', of: 'CPU time of the load generator, on the same cores' },
  rate: { unit: '/s', of: 'connections, or requests, that were answered' },
  p50: { unit: 'µs', of: 'latency, median' },
  p99: { unit: 'µs', of: 'latency, 99th percentile' },
  'p99.9': { unit: 'µs', of: 'latency, 99.9th percentile' },
  first: { unit: 'µs', of: "from fork() to 'online', the primary's first worker" },
  online: { unit: 'µs', of: "from fork() to 'online', another worker" },
  listening: { unit: 'µs', of: 'from fork() until a server of the worker listens' },
  RSS: { unit: 'KiB', of: "a worker's resident memory when it listens" },
  wall: { unit: 'µs', of: 'time for one message' },
  'switches primary': { unit: '', of: 'how often a thread of the primary went to sleep, for one connection' },
  'switches workers': { unit: '', of: 'how often a thread of a worker went to sleep, for one connection' },
  'least share': {
    unit: '',
    of: 'share of the worker with the fewest connections or datagrams; 1 is a fair share',
  },
  'most share': {
    unit: '',
    of: 'share of the worker with the most connections or datagrams; 1 is a fair share',
  },
  strayed: { unit: '', of: "the part of a client's datagrams that another worker had than its first one" },
  descriptors: { unit: '', of: 'open descriptors of all processes after the load, minus those before it' },
  'RSS primary': { unit: 'MiB', of: 'resident memory after the load' },
  'RSS worker': { unit: 'MiB', of: 'resident memory after the load, mean' },
};
