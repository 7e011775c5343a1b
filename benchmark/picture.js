'use strict';

/** Draws a result: a panel for each value of a row, with a bar for each contender. ECharts makes it as SVG text, without a DOM. */

const echarts = require('echarts');
const { judge } = require('./result');

/** The contenders: how each is drawn, and what it is. */
const CONTENDERS = {
  ours: { colour: '#c2410c', is: 'rs-cluster, round robin' },
  'ours none': { colour: '#ea8a4f', is: 'rs-cluster, SCHED_NONE' },
  builtin: { colour: '#475569', is: 'node:cluster, round robin' },
  'builtin none': { colour: '#7c8ba1', is: 'node:cluster, SCHED_NONE' },
  reuseport: { colour: '#a9b6c7', is: 'a socket for each worker (reusePort)' },
  single: { colour: '#cdd6e1', is: 'one process, no cluster' },
};

const LESS = 'less is better';
const MORE = 'more is better';

const PANELS = [
  { row: 'net-4', value: 'CPU', title: 'net, saturated: CPU µs a connection', better: LESS },
  { row: 'http-4', value: 'CPU', title: 'http, saturated: CPU µs a connection', better: LESS },
  { row: 'net-paced-4', value: 'CPU', title: 'net, 1,500 a second: CPU µs a connection', better: LESS },
  { row: 'http-paced-4', value: 'CPU', title: 'http, 1,500 a second: CPU µs a connection', better: LESS },
  { row: 'net-paced-4', value: 'p99', title: 'net, 1,500 a second: p99, µs', better: LESS },
  { row: 'http-paced-4', value: 'p99', title: 'http, 1,500 a second: p99, µs', better: LESS },
  { row: 'net-4', value: 'most share', title: 'net, saturated: share of the busiest worker', better: LESS },
  {
    row: 'blocked-worker',
    value: 'p99.9',
    title: 'http, one worker often blocked: p99.9, µs',
    better: LESS,
  },
  {
    row: 'blocked-primary',
    value: 'rate',
    title: 'http, blocked primary: answers a second',
    better: MORE,
  },
  { row: 'burst-up', value: 'CPU', title: '40 B messages in bursts: CPU µs each', better: LESS },
];

const COLUMNS = 2;
/** In pixels. */
const PANEL = { width: 480, height: 190, left: 100, right: 62, top: 34, bottom: 14 };
const FOOT = 62;

const TEXT = { color: '#1f2937', fontFamily: 'sans-serif' };

/** The medians of a row by contender. The object is empty if the row was not measured. */
function medians({ rows, measured }, name, value) {
  const row = rows.find((candidate) => candidate.name === name);
  const own = measured.filter((one) => one.row === name);
  if (row === undefined || own.length === 0) return {};
  return judge({ ...row, claims: [{ value, over: Object.keys(row.contenders)[0] }] }, own)[0].values;
}

const digits = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(3))}`;

/** One panel at its place. */
function drawn({ title, better, bars }, index) {
  const [left, top] = [(index % COLUMNS) * PANEL.width, Math.floor(index / COLUMNS) * PANEL.height];
  const names = Object.keys(CONTENDERS).filter((name) => bars[name] !== undefined);
  return {
    title: {
      text: `{what|${title}}  {better|${better}}`,
      left: left + 12,
      top: top + 8,
      textStyle: {
        rich: {
          what: { ...TEXT, fontSize: 13, fontWeight: 'bold' },
          better: { ...TEXT, fontSize: 11, color: '#64748b' },
        },
      },
    },
    grid: {
      left: left + PANEL.left,
      top: top + PANEL.top,
      width: PANEL.width - PANEL.left - PANEL.right,
      height: PANEL.height - PANEL.top - PANEL.bottom,
    },
    xAxis: { type: 'value', gridIndex: index, min: 0, show: false },
    yAxis: {
      type: 'category',
      gridIndex: index,
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...TEXT, fontSize: 11 },
    },
    series: {
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      barCategoryGap: '25%',
      data: names.map((name) => ({ value: bars[name], itemStyle: { color: CONTENDERS[name].colour } })),
      label: { show: true, position: 'right', fontSize: 11, formatter: ({ value }) => digits(value) },
    },
  };
}

/** @param {object} result made by `run.js` @param {string} caption @returns {string} SVG */
module.exports = function draw(result, caption) {
  const panels = PANELS.map((panel) => ({ ...panel, bars: medians(result, panel.row, panel.value) }))
    .filter(({ bars }) => Object.keys(bars).length > 0)
    .map(drawn);
  const top = Math.ceil(panels.length / COLUMNS) * PANEL.height;
  const explained = Object.entries(CONTENDERS).map(([name, { is }]) => `${name}: ${is}`);
  const foot = [explained.slice(0, 3).join('   '), explained.slice(3).join('   '), caption];
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: COLUMNS * PANEL.width,
    height: top + FOOT,
  });
  const all = (what) => panels.map((panel) => panel[what]);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: TEXT,
    title: [
      ...all('title'),
      {
        text: foot.join('\n'),
        left: 'center',
        top,
        textStyle: { ...TEXT, fontSize: 11, fontWeight: 'normal', lineHeight: 17 },
      },
    ],
    grid: all('grid'),
    xAxis: all('xAxis'),
    yAxis: all('yAxis'),
    series: all('series'),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
};
