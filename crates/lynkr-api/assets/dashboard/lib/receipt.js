// What a receipt's lines mean, in words.

const FEATURE = (text) => text.replaceAll("_", " ");

const MEANINGS = [
  [/^model=(.*?)->(.*?)(?:\((.*)\))?$/, ([, from, to, why]) => ({
    title: "Another model answered", from: from || "(none named)", to, why,
  })],
  [/^translated=(.*?)->(.*)$/, ([, from, to]) => ({ title: "Translated between dialects", from: FEATURE(from), to: FEATURE(to) })],
  [/^added=(.*?)(?:\((.*)\))?$/, ([, field, why]) => ({ title: "Added a field that the provider needs", what: field, why })],
  [/^moved=(.*?)->(.*)$/, ([, from, to]) => ({ title: "Said in another place", from, to })],
  [/^dropped=(.*)$/, ([, what]) => ({ title: "Left out: the target has nothing like it", what: FEATURE(what), tone: "warn" })],
  [/^approximated=(.*)$/, ([, what]) => ({ title: "Sent in the nearest form that the target has", what: FEATURE(what), tone: "warn" })],
];

/** One line of a receipt: `{title, what? , from?, to?, why?, tone?}`. A line that isn't known stands as it is. */
export function explain(line) {
  for (const [pattern, meaning] of MEANINGS) {
    const found = pattern.exec(line);
    if (found) return { line, ...meaning(found) };
  }
  const [name, rest] = line.split(/=(.*)/s);
  return { line, title: rest === undefined ? line : FEATURE(name), what: rest };
}

/** A word for a list of requests. */
export function brief(receipt) {
  if (!receipt) return null;
  if (!receipt.length) return "untouched";
  return receipt.length === 1 ? "1 change" : `${receipt.length} changes`;
}
