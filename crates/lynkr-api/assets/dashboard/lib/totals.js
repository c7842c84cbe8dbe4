// Columns for rows of totals, as usage, routing, sessions and budgets give them.

import { html } from "./dom.js";
import { Tier, Value } from "./parts.js";
import { named, plural } from "./format.js";

const column = (id, label, field, unit, more = {}) => ({
  id,
  label,
  number: true,
  value: (row) => row[field],
  draw: (row) => html`<${Value} value=${row[field]} unit=${unit} none=${more.none} />`,
  ...more,
});

export const requests = column("requests", "Requests", "requests", "requests");
export const errors = column("errors", "Errors", "errors", "requests", { wide: true });
export const fallbacks = column("fallbacks", "Fallbacks", "fallbacks", "requests", {
  wide: true, title: "Answered by another model than the first",
});
export const tokens = column("tokens", "Tokens", "totalTokens", "tokens", { wide: true });
export const cacheRead = column("cache", "From cache", "cacheReadPct", "percent", {
  wide: true, title: "Input that the provider read from its cache", none: "no input was measured",
});
export const latency = column("latency", "Mean time", "avgLatencyMs", "ms", { wide: true, none: "no request" });
export const saved = column("saved", "Saved", "saved", "usd", { none: "no price is known" });
export const savedPct = column("savedPct", "Saved %", "savedPercent", "percent", { wide: true, none: "no price is known" });
export const cost = {
  ...column("cost", "Cost", "actualCost", "usd"),
  draw: (row) => html`<${Cost} of=${row} />`,
};

/** What was spent; requests without a known price are said, not counted as nothing. */
export function Cost({ of }) {
  const open = of.unpriced > 0;
  const title = open ? `${plural(of.unpriced, "request")} without a known price ${of.unpriced === 1 ? "isn't" : "aren't"} in it` : undefined;
  return html`<${Value} value=${of.actualCost} unit="usd" title=${title} none="no price is known" />${
    open && of.actualCost !== null && html`<span class="mark" title=${title} aria-label=${title} role="img">+</span>`}`;
}

const ORDER = ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING", null];

/** Rows of tiers, the easiest first. */
export const ladder = (rows) => [...rows].sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));

/** The first column where rows are tiers. */
export const tiers = (link) => ({
  id: "name",
  label: "Tier",
  grow: true,
  draw: (row) => {
    const name = row.name ? html`<${Tier} tier=${row.name} />` : "Without tier";
    return link ? html`<a href=${link(row)}>${name}</a>` : name;
  },
});

/** The first column: the group's name, with a link where there is more to see of it. */
export const group = (label, link, text = (row) => named(row.name)) => ({
  id: "name",
  label,
  grow: true,
  value: (row) => text(row),
  draw: (row) => {
    const target = link?.(row);
    return target ? html`<a href=${target}>${text(row)}</a>` : html`<span class=${row.name ? "" : "unmeasured"}>${text(row)}</span>`;
  },
});
