// The browser, with pages that note what a page must never do: errors, and requests to anybody but the gateway.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const need = createRequire(`${process.env.MODULES}/`);
const { chromium } = need("playwright-core");
const axe = need("axe-core");

export const OPEN = process.env.OPEN_GATEWAY;
export const KEYED = process.env.KEYED_GATEWAY;
export const BARE = process.env.BARE_GATEWAY;
export const KEY = process.env.GATEWAY_KEY;
export const STORED = Number(process.env.STORED);

/** Every view by the name in its address, with its title. */
export const VIEWS = {
  overview: "Overview", requests: "Requests", sessions: "Sessions", spend: "Spend", cache: "Cache", budgets: "Budgets and keys",
  explorer: "Explorer", routing: "Routing", providers: "Providers", insights: "Insights", configuration: "Configuration",
};

const WIDE = { width: 1360, height: 860 };

export class Browser {
  static async launch() {
    const root = process.getuid?.() === 0;
    const args = ["--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", ...(root ? ["--no-sandbox"] : [])];
    const launched = await chromium.launch({ executablePath: process.env.CHROMIUM, args, timeout: 120_000 });
    return new Browser(launched);
  }

  constructor(launched) {
    this.launched = launched;
    this.contexts = [];
    this.wrongs = [];
    this.allowed = [];
  }

  /** A page in a profile of its own. */
  async page({ viewport = WIDE, dark = false, motion = false } = {}) {
    const context = await this.launched.newContext({
      viewport, colorScheme: dark ? "dark" : "light", reducedMotion: motion ? "no-preference" : "reduce", acceptDownloads: true, locale: "en-GB", timezoneId: "UTC",
    });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.wrongs.push(`error in the page: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.wrongs.push(`console: ${message.text()} ${message.location().url}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      if (![OPEN, KEYED, BARE].some((own) => url.startsWith(`${own}/`)) && !url.startsWith("blob:")) this.wrongs.push(`a request to ${url}`);
      if (KEY && url.includes(KEY)) this.wrongs.push(`the key is in ${url}`);
    });
    return page;
  }

  /** A page at a view whose data has come. */
  async at(view, options = {}) {
    const page = await this.page(options);
    await page.goto(`${options.gateway || OPEN}/dashboard#/${view}`);
    await settled(page);
    return page;
  }

  /** A message that a check provokes. */
  allow(pattern) {
    this.allowed.push(pattern);
  }

  assertClean() {
    const wrongs = this.wrongs.filter((wrong) => !this.allowed.some((pattern) => pattern.test(wrong)));
    assert.deepEqual(wrongs, []);
  }

  async reset() {
    await Promise.all(this.contexts.map((context) => context.close()));
    this.contexts = [];
    this.wrongs = [];
    this.allowed = [];
  }

  close() {
    return this.launched.close();
  }
}

/** Waits until nothing is being loaded, and nothing failed to. */
export async function settled(page) {
  await page.waitForSelector("main h1");
  await page.waitForFunction(() => !document.querySelector("main [aria-busy=true]"));
  const failures = await page.locator("main .failure").allTextContents();
  assert.deepEqual(failures, [], page.url());
}

/** Goes to a view within the page, and waits for it. */
export async function go(page, view) {
  await page.goto(`${new URL(page.url()).origin}/dashboard#/${view}`);
  // The address is followed before the next picture is drawn.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await settled(page);
}

/** The violations that axe-core calls serious or critical. */
export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary.split("\n")[1]})`).join("; ")}`);
}

/** Sends a request to the gateway, as a client would. */
export async function ask(question, headers = {}) {
  const response = await fetch(`${OPEN}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "auto", messages: [{ role: "user", content: question }] }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return response.headers.get("x-request-id");
}

/** The API's own answer, to compare what is shown with. */
export async function api(path) {
  const response = await fetch(`${OPEN}${path}`);
  assert.equal(response.status, 200, path);
  return response.json();
}
