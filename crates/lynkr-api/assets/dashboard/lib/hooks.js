// Data, live events and preferences for views.

import { createContext, useCallback, useContext, useEffect, useRef, useState } from "./dom.js";
import { json, key } from "./api.js";
import { listen, liveState } from "./events.js";
import { go } from "./router.js";

/** `{route, window, flagship, live}` of the whole page. */
export const Page = createContext(null);
export const usePage = () => useContext(Page);

/** Parameters of the route, and a function that changes some of them in place. */
export function useParams() {
  const { route } = usePage();
  const set = useCallback((changes) => go(route.view, { ...route.params, ...changes }, { replace: true }), [route]);
  return [route.params, set];
}

const kept = new Map();

function remember(name, data) {
  kept.delete(name);
  kept.set(name, data);
  if (kept.size > 60) kept.delete(kept.keys().next().value);
}

key.onChange(() => kept.clear());

/**
 * What an endpoint gives. While it is asked anew, the last data stays, so that nothing jumps; `live` asks again after
 * requests were settled, at most every so many milliseconds. A `path` of null asks nothing.
 */
export function useData(path, params = {}, { live = 0 } = {}) {
  const name = path && `${path}?${new URLSearchParams(Object.entries(params).filter(([, value]) => value != null))}`;
  const [state, setState] = useState({ path: null, name: null, data: null, error: null, loading: true });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    if (!path) return undefined;
    const stop = new AbortController();
    setState((before) => ({
      path,
      name,
      data: kept.get(name) ?? (before.path === path ? before.data : null),
      error: before.name === name ? before.error : null,
      loading: true,
    }));
    json(path, params, stop.signal).then(
      (data) => {
        remember(name, data);
        setState({ path, name, data, error: null, loading: false });
      },
      (error) => {
        if (error.name === "AbortError") return;
        if (error.wantsKey) dispatchEvent(new CustomEvent("lynkr:denied", { detail: error }));
        setState((before) => ({ ...before, error, loading: false }));
      },
    );
    return () => stop.abort();
  }, [name, turn]);
  useRefresh(path ? live : 0, reload);
  // In the first draw after a change of path the state is still the other path's.
  const current = state.path === path ? state : { data: kept.get(name) ?? null, error: null, loading: Boolean(path) };
  return { ...current, reload };
}

/** Calls `reload` after settled requests, never more often than every `pause` milliseconds. */
function useRefresh(pause, reload) {
  const { live } = usePage();
  useEffect(() => {
    if (!pause || !live) return undefined;
    let timer = 0;
    let last = Date.now();
    const stop = listen(({ type }) => {
      if ((type !== "request" && type !== "missed") || timer) return;
      timer = setTimeout(() => {
        timer = 0;
        last = Date.now();
        if (!document.hidden) reload();
      }, Math.max(250, last + pause - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [pause, reload, live]);
}

/** Calls the function with each settled request, and with null where some were missed. */
export function useRequests(take) {
  const latest = useRef(take);
  latest.current = take;
  const { live } = usePage();
  useEffect(() => {
    if (!live) return undefined;
    return listen(({ type, data }) => {
      if (type === "request") latest.current(data);
      if (type === "missed") latest.current(null);
    });
  }, [live]);
}

/** How the stream of events is: `live`, `connecting`, `broken`, `paused`, `denied` or `off`. */
export function useLiveState() {
  const [state, setState] = useState(liveState());
  useEffect(() => {
    setState(liveState());
    return listen(({ type, data }) => type === "state" && setState(data));
  }, []);
  return state;
}

/** A choice that this browser keeps, the same wherever in the page it is used. */
export function usePreference(name, otherwise) {
  const [value, setValue] = useState(() => localStorage.getItem(`lynkr.${name}`) ?? otherwise);
  useEffect(() => {
    const follow = ({ detail }) => detail.name === name && setValue(detail.value);
    addEventListener("lynkr:preference", follow);
    return () => removeEventListener("lynkr:preference", follow);
  }, [name]);
  // A function gets what is kept, which the last draw may not have seen yet.
  const set = useCallback((next) => {
    const chosen = typeof next === "function" ? next(localStorage.getItem(`lynkr.${name}`) ?? otherwise) : next;
    localStorage.setItem(`lynkr.${name}`, chosen);
    dispatchEvent(new CustomEvent("lynkr:preference", { detail: { name, value: chosen } }));
  }, [name]);
  return [value, set];
}

/** The width of an element in pixels, 0 before it is known. */
export function useWidth() {
  const element = useRef(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
