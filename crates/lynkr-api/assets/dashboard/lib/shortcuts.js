// Single keys, as the help lists them. They can be switched off, and never act while something is typed.

import { useEffect, useRef } from "./dom.js";
import { go } from "./router.js";

export const switchedOff = () => localStorage.getItem("lynkr.keys") === "off";

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

/** Goes to the next or the previous row of the view's first long table. */
function step(forward) {
  const rows = [...document.querySelectorAll("main tr[data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : at + (forward ? 1 : -1)];
  next?.querySelector("a, button")?.focus();
}

export function useShortcuts(actions) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let prefix = 0;
    const press = (event) => {
      if (switchedOff() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open]")) return;
      const { views, help, live, theme, window: turn } = latest.current;
      const leads = Date.now() - prefix < 1_500;
      prefix = 0;
      const view = leads && views.find(({ letter }) => letter === event.key);
      const plain = {
        "?": help,
        l: live,
        t: theme,
        w: turn,
        j: () => step(true),
        k: () => step(false),
        g: () => { prefix = Date.now(); },
        "/": () => document.querySelector("main [data-search]")?.focus(),
      };
      const act = view ? () => go(view.id) : !leads && plain[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
