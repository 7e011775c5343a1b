'use strict';

// Two kinds of workers. setupPrimary() changes the settings of the workers that are forked after it.

const cluster = require('rs-cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ exec: __filename, args: ['--greeting', 'hello'], silent: true });
  const silent = cluster.fork();
  silent.process.stdout.on('data', (text) => process.stdout.write(`the silent one: ${text}`));

  cluster.setupPrimary({ args: ['--greeting', 'good morning'], silent: false });
  cluster.fork();
} else {
  const [, greeting] = process.argv.slice(2);
  console.log(`${greeting} from worker ${cluster.worker.id}`);
  cluster.worker.disconnect();
}
