'use strict';

/**
 * Clients send datagrams to workers that listen on one UDP address. Each client sends one, and when all are
 * answered, each sends the next one. The primary prints what the workers had.
 */

const dgram = require('node:dgram');
const { once } = require('node:events');
const cluster = require('./cluster');

const HOST = '127.0.0.1';

const { udp, workers: count, flows, datagrams } = JSON.parse(process.argv[2]);

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @param {number} port @returns {Promise<string[][]>} for each client, which worker answered each datagram */
async function ask(port) {
  const clients = Array.from({ length: flows }, () => dgram.createSocket('udp4'));
  const answers = clients.map(() => []);
  for (let round = 0; round < datagrams; round++) {
    const heard = clients.map((client) => once(client, 'message'));
    for (const client of clients) client.send('who?', port, HOST);
    for (const [index, each] of heard.entries()) answers[index].push(String((await each)[0]));
  }
  for (const client of clients) client.close();
  return answers;
}

/** The CPU time of all workers so far, in µs. */
async function usage(workers) {
  const times = workers.map(async (worker) => {
    const heard = once(worker, 'message');
    worker.send('usage');
    const [{ user, system }] = await heard;
    return user + system;
  });
  return sum(await Promise.all(times));
}

async function primary() {
  cluster.setupPrimary({ udp });
  const workers = Array.from({ length: count }, () => cluster.fork());
  const addresses = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const [{ port }] = addresses[0];
  // So that the code is compiled.
  await ask(port);
  const before = await usage(workers);
  const answers = await ask(port);
  const cpu = (await usage(workers)) - before;

  const shares = workers.map(
    ({ id }) => (answers.flat().filter((each) => each === `${id}`).length / (flows * datagrams)) * count,
  );
  const strayed = answers.map((each) => each.filter((id) => id !== each[0]).length);
  console.log(
    JSON.stringify({
      'most share': Math.max(...shares),
      'least share': Math.min(...shares),
      strayed: sum(strayed) / (flows * datagrams),
      'CPU workers': cpu / (flows * datagrams),
    }),
  );
  for (const worker of workers) worker.process.kill();
}

function worker() {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (_, { port, address }) => socket.send(`${cluster.worker.id}`, port, address));
  socket.bind(0, HOST);
  process.on('message', () => process.send(process.cpuUsage()));
}

if (cluster.isPrimary) primary();
else worker();
