// How often a decision was right, as the gateway's own evaluation gives it.

import { html } from "./dom.js";
import { Card, Empty, Stat, Stats, Value } from "./parts.js";

const words = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

const unitOf = (name) => (/pct|percent/i.test(name) ? "percent" : /usd|cost/i.test(name) ? "usd" : "count");

/** A rate (0 to 1) reads better as a percentage. */
const shown = (name, value) => (/accuracy|rate|precision|recall|share/i.test(name) && value >= 0 && value <= 1 && !/pct/i.test(name)
  ? [100 * value, "percent"] : [value, unitOf(name)]);

export function Accuracy({ accuracy, routed }) {
  const figures = accuracy ? Object.entries(accuracy).filter(([, value]) => value === null || typeof value === "number") : [];
  return html`<${Card} title="Accuracy" note="Whether the tier that was chosen was the right one, judged afterwards">
    ${figures.length ? html`<${Stats} label="Accuracy of routing">${figures.slice(0, 12).map(([name, value]) => {
      const [number, unit] = value === null ? [null] : shown(name, value);
      return html`<${Stat} key=${name} label=${words(name)}><${Value} value=${number} unit=${unit} /><//>`;
    })}<//>` : html`<${Empty} title="Not measured yet">An answer's worth is known only after it was judged: by what the client did next, or by a stronger model that looks at a sample.
      ${routed ? " Requests were routed in this window of time, but none of them has a verdict." : " With tiers on, routed requests are what it is measured on."}<//>`}
  <//>`;
}
