'use strict';

const assert = require('node:assert');
const http = require('node:http');
const prometheus = require('prom-client');
const { software, request, askEach } = require('../fixtures/software');
const { listening } = require('../harness');

software("prom-client adds up the metrics of four workers: AggregatorRegistry's clusterMetrics()", {
  async primary(cluster) {
    const registry = new prometheus.AggregatorRegistry();
    const { port } = await listening(cluster, 4);
    const asked = await askEach(4, async () => (await request(port)).text);

    const metrics = await registry.clusterMetrics();
    const lines = metrics.split('\n');
    for (const line of [
      `answers_total{method="GET"} ${asked}`,
      `seconds_count ${asked}`,
      'workers 4',
      'highest_id 4',
    ]) {
      assert.ok(lines.includes(line), `${line} is not in ${metrics}`);
    }
    cluster.disconnect();
  },
  worker(cluster) {
    const { Counter, Gauge, Histogram } = prometheus;
    new prometheus.AggregatorRegistry(); // It answers the primary.
    const answers = new Counter({ name: 'answers_total', help: 'requests', labelNames: ['method'] });
    const seconds = new Histogram({ name: 'seconds', help: 'of a request' });
    new Gauge({ name: 'workers', help: 'a sum' }).set(1);
    new Gauge({ name: 'highest_id', help: 'a maximum', aggregator: 'max' }).set(cluster.worker.id);
    const server = http.createServer(({ method }, response) => {
      const end = seconds.startTimer();
      answers.inc({ method });
      end();
      response.end(`${cluster.worker.id}`);
    });
    server.listen(0);
  },
});
