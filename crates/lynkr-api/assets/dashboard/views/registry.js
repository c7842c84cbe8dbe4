// The views, in the menu's order. A new view is a file beside this one and a line here.
//
// `load` gives a module whose default export is a component; `shown` (optional) gets the overview and says whether the
// view is in the menu at all; `letter` follows `g` on the keyboard.

export const VIEWS = [
  { id: "overview", group: "Now", title: "Overview", letter: "o", icon: "M2 9l6-6 6 6M4 8v6h8V8", load: () => import("./overview.js") },
  { id: "requests", group: "Now", title: "Requests", letter: "r", icon: "M2 4h12M2 8h12M2 12h8", load: () => import("./requests.js") },
  { id: "sessions", group: "Now", title: "Sessions", letter: "s", icon: "M2 3h12v8H7l-3 3v-3H2z", load: () => import("./sessions.js") },
  { id: "spend", group: "Money", title: "Spend", letter: "m", icon: "M8 2v12M11 4.5H6.5a2 2 0 0 0 0 4h3a2 2 0 0 1 0 4H5", load: () => import("./spend.js") },
  { id: "cache", group: "Money", title: "Cache", letter: "c", icon: "M2 4c0-3 12-3 12 0v8c0 3-12 3-12 0zM2 8c0 3 12 3 12 0", load: () => import("./cache.js") },
  { id: "budgets", group: "Money", title: "Budgets and keys", letter: "b", icon: "M2 12a6 6 0 1 1 12 0M8 12l3-4", load: () => import("./budgets.js") },
  { id: "explorer", group: "Money", title: "Explorer", letter: "e", icon: "M3 14V8M8 14V2M13 14V6", load: () => import("./explorer.js") },
  { id: "routing", group: "Decisions", title: "Routing", letter: "u", icon: "M2 8h4l4-5h4M6 8l4 5h4", load: () => import("./routing.js") },
  { id: "providers", group: "Decisions", title: "Providers", letter: "p", icon: "M3 6a5 5 0 0 1 10 0M2 8h3v5H2zM11 8h3v5h-3z", load: () => import("./providers.js") },
  { id: "insights", group: "Decisions", title: "Insights", letter: "i", icon: "M6 13h4M5 9a4 4 0 1 1 6 0l-1 2H6z", load: () => import("./insights.js") },
  { id: "configuration", group: "Gateway", title: "Configuration", letter: "f", icon: "M2 5h7M13 5h1M2 11h1M7 11h7M11 3v4M5 9v4", load: () => import("./configuration.js") },
];
