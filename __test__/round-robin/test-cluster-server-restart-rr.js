'use strict';

require('../fixtures/scenarios/server-restart')('SCHED_RR');
