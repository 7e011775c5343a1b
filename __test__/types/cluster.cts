// As cluster.mts, in a CommonJS module.

import builtin = require('node:cluster');
import cluster = require('rs-cluster');
import standalone = require('rs-cluster/standalone');

let same: typeof builtin = cluster;
same = standalone;
const worker: cluster.Worker = builtin.fork();

export = { same, worker };
