// The requests as they are settled, with filters, and each one's receipt.

import { html, useEffect, useState } from "../lib/dom.js";
import { useData, useParams, usePage, useRequests } from "../lib/hooks.js";
import { Detail } from "../lib/detail.js";
import { feedColumns } from "../lib/feed.js";
import { Card, Command, Empty, Head, Loaded, Search, Select } from "../lib/parts.js";
import { plural } from "../lib/format.js";
import { href } from "../lib/router.js";
import { Table } from "../lib/table.js";

const PAGE = 50;
const FILTERS = ["q", "status", "tier", "provider", "model", "client", "key", "session"];
const STATUS = [["", "Any"], ["ok", "Answered"], ["error", "Failed"], ["429", "429"], ["500", "500"], ["502", "502"], ["503", "503"], ["529", "529"]];
const TIERS = [["", "Any"], ["SIMPLE", "Simple"], ["MEDIUM", "Medium"], ["COMPLEX", "Complex"], ["REASONING", "Reasoning"], ["none", "Without tier"]];

export default function Requests() {
  const [params, set] = useParams();
  const { window } = usePage();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, params[name] || ""]));
  const asked = { window, ...Object.fromEntries(Object.entries(filters).filter(([, value]) => value)), limit: PAGE };
  const [cursors, setCursors] = useState([]);
  const name = JSON.stringify(asked);
  useEffect(() => setCursors([]), [name]);
  const page = useData("dashboard/api/logs", { ...asked, cursor: cursors.at(-1) });
  const feed = useFeed(page, name, filters, cursors.length === 0, Boolean(params.id));
  const open = (row) => href("requests", { ...params, id: row.id });
  const close = () => set({ id: undefined });
  const rows = feed.rows;
  return html`<${Head} title="Requests" about="Every request that was settled, the newest first. A row opens its receipt: what was changed, why this model, what it cost." />
    <${Card}>
      <${Filters} filters=${filters} set=${(changes) => set({ ...changes, id: undefined })} />
      ${feed.waiting.length > 0 && html`<button type="button" class="notice" onClick=${feed.take}>Show ${plural(feed.waiting.length, "new request")}</button>`}
      <${Loaded} of=${page} lines=${14}>${() => rows.length
        ? html`<${Table} caption="Requests, newest first" columns=${feedColumns(open)} rows=${rows} id=${(row) => row.id} fresh=${feed.fresh}
            onOpen=${(row) => set({ id: row.id })} />
          <${Pages} cursors=${cursors} set=${setCursors} next=${page.data.next} loading=${page.loading} count=${rows.length} />`
        : html`<${Nothing} filtered=${Object.values(filters).some(Boolean)} clear=${() => set(Object.fromEntries(FILTERS.map((one) => [one, undefined])))} />`}<//>
    <//>
    ${params.id && html`<${Detail} key=${params.id} id=${params.id} row=${rows.find(({ id }) => id === params.id)} close=${close} />`}`;
}

/** The page's rows with the live ones in front. While a receipt is open, or a row has the focus, they wait. */
function useFeed(page, name, filters, first, reading) {
  const [live, setLive] = useState([]);
  const [waiting, setWaiting] = useState([]);
  const [fresh, setFresh] = useState(new Set());
  useEffect(() => {
    setLive([]);
    setWaiting([]);
    setFresh(new Set());
  }, [name, page.data]);
  useRequests((row) => {
    if (!first) return;
    if (!row) return page.reload();
    if (!matches(row, filters)) return;
    const busy = reading || document.activeElement?.closest?.("main tbody");
    if (busy) return setWaiting((before) => [row, ...before].slice(0, 200));
    setLive((before) => [row, ...before].slice(0, 200));
    setFresh(new Set([row.id]));
  });
  const stored = page.data?.requests || [];
  const seen = new Set(stored.map(({ id }) => id));
  const take = () => {
    setLive((before) => [...waiting, ...before].slice(0, 200));
    setFresh(new Set(waiting.map(({ id }) => id)));
    setWaiting([]);
  };
  const all = first ? [...live.filter(({ id }) => !seen.has(id)), ...stored] : stored;
  return { rows: all.slice(0, first ? PAGE + 50 : undefined), waiting, fresh, take };
}

