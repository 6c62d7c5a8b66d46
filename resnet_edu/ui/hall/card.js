// A question as a card: the possible answers, the reader's own, and the bars of both rounds.
import { put } from "../components/announce.js";
import { fill } from "./client.js";

/** A new element. */
export const make = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

/**
 * Describe a question's state to a phone, in a sentence or two.
 *
 * @param {any} asked
 * @param {string | undefined} own
 * @param {Record<string, string>} labels
 * @param {boolean} [isLate] whether its last answer came too late
 */
export function standing(asked, own, labels, isLate = false) {
  const answer = asked.answers.find(({ id }) => id === own)?.text;
  if (isLate && answer && !asked.open) return fill(labels.late_answered, { answer });
  if (isLate) return [labels.late, standing(asked, own, labels)].filter(Boolean).join(labels.between);
  if (asked.open) {
    if (answer) return fill(labels.your_answer, { answer });
    return asked.round > 1 ? labels.talk : "";
  }
  return answer ? fill(labels.closed_answered, { answer }) : labels.closed_unanswered;
}

/**
 * Draw a question to be answered; its buttons remain the same elements until the question changes.
 *
 * @param {HTMLElement} place
 * @param {any} asked
 * @param {{ own?: string, labels: Record<string, string>, choose: (answer: string) => void, sent?: string, isLate?: boolean }} how
 */
export function drawQuestion(place, asked, { own, labels, choose, sent, isLate }) {
  const key = `${asked.id} ${asked.round ?? ""}`;
  if (place.dataset.question !== key) {
    place.dataset.question = key;
    const answers = make("div", "answers");
    answers.append(
      ...asked.answers.map(({ id, text }) => {
        const button = make("button", "answer", text);
        button.setAttribute("type", "button");
        button.dataset.answer = id;
        return button;
      }),
    );
    place.replaceChildren(
      make("p", "round"),
      make("p", "question", asked.text),
      answers,
      make("p", "standing"),
      make("div", "bars"),
    );
    place.querySelector(".standing")?.setAttribute("role", "status");
  }
  const find = (selector) => /** @type {HTMLElement} */ (place.querySelector(selector));
  find(".round").textContent = asked.round ? fill(labels.round, { round: asked.round }) : "";
  find(".question").textContent = asked.text;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (place.querySelectorAll(".answer"))) {
    const id = button.dataset.answer ?? "";
    button.disabled = !asked.open;
    button.textContent = asked.answers.find((each) => each.id === id).text;
    button.setAttribute("aria-pressed", `${(sent ?? own) === id}`);
    button.onclick = () => choose(id);
  }
  put(find(".standing"), sent && sent !== own ? labels.connecting : standing(asked, own, labels, isLate));
  drawBars(find(".bars"), asked, labels);
}

/**
 * Draw each answer's rounds side by side, as shares of all answers in that round.
 *
 * @param {HTMLElement} place
 * @param {{ answers: { id: string, text: string }[], bars?: Record<string, number>[] | null }} asked
 * @param {Record<string, string>} labels
 */
export function drawBars(place, asked, labels) {
  place.hidden = !asked.bars;
  if (!asked.bars) return place.replaceChildren();
  place.replaceChildren(
    ...asked.answers.map(({ id, text }) => {
      const row = make("div", "bar-row");
      row.append(make("span", "bar-name", text), ...bars(asked.bars ?? [], id, labels));
      return row;
    }),
  );
}

/**
 * Return an answer's count and share in each round.
 *
 * @param {Record<string, number>[]} rounds
 * @param {string} answer
 */
export function shares(rounds, answer) {
  return rounds.map((counts) => {
    const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
    const count = counts[answer] ?? 0;
    return { count, percent: all ? Math.round((100 * count) / all) : 0 };
  });
}

function bars(rounds, answer, labels) {
  return shares(rounds, answer).map(({ count, percent }, index) => {
    const line = make("span", `bar round-${index + 1}`);
    const votes = fill(labels.votes, { count, percent });
    const filled = make("i", "");
    line.dataset.count = `${count}`;
    filled.style.width = `${percent}%`;
    line.append(
      filled,
      make("b", "", rounds.length > 1 ? fill(labels.round_votes, { round: index + 1, votes }) : votes),
    );
    return line;
  });
}
