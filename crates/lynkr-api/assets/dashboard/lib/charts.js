// Charts in SVG. Each can be read with the arrow keys, and stands beside a table with the same numbers.

import { html, useId, useState } from "./dom.js";
import { day, inUnit, missing, named } from "./format.js";
import { tierTone } from "./parts.js";
import { useWidth } from "./hooks.js";

const TIERS = new Set(["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"]);

/** The colour of a series: tiers have theirs, the others go by their place. */
export function tone(name, place) {
  if (TIERS.has(name)) return tierTone(name);
  return name === null || name === "(other)" ? "tier-0" : `hue-${(place % 8) + 1}`;
}

/** Round numbers for an axis from 0 to at least `most`. */
export function ticks(most, count = 4) {
  if (!(most > 0)) return [0, 1];
  const raw = most / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * size >= raw) * size;
  const steps = Math.ceil(most / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, at) => at * step);
}

const isDay = (bucket) => /^\d{4}-\d\d-\d\d$/.test(bucket || "");
const label = (bucket) => (isDay(bucket) ? day(bucket) : named(bucket));

const PAD = { top: 10, right: 8, bottom: 24, left: 52 };

/**
 * Values over time. `series`: `[{name, values, tone?}]` beside `buckets`; bars are stacked, lines (`kind="lines"`)
 * are for what can't be added up. `ghost` is a line to compare with: `{name, values}`.
 */
export function Chart({ title, buckets, series, unit, kind = "bars", height = 220, ghost }) {
  const [element, width] = useWidth();
  const [at, setAt] = useState(-1);
  const sums = buckets.map((_, place) => heights(series, place, kind));
  const most = Math.max(0, ...sums, ...(ghost?.values || []).map((value) => value || 0));
  const marks = ticks(most);
  const top = marks[marks.length - 1];
  const inner = { width: Math.max(0, width - PAD.left - PAD.right), height: height - PAD.top - PAD.bottom };
  const x = (place) => PAD.left + (inner.width * place) / Math.max(1, buckets.length);
  const y = (value) => PAD.top + inner.height * (1 - value / top);
  const frame = { buckets, series, x, y, slot: inner.width / Math.max(1, buckets.length), base: PAD.top + inner.height };
  const said = at >= 0 && at < buckets.length ? describe(buckets[at], series, at, unit, ghost) : "";
  const move = (to) => setAt(Math.max(0, Math.min(buckets.length - 1, to)));
  return html`<figure class="chart">
    <${Legend} series=${series} ghost=${ghost} />
    <div class="plot" ref=${element} style=${{ height: `${height}px` }} role="slider" tabindex="0"
      aria-label="${title}. The arrow keys go through it." aria-valuemin="0" aria-valuemax=${Math.max(0, buckets.length - 1)}
      aria-valuenow=${Math.max(0, at)} aria-valuetext=${said || `${buckets.length} values`}
      onKeyDown=${(event) => keys(event, at, move, buckets.length)} onBlur=${() => setAt(-1)}
      onPointerMove=${(event) => move(Math.floor((event.offsetX - PAD.left) / frame.slot))}
      onPointerLeave=${() => setAt(-1)}>
      ${width > 0 && html`<svg width=${width} height=${height} aria-hidden="true" focusable="false">
        ${marks.map((mark) => html`<g key=${mark}><line class="grid" x1=${PAD.left} x2=${width - PAD.right} y1=${y(mark)} y2=${y(mark)} />
          <text class="axis" x=${PAD.left - 8} y=${y(mark) + 4} text-anchor="end">${axis(mark, unit)}</text></g>`)}
        ${at >= 0 && html`<rect class="cursor" x=${x(at)} width=${frame.slot} y=${PAD.top} height=${inner.height} />`}
        ${kind === "lines" ? html`<${Lines} ...${frame} />` : html`<${Bars} ...${frame} />`}
        ${ghost && html`<${Ghost} values=${ghost.values} ...${frame} />`}
        <${Days} ...${frame} height=${height} />
      </svg>`}
      ${at >= 0 && width > 0 && html`<${Tip} at=${at} frame=${frame} width=${width} unit=${unit} ghost=${ghost} kind=${kind} />`}
    </div>
  </figure>`;
}

const axis = (value, unit) => (unit === "usd" && value >= 1 && value < 1_000 ? `$${+value.toFixed(2)}` : inUnit(+value.toPrecision(6), unit));

function heights(series, place, kind) {
  const values = series.map(({ values }) => values[place] || 0);
  return kind === "lines" ? Math.max(0, ...values) : values.reduce((sum, value) => sum + value, 0);
}

function keys(event, at, move, count) {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1, ArrowDown: at - 1, ArrowUp: at + 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  move(to);
}

function describe(bucket, series, place, unit, ghost) {
  const all = ghost ? [...series, ghost] : series;
  const parts = all.map(({ name, values }) =>
    `${named(name)} ${missing(values[place]) ? "not measured" : inUnit(values[place], unit)}`);
  return `${label(bucket)}: ${parts.join(", ")}`;
}

