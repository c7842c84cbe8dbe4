// What was spent, on what, and what it would have been at the flagship.

import { html, useState } from "../lib/dom.js";
import { download } from "../lib/api.js";
import { useData, usePage, usePreference } from "../lib/hooks.js";
import { Chart } from "../lib/charts.js";
import { Card, Choice, Empty, Failure, Head, Loaded, Search, Stat, Stats, Value } from "../lib/parts.js";
import { inUnit, int, missing, named, plural } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";
import * as columns from "../lib/totals.js";

const GROUPS = {
  byModel: ["Model", "model"], byProvider: ["Provider", "provider"], byTier: ["Tier", "tier"], byKey: ["Key", "key"],
  byClient: ["Client", "client"], bySession: ["Session", "session"], byDay: ["Day", null],
};

export default function Spend() {
  const { window, flagship } = usePage();
  const [, setFlagship] = usePreference("flagship", "");
  const usage = useData("dashboard/api/usage", { window, flagship }, { live: 10_000 });
  const [failed, setFailed] = useState(null);
  const save = () => download("dashboard/api/usage", { window, flagship, format: "csv" }, `lynkr-usage-${window}.csv`).then(() => setFailed(null), setFailed);
  return html`<${Head} title="Spend" about="Sums of list prices. A request without a known price is in no sum; a + says that there are some.">
      ${usage.data && html`<div class="flagship"><${Search} label="Compare with" value=${usage.data.flagship} onChange=${setFlagship} suggestions=${usage.data.byModel.map(({ name }) => name).filter(Boolean)} /></div>`}
      <button type="button" onClick=${save}>Save as CSV</button><//>
    ${failed && html`<${Failure} error=${failed} retry=${save} />`}
    <${Loaded} of=${usage} lines=${16}>${(data) => data.totals.requests === 0 ? html`<${Card}><${Empty} title="Nothing was asked in this window of time">
        As soon as a request is settled, it is here with its tokens and its price. A wider window may have some.<//><//>`
      : html`<div class="stack">
        <${Figures} data=${data} />
        <${Card} title="By day" note="Days of UTC; what the same tokens cost at the flagship's list price is the dashed line">
          <${Chart} title="Spend by day in dollars" unit="usd" buckets=${data.byDay.map(({ name }) => name)}
            series=${[{ name: "spent", values: data.byDay.map((row) => row.actualCost), tone: "hue-1" }]}
            ghost=${{ name: "at the flagship", values: data.byDay.map((row) => row.flagshipCost) }} /><//>
        <${Groups} data=${data} />
        ${data.prices && html`<p class="note">List prices of ${data.prices.source}, ${data.prices.date}.</p>`}
      </div>`}<//>`;
}

function Figures({ data }) {
  const { totals } = data;
  return html`<${Stats} label="Figures of this window of time">
    <${Stat} label="Spent" note=${totals.unpriced ? `${plural(totals.unpriced, "request")} without a price` : "every request has a price"}><${columns.Cost} of=${totals} /><//>
    <${Stat} label="At the flagship" note=${data.flagshipPriced ? "for all of these tokens" : "no price is known for it"}><${Value} value=${totals.flagshipCost} unit="usd" none="the flagship has no known price" /><//>
    <${Stat} label="Saved" tone=${totals.saved > 0 ? "good" : ""} note=${missing(totals.savedPercent) ? "no price is known" : inUnit(totals.savedPercent, "percent")}><${Value} value=${totals.saved} unit="usd" none="no price is known" /><//>
    <${Stat} label="Tokens" note=${`${inUnit(totals.inputTokens, "tokens")} in, ${inUnit(totals.outputTokens, "tokens")} out`}><${Value} value=${totals.totalTokens} unit="tokens" /><//>
    <${Stat} label="Requests" note=${`${int(totals.errors)} failed, ${int(totals.fallbacks)} by fallback`}><${Value} value=${totals.requests} unit="requests" /><//>
  <//>`;
}

function Groups({ data }) {
  const there = Object.entries(GROUPS).filter(([name]) => data[name]?.length);
  const [chosen, setChosen] = useState("byModel");
  const name = data[chosen]?.length ? chosen : there[0][0];
  const [label, filter] = GROUPS[name];
  const link = filter && ((row) => (name === "bySession" && row.name ? href("sessions", { id: row.name }) : href("requests", { [filter]: row.name || "none" })));
  const text = (row) => row.label || named(row.name);
  const provider = { id: "provider", label: "Provider", wide: true, value: (row) => row.provider, draw: (row) => row.provider };
  const shown = [columns.group(label, link, text), ...(name === "byModel" ? [provider] : []), columns.requests, columns.errors, columns.tokens,
    columns.cacheRead, columns.latency, columns.cost, columns.saved, columns.savedPct];
  return html`<${Card} title="On what" actions=${html`<${Choice} label="Group by" value=${name} onChange=${setChosen} options=${there.map(([one]) => [one, GROUPS[one][0]])} />`}>
    <${Table} key=${name} caption="Spend by ${label.toLowerCase()}" rows=${data[name]} id=${(row) => `${row.provider || ""}:${row.name}`} columns=${shown}
      order=${name === "byDay" ? { id: "name", down: true } : { id: "cost", down: true }} pageSize=${25} /><//>`;
}
