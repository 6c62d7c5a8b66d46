// What a page shows of a hall: the bar on a phone that has joined, the lecturer's panel, questions for solo readers.

import { put } from "../components/announce.js";
import { answerAlone, answered, drawSeen } from "./alone.js";
import { drawBars, drawQuestion, make } from "./card.js";
import { connect, fill, joined, keepJoined, keepLed, led, liveAddress } from "./client.js";
import { asks, pageOf } from "./lead.js";
import { answerable, hear, opensItself, shared, spread } from "./phone.js";

const TICK_MS = 250;
const TOLD_MS = 8000;
const GIVE_UP_MS = 120_000;
const SAID_AGAIN_MS = 1000;
const DIALOG_MARK = "hall-dialog-is-open"; // so that lecture mode leaves Escape to the dialog

// One connection per document, whichever page is open: a component comes and goes with its page.
const hall = (globalThis.resnetEduHall ??= { own: {}, counts: {} });
const main = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=stMain]"));

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const { labels, base } = data;
  root.dataset.drawn = "";
  const role = data.exercise ? "alone" : data.lecturer ? "lead" : joined() ? "phone" : "alone";
  if (hall.role !== role || hall.language !== data.language) {
    hall.connection?.end();
    clearTimeout(hall.going);
    Object.assign(hall, {
      role,
      language: data.language,
      connection: null,
      state: null,
      note: "",
      line: "",
      wentTo: "",
      goingTo: "",
      own: {},
      counts: {},
      sent: undefined,
      late: undefined,
    });
  }
  const tell = (text) => {
    hall.note = text;
    drawNote();
  };
  // What is said of the connection stands before a note, which is there again when the server is heard.
  const tellOfLine = (text) => {
    hall.line = text;
    drawNote();
  };
  // Once, wherever it is seen: a closed panel has no room for it.
  const drawNote = () => {
    const place = [".dock", ".panel"].find((each) => !find(each).hidden);
    for (const note of root.querySelectorAll(".note")) {
      const isHere = note.matches(place ? `${place} .note` : ".toast");
      note.textContent = isHere ? hall.line || hall.note : "";
      note.hidden = !(isHere && note.textContent);
    }
  };
  const roomFor = (side, element) => {
    const scroller = main();
    if (scroller)
      scroller.style[side] = element.hidden
        ? ""
        : `${element.getBoundingClientRect()[side === "paddingRight" ? "width" : "height"]}px`;
  };
  const here = () => ({ page: pageOf(location.pathname, base), query: shared(location.search) });
  const asPath = ({ page, query }) => `${page}?${shared(query)}`;

  // --- a phone ---------------------------------------------------------------------------------------------------
  const phone = {
    follows: () => joined()?.follow !== false,
    setFollow: (follow) => {
      keepJoined({ ...joined(), follow });
      hall.connection?.send({ follow });
      draw();
    },
    open: () => {
      const how = () => ({ lang: data.language, follow: phone.follows() ? "1" : "0" });
      hall.connection ??= connect(() => liveAddress(base, joined()?.code, how()), {
        take: (message) => hall.take(message),
        lost: () => hall.lost(),
        quiet: (isQuiet) => hall.quiet(isQuiet),
      });
    },
    over: (text) => {
      hall.connection?.end();
      clearTimeout(hall.going);
      Object.assign(hall, { connection: null, state: null, role: "alone", note: "", line: "" });
      keepJoined(null);
      draw();
      tell(text);
      setTimeout(() => hall.role === "alone" && tell(""), TOLD_MS);
    },
    take: (message) => {
      if (message.state) {
        hall.goneSince = 0;
        tell("");
      }
      if (hear(hall, message)) hall.connection?.send({ own: 1 });
      if (message.no === "gone") {
        hall.goneSince ||= Date.now();
        if (Date.now() - hall.goneSince > GIVE_UP_MS) return phone.over(labels.gone);
        tell(labels.gone);
      } else if (["left", "closed", "full", "tabs", "cookie"].includes(message.no))
        return phone.over(labels[message.no]);
      else if (["later", "slow", "away"].includes(message.no)) tell(labels[message.no]);
      else if (message.voted && hall.note === labels.later) tell("");
      if (message.state) phone.follow();
      draw();
    },
    follow: () => {
      const place = hall.state?.place;
      const wanted = place && !place.covered && phone.follows() ? asPath(place) : "";
      if (wanted && wanted === hall.goingTo) return;
      clearTimeout(hall.going);
      hall.goingTo = wanted === hall.wentTo ? "" : wanted;
      if (hall.goingTo) hall.going = setTimeout(() => phone.go(place), spread(place.followers, Math.random()));
    },
    go: (place) => {
      const wanted = asPath(place);
      Object.assign(hall, { wentTo: wanted, goingTo: "" });
      hall.wentAt = Date.now();
      hall.section = place.section;
      if (asPath(here()) !== wanted) hall.goto(`${place.page}?${place.query}`);
    },
    tick: () => {
      const now = asPath(here());
      const moved = hall.was !== undefined && hall.was !== now;
      hall.was = now;
      if (moved && hall.touchedAt > (hall.wentAt ?? 0) && phone.follows() && now !== hall.wentTo)
        phone.setFollow(false);
      const section = hall.section && document.querySelector(`.st-key-section-${hall.section}`);
      if (section && (hall.wentTo === now || Date.now() - hall.wentAt > 3000)) {
        hall.section = "";
        section.scrollIntoView({ block: "start" });
      }
    },
    choose: (answer) => {
      Object.assign(hall, {
        sent: { question: hall.state.asked.id, round: hall.state.asked.round, answer },
        late: undefined,
      });
      hall.connection.vote(hall.sent);
      draw();
    },
    draw: () => {
      const { state } = hall;
      const asked = state?.asked;
      const bar = find(".dock");
      bar.hidden = false;
      find(".dock .name").textContent = fill(labels.hall, { code: joined()?.code });
      const place = state?.place;
      const where = place ? fill(labels.lecturer_at, { place: place.title }) : labels.no_place;
      put(find(".dock .where"), state ? where : labels.connecting);
      const follow = find(".dock .follow");
      follow.textContent = phone.follows() ? labels.following : labels.come_back;
      follow.setAttribute("aria-pressed", `${phone.follows()}`);
      follow.classList.toggle("main", !phone.follows());
      follow.onclick = () => {
        hall.wentTo = "";
        phone.setFollow(!phone.follows());
        phone.follow();
      };
      find(".dock .leave").textContent = labels.leave;
      find(".dock .leave").onclick = () => {
        hall.connection?.send({ leave: 1 });
        phone.over(labels.left);
      };
      const key = asked && `${asked.id} ${asked.round} ${asked.open} ${asked.revealed} ${opensItself(asked)}`;
      if (key && hall.shownFor !== key) Object.assign(hall, { shownFor: key, sheet: opensItself(asked) });
      const open = find(".dock .open");
      open.hidden = !asked;
      open.textContent = hall.sheet ? labels.hide : labels.think;
      open.setAttribute("aria-expanded", `${Boolean(hall.sheet)}`);
      open.onclick = () => {
        hall.sheet = !hall.sheet;
        draw();
      };
      find(".sheet").hidden = !asked || !hall.sheet;
      if (asked)
        drawQuestion(find(".sheet"), asked, {
          ...answerable(asked, hall),
          labels,
          choose: phone.choose,
        });
      roomFor("paddingBottom", bar);
    },
  };

  // --- the lecturer ----------------------------------------------------------------------------------------------
  const lead = {
    begin: async (code = "") => {
      const answer = await fetch(`${base}halls`, { method: "POST", body: JSON.stringify({ code }) }).catch(() => null);
      if (!answer?.ok)
        return tell(
          { 403: labels.other_key, 409: labels.many_halls, 503: labels.away }[answer?.status ?? 0] ?? labels.not_sent,
        );
      const opened = await answer.json();
      const before = led();
      keepLed(opened);
      tell(before?.code === opened.code && before.born !== opened.born ? labels.began_anew : "");
      lead.open();
      draw();
    },
    open: () => {
      if (!led()) return;
      hall.connection ??= connect(() => liveAddress(base, led()?.code, { lang: data.language, lead: "1" }), {
        take: (message) => hall.take(message),
        lost: () => hall.lost(),
        quiet: (isQuiet) => hall.quiet(isQuiet),
      });
    },
    take: (message) => {
      if (message.state) {
        if (!message.state.place) hall.said = "";
        if (led()?.born !== message.state.born) {
          keepLed({ ...led(), born: message.state.born });
          tell(labels.began_anew);
        }
      }
      if (message.no === "key") tell(labels.other_key);
      else if (message.no === "gone" && led()) lead.begin(led().code);
      else if (message.no === "closed") {
        hall.connection?.end();
        Object.assign(hall, { connection: null, state: null });
        keepLed(null);
        if (find(".qr").open) find(".qr").close();
      } else if (message.no === "later") {
        tell(labels.away);
        setTimeout(() => (hall.said = ""), SAID_AGAIN_MS);
      }
      draw();
    },
    tick: () => {
      if (!data.lecture || document.hidden || !hall.state) return;
      const query = new URLSearchParams(location.search);
      const place = { ...here(), stop: query.get("stop") ?? "", seen: query.get("seen") === "True" };
      const said = JSON.stringify(place);
      const isNew = said !== hall.said && said === hall.seen;
      if (isNew && hall.connection.send({ lead: place })) hall.said = said;
      hall.seen = said;
    },
    command: (message) => {
      tell(hall.connection?.send(message) ? "" : labels.not_sent);
    },
    draw: () => {
      const { state } = hall;
      const panel = find(".panel");
      const start = find(".start");
      start.hidden = !data.lecture || Boolean(hall.panel && led());
      start.textContent = led() ? labels.panel : labels.open_hall;
      start.onclick = () => {
        hall.panel = true;
        if (led()) draw();
        else lead.begin();
      };
      panel.hidden = !(data.lecture && hall.panel && led());
      roomFor("paddingRight", panel);
      if (!led()) return;
      const { code, address } = led();
      const there = state ? fill(labels.joined, state) : labels.connecting;
      find(".panel .name").textContent = fill(labels.hall, { code });
      for (const count of root.querySelectorAll(".count")) count.textContent = there;
      Object.assign(find(".qr img"), {
        src: `${base}qr.svg?to=${encodeURIComponent(`${base}join/${code}`)}`,
        alt: address,
      });
      find(".qr").ariaLabel = find(".panel .name").textContent;
      find(".qr .go").textContent = labels.go_to;
      find(".qr .address").textContent = address.replace(/^https?:\/\//, "");
      Object.assign(find(".panel .hide"), { title: labels.hide, ariaLabel: labels.hide, onclick: lead.toggle });
      Object.assign(find(".panel .code"), { textContent: labels.show_code, onclick: lead.qr });
      Object.assign(find(".panel .csv"), { textContent: labels.csv, href: `${base}halls/${code}/answers.csv` });
      Object.assign(find(".panel .end"), {
        textContent: labels.end,
        onclick: () => confirm(labels.end_sure) && lead.command({ end: 1 }),
      });
      if (state) lead.drawQuestion(state);
    },
    drawQuestion: (state) => {
      const { asked, next } = state;
      const shown = next && next.id !== asked?.id ? next : asked;
      const isAsked = Boolean(asked && shown === asked);
      find(".asked").replaceChildren(
        make("p", "round", isAsked ? fill(labels.round, asked) : ""),
        make("p", "question", shown ? shown.text : labels.no_question),
      );
      put(find(".ticks"), isAsked ? fill(labels.answered, state) : "");
      lead.drawCommands(asks(shown, asked, state.answered));
      if (isAsked) drawBars(find(".panel .bars"), asked, labels);
      else find(".panel .bars").hidden = true;
      lead.drawHands(isAsked ? asked : null, state.hands);
      const live = find(".live input");
      find(".live span").textContent = labels.live;
      live.checked = state.live;
      live.onchange = () => lead.command({ live: live.checked });
    },
    // The buttons stay the same elements while votes arrive, or a click on one of them would be lost.
    drawCommands: (commands) => {
      const place = find(".does");
      const key = JSON.stringify(commands);
      if (place.dataset.key === key) return;
      place.dataset.key = key;
      place.replaceChildren(
        ...commands.map(({ name, label, isMain }) => {
          const button = make("button", isMain ? "main" : "", labels[label]);
          button.setAttribute("type", "button");
          button.dataset.does = label;
          button.onclick = () => name.forEach(lead.command);
          return button;
        }),
      );
    },
    drawHands: (asked, counted) => {
      const hands = find(".hands");
      hands.hidden = !asked;
      if (!asked) return;
      const key = `${asked.id} ${asked.round}`;
      if (hands.dataset.key === key) {
        // What is being typed stays; a count that has changed elsewhere is shown.
        for (const input of hands.querySelectorAll("input")) {
          const { answer } = input.dataset;
          if (counted[answer] !== hall.counted[answer]) input.value = counted[answer] ?? "";
        }
        hall.counted = counted;
        return;
      }
      hands.dataset.key = key;
      hall.counted = counted;
      find(".hands summary").textContent = labels.hands;
      const inputs = asked.answers.map(({ id, text }) => {
        const label = make("label", "", text);
        const input = Object.assign(make("input", ""), {
          type: "number",
          min: 0,
          max: 10000,
          value: counted[id] ?? "",
        });
        input.dataset.answer = id;
        input.onchange = () => {
          const counts = {};
          for (const each of hands.querySelectorAll("input"))
            if (each.value) counts[each.dataset.answer] = Number(each.value);
          lead.command({ hands: { question: asked.id, round: asked.round, counts } });
        };
        label.append(input);
        return label;
      });
      find(".hands div").replaceChildren(...inputs);
    },
    toggle: () => {
      hall.panel = !hall.panel;
      if (hall.panel && !led()) lead.begin();
      draw();
    },
    qr: async () => {
      const dialog = find(".qr");
      if (dialog.open) return dialog.close();
      if (!led()) await lead.begin();
      if (!led()) return;
      const mark = make("span", "");
      mark.id = DIALOG_MARK;
      document.body.append(mark);
      dialog.onclose = () => document.getElementById(DIALOG_MARK)?.remove();
      dialog.onclick = () => dialog.close();
      dialog.showModal();
    },
    keys: (event) => {
      const [focused] = event.composedPath();
      if (
        !data.lecture ||
        event.altKey ||
        event.ctrlKey ||
        event.metaKey ||
        focused.closest?.("input, textarea, [contenteditable=true]")
      )
        return;
      const does = { q: lead.qr, v: lead.toggle }[event.key];
      if (!does) return;
      event.preventDefault();
      does();
    },
  };

  // --- a reader without a hall -------------------------------------------------------------------------------------
  const alone = {
    answer: async (question, answer) => {
      const isHeard = answerAlone(base, question.id, answer, data.language);
      draw();
      if (!(await isHeard)) tell(labels.not_sent);
      draw();
    },
    draw: () => {
      find(".dock").hidden = true;
      roomFor("paddingBottom", find(".dock"));
      const questions = data.exercise ? [data.exercise] : data.questions;
      if (data.exercise) hall.cards ??= true;
      const button = find(".alone");
      button.hidden = data.lecture || !questions.length || hall.cards;
      button.textContent = fill(labels.questions_here, { count: questions.length });
      button.onclick = () => {
        hall.cards = true;
        draw();
      };
      const cards = find(".cards");
      cards.hidden = data.lecture || !questions.length || !hall.cards;
      if (cards.hidden) return;
      const shown = questions.map(({ id }) => id).join();
      if (cards.dataset.shown !== shown) {
        cards.dataset.shown = shown;
        const hide = make("button", "hide", labels.hide);
        hide.onclick = () => {
          hall.cards = false;
          draw();
        };
        cards.replaceChildren(hide, ...questions.map(({ id }) => Object.assign(make("div", "card"), { id })));
      }
      for (const question of questions) {
        const said = answered[question.id];
        const asked = { ...question, open: true, bars: null };
        const place = cards.querySelector(`[id="${question.id}"]`);
        drawQuestion(place, asked, {
          own: said?.answer,
          labels: data.exercise ? labels : { ...labels, your_answer: "" },
          choose: (answer) => alone.answer(question, answer),
        });
        if (said?.counts !== undefined && !data.exercise) drawSeen(place, question, said, labels);
      }
    },
  };

  const parts = { phone, lead, alone };
  const draw = () => {
    for (const each of [".panel", ".start", ".dock", ".alone", ".cards"]) find(each).hidden = true;
    parts[hall.role].draw();
    drawNote();
  };
  hall.goto = (place) => setTriggerValue("goto", place);
  hall.take = (message) => {
    if (message.state) hall.state = message.state;
    tellOfLine("");
    parts[hall.role].take?.(message);
  };
  hall.lost = () => {
    hall.said = ""; // the lecturer's last move may not have arrived
    tellOfLine(labels.unreachable);
  };
  hall.quiet = (isQuiet) => tellOfLine(isQuiet ? labels.quiet : "");
  hall.tick = () => parts[hall.role].tick?.();
  hall.keys = hall.role === "lead" ? lead.keys : () => undefined;
  if (!hall.isListening) {
    hall.isListening = true;
    setInterval(() => hall.tick(), TICK_MS);
    window.addEventListener("keydown", (event) => hall.keys(event));
    for (const name of ["pointerdown", "keydown"])
      window.addEventListener(name, (event) => !hall.isOwn(event) && (hall.touchedAt = Date.now()), {
        capture: true,
        passive: true,
      });
  }
  hall.isOwn = (event) => event.composedPath().includes(root);
  parts[hall.role].open?.();
  tell(hall.note);
  draw();
}
