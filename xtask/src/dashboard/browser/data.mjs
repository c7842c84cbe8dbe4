// What is shown is what is stored, and what comes is shown as it comes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { OPEN, VIEWS, api, ask, go, settled } from "./browser.mjs";

const cells = (page, selector) => page.locator(selector).allTextContents();

export async function a_request_is_seen_as_it_comes_with_its_receipt(browser) {
  const page = await browser.at("requests");
  await page.waitForSelector(".live.is-live");
  const before = await cells(page, "main tbody th");
  const id = await ask("Say hello to whoever watches.", { "x-session-id": "watched" });
  const row = page.locator(`main tr[data-row] a[data-request="${id}"]`);
  await row.waitFor({ timeout: 10_000 });
  assert.equal(await page.locator("main tbody a").first().getAttribute("data-request"), id, "it is the first row");
  assert.ok(before.length >= 50);
  await row.click();
  const receipt = page.locator("dialog[open]");
  await receipt.getByText("What was changed").waitFor();
  const text = await receipt.innerText();
  for (const part of ["gpt-4o-mini", "Another model answered", "Why this model", "What it cost", "How long it took", "Whole answer", id, "watched"]) {
    assert.ok(text.includes(part), `the receipt lacks ${part}: ${text}`);
  }
  // While a receipt is read the list stays as it is.
  const other = await ask("And again.", { "x-session-id": "watched" });
  await page.getByText("Show 1 new request").waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await page.getByText("Show 1 new request").click();
  await page.locator(`main tr[data-row] a[data-request="${other}"]`).waitFor();
  await page.keyboard.press("l");
  await page.waitForSelector(".live.is-paused");
}

export async function the_overview_moves_without_a_reload(browser) {
  const page = await browser.at("overview");
  await page.waitForSelector(".live.is-live");
  const id = await ask("What moves?");
  await page.locator(`main a[data-request="${id}"]`).waitFor({ timeout: 10_000 });
}

export async function filters_let_through_what_they_say(browser) {
  const page = await browser.at("requests?window=all");
  await page.getByLabel("Tier", { exact: true }).selectOption("REASONING");
  await page.waitForFunction(() => {
    const tiers = [...document.querySelectorAll("main tbody .tier")];
    return tiers.length > 10 && tiers.every((tier) => tier.textContent === "reasoning");
  });
  assert.match(page.url(), /tier=REASONING/);
  await page.getByLabel("Outcome", { exact: true }).selectOption("error");
  await page.waitForFunction(() => {
    const badges = [...document.querySelectorAll("main tbody .badge")];
    return badges.length && badges.every((badge) => badge.classList.contains("bad"));
  });
  await page.reload();
  await settled(page);
  assert.equal(await page.getByLabel("Tier", { exact: true }).inputValue(), "REASONING", "the address keeps the filters");
  const [wanted] = (await api("/dashboard/api/logs?limit=1&model=house-70b")).requests;
  await go(page, `requests?window=all`);
  await page.getByLabel("Search", { exact: true }).fill(wanted.requestId);
  await page.waitForFunction(() => document.querySelectorAll("main tr[data-row]").length === 1);
  const row = page.locator("main tr[data-row]");
  // Not measured is a dash that says so; a measured zero is a zero.
  assert.equal(await row.locator("td").last().locator(".unmeasured").getAttribute("title"), "no price is known");
  await go(page, `requests?window=all&provider=ollama&status=ok`);
  await page.waitForFunction(() => {
    const costs = [...document.querySelectorAll("main tr[data-row] td:last-child")].map((cell) => cell.innerText);
    return costs.length >= 50 && costs.every((cost) => cost === "$0");
  });
  await page.goto(`${OPEN}/dashboard#/requests?q=nothing-is-like-this`);
  await page.getByText("No request is like that").waitFor();
  await page.getByText("Clear the filters").click();
  await page.waitForFunction(() => document.querySelectorAll("main tr[data-row]").length >= 50);
}

export async function pages_go_back_through_all_requests(browser) {
  const page = await browser.at("requests?window=all");
  const first = () => page.locator("main tbody a").first().getAttribute("data-request");
  const [newest] = [await first()];
  const seen = new Set([newest]);
  for (let turn = 2; turn <= 4; turn += 1) {
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText(`Page ${turn} ·`).waitFor();
    await page.waitForFunction((old) => document.querySelector("main tbody a").getAttribute("data-request") !== old, [...seen].at(-1));
    seen.add(await first());
  }
  assert.equal(seen.size, 4);
  await page.getByRole("button", { name: "Newest" }).click();
  await page.waitForFunction((old) => document.querySelector("main tbody a").getAttribute("data-request") === old, newest);
  assert.ok((await page.locator("main tr[data-row]").count()) <= 100, "a page is all that is drawn");
}

