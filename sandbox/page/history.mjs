// The last two minutes, second by second: how many requests there were, and how long they took.

import { draw } from "./chart.mjs";
import { byId, setText } from "./element.mjs";
import { count, duration } from "./format.mjs";

const KINDS = ["ok", "refused", "failed"];

// Times lie on a scale of decades that stays where it is.
const SHORTEST = 1e-5;
const DECADES = 6;
const LINES_OF_TIME = ["10 µs", "0.1 ms", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]
  .map((label, decade) => ({ at: decade / DECADES, label }));

const heightOfTime = (seconds) => Math.min(1, Math.max(0, Math.log10(seconds / SHORTEST) / DECADES));

const total = (second) => KINDS.reduce((sum, kind) => sum + (second[kind] ?? 0), 0);

// The next number up whose half reads well, too: 10, 20, 40, 60...
function roundUp(number) {
  const decade = 10 ** Math.floor(Math.log10(Math.max(number, 10)));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * decade).find((each) => each >= number);
}

// The kinds of a second on top of each other.
function piled(second, ago, most) {
  let low = 0;
  return KINDS.map((kind) => {
    const high = low + (second[kind] ?? 0) / most;
    const stroke = { ago, low, high };
    low = high;
    return stroke;
  });
}

function drawRate(seconds, window) {
  const most = roundUp(Math.max(0, ...seconds.map(([, second]) => total(second))));
  const strokes = { ok: [], refused: [], failed: [] };
  for (const [ago, second] of seconds) {
    piled(second, ago, most).forEach((stroke, index) => {
      if (stroke.high > stroke.low) strokes[KINDS[index]].push(stroke);
    });
  }
  draw(byId("rate-chart"), {
    seconds: window, strokes,
    lines: [0, 0.5, 1].map((at) => ({ at, label: count(most * at) })),
  });
}

function drawLatency(seconds, window) {
  const strokes = { slow: [], median: [] };
  for (const [ago, second] of seconds) {
    const median = heightOfTime(second.median);
    strokes.slow.push({ ago, low: median, high: Math.max(heightOfTime(second.slow), median) });
    strokes.median.push({ ago, low: median - 0.012, high: median + 0.012 });
  }
  draw(byId("latency-chart"), { seconds: window, strokes, lines: LINES_OF_TIME });
}

function showFigures(seconds) {
  const last = seconds.at(-1)?.[0] === 1 ? seconds.at(-1)[1] : undefined;
  const peak = Math.max(0, ...seconds.map(([, second]) => total(second)));
  setText(byId("rate-figures"), `${count(last ? total(last) : 0)} now, ${count(peak)} at most`);
  const latest = seconds.at(-1)?.[1];
  setText(byId("latency-figures"), latest
    ? `median ${duration(latest.median)}, one in twenty over ${duration(latest.slow)}` : "nothing yet");
}

export function history() {
  let known = new Map();
  let shown;
  let latest;

  function show() {
    const now = Math.floor(latest.now);
    const seconds = [...known.values()].map((second) => [now - second.at, second])
      .filter(([ago]) => ago <= latest.window);
    drawRate(seconds, latest.window);
    drawLatency(seconds, latest.window);
    showFigures(seconds);
  }

  new ResizeObserver(() => latest && show()).observe(byId("rate-chart"));

  return (news, anew) => {
    const now = Math.floor(news.now);
    if (anew) known = new Map();
    for (const second of news.seconds) known.set(second.at, second);
    for (const at of known.keys()) if (at < now - news.window) known.delete(at);
    latest = news;
    if (shown !== now || anew) show();
    shown = now;
  };
}
