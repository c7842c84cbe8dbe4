// Any metric by any dimension: a chart, the numbers beside it, and a file of them.

import { html, useState } from "../lib/dom.js";
import { download } from "../lib/api.js";
import { useData, useParams } from "../lib/hooks.js";
import { Chart, Legend, tone } from "../lib/charts.js";
import { Card, Empty, Failure, Head, Loaded, Search, Select, Value } from "../lib/parts.js";
import { day, inUnit, missing, named } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";

const DAYS = [["1", "1 day"], ["7", "7 days"], ["14", "14 days"], ["30", "30 days"], ["90", "90 days"]];
const AVERAGES = new Set(["ms", "percent"]);
const LINKED = new Set(["tier", "provider", "model", "key", "client", "session"]);
const FILTERS = ["provider", "model", "tier", "key", "client", "session"];

export default function Explorer() {
  const [params, set] = useParams();
  const { metric = "cost", by = "day", stack = "tier", days = "30" } = params;
  const filters = Object.fromEntries(FILTERS.filter((name) => params[name]).map((name) => [name, params[name]]));
  const asked = { metric, by, stack: stack === "none" || stack === by ? undefined : stack, days, ...filters };
  const found = useData("dashboard/api/analytics", asked);
  const [failed, setFailed] = useState(null);
  const save = () => download("dashboard/api/analytics", { ...asked, format: "csv" }, `lynkr-${metric}-by-${by}.csv`).then(() => setFailed(null), setFailed);
  return html`<${Head} title="Explorer" about="One metric by one dimension, parted by another. An empty place wasn't measured; a zero was.">
      <button type="button" onClick=${save}>Save as CSV</button><//>
    ${failed && html`<${Failure} error=${failed} retry=${save} />`}
    <${Card}>
      <${Controls} asked=${{ metric, by, stack, days }} filters=${filters} known=${found.data} set=${set} />
      <${Loaded} of=${found} lines=${12}>${(data) => data.buckets.length ? html`<${Result} data=${data} />`
        : html`<${Empty} title="Nothing was measured">No request of these days passes the filters. More days may have some.<//>`}<//>
    <//>`;
}

const words = (name) => name.replaceAll("_", " ");

function Controls({ asked, filters, known, set }) {
  const metrics = known?.metrics.map(({ name, label }) => [name, label]) || [[asked.metric, words(asked.metric)]];
  const dimensions = (known?.dimensions || [asked.by]).map((name) => [name, words(name)]);
  const parted = [["none", "nothing"], ...(known?.dimensions || [asked.stack]).filter((name) => name !== asked.by && name !== "none").map((name) => [name, words(name)])];
  return html`<div class="filters" role="group" aria-label="What is shown">
    <${Select} label="Metric" value=${asked.metric} options=${metrics} onChange=${(metric) => set({ metric })} />
    <${Select} label="By" value=${asked.by} options=${dimensions} onChange=${(by) => set({ by })} />
    <${Select} label="Parted by" value=${asked.stack === asked.by ? "none" : asked.stack} options=${parted} onChange=${(stack) => set({ stack })} />
    <${Select} label="Over" value=${asked.days} options=${DAYS} onChange=${(days) => set({ days })} />
    <${Search} label="Only model" shortcut value=${filters.model || ""} placeholder="Any" onChange=${(model) => set({ model: model || undefined })} />
    ${Object.entries(filters).filter(([name]) => name !== "model").map(([name, value]) => html`<div class="field" key=${name}><span class="note">Only ${name}</span>
      <button type="button" onClick=${() => set({ [name]: undefined })}>${value} ×<span class="hidden"> remove</span></button></div>`)}
  </div>`;
}

function Result({ data }) {
  const title = `${data.metrics.find(({ name }) => name === data.metric)?.label || data.metric} by ${words(data.by)}`;
  const series = data.series.map((one) => (data.series.length === 1 ? { ...one, tone: one.name === data.metric ? "hue-1" : undefined } : one));
  const kind = AVERAGES.has(data.unit) ? "lines" : "bars";
  return html`${data.by === "day"
    ? html`<${Chart} title=${title} unit=${data.unit} kind=${kind} buckets=${data.buckets} series=${series} height=${280} />`
    : html`<${Bars} data=${data} series=${series} title=${title} />`}
    ${data.truncated && html`<p class="note">Only the largest are shown${AVERAGES.has(data.unit) ? "" : "; the rest is (other)"}.</p>`}
    <br /><${Numbers} data=${data} title=${title} />`;
}

/** One bar for each bucket; averages of parts can't be stacked, so that theirs are drawn as one. */
function Bars({ data, series, title }) {
  const parts = AVERAGES.has(data.unit) ? [{ name: data.metric, values: data.totals, tone: "hue-1" }] : series;
  const most = Math.max(0, ...data.buckets.map((_, at) => parts.reduce((sum, { values }) => sum + (values[at] || 0), 0)));
  return html`<figure class="chart" aria-label=${title}><${Legend} series=${parts} />
    <ul class="bars">${data.buckets.slice(0, 30).map((bucket, at) => html`<li key=${String(bucket)}>
      <span class="name" title=${named(bucket)}>${named(bucket)}</span>
      <span class="bar" aria-hidden="true">${parts.map(({ name, values, tone: own }, place) => values[at] > 0 && html`<span key=${String(name)}
        class=${own || tone(name, place)} title="${named(name)}: ${inUnit(values[at], data.unit)}" style=${{ width: `${(100 * values[at]) / most}%` }}></span>`)}</span>
      <span class="num"><${Value} value=${data.totals[at]} unit=${data.unit} /></span></li>`)}</ul></figure>`;
}

function Numbers({ data, title }) {
  const rows = data.buckets.map((bucket, at) => ({ bucket, at, total: data.totals[at], values: data.series.map(({ values }) => values[at]) }));
  const single = data.series.length === 1 && data.series[0].name === data.metric;
  const link = (row) => (LINKED.has(data.by) ? href("requests", { [data.by]: row.bucket || "none", window: "all" }) : null);
  const name = (row) => (data.by === "day" ? `${day(row.bucket)} ` : named(row.bucket));
  const columns = [
    { id: "bucket", label: words(data.by), grow: true, value: (row) => row.bucket,
      draw: (row) => (link(row) ? html`<a href=${link(row)}>${name(row)}</a>` : html`<span title=${row.bucket}>${name(row)}</span>`) },
    ...(single ? [] : data.series.map((one, place) => ({
      id: `s${place}`, label: named(one.name), number: true, wide: place > 1, value: (row) => row.values[place],
      draw: (row) => html`<${Value} value=${row.values[place]} unit=${data.unit} />`,
    }))),
    { id: "total", label: single ? words(data.metric) : "All", number: true, value: (row) => row.total,
      draw: (row) => html`<${Value} value=${row.total} unit=${data.unit} />` },
  ];
  const foot = missing(data.total) ? null : { bucket: "All", total: html`<${Value} value=${data.total} unit=${data.unit} />` };
  return html`<${Table} key=${`${data.by}${data.stack}${data.metric}`} caption=${title} showCaption columns=${columns} rows=${rows} id=${(row) => String(row.bucket)} pageSize=${31}
    order=${data.by === "day" ? { id: "bucket", down: true } : { id: "total", down: true }} foot=${foot} />`;
}
