// What could be better, each with the numbers that say so.

import { html } from "../lib/dom.js";
import { useData, usePage } from "../lib/hooks.js";
import { Badge, Card, Command, Empty, Head, Loaded, Value } from "../lib/parts.js";
import { plural } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";

const SEVERITY = { critical: "bad", warn: "warn", info: "calm" };
const ORDER = ["critical", "warn", "info"];
/** Advice that is a setting or a command can be copied as it is. */
const COMMAND = /^(lynkr |[A-Z][A-Z0-9_]+=)/;

export default function Insights() {
  const page = usePage();
  const window = page.window === "all" ? "30d" : page.window;
  const found = useData("dashboard/api/recommendations", { window });
  return html`<${Head} title="Insights" about="What the stored requests say could be cheaper, faster or safer. Nothing is changed by itself." />
    <${Loaded} of=${found} lines=${12}>${(data) => html`<div class="stack">
      ${data.recommendations.length
        ? [...data.recommendations].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)).map((one) => html`<${Insight} key=${`${one.id} ${one.subject?.name}`} of=${one} window=${window} />`)
        : html`<${Card}><${Empty} title="Nothing stands out">The rules below looked at this window of time and found nothing to advise. More requests give them more to go by.<//><//>`}
      <${Rules} rules=${data.rules} />
    </div>`}<//>`;
}

function Insight({ of, window }) {
  return html`<${Card} title=${of.title} actions=${html`${of.savingUsd !== null && html`<span>would save <strong><${Value} value=${of.savingUsd} unit="usd" /></strong></span>`}
      <${Badge} tone=${SEVERITY[of.severity]}>${of.severity}<//>`}>
    <div class="insight">
      <p>${of.text}</p>
      <dl class="evidence">${of.evidence.map(({ label, value, unit }) => html`<div key=${label}><dt>${label}</dt>
        <dd>${unit === "text" ? value : html`<${Value} value=${value} unit=${unit} />`}</dd></div>`)}</dl>
      ${of.action && (COMMAND.test(of.action) ? html`<${Command} text=${of.action} />` : html`<p><strong>${of.action}</strong></p>`)}
      ${of.filter && html`<p><a href=${href("requests", { ...of.filter, window })}>The requests behind it</a></p>`}
    </div>
  <//>`;
}

function Rules({ rules }) {
  return html`<${Card} title="Rules that were run" note=${plural(rules.filter(({ found }) => found).length, "rule found something", "rules found something")}>
    <${Table} caption="Rules that were run" rows=${rules} id=${(row) => row.id} columns=${[
      { id: "title", label: "Rule", grow: true, draw: (row) => row.title },
      { id: "looked", label: "Looked at", number: true, draw: (row) => html`<${Value} value=${row.looked} />` },
      { id: "found", label: "Found", number: true, draw: (row) => html`<${Value} value=${row.found} />` },
    ]} /><//>`;
}
