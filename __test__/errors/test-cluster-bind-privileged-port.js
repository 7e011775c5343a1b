'use strict';

const privilegedPort = require('../fixtures/scenarios/privileged-port');

privilegedPort("a port that the primary may not bind gives the worker's server EACCES", 'SCHED_RR');
