'use strict';

/** The module under test, as a program would require it. */

const { CLUSTER = 'ours' } = process.env;

const cluster = CLUSTER === 'ours' ? require('../..') : require('node:cluster');
if (CLUSTER === 'none' && cluster.isPrimary) cluster.schedulingPolicy = cluster.SCHED_NONE;

module.exports = cluster;
