// The page: who may see it, where it is, and the view that is shown.

import { html, render, useCallback, useEffect, useMemo, useState } from "./lib/dom.js";
import { key } from "./lib/api.js";
import { start, stop } from "./lib/events.js";
import { Page, useData, usePreference } from "./lib/hooks.js";
import { Failure, Waiting } from "./lib/parts.js";
import { go, useRoute } from "./lib/router.js";
import { Shell } from "./lib/shell.js";
import { SignIn } from "./lib/signin.js";
import { VIEWS } from "./views/registry.js";

const WINDOWS = ["24h", "7d", "30d", "all"];

function App() {
  const route = useRoute();
  const [live, setLive] = usePreference("live", "on");
  const [flagship] = usePreference("flagship", "");
  const [chosen, setWindow] = usePreference("window", "7d");
  const [denied, setDenied] = useState(null);
  const [holder, setHolder] = useState(0);
  useEffect(() => {
    const ask = (event) => setDenied(event.detail);
    addEventListener("lynkr:denied", ask);
    // Another key sees other things: everything is asked for anew.
    const stopKey = key.onChange(() => {
      setDenied(null);
      setHolder((before) => before + 1);
    });
    return () => {
      removeEventListener("lynkr:denied", ask);
      stopKey();
    };
  }, []);
  useEffect(() => (live === "on" && !denied ? start() : stop()), [live, denied]);
  const view = VIEWS.find(({ id }) => id === route.view) || VIEWS[0];
  useEffect(() => {
    if (route.view !== view.id) go(view.id, {}, { replace: true });
  }, [route.view, view.id]);
  const span = WINDOWS.includes(route.params.window) ? route.params.window : chosen;
  const changeWindow = useCallback((next) => {
    setWindow(next);
    go(view.id, { ...route.params, window: undefined }, { replace: true });
  }, [route, view]);
  const page = useMemo(() => ({
    route: { ...route, view: view.id }, window: span, flagship: flagship || undefined,
    live: live === "on" && !denied,
  }), [route, view, span, flagship, live, denied]);
  if (denied) return html`<${SignIn} error=${denied} />`;
  return html`<${Page.Provider} value=${page}>
    <${Frame} key=${holder} view=${view} setLive=${setLive} setWindow=${changeWindow} />
  <//>`;
}

/** The frame around the view, with the few figures that stand in the menu. */
function Frame({ view, setLive, setWindow }) {
  const health = useData("dashboard/api/overview", { window: "24h" }, { live: 15_000 });
  const shown = VIEWS.filter((one) => !one.shown || (health.data && one.shown(health.data)));
  return html`<${Shell} views=${shown} view=${view} overview=${health.data} setLive=${setLive} windows=${WINDOWS} setWindow=${setWindow}>
    <${View} view=${view} key=${view.id} />
  <//>`;
}

/** A view's module, when it has come. */
function View({ view }) {
  const [module, setModule] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    let current = true;
    view.load().then((loaded) => current && setModule(loaded), (why) => current && setError(why));
    document.title = `${view.title} · Lynkr`;
    return () => { current = false; };
  }, [view]);
  if (error) return html`<${Failure} error=${error} retry=${() => location.reload()} />`;
  return module ? html`<${module.default} />` : html`<${Waiting} lines=${8} />`;
}

document.getElementById("app").replaceChildren();
render(html`<${App} />`, document.getElementById("app"));
