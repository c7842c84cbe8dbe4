// A gateway that wants a key gets it once, and nowhere but in a header.

import assert from "node:assert/strict";
import { KEY, KEYED, settled, violations } from "./browser.mjs";

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
