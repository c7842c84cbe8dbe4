// What every view draws with: preact's hooks, and `html` templates in the place of a build step.

import { h, render, createContext, Fragment } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export * from "../vendor/hooks.js";
export { h, render, createContext, Fragment };

export const html = htm.bind(h);
