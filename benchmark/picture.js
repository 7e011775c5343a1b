'use strict';

/**
 * Draws a result: CPU time for a connection, answers a second, and CPU time for a message, for all contenders.
 * ECharts makes it as SVG text, without a DOM.
 */

const echarts = require('echarts');
const { judge } = require('./result');

const SIZE = { width: 960, height: 640 };
const COLOURS = {
  ours: '#c2410c',
  'ours none': '#f08a4b',
  builtin: '#64748b',
  'builtin none': '#94a3b8',
  reuseport: '#b6c2d1',
  single: '#d8dfe8',
};
const TEXT = { color: '#1f2937', fontFamily: 'sans-serif' };

/** The positions of the panels in per cent, in the order of `PANELS`. */
const PLACES = [
  { left: 8, top: 13 },
  { left: 57, top: 13 },
  { left: 8, top: 58 },
  { left: 57, top: 58 },
];
const EXTENT = { width: 38, height: 29 };

/** The titles of rows, by name. A panel shows one value of some rows, with a bar for each contender. */
const SERVERS = {
  'net-4': 'net, saturated',
  'http-4': 'http, saturated',
  'http-paced-4': 'http, 1,500 a second',
};
const PANELS = [
  { title: 'CPU a connection, µs', value: 'CPU', rows: SERVERS },
  { title: "the primary's part of it, µs", value: 'CPU primary', rows: SERVERS },
  {
    title: 'answers a second',
    value: 'rate',
    rows: { 'net-4': 'net', 'http-4': 'http', 'blocked-primary': 'http, blocked primary' },
  },
  {
    title: 'CPU a message, µs',
    value: 'CPU',
    rows: { 'burst-up': '40 B, bursts', 'tick-up': '40 B, one a tick', '1k-up': '1 KiB, bursts' },
  },
];

const percent = (place) =>
  Object.fromEntries(Object.entries(place).map(([key, value]) => [key, `${value}%`]));

/** The medians of a row by contender. The object is empty if the row was not measured. */
function medians({ rows, measured }, name, value) {
  const row = rows.find((candidate) => candidate.name === name);
  const own = measured.filter((one) => one.row === name);
  if (row === undefined || own.length === 0) return {};
  return judge({ ...row, claims: [{ value, over: Object.keys(row.contenders)[0] }] }, own)[0].values;
}

/** @param {object} result made by `run.js` @param {string} caption @returns {string} SVG */
module.exports = function draw(result, caption) {
  const panels = PANELS.map((panel) => ({
    ...panel,
    bars: Object.keys(panel.rows).map((name) => medians(result, name, panel.value)),
  }));
  const places = PLACES.map((place) => ({ ...place, ...EXTENT }));
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: TEXT,
    color: Object.values(COLOURS),
    title: [
      ...panels.map(({ title }, index) => ({
        text: title,
        left: `${places[index].left}%`,
        top: `${places[index].top - 6}%`,
        textStyle: { ...TEXT, fontSize: 14 },
      })),
      {
        text: caption,
        left: 'center',
        bottom: 4,
        textStyle: { ...TEXT, fontSize: 11, fontWeight: 'normal' },
      },
    ],
    legend: { top: 6, itemGap: 24, data: Object.keys(COLOURS) },
    grid: places.map(percent),
    xAxis: panels.map(({ rows }, index) => ({
      type: 'category',
      gridIndex: index,
      data: Object.values(rows),
      axisTick: { show: false },
      axisLabel: { interval: 0, fontSize: 10 },
    })),
    yAxis: panels.map((_, index) => ({ type: 'value', gridIndex: index, splitNumber: 3 })),
    series: panels.flatMap(({ bars }, index) =>
      Object.keys(COLOURS)
        .filter((name) => bars.some((bar) => bar[name] !== undefined))
        .map((name) => ({
          name,
          type: 'bar',
          xAxisIndex: index,
          yAxisIndex: index,
          data: bars.map((bar) => bar[name] ?? '-'),
          label: {
            show: true,
            position: 'top',
            fontSize: 9,
            formatter: ({ value }) => (value >= 10 ? Math.round(value) : value > 0 ? value.toFixed(1) : ''),
          },
        })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
};
