// Where the reader is: `#/view?name=value`. Everything that a view shows can be found again by its address.

import { useEffect, useState } from "./dom.js";

/** The route that an address names. */
export function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  return { view: decodeURIComponent(path || ""), params: Object.fromEntries(new URLSearchParams(query || "")) };
}

/** The address of a view. Parameters without a value are left out. */
export function href(view, params = {}) {
  const set = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(set).toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

/** Goes there. `replace` leaves no step for the browser's Back. */
export function go(view, params, { replace = false } = {}) {
  const target = href(view, params);
  if (target === location.hash) return;
  if (!replace) {
    location.hash = target;
    return;
  }
  history.replaceState(null, "", target);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The route, kept up to date. */
export function useRoute() {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parse(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
