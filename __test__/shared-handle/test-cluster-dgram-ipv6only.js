'use strict';

const assert = require('node:assert');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { scenario, exited, freePort } = require('../harness');

function worker(cluster) {
  const { PORT, IPV6_ONLY } = process.env;
  const leave = (outcome) => {
    process.send(outcome);
    cluster.worker.disconnect();
  };
  const six = dgram.createSocket({ type: 'udp6', ipv6Only: IPV6_ONLY === 'yes' });
  six.bind(Number(PORT), '::', () => {
    const four = dgram.createSocket('udp4');
    four.on('error', (error) => leave(error.code));
    four.bind(Number(PORT), '0.0.0.0', () => leave('bound'));
  });
}

for (const [IPV6_ONLY, outcome] of [
  ['yes', 'bound'],
  ['no', 'EADDRINUSE'],
]) {
  scenario(`udp4 beside udp6 on one port, ipv6Only: ${IPV6_ONLY}`, {
    async primary(cluster) {
      const child = cluster.fork({ PORT: await freePort('::'), IPV6_ONLY });
      const end = exited(child);
      assert.deepStrictEqual(await once(child, 'message'), [outcome, undefined]);
      assert.deepStrictEqual(await end, [0, null]);
    },
    worker,
  });
}
