// The keyboard shortcuts, and the switch that turns them off.

import { html } from "./dom.js";
import { Dialog } from "./dialog.js";
import { usePreference } from "./hooks.js";

const KEYS = [
  ["?", "this help"],
  ["/", "search or filter in the view"],
  ["j / k, ↓ / ↑", "next and previous row"],
  ["Enter", "open the row"],
  ["Esc", "close"],
  ["← / →", "go through a chart that has the focus"],
  ["l", "pause or go on with live updates"],
  ["w", "next window of time"],
  ["t", "next theme"],
];

export function Help({ views, close }) {
  const [keys, setKeys] = usePreference("keys", "on");
  const rows = [...KEYS, ...views.map(({ letter, title }) => [`g ${letter}`, title])];
  return html`<${Dialog} title="Keyboard shortcuts" close=${close}>
    <dl class="keys">${rows.map(([name, what]) => html`<div key=${name}><dt>${name.split(" ").map((part) =>
      part === "/" && name !== "/" ? " or " : html`<kbd key=${part}>${part}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl>
    <label class="check"><input type="checkbox" checked=${keys === "on"} onChange=${(event) => setKeys(event.target.checked ? "on" : "off")} />
      Single keys act (Tab, Enter, arrows and Esc always do)</label>
  <//>`;
}
