// The first view: what was spent and saved, how it goes, and what just came in.

import { html, useState } from "../lib/dom.js";
import { useData, usePage, useRequests } from "../lib/hooks.js";
import { Chart, Shares } from "../lib/charts.js";
import { feedColumns } from "../lib/feed.js";
import { Card, Command, Empty, Head, Loaded, Stat, Stats, Value } from "../lib/parts.js";
import { int, inUnit, missing, plural } from "../lib/format.js";
import { go, href } from "../lib/router.js";
import { Table } from "../lib/table.js";
import * as columns from "../lib/totals.js";

const FEED = 8;

export default function Overview() {
  const { window, flagship } = usePage();
  const overview = useData("dashboard/api/overview", { window, flagship }, { live: 5_000 });
  return html`<${Head} title="Overview" about="What the gateway did, what it cost, and what that would have cost at the flagship." />
    <${Loaded} of=${overview} lines=${16}>${(data) => html`<div class="stack">
      <${Figures} data=${data} />
      ${data.store === null && html`<${Card} title="Nothing is kept"><${Empty} title="This gateway has no store">Spend, requests and sessions are read from it.
        Unset what switches it off, or set <code>SESSION_DB_PATH</code> to a path that can be written, and start anew.<//><//>`}
      <div class="columns equal">
        ${data.byDay && html`<${Days} data=${data} />`}
        ${data.byTier && html`<${Mix} data=${data} />`}
      </div>
      ${data.store && html`<${Latest} />`}
    </div>`}<//>`;
}

function Figures({ data }) {
  const { totals, today, latency, live, providers } = data;
  const failing = totals && totals.requests ? (100 * totals.errors) / totals.requests : null;
  const troubles = [providers.openBreakers && plural(providers.openBreakers, "open breaker"), providers.unhealthy && `${int(providers.unhealthy)} unhealthy`].filter(Boolean);
  return html`<${Stats} label="Figures of this window of time">
    <${Stat} label="Spent" href=${href("spend")} note=${html`<${Value} value=${today?.actualCost} unit="usd" none="no price is known" /> today`}>
      ${totals ? html`<${columns.Cost} of=${totals} />` : html`<${Value} value=${null} />`}<//>
    <${Stat} label="Saved" href=${href("spend")} tone=${totals?.saved > 0 ? "good" : ""}
      note=${totals && !missing(totals.savedPercent) ? `${inUnit(totals.savedPercent, "percent")} of the flagship's price` : "no price is known"}>
      <${Value} value=${totals?.saved} unit="usd" none="no price is known" /><//>
    <${Stat} label="Requests" href=${href("requests")} note=${missing(failing) ? "none yet" : `${int(totals.errors)} failed, ${inUnit(failing, "percent")}`}>
      <${Value} value=${totals?.requests} unit="tokens" title="requests" /><//>
    <${Stat} label="Input from caches" href=${href("cache")} note=${totals ? `${inUnit(totals.cacheReadTokens, "tokens")} tokens` : undefined}>
      <${Value} value=${totals?.cacheReadPct} unit="percent" none="no input was measured" /><//>
    <${Stat} label="First token, median" note=${html`whole answer <${Value} value=${latency?.p50Ms} unit="ms" />`}>
      <${Value} value=${latency?.firstTokenP50Ms} unit="ms" /><//>
    <${Stat} label="Providers healthy" href=${href("providers")} tone=${troubles.length ? "bad" : ""}
      note=${[...troubles, `${plural(live.active, "request")} under way`].join(", ")}>${int(providers.healthy)} of ${int(providers.total)}<//>
  <//>`;
}

function Days({ data }) {
  const rows = data.byDay;
  const buckets = rows.map(({ name }) => name);
  return html`<${Card} title="Spend by day" note="In dollars, days of UTC" actions=${html`<a href=${href("explorer", { metric: "cost", by: "day", stack: "tier" })}>Explore</a>`}>
    <${Chart} title="Spend by day in dollars" unit="usd" buckets=${buckets} height=${230}
      series=${[{ name: "spent", values: rows.map((row) => row.actualCost), tone: "hue-1" }]}
      ghost=${{ name: "at the flagship", values: rows.map((row) => row.flagshipCost) }} />
    <details><summary>As a table</summary><${Table} caption="Spend by day" rows=${rows} id=${(row) => row.name} pageSize=${15} order=${{ id: "name", down: true }}
      columns=${[columns.group("Day"), columns.requests, columns.cost, columns.saved]} /></details>
  <//>`;
}

function Mix({ data }) {
  const rows = columns.ladder(data.byTier);
  return html`<${Card} title="Tiers" note="Which difficulty the requests were answered at" actions=${html`<a href=${href("routing")}>Routing</a>`}>
    ${rows.length ? html`<${Shares} title="Requests by tier" parts=${rows.map(({ name, requests }) => ({ name, value: requests }))} />
      <${Table} caption="Requests by tier" rows=${rows} id=${(row) => row.name || ""}
        columns=${[columns.tiers((row) => href("requests", { tier: row.name || "none" })), columns.requests, columns.cost, columns.saved]} />`
      : html`<${Empty} title="No request yet" />`}
    ${!data.features.tiers && html`<p class="note">Tiers are off: <code>TIER_SIMPLE</code>, <code>TIER_MEDIUM</code> … name a model for each difficulty.</p>`}
  <//>`;
}

function Latest() {
  const page = useData("dashboard/api/logs", { limit: FEED });
  const [live, setLive] = useState([]);
  useRequests((row) => {
    if (row) setLive((before) => [row, ...before].slice(0, FEED));
    else page.reload();
  });
  const stored = page.data?.requests || [];
  const rows = [...live.filter(({ id }) => !stored.some((row) => row.id === id)), ...stored].slice(0, FEED);
  return html`<${Card} title="Latest requests" actions=${html`<a href=${href("requests")}>All requests</a>`}>
    <${Loaded} of=${page} lines=${FEED}>${() => rows.length
      ? html`<${Table} caption="Latest requests" columns=${feedColumns((row) => href("requests", { id: row.id }))} rows=${rows} id=${(row) => row.id}
          fresh=${new Set(live.slice(0, 1).map(({ id }) => id))} onOpen=${(row) => go("requests", { id: row.id })} />`
      : html`<${Empty} title="No request yet">Point a client at this gateway; <code>lynkr wrap claude</code> does it for Claude Code.
          <${Command} text=${`export ANTHROPIC_BASE_URL=${location.origin}`} /><//>`}<//>
  <//>`;
}
