// Sessions, and one of them call by call.

import { html, useState } from "../lib/dom.js";
import { useData, usePage, useParams } from "../lib/hooks.js";
import { Chart } from "../lib/charts.js";
import { Detail } from "../lib/detail.js";
import { feedColumns } from "../lib/feed.js";
import { Card, Empty, Head, Loaded, Moment, Stat, Stats, Value } from "../lib/parts.js";
import { inUnit, int, plural, span, time } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";
import * as columns from "../lib/totals.js";

export default function Sessions() {
  const [params, set] = useParams();
  return params.id ? html`<${One} key=${params.id} params=${params} set=${set} />` : html`<${All} />`;
}

function All() {
  const { window } = usePage();
  const [cursors, setCursors] = useState([]);
  const page = useData("dashboard/api/sessions", { window, limit: 50, cursor: cursors.at(-1) }, { live: cursors.length ? 0 : 10_000 });
  const open = (row) => href("sessions", { id: row.id, key: row.key });
  const shown = [
    { id: "id", label: "Session", grow: true, draw: (row) => html`<a href=${open(row)}>${row.id}</a>` },
    { id: "client", label: "Client", wide: true, draw: (row) => html`<${Value} value=${row.client} none="the client didn't say" />` },
    { id: "key", label: "Key", wide: true, draw: (row) => html`<${Value} value=${row.keyName || row.key} none="without a key" />` },
    { id: "models", label: "Models", wide: true, draw: (row) => html`<span title=${row.models.join(", ")}>${row.models[0] || ""}${row.models.length > 1 ? ` +${row.models.length - 1}` : ""}</span>` },
    { id: "last", label: "Last used", draw: (row) => html`<${Moment} at=${row.lastAt} relative />` },
    { id: "took", label: "Over", wide: true, extra: true, number: true, draw: (row) => span(Math.max(1_000, row.lastAt - row.firstAt)) },
    columns.requests, { ...columns.tokens, extra: true }, columns.cacheRead, columns.cost,
  ].map(({ value, ...column }) => column);
  return html`<${Head} title="Sessions" about="What belongs together: one conversation of one client. A row shows it call by call." />
    <${Card}><${Loaded} of=${page} lines=${12}>${({ sessions, next }) => sessions.length
      ? html`<${Table} caption="Sessions, newest use first" columns=${shown} rows=${sessions} id=${(row) => `${row.id} ${row.key || ""}`} onOpen=${(row) => { location.hash = open(row); }} />
        <${Pages} cursors=${cursors} set=${setCursors} next=${next} />`
      : html`<${Empty} title="No session in this window of time">Claude Code and Codex name their sessions themselves; any other client can send a header:
          <code>x-session-id: my-session</code>.<//>`}<//><//>`;
}

function Pages({ cursors, set, next }) {
  if (!cursors.length && !next) return null;
  return html`<nav class="pager" aria-label="Pages of sessions">
    <button type="button" disabled=${!cursors.length} onClick=${() => set(cursors.slice(0, -1))}>Newer</button>
    <span>Page ${cursors.length + 1}</span>
    <button type="button" disabled=${!next} onClick=${() => set([...cursors, next])}>Older</button>
  </nav>`;
}

function One({ params, set }) {
  const path = `dashboard/api/sessions/${encodeURIComponent(params.id)}`;
  const [cursors, setCursors] = useState([]);
  const page = useData(path, { key: params.key, limit: 100, cursor: cursors.at(-1) }, { live: cursors.length ? 0 : 5_000 });
  const turns = useData(`api/sessions/${encodeURIComponent(params.id)}/tokens`, {}, { live: 5_000 });
  const open = (row) => href("sessions", { ...params, call: row.id });
  return html`<${Head} title="Session" about=${params.id}><a href=${href("sessions")}>All sessions</a><//>
    <${Loaded} of=${page} lines=${14}>${(data) => html`<div class="stack">
      <${Figures} session=${data.session} />
      <${Turns} turns=${turns} />
      <${Card} title="Calls" note=${`${data.session.models.join(", ")}${data.kept ? " · a transcript is kept" : ""}`}>
        <${Table} caption="Calls of the session, newest first" columns=${feedColumns(open)} rows=${data.calls} id=${(row) => row.id} onOpen=${(row) => set({ call: row.id })} />
        <${Pages} cursors=${cursors} set=${setCursors} next=${data.next} />
      <//>
      <div class="columns">
        <${Card} title="By model"><${Table} caption="The session by model" rows=${data.byModel} id=${(row) => `${row.provider}:${row.name}`} order=${{ id: "cost", down: true }}
          columns=${[columns.group("Model"), columns.requests, columns.tokens, columns.cost]} /><//>
        <${Card} title="By tier"><${Table} caption="The session by tier" rows=${columns.ladder(data.byTier)} id=${(row) => row.name || ""}
          columns=${[columns.tiers(), columns.requests, columns.tokens, columns.cost]} /><//>
      </div>
      ${params.call && html`<${Detail} key=${params.call} id=${params.call} row=${data.calls.find(({ id }) => id === params.call)} close=${() => set({ call: undefined })} />`}
    </div>`}<//>`;
}

function Figures({ session }) {
  return html`<${Stats} label="Figures of the session">
    <${Stat} label="Cost" note=${session.unpriced ? `${plural(session.unpriced, "call")} without a price` : "every call has a price"}><${columns.Cost} of=${session} /><//>
    <${Stat} label="Saved" tone=${session.saved > 0 ? "good" : ""} note="against the flagship"><${Value} value=${session.saved} unit="usd" none="no price is known" /><//>
    <${Stat} label="Calls" note=${`${int(session.errors)} failed`}><${Value} value=${session.requests} unit="requests" /><//>
    <${Stat} label="Tokens" note=${`${inUnit(session.outputTokens, "tokens")} of them output`}><${Value} value=${session.totalTokens} unit="tokens" /><//>
    <${Stat} label="From caches" note="of the input"><${Value} value=${session.cacheReadPct} unit="percent" none="no input was measured" /><//>
    <${Stat} label="Last used" note=${`began ${time(session.firstAt)}`}><${Moment} at=${session.lastAt} relative /><//>
  <//>`;
}

const PARTS = [["Read from cache", "cacheReadTokens", "hue-1"], ["Written to cache", "cacheWriteTokens", "hue-3"], ["Input", "inputTokens", "hue-2"], ["Output", "outputTokens", "hue-5"]];

function Turns({ turns }) {
  const [what, setWhat] = useState("tokens");
  const choice = html`<div class="choice" role="group" aria-label="What is drawn">${[["tokens", "Tokens"], ["cost", "Cost"]].map(([name, text]) =>
    html`<button type="button" key=${name} aria-pressed=${what === name ? "true" : "false"} onClick=${() => setWhat(name)}>${text}</button>`)}</div>`;
  return html`<${Card} title="Call by call" note="Oldest on the left" actions=${choice}>
    <${Loaded} of=${turns} lines=${8}>${(data) => {
      const shown = data.turns.slice(-120);
      const series = what === "cost" ? [{ name: "Cost", values: shown.map((turn) => turn.costUsd), tone: "hue-1" }]
        : PARTS.map(([name, field, tone]) => ({ name, tone, values: shown.map((turn) => turn[field]) }));
      return html`<${Chart} title="The session call by call" unit=${what === "cost" ? "usd" : "tokens"} buckets=${shown.map(({ turn }) => `#${turn}`)} series=${series} />
        ${(data.truncated || data.turns.length > 120) && html`<p class="note">The newest ${shown.length} calls are drawn.</p>`}`;
    }}<//><//>`;
}
