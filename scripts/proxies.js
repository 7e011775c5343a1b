'use strict';

/**
 * Reloads all workers behind a real proxy that keeps its connections to them open. No request may fail, and no worker may
 * need a signal:
 *
 *   node scripts/proxies.js [--reloads 10] [--requests 20000] [--line 26] [nginx] [haproxy]
 *
 * A proxy answers with 502 if its request has failed: neither repeats one (`proxy_next_upstream off`, `retries 0`). Each
 * has GET (hey) and POST (undici). The reloads go on until there were so many of them and so many requests. Missing
 * programs are installed from Debian's packages if this user may.
 */

const { parseArgs } = require('node:util');
const Client = require('./clients/client');
const { Contender, freePort } = require('./clients/contender');
const install = require('./clients/install');
const programs = require('./clients/programs');
const reloadsUnder = require('./clients/reloads');
const row = require('./clients/row');
const { PROXIES, Proxy } = require('./proxies/proxy');

const CLIENTS = { GET: 'hey', POST: 'undici' };

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reloads: { type: 'string', default: '10' },
      requests: { type: 'string', default: '20000' },
      line: { type: 'string', default: '26' },
      default: { type: 'boolean', default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(PROXIES);
  for (const name of names) if (!(name in PROXIES)) throw new Error(`there is no proxy ${name}`);
  const packages = names.map((name) => [name, PROXIES[name].package]);
  install({ ...Object.fromEntries(packages), hey: programs.hey.package });

  for (const name of names) {
    for (const [method, client] of Object.entries(CLIENTS)) {
      const workers = await Contender.start('ours', { line: values.line, isDefault: values.default });
      const port = await freePort();
      const proxy = await Proxy.start(name, { port, upstream: workers.port });
      const result = await run(workers, () => new Client(client, port), values);
      result.notes.push(...proxy.log());
      await proxy.stop();
      await workers.stop();
      const { answered, failed, killed } = result;
      const isGood = failed === 0 && killed === 0 && answered >= Number(values.requests);
      if (!isGood) process.exitCode = 1;
      console.log(
        `${isGood ? 'ok    ' : 'FAILED'} ${row(`node ${values.line}, ${name}, ${method}`, result)}`,
      );
    }
  }
}

/** Runs clients one after the other, each under so many reloads, until there were enough requests. */
async function run(workers, start, { reloads, requests }) {
  const total = { answered: 0, failed: 0, reloads: 0, replaced: 0, killed: 0, longest: 0, notes: [] };
  do {
    const client = start();
    const done = await reloadsUnder(workers, Number(reloads));
    const { answered, failed, notes } = await client.end();
    total.answered += answered;
    total.failed += failed;
    total.notes.push(...notes);
    for (const key of ['reloads', 'replaced', 'killed']) total[key] += done[key];
    total.longest = Math.max(total.longest, done.longest);
  } while (total.failed === 0 && total.answered > 0 && total.answered < Number(requests));
  return total;
}

main();