function Bars({ buckets, series, x, y, slot, base }) {
  const gap = Math.min(8, slot * 0.25);
  return buckets.map((bucket, place) => {
    let sum = 0;
    const known = series.some(({ values }) => !missing(values[place]));
    const parts = series.map(({ name, values, tone: own }, index) => {
      const value = values[place] || 0;
      if (!value) return null;
      const [from, to] = [y(sum), y(sum + value)];
      sum += value;
      return html`<rect key=${name} class=${own || tone(name, index)} x=${x(place) + gap / 2} width=${Math.max(1, slot - gap)}
        y=${Math.min(to, from - 1)} height=${Math.max(1, from - to)} />`;
    });
    // Nothing measured leaves the place empty; a measured zero has a line at the bottom.
    return html`<g key=${bucket}>${parts}${known && !sum && html`<line class="zero" x1=${x(place) + gap / 2} x2=${x(place) + slot - gap / 2} y1=${base} y2=${base} />`}</g>`;
  });
}

function Lines({ series, x, y, slot }) {
  return series.map(({ name, values, tone: own }, index) => {
    const color = own || tone(name, index);
    let path = "";
    let pen = "M";
    const dots = values.map((value, place) => {
      if (missing(value)) {
        pen = "M";
        return null;
      }
      const [cx, cy] = [x(place) + slot / 2, y(value)];
      path += `${pen}${cx.toFixed(1)} ${cy.toFixed(1)}`;
      pen = "L";
      return html`<circle key=${place} class=${color} cx=${cx} cy=${cy} r="2.5" />`;
    });
    return html`<g key=${name}><path class="line ${color}" d=${path} />${dots}</g>`;
  });
}

function Ghost({ values, x, y, slot }) {
  return values.map((value, place) => !missing(value) && value > 0 && html`<line key=${place} class="ghost"
    x1=${x(place) + 1} x2=${x(place) + slot - 1} y1=${y(value)} y2=${y(value)} />`);
}

function Days({ buckets, x, slot, height }) {
  const every = Math.ceil(64 / Math.max(1, slot));
  const last = buckets.length - 1;
  // Under a narrow last place a name in its middle would be cut off.
  const ends = (place) => place === last && slot < 40;
  return buckets.map((bucket, place) => (place % every === last % every) && html`<text key=${bucket} class="axis"
    x=${ends(place) ? x(place) + slot : x(place) + slot / 2} y=${height - 7} text-anchor=${ends(place) ? "end" : "middle"}>${label(bucket).slice(0, 14)}</text>`);
}

function Tip({ at, frame, width, unit, ghost, kind }) {
  const { buckets, series, x, slot } = frame;
  const right = x(at) > width / 2;
  const place = right ? { right: `${width - x(at) + 6}px` } : { left: `${x(at) + slot + 6}px` };
  const shown = series.map((one, index) => ({ ...one, tone: one.tone || tone(one.name, index), value: one.values[at] }));
  const rows = shown.length > 1 ? shown.filter(({ value }) => !missing(value)).reverse() : shown;
  const sum = kind !== "lines" && rows.length > 1;
  const text = (value) => (missing(value) ? "not measured" : inUnit(value, unit));
  return html`<div class="tip" style=${{ top: `${PAD.top}px`, left: "auto", right: "auto", ...place }}>
    <p>${label(buckets[at])}</p>
    <ul>${rows.map(({ name, value, tone: color }) => html`<li key=${name}><i class="swatch ${color}"></i><span>${named(name)}</span><b>${text(value)}</b></li>`)}
      ${!rows.length && html`<li><span>not measured</span></li>`}
      ${sum && html`<li class="sum"><span>all</span><b>${inUnit(heights(series, at, kind), unit)}</b></li>`}
      ${ghost && html`<li><i class="swatch ghost"></i><span>${ghost.name}</span><b>${text(ghost.values[at])}</b></li>`}</ul>
  </div>`;
}

/** Which colour is whose. One series needs none. */
export function Legend({ series, ghost }) {
  if (series.length < 2 && !ghost) return null;
  return html`<ul class="legend" aria-hidden="true">
    ${series.map(({ name, tone: own }, place) => html`<li key=${name}><i class="swatch ${own || tone(name, place)}"></i>${named(name)}</li>`)}
    ${ghost && html`<li><i class="swatch ghost"></i>${ghost.name}</li>`}
  </ul>`;
}

/** The shares of a whole in one bar; the table beside it has the numbers. */
export function Shares({ title, parts }) {
  const sum = parts.reduce((all, { value }) => all + (value || 0), 0);
  const id = useId();
  if (!(sum > 0)) return null;
  const text = parts.map(({ name, value }) => `${named(name)} ${Math.round((100 * (value || 0)) / sum)} %`).join(", ");
  return html`<div class="shares" role="img" id=${id} aria-label="${title}: ${text}">
    ${parts.map(({ name, value, tone: own }, place) => value > 0 && html`<span key=${name} class=${own || tone(name, place)}
      title="${named(name)}: ${((100 * value) / sum).toFixed(1)} %" style=${{ flexGrow: value / sum }}></span>`)}
  </div>`;
}
