'use strict';

// What the rules are made of. The files beside this one test each rule by itself, on a virtual clock.
// `walk.js` tries what nobody thought of.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const Story = require('../fixtures/story');

test('the rules use nothing but themselves: no clock, no timer, no chance', () => {
  const folder = path.join(__dirname, '../../lib/supervise');
  const files = ['rules.js'];
  for (const file of files) {
    const text = fs.readFileSync(path.join(folder, file), 'utf8');
    assert.doesNotMatch(
      text,
      /\bDate\b|performance|setTimeout|setImmediate|nextTick|Math\.random|process\./,
      file,
    );
    for (const [, name] of text.matchAll(/require\('([^']*)'\)/g)) {
      assert.match(name, /^\.\/\w+$/);
      if (!files.includes(`${name.slice(2)}.js`)) files.push(`${name.slice(2)}.js`);
    }
  }
  assert.ok(files.length > 3);
});

test('an input that is none throws', () => {
  assert.throws(() => new Story().tell('toString'), TypeError);
});
