// Says so when the server owes an answer and has been silent: an overloaded server, or a bad line, can't say so in time.
// Streamlit doesn't tell its page what it has asked for, so its connection is listened to, from the page's first moment
// on.
{
  const UNTOLD_MS = 1500;
  const STREAM = "/_stcore/stream";
  const RUNS = '[data-testid=stApp][data-test-script-state="running"]';
  const TOLD = "[data-testid=stToast]"; // the reader's place in the queue
  const DRAWN = "footer.lesson";
  // Fields of Streamlit's messages: rerun_script and in it is_auto_rerun, new_session, script_finished
  const [QUESTION, BY_CLOCK, BEGINS, ENDS] = [11, 6, 4, 6];

  let owes = true; // the page itself
  let isBack = false;
  let silence = 0;

  /**
   * A field of a message in the wire format of protocol buffers: its bytes or number; undefined if it isn't there.
   *
   * @param {unknown} message
   * @param {number} wanted
   */
  const field = (message, wanted) => {
    if (!(message instanceof ArrayBuffer || message instanceof Uint8Array)) return undefined;
    const bytes = new Uint8Array(message);
    let place = 0;
    const number = () => {
      for (let value = 0, scale = 1; ; scale *= 128) {
        const byte = bytes[place++] ?? 0;
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    while (place < bytes.length) {
      const [tag, start] = [number(), place];
      const kind = tag % 8;
      const value = kind === 0 || kind === 2 ? number() : 0;
      const end = kind === 0 ? place : kind === 2 ? place + value : start + (kind === 1 ? 8 : 4);
      if (Math.floor(tag / 8) === wanted) return kind === 2 ? bytes.subarray(place, end) : value;
      place = end;
    }
    return undefined;
  };

  const find = () => /** @type {HTMLElement | null} */ (document.querySelector(".waiting"));

  const hide = () => {
    const sign = find();
    if (sign) sign.hidden = true;
  };

  const show = () => {
    const sign = find();
    if (!sign) return;
    const words = JSON.parse(sign.dataset.words ?? "");
    const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language.slice(0, 2).toLowerCase();
    const { opening, back, work, offline } = Object.hasOwn(words, wanted) ? words[wanted] : words.en;
    const known = !document.querySelector(DRAWN) ? opening : isBack ? back : work;
    const said = navigator.onLine ? known : offline;
    sign.hidden = false;
    if (sign.textContent !== said) sign.textContent = said;
  };

  const look = () => {
    if ((owes || document.querySelector(RUNS)) && !document.querySelector(TOLD)) show();
    else hide();
    silence = setTimeout(look, UNTOLD_MS);
  };

  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(look, UNTOLD_MS);
  };

  /** What still arrives of an earlier run is no answer; a run that begins is taken for one, though it may be the clock's. */
  const heard = ({ data }) => {
    if (field(data, BEGINS)) owes = false;
    if (field(data, ENDS) !== undefined) isBack = false;
    if (owes) return;
    hide();
    listen();
  };

  const lost = () => {
    owes = false;
    isBack = true;
    hide();
    listen();
  };

  const known = new WeakSet();
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (message) {
    if (this.url.includes(STREAM)) {
      if (!known.has(this)) {
        this.addEventListener("message", heard);
        this.addEventListener("close", lost);
      }
      known.add(this);
      const question = field(message, QUESTION);
      if (question && !field(question, BY_CLOCK) && !owes) {
        owes = true;
        listen();
      }
    }
    return send.call(this, message);
  };
  listen();
}
