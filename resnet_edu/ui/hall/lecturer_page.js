// Exchanges the key after the # of the address, which browsers never send, for a cookie that no script can read.
const find = (selector) => /** @type {any} */ (document.querySelector(selector));
const { labels, base, language } = JSON.parse(find("#said").textContent);
const STATUS = { 403: labels.wrong_key, 429: labels.slow };

async function enter(key) {
  const answer = await fetch(`${base}lecturer`, { method: "POST", body: JSON.stringify({ key }) }).catch(() => null);
  if (answer?.ok) return location.replace(`${base}?lecture=1&lang=${language}`);
  find(".note").textContent = STATUS[answer?.status ?? 0] ?? labels.not_sent;
  find(".note").hidden = false;
}

find("h1").textContent = labels.lecturer_title;
find("label span").textContent = labels.key;
find("form button").textContent = labels.enter;
find("form").onsubmit = (event) => {
  event.preventDefault();
  enter(find("#key").value.trim());
};
const given = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname + location.search);
if (given) enter(given);
