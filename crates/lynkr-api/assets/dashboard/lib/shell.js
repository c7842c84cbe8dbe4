// What stands around every view: menu, window of time, live switch, theme, help.

import { html, useEffect, useRef, useState } from "./dom.js";
import { key } from "./api.js";
import { useLiveState, usePage, usePreference } from "./hooks.js";
import { Choice } from "./parts.js";
import { span } from "./format.js";
import { href } from "./router.js";
import { Help } from "./help.js";
import { useShortcuts } from "./shortcuts.js";

const WINDOW_NAMES = { "24h": ["24 h", "The last 24 hours"], "7d": ["7 days", "The last 7 days"], "30d": ["30 days", "The last 30 days"], all: ["All", "Everything that is kept"] };
const THEMES = ["system", "light", "dark"];

export function Shell({ views, view, overview, setLive, windows, setWindow, children }) {
  const { window: chosen, live } = usePage();
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const [theme, setTheme] = useTheme();
  const main = useRef(null);
  const first = useRef(true);
  const switchLive = () => setLive((now) => (now === "on" ? "off" : "on"));
  const turnTheme = () => setTheme((now) => THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
  useShortcuts({ views, help: () => setHelp(true), live: switchLive, theme: turnTheme, window: () => setWindow(windows[(windows.indexOf(chosen) + 1) % windows.length]) });
  useEffect(() => {
    setOpen(false);
    // A new view begins at its title, for eyes and for screen readers; the first one leaves the focus alone.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [view.id]);
  return html`<a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
  <div class="page">
    <header class="top">
      <button type="button" class="menu-button" aria-expanded=${open ? "true" : "false"} aria-controls="menu" onClick=${() => setOpen(!open)}>Menu</button>
      <span class="place" aria-hidden="true">${view.title}</span>
      <${Choice} label="Window of time" value=${chosen} onChange=${setWindow} options=${windows.map((name) => [name, ...WINDOW_NAMES[name]])} />
      <${Live} on=${live} flip=${switchLive} />
      <button type="button" class="quiet" onClick=${turnTheme} title="Theme: ${theme}. Press to change (t)"><span class="theme-icon" aria-hidden="true"></span><span class="hidden">Theme: ${theme}</span></button>
      <button type="button" class="quiet" onClick=${() => setHelp(true)} title="Keyboard shortcuts (?)"><span aria-hidden="true">?</span><span class="hidden">Keyboard shortcuts</span></button>
    </header>
    <nav class="menu ${open ? "open" : ""}" id="menu" aria-label="Views">
      <a class="brand" href=${href("overview")}><img src=${new URL("../icon.svg", import.meta.url)} alt="" width="26" height="26" />Lynkr</a>
      <${Menu} views=${views} view=${view} overview=${overview} />
      <${Foot} overview=${overview} />
    </nav>
    <main id="main" ref=${main} tabindex="-1">${children}</main>
  </div>
  ${help && html`<${Help} views=${views} close=${() => setHelp(false)} />`}`;
}

function Menu({ views, view, overview }) {
  const groups = [...new Set(views.map(({ group }) => group))];
  return groups.map((group) => html`<div class="group" key=${group}>
    <p id="group-${group}">${group}</p>
    <ul aria-labelledby="group-${group}">${views.filter((one) => one.group === group).map((one) => html`<li key=${one.id}>
      <a href=${href(one.id)} aria-current=${one.id === view.id ? "page" : undefined}>
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d=${one.icon} /></svg>${one.title}
        <${Flag} id=${one.id} overview=${overview} /></a></li>`)}</ul>
  </div>`);
}

/** What in the menu deserves a look. */
function Flag({ id, overview }) {
  const flags = {
    providers: () => [overview.providers?.openBreakers, "bad", "open breakers"],
    budgets: () => [overview.budgets?.blocked || overview.budgets?.near, overview.budgets?.blocked ? "bad" : "warn", overview.budgets?.blocked ? "budgets used up" : "budgets near their end"],
    insights: () => [overview.recommendations?.count, "calm", "insights"],
  };
  const [count, tone, what] = (overview && flags[id]?.()) || [];
  return count ? html`<span class="flag ${tone}" title="${count} ${what}">${count}<span class="hidden"> ${what}</span></span>` : null;
}

function Foot({ overview }) {
  return html`<div class="foot">
    ${overview && html`<p>Version ${overview.version}<br />up ${span(overview.uptimeSeconds * 1_000)}${overview.store ? ` · ${overview.store.kind}` : " · nothing is kept"}</p>`}
    ${key.get() && html`<button type="button" class="quiet" onClick=${() => key.set("")}>Forget the key</button>`}
  </div>`;
}

const LIVE = {
  live: ["Live", "Settled requests are shown as they come. Press to pause (l)"],
  connecting: ["Connecting", "The stream of events is being opened"],
  broken: ["Reconnecting", "The stream of events broke off; it is tried again"],
  paused: ["Paused", "Nothing new is shown. Press to go on (l)"],
  off: ["Paused", "Nothing new is shown. Press to go on (l)"],
  denied: ["No access", "The key may not read the stream of events"],
};

function Live({ on, flip }) {
  const state = useLiveState();
  const [text, title] = LIVE[on ? state : "paused"];
  return html`<button type="button" class="live is-${on ? state : "paused"}" aria-pressed=${on ? "true" : "false"} title=${title} onClick=${flip}>
    <i aria-hidden="true"></i><span class="live-text">${text}</span></button>`;
}

function useTheme() {
  const [theme, setTheme] = usePreference("theme", "system");
  useEffect(() => {
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }, [theme]);
  return [theme, setTheme];
}
