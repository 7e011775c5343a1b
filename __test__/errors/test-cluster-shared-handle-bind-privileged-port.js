'use strict';

const privilegedPort = require('../fixtures/scenarios/privileged-port');

privilegedPort('a port that the primary may not bind gives EACCES under SCHED_NONE too', 'SCHED_NONE');
