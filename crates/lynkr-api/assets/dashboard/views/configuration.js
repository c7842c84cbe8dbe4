// Every setting: its value, and where that came from.

import { html } from "../lib/dom.js";
import { useData, useParams } from "../lib/hooks.js";
import { Badge, Card, Choice, Empty, Head, Loaded, Search } from "../lib/parts.js";
import { plural } from "../lib/format.js";
import { Table } from "../lib/table.js";

export default function Configuration() {
  const [params, set] = useParams();
  const found = useData("dashboard/api/config");
  const { q = "", only = "set" } = params;
  return html`<${Head} title="Configuration" about="What is in effect, and where each value came from. Secrets are masked." />
    <${Loaded} of=${found} lines=${16}>${(data) => {
      const rows = data.settings.filter((row) => (only === "all" || (row.value !== null && row.source !== "default")) && matches(row, q));
      return html`<div class="stack">
        ${data.problems.length > 0 && html`<${Card} title="Problems"><ul class="changes">${data.problems.map((problem) => html`<li class="warn" key=${problem}>${problem}</li>`)}</ul><//>`}
        <${Card} title="Settings" note=${plural(rows.length, "setting")} actions=${html`<${Choice} label="Which settings" value=${only} onChange=${(next) => set({ only: next })} options=${[["set", "Set by you"], ["all", "All"]]} />`}>
          <div class="filters"><div class="field double"><${Search} label="Search" shortcut value=${q} placeholder="Name, value, words" onChange=${(text) => set({ q: text || undefined })} /></div></div>
          ${rows.length ? html`<${Settings} rows=${rows} key=${`${only} ${q}`} />` : html`<${Empty} title=${q ? "No setting is like that" : "Everything stands at its default"}>
            ${q ? html`Among ${only === "all" ? "all settings" : "those that were set"}.` : html`Settings come from flags, the environment, a <code>.env</code> file and <code>lynkr.toml</code>, in this order.`}<//>`}
        <//></div>`;
    }}<//>`;
}

const matches = (row, q) => !q || [row.name, row.toml, row.value, row.help, row.section].join(" ").toLowerCase().includes(q.toLowerCase());

function Settings({ rows }) {
  return html`<${Table} caption="Settings" rows=${rows} id=${(row) => row.name} pageSize=${40} columns=${[
    { id: "name", label: "Setting", value: (row) => row.name, draw: (row) => html`<code>${row.name}</code>` },
    { id: "value", label: "Value", draw: (row) => html`<${Setting} of=${row} />` },
    { id: "source", label: "From", value: (row) => row.source, draw: (row) => html`<${Badge} tone=${row.value === null || row.source === "default" ? "plain" : "calm"}>${row.source}<//>` },
    { id: "help", label: "Meaning", wide: true, grow: true, draw: (row) => html`<span class="help-text">${row.help.split("`").map((part, at) => (at % 2 ? html`<code>${part}</code>` : part))}</span>` },
  ]} />`;
}

function Setting({ of }) {
  if (of.value === null) return html`<span class="unmeasured">not set</span>`;
  if (of.value === "") return html`<span class="unmeasured">empty</span>`;
  return html`<code class="setting">${of.value}</code>`;
}
