// How often a tier was too easy or too hard for its requests, judged by what became of them.

import { html } from "./dom.js";
import { useData } from "./hooks.js";
import { Card, Empty, Stat, Stats, Tier, Value } from "./parts.js";
import { inUnit } from "./format.js";
import { Table } from "./table.js";

const share = (part) => (part ? 100 * part.share : null);
const range = (part) => (part ? `between ${inUnit(100 * part.low, "percent")} and ${inUnit(100 * part.high, "percent")}` : "no outcome was noted");

/** `accuracy` is what the overview of routing gave; where it gave none, the gateway's own evaluation is asked. */
export function Accuracy({ accuracy, routed }) {
  const asked = useData(accuracy ? null : "v1/routing/accuracy");
  const data = accuracy || asked.data;
  return html`<${Card} title="Accuracy" note="Whether a tier was too easy or too hard for its requests, by what became of them">
    ${data?.outcomes > 0 ? html`<${Figures} data=${data} />` : html`<${Empty} title="Not measured yet">What an answer was worth is known only after it: an outcome is noted when the session goes on.
      ${routed ? " Requests were routed in this window of time, but no outcome was noted yet." : " With tiers on, routed requests are what it is measured on."}<//>`}
  <//>`;
}

const part = (id, label, title) => ({
  id, label, title, number: true, value: (row) => share(row[id]),
  draw: (row) => html`<${Value} value=${share(row[id])} unit="percent" title=${range(row[id])} none="nothing to be a share of" />`,
});

function Figures({ data }) {
  return html`<${Stats} label="Accuracy of routing">
      <${Stat} label="Outcomes"><${Value} value=${data.outcomes} unit="requests" /><//>
      <${Stat} label="Tier too easy" note=${range(data.under_provisioned)}><${Value} value=${share(data.under_provisioned)} unit="percent" /><//>
      <${Stat} label="Tier too hard" note=${range(data.over_provisioned)}><${Value} value=${share(data.over_provisioned)} unit="percent" /><//>
    <//><br />
    <${Table} caption="Outcomes by tier" rows=${data.tiers} id=${(row) => row.tier} columns=${[
      { id: "tier", label: "Tier", grow: true, draw: (row) => html`<${Tier} tier=${row.tier} />` },
      { id: "outcomes", label: "Outcomes", number: true, draw: (row) => html`<${Value} value=${row.outcomes} unit="requests" />` },
      { id: "quality", label: "Quality", number: true, wide: true, title: "From 0 to 1", draw: (row) => html`<${Value} value=${row.quality} unit="number" none="no outcome was noted" />` },
      part("failed", "Failed"), part("under_provisioned", "Too easy"), part("over_provisioned", "Too hard"),
    ]} />`;
}
