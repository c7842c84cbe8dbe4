// Columns for rows of requests.

import { html } from "./dom.js";
import { Models, Outcome } from "./detail.js";
import { Moment, Tier, Value } from "./parts.js";
import { brief } from "./receipt.js";

/** The columns of a list of requests. `open` gives the address of a row's receipt. */
export function feedColumns(open) {
  return [
    { id: "at", label: "Time", draw: (row) => html`<a href=${open(row)} data-request=${row.requestId}><${Moment} at=${row.at} /><span class="hidden">, receipt</span></a>` },
    { id: "outcome", label: "Outcome", draw: (row) => html`<${Outcome} of=${row} />` },
    { id: "model", label: "Model", grow: true, draw: (row) => html`<${Models} of=${row} />` },
    { id: "tier", label: "Tier", wide: true, draw: (row) => html`<${Tier} tier=${row.tier} />` },
    { id: "client", label: "Client", wide: true, extra: true, draw: (row) => html`<${Value} value=${row.client} none="the client didn't say" />` },
    { id: "receipt", label: "Receipt", wide: true, draw: (row) => html`<${Value} value=${brief(row.receipt)} none="stored before receipts were kept" />` },
    { id: "in", label: "Input", number: true, wide: true, title: "Input tokens, caches included",
      draw: (row) => html`<${Value} value=${row.inputTokens + row.cacheReadTokens + row.cacheWriteTokens} unit="tokens" estimated=${row.estimated} />` },
    { id: "out", label: "Output", number: true, wide: true, title: "Output tokens",
      draw: (row) => html`<${Value} value=${row.outputTokens} unit="tokens" estimated=${row.estimated} />` },
    { id: "first", label: "First token", number: true, wide: true, extra: true,
      draw: (row) => html`<${Value} value=${row.timings.firstTokenMs} unit="ms" none=${row.stream ? "not measured" : "the answer came whole"} />` },
    { id: "total", label: "Total", number: true, wide: true, draw: (row) => html`<${Value} value=${row.timings.totalMs} unit="ms" />` },
    { id: "cost", label: "Cost", number: true, draw: (row) => html`<${Value} value=${row.costUsd} unit="usd" none="no price is known" />` },
  ];
}
