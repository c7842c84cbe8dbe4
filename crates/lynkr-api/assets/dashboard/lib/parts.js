// The small parts that views are put together from.

import { html, useEffect, useId, useRef, useState } from "./dom.js";
import * as format from "./format.js";

/** A value in its unit, or a dash that says that nothing was measured. */
export function Value({ value, unit = "count", estimated = false, title, none = "not measured" }) {
  if (format.missing(value)) {
    return html`<span class="unmeasured" title=${none}
      ><span aria-hidden="true">—</span><span class="hidden">${none}</span></span>`;
  }
  const about = estimated ? "an estimate: the provider didn't say" : undefined;
  const whole = [format.exact(value, unit), title, about].filter(Boolean).join(" · ") || undefined;
  return html`<span class="number" title=${whole}>${estimated ? "≈\u2009" : ""}${format.inUnit(value, unit)}</span>`;
}

/** A moment, with the whole of it as a title. */
export function Moment({ at, relative = false }) {
  if (format.missing(at)) return html`<${Value} value=${null} none="never" />`;
  return html`<time datetime=${format.iso(at)} title=${new Date(at).toString()}>
    ${relative ? format.ago(at) : format.time(at)}</time>`;
}

/** A framed part of a page. */
export function Card({ title, note, actions, children, class: extra = "", level = 2 }) {
  const id = useId();
  const heading = `h${level}`;
  return html`<section class="card ${extra}" aria-labelledby=${title ? id : undefined}>
    ${title && html`<header class="card-head">
      <div><${heading} id=${id}>${title}<//>${note && html`<p class="note">${note}</p>`}</div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>`}
    ${children}
  </section>`;
}

/** One figure with its name, and a line that sets it in proportion. */
export function Stat({ label, children, note, href, tone }) {
  return html`<div class="stat ${tone || ""}">
    <dt>${href ? html`<a href=${href}>${label}</a>` : label}</dt>
    <dd><span class="figure">${children}</span>${note && html`<span class="note">${note}</span>`}</dd>
  </div>`;
}

export const Stats = ({ children, label }) => html`<dl class="stats" aria-label=${label}>${children}</dl>`;

/** A short word with a colour that repeats what the word says. */
export const Badge = ({ tone = "plain", children, title }) =>
  html`<span class="badge ${tone}" title=${title}>${children}</span>`;

const TIERS = { SIMPLE: "tier-1", MEDIUM: "tier-2", COMPLEX: "tier-3", REASONING: "tier-4" };

/** The class that a tier's colour has. */
export const tierTone = (tier) => TIERS[tier] || "tier-0";

export const Tier = ({ tier }) =>
  tier ? html`<span class="tier ${tierTone(tier)}">${tier.toLowerCase()}</span>`
    : html`<${Value} value=${null} none="not routed by tier" />`;

const STATES = {
  healthy: "good", closed: "good", ok: "good", active: "good", degraded: "warn", half_open: "warn", warn: "warn",
  expired: "warn", unhealthy: "bad", open: "bad", blocked: "bad", revoked: "bad", critical: "bad", info: "calm",
};

/** A state as a badge. */
export const State = ({ state, none = "not asked of late" }) =>
  state ? html`<${Badge} tone=${STATES[state] || "plain"}>${state.replace("_", " ")}<//>`
    : html`<${Value} value=${null} none=${none} />`;

/** What stands where there is nothing yet: what would fill it, and how. */
export function Empty({ title, children, command }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    ${children && html`<p>${children}</p>`}
    ${command && html`<${Command} text=${command} />`}
  </div>`;
}

/** A command that can be copied. */
export function Command({ text }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    } catch {
      // Without the permission the text can still be selected.
    }
  };
  return html`<div class="command"><code>${text}</code>
    <button type="button" class="quiet" onClick=${copy}>${copied ? "Copied" : "Copy"}</button></div>`;
}

/** Why something can't be shown. */
export function Failure({ error, retry }) {
  if (error.withoutStore) {
    return html`<${Empty} title="This gateway keeps nothing at the moment">
      What was asked and spent is read from the store, which is switched off or can't be reached.
      <code>SESSION_DB_PATH</code> or <code>DATABASE_URL</code> says where it lies; <code>/health/ready</code> says
      what is wrong with it. Providers and the configuration are shown without it.<//>`;
  }
  return html`<div class="failure" role="alert">
    <p><strong>That didn't work.</strong> ${error.message}</p>
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

/** Room that is kept until the data is there. */
export const Waiting = ({ lines = 4 }) => html`<div class="waiting" aria-busy="true">
  <span class="hidden">Loading</span>
  ${Array.from({ length: lines }, (_, at) => html`<div class="bone" key=${at}></div>`)}
</div>`;

/** What `useData` gave: the failure, the waiting, or what the function draws of the data. */
export function Loaded({ of, lines, children }) {
  if (of.error && !of.data) return html`<${Failure} error=${of.error} retry=${of.reload} />`;
  if (!of.data) return html`<${Waiting} lines=${lines} />`;
  return html`${of.error && html`<${Failure} error=${of.error} retry=${of.reload} />`}${children(of.data)}`;
}

/** A choice of one, as a row of buttons. */
export function Choice({ label, value, options, onChange }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${options.map(([name, text, title]) => html`<button type="button" key=${name} title=${title}
      aria-pressed=${name === value ? "true" : "false"} onClick=${() => onChange(name)}>${text}</button>`)}
  </div>`;
}

/** A choice of one from a list. Options are `[value, text]`. */
export function Select({ label, value, options, onChange }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`)}
    </select></div>`;
}

/** A line of text that is taken over when it was left or after a pause. */
export function Search({ label, value, onChange, placeholder, suggestions, shortcut = false }) {
  const id = useId();
  const timer = useRef(0);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = (next, pause) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => next !== value && onChange(next), pause);
  };
  return html`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} type="search" value=${text} placeholder=${placeholder} autocomplete="off" spellcheck=${false}
      list=${suggestions ? `${id}-list` : undefined} data-search=${shortcut ? "" : undefined}
      onInput=${(event) => { setText(event.target.value); take(event.target.value, 300); }}
      onChange=${(event) => take(event.target.value, 0)} />
    ${suggestions && html`<datalist id=${`${id}-list`}>${suggestions.map((name) => html`<option key=${name} value=${name} />`)}</datalist>`}
  </div>`;
}

/** A part of a whole as a bar; the number stands beside it. */
export const Meter = ({ share, tone = "" }) => html`<span class="meter ${tone}" aria-hidden="true"
  ><span style=${{ width: `${Math.max(0, Math.min(100, share || 0))}%` }}></span></span>`;

/** The head of a view. */
export const Head = ({ title, children, about }) => html`<div class="view-head">
  <div><h1 tabindex="-1" id="title">${title}</h1>${about && html`<p class="note">${about}</p>`}</div>
  ${children && html`<div class="actions">${children}</div>`}
</div>`;
