'use strict';

// `rs-cluster app.js`: what it runs, how, and with what code it ends.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { commands, ask } = require('../fixtures/command');

const slots = async (port, count) => {
  const seen = new Set();
  for (let i = 0; i < count; i++) seen.add((await ask('GET', `http://127.0.0.1:${port}/`)).body);
  return [...seen].sort().join(' ');
};

commands('an unchanged program serves in all workers', async (scene) => {
  const command = scene.begin(['-w', '3', 'app.js']);
  assert.strictEqual(await slots(await command.port(), 9), '0 1 2');
  const { stdout } = await scene.run(['status']);
  assert.match(
    stdout,
    /^primary \d+, ready, 3 of 3 workers ready, generation 1, 9 connections accepted\nSLOT /,
  );
});

commands('WEB_CONCURRENCY says how many', async (scene) => {
  const command = scene.begin(['app.js'], { env: { WEB_CONCURRENCY: '3' } });
  await command.port();
  assert.match(command.output.stderr, /worker 2 \(\d+\) is ready/);
});

commands('arguments, environment, and a program that is an ES module', async (scene) => {
  scene.write(
    'app.mjs',
    `import net from 'node:net';
     console.log(JSON.stringify([process.argv.slice(2), process.execArgv, process.env.NODE_OPTIONS ?? '', process.env.MODE]));
     net.createServer().listen(0);`,
  );
  const env = { MODE: 'test', NODE_OPTIONS: '--stack-trace-limit=20' };
  const command = scene.begin(['-w', '1', 'app.mjs', '--port', '80', '-w', '7'], { env });
  await command.says(/all workers are ready/);
  assert.deepStrictEqual(JSON.parse(command.output.stdout), [
    ['--port', '80', '-w', '7'],
    [],
    '--stack-trace-limit=20',
    'test',
  ]);
});

commands('a program that is a cluster itself runs as its worker', async (scene) => {
  scene.write(
    'app.js',
    `const cluster = require('node:cluster');
     if (cluster.isPrimary) throw new Error('it is no primary');
     require('node:http').createServer((request, response) => response.end(String(cluster.worker.id)))
       .listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port); });`,
  );
  const command = scene.begin(['-w', '2', 'app.js']);
  assert.strictEqual(await slots(await command.port(), 4), '1 2');
});

commands('--cwd: a symbolic link is followed anew at each reload', async (scene) => {
  for (const release of ['1', '2']) {
    fs.mkdirSync(path.join(scene.folder, release));
    scene.write(
      `${release}/app.js`,
      `require('node:net').createServer().listen(0, '127.0.0.1'); console.log('release ${release} in ' + process.cwd())`,
    );
  }
  const current = path.join(scene.folder, 'current');
  fs.symlinkSync('1', current);
  const command = scene.begin(['-w', '1', '--cwd', 'current', 'app.js']);
  await command.says(/release 1 in .*\/1$/m, 'stdout');
  await command.says(/all workers are ready/);
  fs.symlinkSync('2', `${current}.new`);
  fs.renameSync(`${current}.new`, current);
  const { code } = await scene.run(['reload', '--cwd', 'current']);
  assert.strictEqual(code, 0);
  await command.says(/release 2 in .*\/2$/m, 'stdout');
});

commands('a reload that fails says why, on the side of who asked', async (scene) => {
  const command = scene.begin(['-w', '2', 'app.js']);
  await command.port();
  scene.write('app.js', `throw new Error('the new version is broken')`);
  const { code, stdout, stderr } = await scene.run(['reload']);
  assert.deepStrictEqual([code, stdout], [1, '']);
  assert.match(stderr, /^rs-cluster: The reload has failed, .*exit code 1[^]*the new version is broken/);
  await command.says(/The reload has failed/);
  const status = JSON.parse((await scene.run(['status', '--json'])).stdout);
  assert.ok(status.workers.every(({ state, generation }) => state === 'ready' && generation === 1));
});

commands('a program that never starts: code 3, and its last words', async (scene) => {
  scene.write('app.js', `throw new Error('no database')`);
  const { code, stderr } = await scene.run(['-w', '2', 'app.js']);
  assert.strictEqual(code, 3);
  assert.match(stderr, /No worker became ready: [^]*no database/);
});

commands('wrong use: code 2, and nothing is started', async (scene) => {
  for (const args of [
    [],
    ['--loud', 'app.js'],
    ['-w', '0', 'app.js'],
    ['scale'],
    ['scale', '0'],
    ['scale', 'x'],
    [''],
  ]) {
    const { code, stdout, stderr } = await scene.run(args);
    assert.deepStrictEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /^rs-cluster: .*\nrs-cluster --help lists what there is\.\n$/);
  }
});

commands('a program, or a folder, that is not there: code 2, and nothing is started', async (scene) => {
  for (const [args, message] of [
    [['nothing.js'], /there is no file .*\/nothing\.js\n/],
    [['staus'], /there is no file .*\/staus\. Did you mean the order "status"\?\n/],
    [['--cwd', 'nowhere', 'app.js'], /--cwd: there is no folder .*\/nowhere\n/],
  ]) {
    const { code, stderr } = await scene.run(args);
    assert.strictEqual(code, 2, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /starts/);
  }
});

commands('a program without its extension is found, as by Node', async (scene) => {
  const command = scene.begin(['-w', '1', 'app']);
  await command.port();
});

commands('--help and --version', async (scene) => {
  const help = await scene.run(['--help']);
  assert.deepStrictEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /^rs-cluster \[options\] app\.js/);
  const { version } = require('../../package.json');
  assert.strictEqual((await scene.run(['-v'])).stdout, `${version}\n`);
});

commands('a reader that goes away, as `head` does, is no failure', async (scene) => {
  await scene.begin(['-w', '1', 'app.js']).port();
  for (const args of [['--help'], ['--version'], ['status'], ['metrics']]) {
    const command = scene.begin(args);
    command.process.stdout.destroy();
    const { code, stderr } = await command.end();
    assert.deepStrictEqual([code, stderr], [0, ''], args.join(' '));
  }
});
