// Says that the server is at work when it owes an answer and has been silent: an overloaded server, or a bad line, can't
// say so in time. Streamlit doesn't tell its page what it has asked for, so its connection is listened to.
const UNTOLD_MS = 1500;
const STREAM = "/_stcore/stream";
const RUNS = '[data-testid=stApp][data-test-script-state="running"]';
const TOLD = "[data-testid=stToast]"; // the reader's place in the queue

let owes = false;
let silence = 0;

function show(isShown) {
  for (const sign of document.querySelectorAll(".waiting")) /** @type {HTMLElement} */ (sign).hidden = !isShown;
}

function look() {
  show((owes || document.querySelector(RUNS) !== null) && document.querySelector(TOLD) === null);
  silence = setTimeout(look, UNTOLD_MS);
}

function heard() {
  owes = false;
  show(false);
  clearTimeout(silence);
  silence = setTimeout(look, UNTOLD_MS);
}

function asked() {
  if (owes) return;
  owes = true;
  clearTimeout(silence);
  silence = setTimeout(look, UNTOLD_MS);
}

/** Listen to the page's connection from now on, once for all pages. */
export function watchWaits() {
  const page = /** @type {any} */ (document.documentElement);
  if (page.waits) return;
  page.waits = true;
  const known = new WeakSet();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    if (this.url.includes(STREAM)) {
      if (!known.has(this)) for (const name of ["message", "close"]) this.addEventListener(name, heard);
      known.add(this);
      asked();
    }
    return send.call(this, message);
  };
}
