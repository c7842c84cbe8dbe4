// What the proofs of both TypeScript SDKs share: SDK.mjs BASE KEY, one line of JSON per scenario on output. The
// compiler checks every use of an answer against the SDK's own types; what it can't see, the discriminants of unions
// and the fields that must be there, is checked here.
import { randomUUID } from "node:crypto";

export const [base = "", key = ""] = process.argv.slice(2);

export class Skipped extends Error {}

export function check(condition: unknown, what: unknown): asserts condition {
  if (!condition) throw new Error("unexpected: " + (typeof what === "string" ? what : JSON.stringify(what)));
}

/** A fault that the scripted model is ordered to have. */
export const order = (words: Record<string, unknown>) =>
  "[kit " + Object.entries(words).map(([name, value]) => `${name}=${value}`).join(" ") + "]";

export const once = () => randomUUID();

type Kind = abstract new (...args: never[]) => Error;

export async function throws<T extends Kind>(kind: T, act: () => PromiseLike<unknown>): Promise<InstanceType<T>> {
  try {
    await act();
  } catch (error) {
    check(error instanceof Error && error.constructor === kind, `${String(error)} instead of ${kind.name}`);
    return error as InstanceType<T>;
  }
  throw new Error(`no ${kind.name} was thrown`);
}

export async function fails(act: () => PromiseLike<unknown>) {
  let result: unknown;
  try {
    result = await act();
  } catch {
    return;
  }
  throw new Error("half an answer passed for a whole one: " + JSON.stringify(result));
}

/** Skips where the gateway's own description doesn't name the path. */
export async function served(path: string) {
  const answer = await fetch(base + "/openapi.json", { headers: { authorization: `Bearer ${key}` } });
  const { paths } = (await answer.json()) as { paths: Record<string, unknown> };
  if (!(path in paths)) throw new Skipped("the gateway doesn't serve it");
}

export async function run(scenarios: Record<string, () => Promise<void>>) {
  for (const [scenario, act] of Object.entries(scenarios)) {
    const line = { scenario, verdict: "ok", why: "" };
    try {
      await act();
    } catch (error) {
      line.verdict = error instanceof Skipped ? "skipped" : "failed";
      const name = error instanceof Skipped ? "" : `${(error as Error).constructor.name}: `;
      line.why = name + String((error as Error).message).split(/\s+/).join(" ").slice(0, 400);
    }
    console.log(JSON.stringify(line));
  }
}
