// Which model answers what: the ladder, how decisions were made, and how well.

import { html } from "../lib/dom.js";
import { useData, usePage } from "../lib/hooks.js";
import { Shares } from "../lib/charts.js";
import { Card, Command, Empty, Head, Loaded, Stat, Stats, Tier, Value, tierTone } from "../lib/parts.js";
import { int } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";
import * as columns from "../lib/totals.js";
import { Accuracy } from "../lib/accuracy.js";

export default function Routing() {
  const { window } = usePage();
  const routing = useData("dashboard/api/routing", { window }, { live: 10_000 });
  return html`<${Head} title="Routing" about="How hard a request is decides which tier, and so which model, answers it." />
    <${Loaded} of=${routing} lines=${14}>${(data) => html`<div class="stack">
      <${Figures} data=${data} />
      <div class="columns equal"><${Ladder} data=${data} /><${Mix} mix=${columns.ladder(data.mix)} /></div>
      <div class="columns"><${Methods} methods=${data.methods} /><${Shifts} shifts=${data.shifts} /></div>
      <${Accuracy} accuracy=${data.accuracy} routed=${data.routed} />
    </div>`}<//>`;
}

function Figures({ data }) {
  const all = data.mix.reduce((sum, { requests }) => sum + requests, 0);
  return html`<${Stats} label="Figures of this window of time">
    <${Stat} label="Decided by tier" note=${`of ${int(all)} requests`}><${Value} value=${data.routed} unit="requests" /><//>
    <${Stat} label="Kept their model" note="the session had one already"><${Value} value=${data.pinned} unit="requests" /><//>
    <${Stat} label="Answered by another" note="the first model failed or was passed over"><${Value} value=${data.fallbacks} unit="requests" /><//>
    <${Stat} label="Served at another tier" note="than the one that was scored"><${Value} value=${data.shifts.reduce((sum, { requests }) => sum + requests, 0)} unit="requests" /><//>
  <//>`;
}

function Ladder({ data }) {
  return html`<${Card} title="The ladder" note="Each tier's range of difficulty, and its models in order">
    ${data.tiers ? html`<div class="ladder">${data.tiers.map(({ tier, range, models, borrowedFrom }) => html`<div class="rung" key=${tier}>
      <div><${Tier} tier=${tier} /><div class="note">${range[0]} to ${range[1]}</div></div>
      <div><div class="models">${models.map((model) => html`<span class="chip" key=${model}>${model}</span>`)}
        ${!models.length && html`<span class="unmeasured">no model of its own</span>`}</div>
        ${borrowedFrom && html`<p class="note">borrowed from ${borrowedFrom.toLowerCase()}</p>`}</div></div>`)}</div>`
      : html`<${Empty} title="Tiers are off">Every request goes to the model that was asked for, or to the provider's own. Name a model for each difficulty to have easy work done by cheaper ones:
          <${Command} text="TIER_SIMPLE=ollama:qwen2.5-coder TIER_COMPLEX=openai:gpt-4o lynkr start" /><//>`}
  <//>`;
}

function Mix({ mix }) {
  return html`<${Card} title="The mix" note="What each tier answered and cost">
    ${mix.length ? html`<${Shares} title="Requests by tier" parts=${mix.map(({ name, requests }) => ({ name, value: requests, tone: tierTone(name) }))} />
      <${Table} caption="Requests, cost and savings by tier" rows=${mix} id=${(row) => row.name || ""} columns=${[
        columns.tiers((row) => href("requests", { tier: row.name || "none" })),
        columns.requests, columns.latency, columns.cost, columns.saved]} />`
      : html`<${Empty} title="No request in this window of time" />`}
  <//>`;
}

const count = (id, label, field, title) => ({
  id, label, title, number: true, value: (row) => row[field], draw: (row) => html`<${Value} value=${row[field]} unit="requests" />`,
});

function Methods({ methods }) {
  return html`<${Card} title="How it was decided">
    ${methods.length ? html`<${Table} caption="Decisions by method" rows=${methods} id=${(row) => row.name} order=${{ id: "requests", down: true }} columns=${[
      columns.group("Method"), count("requests", "Requests", "requests"), count("errors", "Errors", "errors"),
      count("pinned", "Pinned", "pinned", "The session kept its model"), count("fallbacks", "Fallbacks", "fallbacks", "Another model than the first answered")]} />`
      : html`<${Empty} title="Nothing was decided by tier in this window of time" />`}
  <//>`;
}

function Shifts({ shifts }) {
  return html`<${Card} title="Served at another tier" note="Up for risk or context, down for a budget, aside for a failure">
    ${shifts.length ? html`<${Table} caption="Requests that another tier served than the scored one" rows=${shifts} id=${(row) => `${row.base} ${row.served}`} order=${{ id: "requests", down: true }} columns=${[
      { id: "base", label: "Scored", value: (row) => row.base, draw: (row) => html`<${Tier} tier=${row.base} />` },
      { id: "served", label: "Served", grow: true, value: (row) => row.served, draw: (row) => html`<${Tier} tier=${row.served} />` },
      count("requests", "Requests", "requests")]} />`
      : html`<p class="note">Every request was served at the tier that it was scored for.</p>`}
  <//>`;
}
