// The providers: how they fare, and which of them are passed over for a while.

import { html, useState } from "../lib/dom.js";
import { ask } from "../lib/api.js";
import { useData } from "../lib/hooks.js";
import { Badge, Card, Command, Empty, Failure, Head, Loaded, Moment, State, Value } from "../lib/parts.js";
import { missing, plural, span } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";

export default function Providers() {
  const found = useData("dashboard/api/providers", {}, { live: 3_000 });
  return html`<${Head} title="Providers" about=${found.data ? `How they fared in the last ${span(found.data.windowSeconds * 1_000)}, as this process saw it.` : "How they fared of late."} />
    <${Loaded} of=${found} lines=${12}>${(data) => html`<div class="stack">
      <${Breakers} breakers=${data.breakers} reload=${found.reload} />
      ${data.providers.length ? html`<div class="columns equal">${data.providers.map((provider) => html`<${Provider} key=${provider.name} provider=${provider} />`)}</div>`
        : html`<${Card}><${Empty} title="No provider is set up">The builtin one answers meanwhile. The wizard asks for what is needed: <${Command} text="lynkr init" /><//><//>`}
    </div>`}<//>`;
}

function Provider({ provider }) {
  const { health, usage } = provider;
  const rate = missing(health.successRate) ? null : 100 * health.successRate;
  const failures = Object.entries(health.failures).filter(([, count]) => count > 0).map(([who, count]) => `${count} ${who}`).join(", ");
  return html`<${Card} title=${provider.title || provider.name} note=${provider.endpoint} actions=${html`
      ${provider.active && html`<${Badge} tone="calm" title="What answers where nothing else is said">active<//>`}
      ${!provider.hasKey && html`<${Badge} title="No key is set up for it">no key<//>`}
      <${State} state=${health.status} />`}>
    <dl class="pairs">
      <dt>Asked</dt><dd><${Value} value=${health.requests} unit="requests" />${health.requests > 0 && html`, <${Value} value=${rate} unit="percent" /> answered`}${failures && `, failed: ${failures}`}</dd>
      <dt>Time</dt><dd><${Value} value=${health.latencyP50Ms} unit="ms" none="not asked of late" /> median, <${Value} value=${health.latencyP95Ms} unit="ms" none="not asked of late" /> at 95 %</dd>
      <dt>Under way</dt><dd><${Value} value=${health.inFlight} unit="requests" />${health.throttled > 0 && `, ${plural(health.throttled, "throttled", "throttled")}`}</dd>
      <dt>Last good</dt><dd><${Moment} at=${health.lastSuccess} relative /></dd>
      ${health.lastFailure && html`<dt>Last bad</dt><dd><${Moment} at=${health.lastFailure} relative /></dd>`}
      <dt>24 hours</dt><dd>${usage ? html`<a href=${href("requests", { provider: provider.name, window: "24h" })}>${plural(usage.requests, "request")}</a>, <${Value} value=${usage.actualCost} unit="usd" none="no price is known" />` : html`<${Value} value=${null} />`}</dd>
      <dt>Speaks</dt><dd>${provider.dialects.map((dialect) => dialect.replaceAll("_", " ")).join(", ")}</dd>
      <dt>Breaker</dt><dd><${State} state=${provider.breaker?.state} none="none yet" /></dd>
    </dl>
    ${provider.models.length > 0 && html`<br /><${Models} provider=${provider} />`}
  <//>`;
}

function Models({ provider }) {
  return html`<${Table} caption="Models of ${provider.title || provider.name}" rows=${provider.models} id=${(row) => row.name} columns=${[
    { id: "name", label: "Model", grow: true, draw: (row) => html`<a href=${href("requests", { model: row.name, window: "24h" })}>${row.name}</a>` },
    { id: "asked", label: "Asked", number: true, wide: true, draw: (row) => html`<${Value} value=${row.health.requests} unit="requests" />` },
    { id: "time", label: "Median", number: true, wide: true, draw: (row) => html`<${Value} value=${row.health.latencyP50Ms} unit="ms" none="not asked of late" />` },
    { id: "health", label: "Health", draw: (row) => html`<${State} state=${row.health.status} />` },
    { id: "breaker", label: "Breaker", draw: (row) => html`<${State} state=${row.breaker?.state} none="none yet" />` },
  ]} />`;
}

function Breakers({ breakers, reload }) {
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState(null);
  const open = breakers.filter(({ state }) => state !== "closed");
  const reset = () => ask("v1/admin/circuit-breakers/reset", { method: "POST" }).then(() => { setFailed(null); setAsking(false); reload(); }, setFailed);
  if (!breakers.length) return null;
  const actions = open.length > 0 && (asking
    ? html`<span>Close all of them, and ask again at once?</span><button type="button" class="primary" onClick=${reset}>Close them</button><button type="button" onClick=${() => setAsking(false)}>Leave them</button>`
    : html`<button type="button" onClick=${() => setAsking(true)}>Close the breakers</button>`);
  const note = open.length ? `${plural(open.length, "breaker isn't", "breakers aren't")} closed: what they guard is passed over until it answers again` : "All closed: nothing is passed over";
  return html`<${Card} title="Circuit breakers" note=${note} actions=${actions}>
    ${failed && html`<${Failure} error=${failed} retry=${reset} />`}
    <${Table} caption="Circuit breakers" rows=${breakers} id=${(row) => row.name} pageSize=${12} columns=${[
      { id: "name", label: "Guards", grow: true, value: (row) => row.name, draw: (row) => row.name },
      { id: "state", label: "State", value: (row) => row.state, draw: (row) => html`<${State} state=${row.state} />` },
      { id: "failures", label: "In a row", number: true, wide: true, title: "Failures in a row", draw: (row) => html`<${Value} value=${row.failures} />` },
      { id: "refused", label: "Refused", number: true, wide: true, value: (row) => row.refused, draw: (row) => html`<${Value} value=${row.refused} />` },
      { id: "passed", label: "Passed", number: true, wide: true, value: (row) => row.passed, draw: (row) => html`<${Value} value=${row.passed} />` },
      { id: "next", label: "Next try", draw: (row) => html`<${Next} of=${row} />` },
    ]} />
  <//>`;
}

const Next = ({ of }) => (of.state === "open" && of.nextTryAt ? html`<${Moment} at=${of.nextTryAt} relative />`
  : html`<span class="unmeasured">${of.state === "closed" ? "not needed" : "now"}</span>`);
