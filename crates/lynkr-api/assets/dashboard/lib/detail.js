// One request in full: what was changed, why this model, what it cost, how long it took.

import { html, useEffect, useState } from "./dom.js";
import { Dialog } from "./dialog.js";
import { useData } from "./hooks.js";
import { Badge, Command, Loaded, Meter, Moment, Tier, Value } from "./parts.js";
import { inUnit, int, missing, named } from "./format.js";
import { explain } from "./receipt.js";
import { href } from "./router.js";

/** The state of a request in a word. */
export function Outcome({ of }) {
  if (of.error === "ClientLeft") return html`<${Badge} tone="plain" title="The client left before the end">left<//>`;
  if (of.error) return html`<${Badge} tone="bad" title=${of.error}>${of.status || "failed"}<span class="wide"> ${spaced(of.error)}</span><//>`;
  return html`<${Badge} tone="good">${of.status}<//>`;
}

const spaced = (kind) => kind.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

/** The model that answered, and the one that was asked for where it is another. */
export function Models({ of }) {
  const other = of.asked && of.asked !== of.model;
  return html`<span class="model-pair" title="${other ? `${of.asked} was asked for; ` : ""}${of.model} of ${of.provider} answered">
    ${of.model}${other && html`<span class="asked wide"> for ${of.asked}</span>`}</span>`;
}

const WRITTEN_MS = 3_000;

/** The dialog; `row` is what the list knew already. */
export function Detail({ id, row, close }) {
  // What was settled just now is written in a moment; until then the list's own row is all that there is.
  const [kept, setKept] = useState(!row || Date.now() - row.at > WRITTEN_MS);
  useEffect(() => {
    if (kept) return undefined;
    const timer = setTimeout(() => setKept(true), WRITTEN_MS);
    return () => clearTimeout(timer);
  }, [kept]);
  const loaded = useData(kept ? `dashboard/api/logs/${encodeURIComponent(id)}` : null);
  const of = loaded.data || !row ? loaded : { ...loaded, error: null, data: { request: row, decision: null } };
  return html`<${Dialog} title="Receipt" side close=${close}>
    <${Loaded} of=${of} lines=${10}>${({ request, decision }) => html`
      <${Facts} request=${request} />
      <${Changes} receipt=${request.receipt} />
      <${Why} request=${request} decision=${decision} />
      <${Money} request=${request} />
      <${Times} timings=${request.timings} stream=${request.stream} />`}<//>
  <//>`;
}

const words = (dialect) => dialect.replaceAll("_", " ");

function spoken({ surface, dialect, stream }) {
  const how = surface === dialect ? `${words(surface)}, passed through` : `${words(surface)} with the client, ${words(dialect)} with the provider`;
  return stream ? `${how}, streamed` : how;
}

function Facts({ request }) {
  const { session, key, keyName, client, user, team } = request;
  return html`<dl class="pairs">
    <dt>Outcome</dt><dd><${Outcome} of=${request} />${request.attempts > 1 && ` after ${int(request.attempts)} attempts`}</dd>
    <dt>At</dt><dd><${Moment} at=${request.at} /></dd>
    <dt>Model</dt><dd>${request.model} <span class="unmeasured">of</span> ${request.provider}</dd>
    <dt>Spoken</dt><dd>${spoken(request)}</dd>
    ${session && html`<dt>Session</dt><dd><a href=${href("sessions", { id: session, key })}>${session}</a></dd>`}
    ${(key || keyName) && html`<dt>Key</dt><dd>${keyName || key}</dd>`}
    ${[["Client", client], ["User", user], ["Team", team]].map(([name, value]) => value && html`<dt>${name}</dt><dd>${value}</dd>`)}
    <dt>Request id</dt><dd><${Command} text=${request.requestId} /></dd>
  </dl><br />`;
}

