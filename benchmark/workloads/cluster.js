'use strict';

/** The cluster module to measure. The environment variable CLUSTER names it. */

const { CLUSTER = 'ours' } = process.env;

const cluster = CLUSTER.startsWith('ours') ? require('../..') : require('node:cluster');
if (CLUSTER.endsWith('none') && cluster.isPrimary) cluster.schedulingPolicy = cluster.SCHED_NONE;

module.exports = cluster;
