// The stream of events. `EventSource` can't send a header, so it is read with `fetch`.

import { ask, key } from "./api.js";

const listeners = new Set();
let state = "off";
let controller = null;
let wait = 0;
let timer = 0;

/** Says what comes: `{type: "request" | "missed" | "state", data}`. Gives back what ends it. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const liveState = () => state;

function tell(type, data) {
  listeners.forEach((listener) => listener({ type, data }));
}

function become(next) {
  if (state === next) return;
  state = next;
  tell("state", next);
}

/** Begins to listen, and goes on with ever longer pauses when the connection breaks. */
export function start() {
  if (controller) return;
  controller = new AbortController();
  become("connecting");
  read(controller.signal).then(
    () => again(1_000),
    (error) => {
      if (error.name === "AbortError") return;
      if (error.wantsKey) {
        controller = null;
        become("denied");
      } else again();
    },
  );
}

/** Stops listening. */
export function stop(as = "paused") {
  clearTimeout(timer);
  controller?.abort();
  controller = null;
  become(as);
}

function again(first) {
  controller = null;
  become("broken");
  wait = first ?? Math.min(30_000, Math.max(1_000, wait * 2));
  clearTimeout(timer);
  timer = setTimeout(start, wait);
}

async function read(signal) {
  const response = await ask("dashboard/api/events", { signal, accept: "text/event-stream" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    blocks.forEach(take);
  }
}

function take(block) {
  let type = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) type = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  if (!data.length) return;
  if (type === "hello") {
    wait = 0;
    become("live");
  }
  try {
    tell(type, JSON.parse(data.join("\n")));
  } catch {
    // An event that can't be read is left out: the list has it after the next load.
  }
}

key.onChange(() => {
  if (state === "paused") return;
  stop("off");
  start();
});
