'use strict';

/**
 * Checks the files of `examples/deploy/`, each by the program that reads it. A program that is missing is installed from
 * Debian's packages if this user may; otherwise its file is left out, and that is said.
 */

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const yaml = require('js-yaml');
const { TABLE, variablesOf } = require('../lib/supervise/options');
const { OPTIONS, SWITCHES, flagOf } = require('../lib/command/options');
const { freePort } = require('./clients/contender');
const install = require('./clients/install');

const FOLDER = path.join(__dirname, '../examples/deploy');

/** Flags of Docker. */
const OF_OTHERS = ['--interval', '--signal'];

const read = (name) => fs.readFileSync(path.join(FOLDER, name), 'utf8');

const documents = (name) => yaml.loadAll(read(name));

/** A folder whose files are those of `examples/deploy/`, with some texts replaced. */
function copy(texts, replace = (text) => text) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-cluster-deploy-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true }));
  for (const name of texts) fs.writeFileSync(path.join(folder, name), replace(read(name)));
  return folder;
}

/** @throws what the program says, if it does not accept the file */
function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(error?.message ?? `${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

function assert(isTrue, what) {
  if (!isTrue) throw new Error(what);
}

/** `5s` in seconds. */
const seconds = (text) => Number(/^(\d+)s$/.exec(text)?.[1]);

/** How long these arguments of the command let a stop take, in seconds. */
function longestStop(args) {
  const given = (option, byDefault) => {
    const at = args.indexOf(option);
    return at === -1 ? byDefault / 1000 : seconds(args[at + 1]);
  };
  const { shutdownDelay, drainTimeout, killTimeout } = TABLE;
  return (
    given('--shutdown-delay', shutdownDelay.byDefault) +
    given('--drain-timeout', drainTimeout.byDefault) +
    2 * given('--kill-timeout', killTimeout.byDefault)
  );
}

/** By file: the program that reads it, with its Debian package, and the check. */
const CHECKS = {
  'app.service, app.socket': {
    program: ['systemd-analyze', 'systemd'],
    check() {
      // It wants the programs to be there.
      const units = ['app.service', 'app.socket'];
      const folder = copy(units, (text) => text.replace(/^(Exec\w+=)\S+/gm, `$1${process.execPath}`));
      const said = run('systemd-analyze', 'verify', ...units.map((name) => path.join(folder, name)));
      // An unknown name is a warning.
      assert(!said.includes(folder), said);
      const service = read('app.service');
      const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(service)?.[1]);
      const [, command] = /^ExecStart=(.*)$/m.exec(service) ?? [];
      assert(longestStop(command.split(' ')) < stop, `TimeoutStopSec=${stop} is too short`);
    },
  },
  'haproxy.cfg': {
    program: ['haproxy', 'haproxy'],
    check: () => run('haproxy', '-c', '-f', path.join(FOLDER, 'haproxy.cfg')),
  },
  'nginx.conf': {
    program: ['nginx', 'nginx'],
    check() {
      const folder = copy(['nginx.conf'], (text) => text.replace('listen 8080', 'listen unix:socket'));
      const main = path.join(folder, 'main.conf');
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder};`,
      );
      fs.writeFileSync(
        main,
        `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')} include ${folder}/nginx.conf; }`,
      );
      run('nginx', '-t', '-p', folder, '-c', main);
    },
  },
  Dockerfile: {
    check() {
      const text = read('Dockerfile');
      for (const instruction of ['ENTRYPOINT', 'CMD']) {
        const [, list] = new RegExp(`^${instruction} (.*)$`, 'm').exec(text) ?? [];
        assert(Array.isArray(JSON.parse(list)), `${instruction} is not in the list form`);
      }
      assert(/^STOPSIGNAL SIGTERM$/m.test(text), 'no STOPSIGNAL');
      assert(/^USER (?!root)/m.test(text), 'it runs as root');
    },
  },
  'kubernetes.yaml': {
    check() {
      const [deployment, service] = documents('kubernetes.yaml');
      assert(deployment.kind === 'Deployment' && service.kind === 'Service', 'these are not its kinds');
      const { template, selector } = deployment.spec;
      const [{ args, ports, ...container }] = template.spec.containers;
      assert(
        longestStop(args) < template.spec.terminationGracePeriodSeconds,
        'the grace period is too short',
      );
      const names = ports.map(({ name }) => name);
      const paths = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/livez' };
      for (const [probe, expected] of Object.entries(paths)) {
        const { path: asked, port } = container[probe].httpGet;
        assert(
          asked === expected && port === 'admin' && names.includes(port),
          `${probe} asks ${port}${asked}`,
        );
      }
      for (const { app } of [selector.matchLabels, service.spec.selector]) {
        assert(app === template.metadata.labels.app, `nothing is called ${app}`);
      }
      assert(names.includes(service.spec.ports[0].targetPort), 'the service leads nowhere');
    },
  },
  'docker-compose.yaml': {
    check() {
      const [{ services }] = documents('docker-compose.yaml');
      const { command, stop_grace_period: grace, deploy } = services.app;
      assert(longestStop(command) < seconds(grace), 'the grace period is too short');
      const [, , hosts] = /server-template (\w+) (\d+) app:8000/.exec(read('haproxy.cfg')) ?? [];
      assert(Number(hosts) === deploy.replicas, `${deploy.replicas} replicas, and ${hosts} servers`);
    },
  },
  'the options in all of them': {
    check() {
      const known = [...Object.keys({ ...OPTIONS, ...SWITCHES }).map(flagOf), ...OF_OTHERS];
      const variables = Object.keys(OPTIONS).flatMap(variablesOf);
      for (const name of fs.readdirSync(FOLDER)) {
        for (const [option] of read(name).matchAll(/(?<![\w-])--[a-z][a-z-]*/g)) {
          assert(known.includes(option), `${name}: there is no option ${option}`);
        }
        for (const [variable] of read(name).matchAll(/\bRS_CLUSTER_\w+/g)) {
          assert(variables.includes(variable), `${name}: there is no variable ${variable}`);
        }
      }
    },
  },
  'server.js with the socket of systemd': {
    program: ['systemd-socket-activate', 'systemd'],
    async check() {
      const port = await freePort();
      const command = path.join(__dirname, '../bin/rs-cluster.js');
      const args = [
        '-l',
        `127.0.0.1:${port}`,
        process.execPath,
        command,
        '--workers',
        '2',
        '--control',
        'off',
      ];
      const program = path.join(FOLDER, 'server.js');
      const env = { ...process.env, NOTIFY_SOCKET: '' };
      const service = spawn('systemd-socket-activate', [...args, program], { env, stdio: 'ignore' });
      try {
        // The first connection starts it, and waits in the kernel meanwhile.
        const answers = new Set();
        for (let request = 0; request < 20; request++) answers.add(await get(port));
        assert(answers.size === 2, `answers: ${[...answers].join()}`);
        service.kill('SIGTERM');
        const [code] = await once(service, 'exit');
        assert(code === 0, `it ends with ${code}`);
      } finally {
        service.kill('SIGKILL');
      }
    },
  },
};

/** What a server answers, as soon as one listens there. */
async function get(port) {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      return await response.text();
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function main() {
  const counts = { passed: 0, failed: 0 };
  for (const [name, { program, check }] of Object.entries(CHECKS)) {
    if (program !== undefined) {
      try {
        install({ [program[0]]: program[1] });
      } catch (error) {
        console.log(`left out: ${name}: ${error.message}`);
        continue;
      }
    }
    try {
      await check();
      counts.passed++;
      console.log(`ok     ${name}`);
    } catch (error) {
      counts.failed++;
      console.log(`FAILED ${name}: ${error.message}`);
    }
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

main();
