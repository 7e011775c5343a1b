'use strict';

require('../fixtures/scenarios/server-restart')('SCHED_NONE');
