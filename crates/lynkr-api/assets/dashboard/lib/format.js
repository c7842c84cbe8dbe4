// Numbers, times and names as text. Nothing here turns what wasn't measured into a zero.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const number = (digits) => new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
const fixed = (digits) => new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const missing = (value) => value === null || value === undefined || Number.isNaN(value);

/** Whole numbers, with thousands apart. */
export const int = (value) => whole.format(value);

/** Dollars, with as many digits as matter. */
export function usd(value) {
  const size = Math.abs(value);
  if (size === 0) return "$0";
  const sign = value < 0 ? "−" : "";
  if (size < 0.0001) return `${sign}<$0.0001`;
  if (size < 0.01) return `${sign}$${fixed(4).format(size)}`;
  if (size < 1) return `${sign}$${fixed(3).format(size)}`;
  if (size < 10_000) return `${sign}$${fixed(2).format(size)}`;
  return `${sign}$${whole.format(size)}`;
}

const STEPS = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];

/** A large count in short: 12.3k. */
export function short(value) {
  const step = STEPS.find(([size]) => Math.abs(value) >= size * 0.9995);
  if (!step) return number(1).format(value);
  const scaled = value / step[0];
  return `${number(Math.abs(scaled) < 10 ? 2 : Math.abs(scaled) < 100 ? 1 : 0).format(scaled)}${step[1]}`;
}

/** A duration in milliseconds. */
export function ms(value) {
  if (value < 1_000) return `${whole.format(value)} ms`;
  if (value < 60_000) return `${fixed(value < 10_000 ? 2 : 1).format(value / 1_000)} s`;
  const minutes = Math.floor(value / 60_000);
  return `${whole.format(minutes)} min ${Math.round((value % 60_000) / 1_000)} s`;
}

export const percent = (value) => `${number(1).format(value)} %`;

const UNITS = { usd, tokens: short, requests: int, ms, percent, count: int };
const EXACT = {
  usd: (value) => `$${number(9).format(value)}`,
  tokens: (value) => `${int(value)} tokens`,
  ms: (value) => `${int(value)} ms`,
};

/** A value in its unit. What isn't a number stands as it is. */
export const inUnit = (value, unit) => (typeof value === "number" ? (UNITS[unit] || number(2).format)(value) : String(value));

/** The same to the last digit, where the short form leaves any out. */
export function exact(value, unit) {
  const text = EXACT[unit]?.(value);
  return text && text !== inUnit(value, unit) ? text : undefined;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const utcDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** The time of day, with the date in front unless it is today. */
export function time(at, now = Date.now()) {
  const [then, today] = [new Date(at), new Date(now)];
  const same = then.toDateString() === today.toDateString();
  return same ? clock.format(then) : `${date.format(then)}, ${clock.format(then)}`;
}

export const iso = (at) => new Date(at).toISOString();

/** A day of UTC (`2026-11-21`) for an axis. */
export const day = (text) => utcDay.format(new Date(`${text}T00:00:00Z`));

const SPANS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

/** How long ago, or how long still. */
export function span(length) {
  const size = Math.abs(length);
  const [unit, name] = SPANS.find(([unit]) => size >= unit) || SPANS[3];
  return `${Math.floor(size / unit)} ${name}`;
}

export function ago(at, now = Date.now()) {
  const passed = now - at;
  if (passed < 2_000 && passed > -2_000) return "just now";
  return passed > 0 ? `${span(passed)} ago` : `in ${span(passed)}`;
}

export const plural = (count, one, many = `${one}s`) => `${int(count)} ${count === 1 ? one : many}`;

/** What stands for "without" in a group. */
export const WITHOUT = "(none)";
export const named = (value) => (value === null || value === undefined || value === "" ? WITHOUT : value);
