// A gateway that wants a key gets it once, and nowhere but in a header; one that keeps nothing says so.

import assert from "node:assert/strict";
import { BARE, KEY, KEYED, VIEWS, go, settled, violations } from "./browser.mjs";

export async function a_key_is_asked_for_once_and_kept_in_the_tab(browser) {
  browser.allow(/status of 401/);
  const page = await browser.page();
  await page.goto(`${KEYED}/dashboard`);
  await page.getByText("This dashboard needs a key").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByLabel("Key", { exact: true }).fill("a-key-that-nobody-knows");
  await page.keyboard.press("Enter");
  await page.getByText("This key was refused.").waitFor();
  await page.getByLabel("Key", { exact: true }).fill(KEY);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".stats .figure");
  await settled(page);
  await page.waitForSelector(".live.is-live");
  assert.equal(await page.evaluate(() => sessionStorage.getItem("lynkr.key")), KEY);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie + location.href);
  assert.ok(!kept.includes(KEY), "the key is in the session's storage only");
  await page.reload();
  await settled(page);
  await page.getByText("Forget the key").click();
  await page.getByText("This dashboard needs a key").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("lynkr.key")), null);
}

/** What reads the store, and can't show anything without it. */
const STORED_VIEWS = ["requests", "sessions", "spend", "cache", "budgets", "explorer", "routing", "insights"];

export async function without_a_store_each_view_says_so_or_shows_what_it_knows(browser) {
  browser.allow(/status of 503/);
  const page = await browser.at("overview", { gateway: BARE });
  for (const [view, title] of Object.entries(VIEWS)) {
    await go(page, view);
    assert.equal(await page.locator("main h1").textContent(), title);
    const text = await page.locator("main").innerText();
    const says = view === "overview" ? "This gateway has no store" : "This gateway keeps nothing";
    assert.equal(text.includes(says), view === "overview" || STORED_VIEWS.includes(view), `${view}: ${text}`);
    assert.deepEqual(await violations(page), [], view);
  }
  await go(page, "providers");
  assert.ok((await page.locator("main").innerText()).includes("OpenAI"));
}