function Changes({ receipt }) {
  return html`<section><h3>What was changed</h3>
    ${!receipt && html`<p class="unmeasured">Not known: this request was stored before receipts were kept.</p>`}
    ${receipt?.length === 0 && html`<p>Nothing. What the client sent is what the model got.</p>`}
    ${receipt?.length > 0 && html`<ul class="changes">${receipt.map(explain).map((change) => html`
      <li key=${change.line} class=${change.tone} title=${change.line}>${change.title}
        <div class="change-detail">${change.from !== undefined && html`<code>${change.from}</code> → <code>${change.to}</code>`}
          ${change.what && html`<code>${change.what}</code>`}${change.why && ` · ${change.why}`}</div></li>`)}</ul>`}
  </section>`;
}

function Why({ request, decision }) {
  const { routing } = request;
  return html`<section><h3>Why this model</h3>
    ${routing ? html`<dl class="pairs">
      <dt>Decided by</dt><dd>${routing.method}${routing.reason ? `: ${routing.reason}` : ""}</dd>
      <dt>Difficulty</dt><dd><${Value} value=${routing.score} unit="number" none="not scored" />${!missing(routing.score) && html` of 100 <${Meter} share=${routing.score} />`}</dd>
      <dt>Tier</dt><dd><${Tiers} routing=${routing} /></dd>
      ${routing.pinned && html`<dt>Pinned</dt><dd>The session had its model already and kept it.</dd>`}
      ${routing.fallback && html`<dt>Fallback</dt><dd>Another model than the first answered.</dd>`}
    </dl>` : html`<p class="unmeasured">There was nothing to choose, or the decision wasn't kept.</p>`}
    ${decision && html`<details><summary>The whole decision</summary><pre tabindex="0" aria-label="The decision as JSON">${JSON.stringify(decision, null, 2)}</pre></details>`}
  </section>`;
}

function Tiers({ routing }) {
  const steps = [["scored", routing.baseTier], ["decided", routing.tier], ["served", routing.servedTier]].filter(([, tier]) => tier);
  const distinct = steps.filter(([, tier], at) => at === 0 || tier !== steps[at - 1][1]);
  if (!distinct.length) return html`<${Tier} tier=${null} />`;
  return distinct.map(([what, tier], at) => html`${at > 0 && " → "}<${Tier} tier=${tier} />${distinct.length > 1 && html` <span class="unmeasured">${what}</span>`}`);
}

const PARTS = [
  ["Input", "inputTokens"], ["Read from cache", "cacheReadTokens"], ["Written to cache", "cacheWriteTokens"],
  ["Output", "outputTokens"], ["of which reasoning", "reasoningTokens"],
];

function Money({ request }) {
  return html`<section><h3>What it cost</h3><dl class="pairs">
    <dt>Cost</dt><dd><${Value} value=${request.costUsd} unit="usd" none="no price is known" estimated=${request.estimated && !missing(request.costUsd)} />
      ${request.priceSource && html` <span class="unmeasured">price: ${named(request.priceSource)}</span>`}</dd>
    <dt>At the flagship</dt><dd><${Value} value=${request.flagshipCostUsd} unit="usd" none="the flagship has no known price" /></dd>
    <dt>Saved</dt><dd><${Value} value=${request.savedUsd} unit="usd" none="no price is known" /></dd>
    ${PARTS.map(([name, field]) => html`<dt>${name}</dt><dd><${Value} value=${request[field]} unit="requests" estimated=${request.estimated} /> <span class="unmeasured">tokens</span></dd>`)}
  </dl></section>`;
}

function Times({ timings, stream }) {
  const { totalMs, firstTokenMs } = timings;
  const share = totalMs > 0 && !missing(firstTokenMs) ? (100 * firstTokenMs) / totalMs : null;
  return html`<section><h3>How long it took</h3>
    ${share !== null && html`<${Meter} share=${share} />`}
    <dl class="pairs">
      <dt>First token</dt><dd><${Value} value=${firstTokenMs} unit="ms" none=${stream ? "not measured" : "the answer came whole"} /></dd>
      <dt>Whole answer</dt><dd><${Value} value=${totalMs} unit="ms" /></dd>
      ${share !== null && html`<dt>Between them</dt><dd>${inUnit(Math.max(0, totalMs - firstTokenMs), "ms")}</dd>`}
    </dl></section>`;
}