/** Whether a live row is one that the filters let through. */
function matches(row, { q, status, tier, ...rest }) {
  if (status === "ok" && row.error) return false;
  if (status === "error" && !row.error) return false;
  if (/^\d+$/.test(status) && row.status !== Number(status)) return false;
  if (tier && (row.tier || "none") !== tier) return false;
  for (const name of ["provider", "model", "client", "key", "session"]) {
    if (rest[name] && (row[name] || "none") !== rest[name]) return false;
  }
  const text = [row.error, row.model, row.asked, row.requestId, ...(row.receipt || [])].join(" ").toLowerCase();
  return !q || text.includes(q.toLowerCase());
}

function Filters({ filters, set }) {
  const { window } = usePage();
  // The names that there are, for the lists of suggestions.
  const usage = useData("dashboard/api/usage", { window });
  const names = (rows) => [...new Set((rows || []).map(({ name }) => name).filter(Boolean))];
  const used = (rows) => [["", "Any"], ...names(rows).map((name) => [name, name])];
  const with_ = (options, value) => (value && !options.some(([name]) => name === value) ? [...options, [value, value]] : options);
  const change = (name) => (value) => set({ [name]: value || undefined });
  return html`<div class="filters" role="search" aria-label="Filter requests">
    <div class="field double"><${Search} label="Search" shortcut value=${filters.q} onChange=${change("q")} placeholder="Id, error, receipt …" /></div>
    <${Select} label="Outcome" value=${filters.status} options=${with_(STATUS, filters.status)} onChange=${change("status")} />
    <${Select} label="Tier" value=${filters.tier} options=${TIERS} onChange=${change("tier")} />
    <${Select} label="Provider" value=${filters.provider} options=${with_(used(usage.data?.byProvider), filters.provider)} onChange=${change("provider")} />
    <${Search} label="Model" value=${filters.model} onChange=${change("model")} suggestions=${names(usage.data?.byModel)} placeholder="Any" />
    <${Select} label="Client" value=${filters.client} options=${with_(used(usage.data?.byClient), filters.client)} onChange=${change("client")} />
    <${Select} label="Key" value=${filters.key} options=${with_([["", "Any"], ...(usage.data?.byKey || []).filter(({ name }) => name).map((row) => [row.name, row.label || row.name])], filters.key)} onChange=${change("key")} />
    ${filters.session && html`<${Search} label="Session" value=${filters.session} onChange=${change("session")} />`}
  </div>`;
}

function Pages({ cursors, set, next, loading, count }) {
  if (!cursors.length && !next) return null;
  return html`<nav class="pager" aria-label="Pages of requests">
    <button type="button" disabled=${!cursors.length} onClick=${() => set([])}>Newest</button>
    <button type="button" disabled=${!cursors.length} onClick=${() => set(cursors.slice(0, -1))}>Newer</button>
    <span>Page ${cursors.length + 1} · ${plural(count, "row")}</span>
    <button type="button" disabled=${!next || loading} onClick=${() => set([...cursors, next])}>Older</button>
  </nav>`;
}

function Nothing({ filtered, clear }) {
  if (filtered) {
    return html`<${Empty} title="No request is like that">In this window of time none passes all of the filters.
      <p><button type="button" onClick=${clear}>Clear the filters</button></p><//>`;
  }
  return html`<${Empty} title="No request yet in this window of time">Point a client at this gateway, or ask something yourself:
    <${Command} text=${`curl ${location.origin}/v1/chat/completions -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"hi"}]}'`} /><//>`;
}
