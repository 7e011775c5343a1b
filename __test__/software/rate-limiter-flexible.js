'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { RateLimiterCluster, RateLimiterClusterMaster } = require('rate-limiter-flexible');
const { software, request, askEach } = require('../fixtures/software');
const { listening } = require('../harness');

const POINTS = 25;
const REQUESTS = 40;

software('rate-limiter-flexible lets as many requests pass as there are points, over four workers', {
  async primary(cluster) {
    new RateLimiterClusterMaster();
    const { port } = await listening(cluster, 4);
    await askEach(4, async () => (await request(port, '/id')).text);
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => request(port)));
    const passed = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    assert.deepStrictEqual([passed.length, refused.length], [POINTS, REQUESTS - POINTS]);
    cluster.disconnect();
  },
  worker(cluster) {
    const limiter = new RateLimiterCluster({ keyPrefix: 'requests', points: POINTS, duration: 600 });
    const server = http.createServer(async ({ url }, response) => {
      if (url === '/id') return response.end(`${cluster.worker.id}`);
      try {
        await limiter.consume('anyone');
      } catch ({ msBeforeNext }) {
        // What refuses is no Error, and says how long to wait.
        response.statusCode = msBeforeNext > 0 ? 429 : 500;
      }
      return response.end();
    });
    server.listen(0);
  },
});
