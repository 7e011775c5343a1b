'use strict';

require('../fixtures/scenarios/ipv6-only')('SCHED_NONE');
