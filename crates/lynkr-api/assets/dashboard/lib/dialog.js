// A dialog over the page: the browser keeps the focus in it and Escape closes it.

import { html, useEffect, useId, useRef } from "./dom.js";

/** A dialog; `side` puts it to the right edge. The focus goes back to where it was. */
export function Dialog({ title, close, side = false, children }) {
  const element = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const outside = (event) => event.target === element.current && close();
  const cancel = (event) => {
    event.preventDefault();
    close();
  };
  return html`<dialog ref=${element} class=${side ? "side" : ""} aria-labelledby=${id} onCancel=${cancel} onClick=${outside}>
    <div class="dialog-body">
      <header class="card-head"><h2 id=${id}>${title}</h2><button type="button" class="quiet" onClick=${close}>Close</button></header>
      ${children}
    </div>
  </dialog>`;
}
