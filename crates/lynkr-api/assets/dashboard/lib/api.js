// The gateway's JSON, with the key that was typed in. The key lives in this tab's session storage and goes out as a
// header, never in an address.

const KEY = "lynkr.key";

/** The gateway's root, whatever folder a proxy serves it under: this module is ROOT/dashboard/assets/lib/api.js. */
export const ROOT = new URL("../../../", import.meta.url);

/** An answer that isn't a success, or none at all. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether a key is missing or refused. */
  get wantsKey() {
    return this.status === 401 || this.status === 403;
  }

  /** Whether the gateway keeps nothing, or can't reach what it keeps it in. */
  get withoutStore() {
    return this.status === 503 && this.code === "store_unavailable";
  }
}

const keyListeners = new Set();

export const key = {
  get: () => sessionStorage.getItem(KEY) || "",
  set(value) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
    keyListeners.forEach((listener) => listener());
  },
  onChange(listener) {
    keyListeners.add(listener);
    return () => keyListeners.delete(listener);
  },
};

/** The address of an endpoint; parameters without a value are left out. */
export function address(path, params = {}) {
  const url = new URL(path.replace(/^\//, ""), ROOT);
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** Asks for something; an answer that isn't a success is thrown as an `ApiError`. */
export async function ask(path, { params, signal, method = "GET", accept = "application/json" } = {}) {
  const headers = { accept };
  if (key.get()) headers["x-lynkr-key"] = key.get();
  let response;
  try {
    response = await fetch(address(path, params), { method, headers, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The gateway doesn't answer. Is it still running?");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  let said = {};
  try {
    said = await response.json();
  } catch {
    // A body that isn't JSON says no more than the status.
  }
  const inner = typeof said.error === "object" && said.error ? said.error : {};
  const code = typeof said.error === "string" ? said.error : inner.code || inner.type || "error";
  const message = said.message || inner.message || `The gateway answered with status ${response.status}.`;
  return new ApiError(response.status, code, message);
}

/** The JSON of an endpoint. */
export async function json(path, params, signal) {
  return (await ask(path, { params, signal })).json();
}

/** Saves what an endpoint gives as a file. A link couldn't show the key. */
export async function download(path, params, name) {
  const response = await ask(path, { params, accept: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
