// The pictures of docs/dashboard: every view in the light, one in the dark, one on a narrow screen.

import path from "node:path";
import { VIEWS, ask } from "./browser.mjs";

const SIZE = { width: 1280, height: 800 };

async function keep(page, folder, name) {
  await page.evaluate(() => document.activeElement?.blur?.());
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

export async function draw(browser, folder) {
  for (let turn = 0; turn < 4; turn += 1) await ask(`Question ${turn} for the pictures.`, { "x-session-id": "pictures", "user-agent": "claude-cli/2.1.197" });
  for (const view of Object.keys(VIEWS)) {
    const page = await browser.at(`${view}${view === "configuration" ? "" : "?window=7d"}`, { viewport: SIZE });
    await keep(page, folder, view);
    await page.context().close();
  }
  const receipt = await browser.at("requests?window=7d&provider=openai", { viewport: SIZE });
  await receipt.locator("main tbody a").nth(1).click();
  await receipt.waitForSelector("dialog[open] section");
  await keep(receipt, folder, "receipt");
  const session = await browser.at("sessions?window=7d", { viewport: SIZE });
  await session.locator("main tbody a", { hasText: "session-" }).first().click();
  await session.waitForSelector("main .plot svg");
  await keep(session, folder, "session");
  await keep(await browser.at("overview?window=30d", { viewport: SIZE, dark: true }), folder, "overview-dark");
  await keep(await browser.at("overview?window=7d", { viewport: { width: 390, height: 844 } }), folder, "overview-narrow");
  await browser.reset();
}
