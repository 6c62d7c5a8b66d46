// What a lecturer can do with a question, and where a lecturer is.

/**
 * Return the page of ours that an address belongs to.
 *
 * @param {string} path
 * @param {string} base
 */
export function pageOf(path, base) {
  return path.slice(base.length).split("/")[0] || "home";
}

/**
 * Return the commands that a question allows now, the likeliest first: what to send, and the name of its label.
 *
 * @param {{ id: string } | null} shown
 * @param {{ id: string, round: number, open: boolean, revealed: boolean } | null} asked
 * @param {number} answered
 */
export function asks(shown, asked, answered) {
  if (!shown) return [];
  const put = (round, open, revealed) => ({ ask: { question: shown.id, round, open, revealed } });
  if (shown.id !== asked?.id) return [{ name: [put(1, true, false)], label: "ask", isMain: true }];
  const { round, open, revealed } = asked;
  const reset = { name: [{ reset: shown.id }, put(1, false, false)], label: "reset", isMain: false };
  if (open) {
    return [
      { name: [put(round, false, true)], label: "reveal", isMain: true },
      { name: [put(round, false, false)], label: "close_question", isMain: false },
      reset,
    ];
  }
  if (!answered && !revealed && round === 1) return [{ name: [put(1, true, false)], label: "ask", isMain: true }];
  const again = { name: [put(2, true, false)], label: "again", isMain: revealed };
  const show = { name: [put(round, false, !revealed)], label: revealed ? "cover" : "reveal", isMain: !revealed };
  return [show, ...(round === 1 ? [again] : []), reset];
}
