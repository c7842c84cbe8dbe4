// What the providers' prompt caches saved, and what writing to them cost.

import { html, useState } from "../lib/dom.js";
import { useData, usePage } from "../lib/hooks.js";
import { Chart } from "../lib/charts.js";
import { Card, Choice, Empty, Head, Loaded, Stat, Stats, Value } from "../lib/parts.js";
import { inUnit, named, plural } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";
import * as columns from "../lib/totals.js";

const GROUPS = { byModel: ["Model", "model"], byProvider: ["Provider", "provider"], byClient: ["Client", "client"] };

const column = (id, label, field, unit, more = {}) => ({
  id, label, number: true, value: (row) => row[field], draw: (row) => html`<${Value} value=${row[field]} unit=${unit} none=${more.none} />`, ...more,
});
const COLUMNS = [
  columns.requests,
  column("read", "Read", "cacheReadTokens", "tokens", { wide: true, title: "Tokens read from caches" }),
  column("write", "Written", "cacheWriteTokens", "tokens", { wide: true, title: "Tokens written to caches" }),
  column("share", "Share read", "cacheReadPct", "percent", { none: "no input was measured" }),
  column("saved", "Reads saved", "readSavedUsd", "usd", { wide: true, none: "no price is known" }),
  column("extra", "Writes cost", "writeExtraUsd", "usd", { wide: true, none: "no price is known", title: "What writing cost beyond the price of input" }),
  column("net", "Net", "netSavedUsd", "usd", { none: "no price is known" }),
];

export default function Cache() {
  const { window } = usePage();
  const cache = useData("dashboard/api/cache", { window }, { live: 15_000 });
  return html`<${Head} title="Cache" about="Providers read the beginning of a prompt from a cache when it is the same as before. What that saved is set against the full price of input; what writing cost beyond it is taken off." />
    <${Loaded} of=${cache} lines=${14}>${(data) => data.totals.requests === 0
      ? html`<${Card}><${Empty} title="Nothing was asked in this window of time">The first request whose provider says how many tokens it read from its cache fills this.<//><//>`
      : html`<div class="stack">
        <${Figures} totals=${data.totals} />
        <${Card} title="Share of the input that was read from caches" note="In percent, days of UTC">
          <${Chart} title="Share of input read from caches by day" unit="percent" kind="lines" buckets=${data.byDay.map(({ name }) => name)}
            series=${[{ name: "read from caches", values: data.byDay.map((row) => row.cacheReadPct), tone: "hue-1" }]} /><//>
        <${Groups} data=${data} />
      </div>`}<//>`;
}

function Figures({ totals }) {
  return html`<${Stats} label="Figures of this window of time">
    <${Stat} label="Saved in all" tone=${totals.netSavedUsd > 0 ? "good" : ""} note=${totals.unpriced ? `${plural(totals.unpriced, "request")} without a price` : "every request has a price"}>
      <${Value} value=${totals.netSavedUsd} unit="usd" none="no price is known" /><//>
    <${Stat} label="Reads saved" note="against the full price of input"><${Value} value=${totals.readSavedUsd} unit="usd" none="no price is known" /><//>
    <${Stat} label="Writes cost" note="beyond the price of input"><${Value} value=${totals.writeExtraUsd} unit="usd" none="no price is known" /><//>
    <${Stat} label="Share read" note="of all input tokens"><${Value} value=${totals.cacheReadPct} unit="percent" none="no input was measured" /><//>
    <${Stat} label="Read" note=${`${inUnit(totals.cacheWriteTokens, "tokens")} written`}><${Value} value=${totals.cacheReadTokens} unit="tokens" /><//>
  <//>`;
}

function Groups({ data }) {
  const [name, setName] = useState("byModel");
  const [label, filter] = GROUPS[name];
  return html`<${Card} title="Whose" actions=${html`<${Choice} label="Group by" value=${name} onChange=${setName} options=${Object.entries(GROUPS).map(([one, [text]]) => [one, text])} />`}>
    <${Table} key=${name} caption="Cache savings by ${label.toLowerCase()}" rows=${data[name]} id=${(row) => `${row.provider || ""}:${row.name}`} pageSize=${25}
      columns=${[columns.group(label, (row) => href("requests", { [filter]: row.name || "none" }), (row) => named(row.name)), ...COLUMNS]} order=${{ id: "net", down: true }} /><//>`;
}
