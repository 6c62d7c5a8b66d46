// A question in front of the figure that answers it: answering, or asking to be shown, reveals the whole figure.
import { answerAlone, answered, drawSeen } from "./alone.js";
import { drawQuestion } from "./card.js";
import { joined } from "./client.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("section");
  const find = (selector) => root.querySelector(selector);
  const { question, labels, open } = data;
  root.dataset.drawn = "";
  const draw = () => {
    const said = answered[question.id];
    const asked = { ...question, open, bars: null };
    const choose = async (answer) => {
      const asking = answerAlone(data.base, question.id, answer, data.language);
      draw();
      const isHeard = await asking;
      find(".note").textContent = isHeard ? "" : labels.not_sent;
      draw();
      if (isHeard) setTriggerValue("shown", data.shows);
    };
    // In a hall the lecturer asks; and anyone who has seen the figure has nothing left to guess.
    root.classList.toggle("silent", Boolean(joined()) || !(open || said));
    drawQuestion(find(".card"), asked, { own: said?.answer, labels: { ...labels, your_answer: "" }, choose });
    find(".standing").textContent = "";
    if (said?.counts !== undefined) drawSeen(find(".card"), question, said, labels);
  };
  Object.assign(find(".show"), {
    textContent: labels.show_me,
    hidden: !open,
    onclick: () => setTriggerValue("shown", data.shows),
  });
  draw();
}
