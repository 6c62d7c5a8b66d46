// The page on which a phone joins a hall and votes; the figures are one tap away.

import { put } from "../components/announce.js";
import { drawQuestion } from "./card.js";
import { connect, fill, joined, keepJoined, liveAddress } from "./client.js";
import { answerable, figuresLink, hear } from "./phone.js";

const find = (selector) => /** @type {any} */ (document.querySelector(selector));
const { code, refused, language, labels, base } = JSON.parse(find("#said").textContent);
const show = (selector, isShown) => {
  find(selector).hidden = !isShown;
};
const said = { note: "", line: "" }; // what is said of the connection stands before the rest
const tell = (text, of = "note") => {
  said[of] = text;
  find(".note").textContent = said.line || said.note;
  show(".note", Boolean(said.line || said.note));
};

function askForCode() {
  find("h1").textContent = labels.hall_button;
  find("label span").textContent = labels.code;
  find("form button").textContent = labels.join;
  find("#code").value = code;
  show("form", true);
}

function stay() {
  const answers = /** @type {import("./phone.js").Answers} */ ({ own: {}, counts: {} });
  let state = /** @type {any} */ (null);
  find("h1").textContent = fill(labels.hall, { code });
  find(".leave").textContent = labels.leave;
  find(".figures").textContent = labels.open_figures;
  tell(labels.connecting);
  const choose = (answer) => {
    answers.sent = { question: state.asked.id, round: state.asked.round, answer };
    answers.late = undefined;
    connection.vote(answers.sent);
    draw();
  };
  const draw = () => {
    if (!state) return;
    const { asked, place } = state;
    show(".there", true);
    show(".card", Boolean(asked));
    find(".nothing").textContent = asked ? "" : labels.nothing_asked;
    if (asked) {
      drawQuestion(find(".card"), asked, { ...answerable(asked, answers), labels, choose });
    }
    put(find(".where"), place ? fill(labels.lecturer_at, { place: place.title }) : labels.no_place);
    find(".figures").href = figuresLink(base, place, language);
    show(".figures", true);
    show(".leave", true);
  };
  const over = (text) => {
    connection.end();
    tell("", "line");
    keepJoined(null);
    for (const each of [".there", ".figures", ".leave"]) show(each, false);
    find(".where").textContent = "";
    tell(text);
    askForCode();
  };
  const take = (message) => {
    tell("", "line");
    if (message.state) {
      state = message.state;
      tell("");
      keepJoined({ ...joined(), code });
    }
    if (hear(answers, message)) connection.send({ own: 1 });
    if (["left", "closed", "full", "tabs", "cookie"].includes(message.no)) return over(labels[message.no]);
    if (["gone", "later", "slow", "away"].includes(message.no)) tell(labels[message.no]);
    if (message.voted && said.note === labels.later) tell("");
    draw();
  };
  const connection = connect(() => liveAddress(base, code, { lang: language }), {
    take,
    lost: () => tell(labels.unreachable, "line"),
    quiet: (isQuiet) => tell(isQuiet ? labels.quiet : "", "line"),
  });
  find(".leave").onclick = () => {
    connection.send({ leave: 1 });
    over(labels.left);
  };
  find(".figures").onclick = () => keepJoined({ code, follow: true });
}

if (code && !refused) stay();
else {
  askForCode();
  tell(refused ? labels[refused] : "");
}
