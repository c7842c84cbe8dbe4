// The dashboard's checks in a real browser. Each prints a line; one that fails makes the run fail.
//
// MODULES: the folder with playwright-core and axe-core. CHROMIUM: the browser. OPEN_GATEWAY: one without keys;
// KEYED_GATEWAY: one that wants GATEWAY_KEY, on the same store; BARE_GATEWAY: one that keeps nothing. STORED: how many
// requests the store holds. SCREENSHOTS: a folder for pictures; none are made without it.

import { performance } from "node:perf_hooks";
import { Browser } from "./browser.mjs";
import * as access from "./access.mjs";
import * as data from "./data.mjs";
import * as pages from "./pages.mjs";
import { draw } from "./screenshots.mjs";

const CHECKS = { ...pages, ...data, ...access };

const browser = await Browser.launch();
let failed = 0;
let passed = 0;
for (const [name, check] of Object.entries(CHECKS)) {
  const began = performance.now();
  try {
    const said = await check(browser);
    browser.assertClean();
    passed += 1;
    console.log(`ok   ${name} (${Math.round(performance.now() - began)} ms)${said ? `: ${said}` : ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${error.stack || error}`);
  } finally {
    await browser.reset();
  }
}
if (process.env.SCREENSHOTS && !failed) await draw(browser, process.env.SCREENSHOTS);
await browser.close();
// In the form that the totals of all tests are read from.
console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exit(failed ? 1 : 0);