export async function a_session_is_shown_call_by_call(browser) {
  const page = await browser.at("sessions?window=all");
  const link = page.locator("main tbody a", { hasText: "session-" }).first();
  const id = await link.innerText();
  await link.click();
  await page.waitForFunction((id) => document.querySelector("main .view-head")?.innerText.includes(id), id);
  await settled(page);
  const { turns } = await api(`/api/sessions/${id}/tokens`);
  assert.equal(await page.locator("main .plot").getAttribute("aria-valuemax"), String(turns.length - 1));
  assert.ok((await page.locator("main tr[data-row] a").count()) >= turns.length);
  await page.getByRole("group", { name: "What is drawn" }).getByRole("button", { name: "Cost" }).click();
  await page.locator("main .plot").focus();
  await page.keyboard.press("Home");
  assert.match(await page.locator("main .plot").getAttribute("aria-valuetext"), /#1: Cost (\$|not measured)/);
  await page.locator("main tr[data-row] a").first().click();
  await page.waitForSelector("dialog[open] section");
  await page.keyboard.press("Escape");
  await page.getByText("All sessions").click();
  await page.waitForFunction(() => document.querySelector("main h1").textContent === "Sessions");
}

async function saved(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

export async function files_hold_the_numbers_that_are_shown(browser) {
  const page = await browser.at("explorer?metric=requests&by=provider&stack=none&days=90");
  const data = await api("/dashboard/api/analytics?metric=requests&by=provider&days=90");
  const { name, text } = await saved(page, "Save as CSV");
  assert.equal(name, "lynkr-requests-by-provider.csv");
  const lines = text.trim().split(/\r?\n/);
  assert.equal(lines[0], "bucket,series,value");
  const sum = lines.slice(1).reduce((all, line) => all + Number(line.split(",").at(-1)), 0);
  assert.equal(sum, data.total);
  assert.ok((await page.locator("main tfoot").innerText()).includes(data.total.toLocaleString("en-US")));
  await page.getByLabel("Metric", { exact: true }).selectOption("latency");
  await page.getByLabel("By", { exact: true }).selectOption("day");
  await page.waitForSelector("main .plot svg path.line");
  await go(page, `spend`);
  const usage = await saved(page, "Save as CSV");
  assert.match(usage.text, /^group,name,requests,/);
  assert.match(usage.text, /gpt-4o-mini/);
}

export async function sums_are_those_of_the_api(browser) {
  const page = await browser.at("spend?window=all");
  const usage = await api("/dashboard/api/usage?window=all");
  const figures = await cells(page, ".stats .figure");
  assert.ok(figures.some((figure) => figure.includes(usage.totals.requests.toLocaleString("en-US"))), figures.join(" | "));
  assert.equal(await page.locator("main tr[data-row]").count(), Math.min(25, usage.byModel.length));
  const unknown = page.locator("main tr[data-row]", { hasText: "house-70b" }).locator("td").last();
  assert.equal(await unknown.locator(".unmeasured").getAttribute("title"), "no price is known");
  // Sorting by a column puts what wasn't measured last, either way.
  for (const turn of [1, 2]) {
    await page.getByRole("button", { name: /^Cost/ }).click();
    const names = await cells(page, "main tbody th");
    assert.ok(names.at(-1).includes("house-70b"), `${turn}: ${names}`);
  }
}

export async function budgets_providers_and_settings_say_where_they_stand(browser) {
  const page = await browser.at("budgets");
  const text = await page.locator("main").innerText();
  for (const part of ["every key", "ada", "$8.64", "warn", "team platform", "Nothing was counted", "build-server", "grace"]) assert.ok(text.includes(part), `${part}: ${text}`);
  await go(page, `providers`);
  assert.ok((await page.locator("main").innerText()).includes("OpenAI"));
  await go(page, `configuration`);
  const settings = await page.locator("main").innerText();
  assert.ok(settings.includes("TIER_SIMPLE") && settings.includes("openai:gpt-4o-mini") && settings.includes("environment"), settings);
  assert.ok(!settings.includes("sk-of-the-checks"), "a secret is masked");
  await page.getByLabel("Search", { exact: true }).fill("tier_reasoning");
  await page.waitForFunction(() => document.querySelectorAll("main tr[data-row]").length === 1);
}

export async function accuracy_is_drawn_as_it_was_measured(browser) {
  const { accuracy } = await api("/dashboard/api/routing?window=30d");
  assert.ok(accuracy.outcomes > 10_000, JSON.stringify(accuracy));
  const page = await browser.at("routing?window=30d");
  const card = page.locator("section.card", { has: page.getByRole("heading", { name: "Accuracy" }) });
  const text = await card.innerText();
  for (const { tier, outcomes } of accuracy.tiers) {
    assert.ok(text.includes(tier.toLowerCase()) && text.includes(outcomes.toLocaleString("en-US")), `${tier}: ${text}`);
  }
  const share = `${Number((100 * accuracy.under_provisioned.share).toFixed(1))} %`;
  assert.ok(text.includes(share), `${share}: ${text}`);
  assert.equal(await card.getByText("Not measured yet").count(), 0);
}

/** No column of a table is cut off at the width of a small laptop. */
export async function tables_fit_a_small_laptop(browser) {
  const page = await browser.at("overview?window=30d", { viewport: { width: 1280, height: 800 } });
  const cut = {};
  for (const view of Object.keys(VIEWS)) {
    await go(page, `${view}?window=30d`);
    const over = await page.evaluate(() => [...document.querySelectorAll("main .scroller")]
      .filter((own) => own.scrollWidth > own.clientWidth + 1).map((own) => `${own.getAttribute("aria-label")}: ${own.scrollWidth - own.clientWidth} px`));
    if (over.length) cut[view] = over;
  }
  assert.deepEqual(cut, {});
}
