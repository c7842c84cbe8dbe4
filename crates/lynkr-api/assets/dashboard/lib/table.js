// Tables: a caption, columns that sort, pages, rows that the arrow keys go through.

import { html, useMemo, useState } from "./dom.js";
import { int, missing } from "./format.js";

function compare(a, b) {
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

function sorted(rows, columns, order) {
  const column = columns.find(({ id }) => id === order?.id);
  if (!column) return rows;
  const side = order.down ? -1 : 1;
  // What wasn't measured stands last either way.
  const by = (a, b) => (missing(a) || missing(b) ? compare(a, b) : side * compare(a, b));
  return [...rows].sort((a, b) => by(column.value(a), column.value(b)));
}

/**
 * A table. Columns: `{id, label, draw(row), value?(row), number?, wide?, extra?, title?}`; one with `value` can be sorted by,
 * one that is `wide` is left out on narrow screens, one that is `extra` on those of small laptops. `label` draws the caption, which is hidden where the card says it.
 */
export function Table({ caption, showCaption = false, columns, rows, id, order, pageSize = 0, onOpen, fresh, foot }) {
  const [sort, setSort] = useState(order);
  const [page, setPage] = useState(0);
  const all = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  const pages = pageSize ? Math.max(1, Math.ceil(all.length / pageSize)) : 1;
  const at = Math.min(page, pages - 1);
  const shown = pageSize ? all.slice(at * pageSize, (at + 1) * pageSize) : all;
  return html`<div class="scroller" role="region" aria-label=${caption} tabindex="0">
    <table>
      <caption class=${showCaption ? "" : "hidden"}>${caption}</caption>
      <thead><tr>${columns.map((column) => html`<${Header} key=${column.id} column=${column} sort=${sort} set=${setSort} />`)}</tr></thead>
      <tbody onKeyDown=${walk}>${shown.map((row) => html`<${Row} key=${id(row)} name=${id(row)} row=${row} columns=${columns}
        onOpen=${onOpen} fresh=${fresh?.has(id(row))} />`)}</tbody>
      ${foot && html`<tfoot><tr>${columns.map((column) => html`<td key=${column.id} class=${classes(column)}>${foot[column.id]}</td>`)}</tr></tfoot>`}
    </table>
  </div>
  ${pages > 1 && html`<${Pager} at=${at} pages=${pages} of=${all.length} go=${setPage} label=${caption} />`}`;
}

const classes = ({ number, wide, extra, grow }) => [number && "num", wide && "wide", extra && "extra", grow && "grow"].filter(Boolean).join(" ");

function Header({ column, sort, set }) {
  const mine = sort?.id === column.id;
  const direction = mine ? (sort.down ? "descending" : "ascending") : undefined;
  if (!column.value) return html`<th scope="col" class=${classes(column)} title=${column.title}>${column.label}</th>`;
  const turn = () => set({ id: column.id, down: mine ? !sort.down : Boolean(column.number) });
  return html`<th scope="col" class=${classes(column)} aria-sort=${direction}>
    <button type="button" class="sort" onClick=${turn} title=${column.title}>${column.label}
      <span class="arrow" aria-hidden="true">${mine ? (sort.down ? "↓" : "↑") : ""}</span></button></th>`;
}

function Row({ row, name, columns, onOpen, fresh }) {
  const open = onOpen && ((event) => {
    // Links and buttons in the row keep their own meaning, and text can be selected.
    if (event.target.closest("a, button") || String(getSelection())) return;
    onOpen(row);
  });
  return html`<tr class="${onOpen ? "opens" : ""} ${fresh ? "fresh" : ""}" data-row=${name} onClick=${open}>
    ${columns.map((column, place) => place === 0
      ? html`<th scope="row" key=${column.id} class=${classes(column)}>${column.draw(row)}</th>`
      : html`<td key=${column.id} class=${classes(column)}>${column.draw(row)}</td>`)}
  </tr>`;
}

/** Up and down go from row to row, wherever the focus is in it. */
function walk(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const target = step && event.target.closest("tr")?.[step]?.querySelector("a, button");
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function Pager({ at, pages, of, go, label }) {
  return html`<nav class="pager" aria-label="Pages of ${label}">
    <button type="button" disabled=${at === 0} onClick=${() => go(at - 1)}>Back</button>
    <span>Page ${int(at + 1)} of ${int(pages)} · ${int(of)} rows</span>
    <button type="button" disabled=${at === pages - 1} onClick=${() => go(at + 1)}>Next</button>
  </nav>`;
}
