// Asks for a key, once for this tab.

import { html, useEffect, useRef, useState } from "./dom.js";
import { key } from "./api.js";

export function SignIn({ error }) {
  const [text, setText] = useState("");
  const input = useRef(null);
  useEffect(() => input.current?.focus(), []);
  const wrong = Boolean(key.get());
  const lacking = error.status === 403;
  const submit = (event) => {
    event.preventDefault();
    if (text.trim()) key.set(text.trim());
  };
  return html`<main class="sign-in" id="main">
    <form class="card" onSubmit=${submit}>
      <p class="brand"><img src=${new URL("../icon.svg", import.meta.url)} alt="" width="28" height="28" />Lynkr</p>
      <h1>This dashboard needs a key</h1>
      <p>Use one of the operator's keys (<code>LYNKR_API_KEYS</code>), or one with the scope <code>admin</code>:</p>
      <pre><code>lynkr keys create dashboard --scopes admin</code></pre>
      <div class="field"><label for="key">Key</label>
        <input id="key" ref=${input} type="password" autocomplete="off" spellcheck=${false} value=${text} required
          aria-describedby="key-note" aria-invalid=${wrong ? "true" : undefined}
          onInput=${(event) => setText(event.target.value)} /></div>
      ${wrong && html`<p class="problem" role="alert">${lacking ? "This key is known, but it lacks the scope admin." : "This key was refused."} ${error.message}</p>`}
      <p class="note" id="key-note">It stays in this tab's session storage until the tab is closed, and goes to this gateway alone, as a header.</p>
      <button class="primary" type="submit">Open the dashboard</button>
    </form>
  </main>`;
}
