// Budgets with what is used of them, and the gateway's keys.

import { html } from "../lib/dom.js";
import { useData } from "../lib/hooks.js";
import { Badge, Card, Command, Empty, Head, Loaded, Meter, Moment, State, Value } from "../lib/parts.js";
import { ago, missing, named, plural } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";

const UNITS = { cost: "usd", tokens: "tokens", requests: "requests" };

export default function Budgets() {
  const budgets = useData("dashboard/api/budgets", {}, { live: 10_000 });
  const keys = useData("dashboard/api/keys", {}, { live: 30_000 });
  return html`<${Head} title="Budgets and keys" about="What may be spent, by whom, and how much of it is used or reserved by requests under way." />
    <div class="stack">
      <${Loaded} of=${budgets} lines=${6}>${(data) => data.budgets.length
        ? html`<div class="columns equal">${data.budgets.map((budget) => html`<${Budget} key=${budget.id} budget=${budget} />`)}</div>`
        : html`<${Card} title="Budgets"><${Empty} title="No budget is set" command="lynkr budgets set 'key:*' --cost 10 --period month --warn 80%">
            A budget warns and then refuses before a request is sent. It is for a key, a user, a team or all of them:<//><//>`}<//>
      <${Loaded} of=${keys} lines=${6}>${(data) => html`<${Keys} data=${data} />`}<//>
    </div>`;
}

const subjectName = ({ kind, id, name }) => (id === "*" ? `every ${kind}` : `${kind} ${name || id}`);

function Budget({ budget }) {
  const unit = UNITS[budget.unit] || "count";
  const resets = budget.spent[0]?.resetsAt;
  const amount = (value) => html`<${Value} value=${value} unit=${unit} none="not set" />`;
  return html`<${Card} title=${subjectName(budget.subject)} note=${html`${budget.unit} per ${budget.period}${!missing(budget.warnAt) && html` · warns at ${amount(budget.warnAt)}`}${!missing(budget.blockAt) && html` · refuses at ${amount(budget.blockAt)}`}${resets && ` · begins anew ${ago(resets)}`}`}>
    ${budget.spent.length ? html`<${Table} caption="Use of the budget of ${subjectName(budget.subject)}" rows=${budget.spent} id=${(row) => row.subject} pageSize=${10} order=${{ id: "used", down: true }} columns=${[
      { id: "subject", label: budget.subject.kind, grow: true, value: (row) => row.name || row.subject, draw: (row) => named(row.name || row.subject) },
      { id: "settled", label: "Used", number: true, value: (row) => row.settled, draw: (row) => amount(row.settled) },
      { id: "reserved", label: "Reserved", number: true, wide: true, title: "By requests under way", draw: (row) => amount(row.reserved) },
      { id: "used", label: "Of the limit", value: (row) => row.usedPct, draw: (row) => html`<${Share} of=${row} />` },
      { id: "state", label: "State", value: (row) => row.state, draw: (row) => html`<${State} state=${row.state} />` },
    ]} />` : html`<p class="note">Nothing was counted against it in this period yet.</p>`}
  <//>`;
}

const Share = ({ of }) => html`<${Value} value=${of.usedPct} unit="percent" none="no limit is set" /> ${!missing(of.usedPct) && html`<${Meter} share=${of.usedPct} tone=${{ warn: "warn", blocked: "bad" }[of.state] || ""} />`}`;

function Keys({ data }) {
  const operators = data.operatorKeys ? `${plural(data.operatorKeys, "key")} more in the configuration` : "none in the configuration";
  return html`<${Card} title="Keys" note=${`Made with lynkr keys; ${operators}`}>
    ${data.keys.length ? html`<${Table} caption="Keys of this gateway" rows=${data.keys} id=${(row) => row.id} pageSize=${25} order=${{ id: "name", down: false }} columns=${[
      { id: "name", label: "Name", grow: true, value: (row) => row.name || row.prefix, draw: (row) => html`<a href=${href("requests", { key: row.id })}>${row.name || row.prefix}</a>` },
      { id: "prefix", label: "Begins with", wide: true, draw: (row) => html`<code>${row.prefix}…</code>` },
      { id: "who", label: "Fixed to", wide: true, draw: (row) => [row.user, row.team, row.customer, row.organisation].filter(Boolean).join(" · ") || html`<span class="unmeasured">nobody</span>` },
      { id: "scopes", label: "For", wide: true, draw: (row) => (row.scopes.length ? row.scopes : ["inference"]).map((scope) => html`<${Badge} key=${scope}>${scope}<//> `) },
      { id: "limits", label: "Limits", wide: true, draw: (row) => html`<${Limits} of=${row} />` },
      { id: "used", label: "Last used", wide: true, value: (row) => row.lastUsedAt, draw: (row) => html`<${Moment} at=${row.lastUsedAt} relative />` },
      { id: "spent", label: "30 days", number: true, value: (row) => row.usage?.actualCost, draw: (row) => html`<${Value} value=${row.usage?.actualCost} unit="usd" none=${row.usage && !row.usage.requests ? "not used" : "no price is known"} />` },
      { id: "state", label: "State", value: (row) => row.state, draw: (row) => html`<${State} state=${row.state} />` },
    ]} />` : html`<${Empty} title="No key was made yet">On this machine alone, none is needed. For a team, each person or tool gets one, with limits of its own:
        <${Command} text="lynkr keys create laptop" /><//>`}
  <//>`;
}

function Limits({ of }) {
  const limits = Object.entries(of.limits || {}).filter(([, value]) => !missing(value)).map(([name, value]) => `${value} ${name.replaceAll("_", " ")}`);
  const only = [...(of.models || []), ...(of.providers || [])];
  const text = [...limits, only.length ? `only ${only.join(", ")}` : ""].filter(Boolean).join("; ");
  return text ? html`<span title=${text}>${text.length > 34 ? `${text.slice(0, 33)}…` : text}</span>` : html`<span class="unmeasured">none</span>`;
}
