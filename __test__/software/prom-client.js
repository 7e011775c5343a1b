'use strict';

const assert = require('node:assert');
const http = require('node:http');
const prometheus = require('prom-client');
const { software, request } = require('../fixtures/software');
const { listening } = require('../harness');

software("prom-client adds up the metrics of four workers: AggregatorRegistry's clusterMetrics()", {
  async primary(cluster) {
    const registry = new prometheus.AggregatorRegistry();
    const { port } = await listening(cluster, 4);
    const texts = await Promise.all(Array.from({ length: 20 }, () => request(port)));
    assert.strictEqual(new Set(texts.map(({ text }) => text)).size, 4);

    const metrics = await registry.clusterMetrics();
    assert.match(metrics, /^answers_total{method="GET"} 20$/m);
    assert.match(metrics, /^workers 4$/m);
    assert.match(metrics, /^highest_id 4$/m);
    assert.match(metrics, /^seconds_count 20$/m);
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
      response.end(`${cluster.worker.id}`, end);
    });
    server.listen(0);
  },
});
