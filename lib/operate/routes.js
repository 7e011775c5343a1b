'use strict';

/**
 * What can be asked of a supervisor by HTTP. Everybody may look. Only who reaches the control socket may also give orders.
 */

const { flag } = require('../options');

const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The answer to a request.
 *
 * @typedef {object} Answer
 * @property {number} status of HTTP
 * @property {string} type the Content-Type
 * @property {string} body
 */

/** @returns {Answer} */
const text = (status, body, type = 'text/plain; charset=utf-8') => ({ status, type, body });

/** @returns {Answer} */
const json = (status, value) => text(status, `${JSON.stringify(value)}\n`, 'application/json');

/** What an error says to another process. Its stack is nobody's business there. */
function describe(error) {
  const { code, message, slot, exitCode, signal, timedOut, stderr } = error;
  return { error: { code, message, slot, exitCode, signal, timedOut, stderr } };
}

/** What was asked cannot be, or cannot be now; or it was tried and has failed. */
const STATUS = {
  ERR_INVALID_ARG_TYPE: 400,
  ERR_OUT_OF_RANGE: 400,
  ERR_RS_CLUSTER_STOPPED: 409,
};

/** @returns {Answer} */
const failed = (error) => json(STATUS[error.code] ?? 500, describe(error));

/** @typedef {{ supervisor: import('../..').Supervisor, readiness: import('./readiness'), query: URLSearchParams }} Asked */

/** @type {Record<string, (asked: Asked) => Answer | Promise<Answer>>} */
const LOOKS = {
  __proto__: /** @type {never} */ (null),

  /** Whether the JavaScript of the primary runs: who reads this knows. */
  '/livez': () => text(200, 'ok\n'),

  /** `?status=404` is for HAProxy's `http-check disable-on-404`, which keeps the sessions of a host that is drained. */
  '/readyz': ({ readiness, query }) => {
    const { obstacle } = readiness;
    if (obstacle === undefined) return text(200, 'ok\n');
    const isGone = readiness.isDrained && query.get('status') === '404';
    return text(isGone ? 404 : 503, `${obstacle}\n`);
  },

  '/status': ({ supervisor, readiness }) =>
    json(200, { ...supervisor.status(), drained: readiness.isDrained }),

  '/metrics': async ({ supervisor }) => text(200, await supervisor.metrics(), EXPOSITION),
};

/** A number, or what is no number as it is: the error shall show it. */
const numberOf = (value) => (/^\d+$/.test(value ?? '') ? Number(value) : value);

const SWITCH = flag();

/** `?now` is `?now=on`. What is neither on nor off stays as it is: the error shall show it. @returns {any} */
const switchOf = (value) => (value === '' ? true : SWITCH.parse(value ?? 'off'));

/** @type {Record<string, (asked: Asked) => Answer | Promise<Answer>>} */
const ORDERS = {
  __proto__: /** @type {never} */ (null),

  '/reload': async ({ supervisor }) => json(200, await supervisor.reload()),

  '/scale': async ({ supervisor, query }) => {
    await supervisor.scale(numberOf(query.get('workers')));
    return json(200, supervisor.status());
  },

  '/stop': async ({ supervisor, query }) =>
    json(200, await supervisor.stop({ now: switchOf(query.get('now')) })),

  '/drain': ({ readiness }) => {
    readiness.drain();
    return json(200, { drained: true });
  },

  '/undrain': ({ readiness }) => {
    readiness.undrain();
    return json(200, { drained: false });
  },
};

/** Which paths there are for each method. */
const METHODS = { GET: LOOKS, HEAD: LOOKS, POST: ORDERS };

/** Which paths there are, for who has asked for another. */
function directory(mayOrder) {
  const list = (method) => `${method} ${Object.keys(METHODS[method]).join(' ')}\n`;
  const orders = mayOrder ? list('POST') : 'Orders are given by the control socket only.\n';
  return `There is no such path. There are:\n${list('GET')}${orders}`;
}

/**
 * @param {{ method: string, path: string, mayOrder: boolean }} request
 * @param {Asked} asked
 * @returns {Promise<Answer & { allow?: string }>} it never throws
 */
async function answer({ method, path, mayOrder }, asked) {
  const allowed = Object.keys(METHODS).filter(
    (name) => path in METHODS[name] && (mayOrder || METHODS[name] === LOOKS),
  );
  if (allowed.length === 0) return text(404, directory(mayOrder));
  if (!allowed.includes(method)) {
    const allow = allowed.join(', ');
    return { ...text(405, `Use ${allow}\n`), allow };
  }
  try {
    return await METHODS[method][path](asked);
  } catch (error) {
    return failed(error);
  }
}

module.exports = answer;
