// Polling: only in a visible tab, its age shown, a lost connection said. An element that polls has data-poll and hx-trigger="every 2s, look".
const marks = () => document.querySelectorAll("[data-live]");
let answered = Date.now(), lost = false;

function show() {
  const seconds = Math.max(0, Math.round((Date.now() - answered) / 1000));
  marks().forEach(mark => {
    const age = mark.querySelector("[data-age]"), word = mark.querySelector("[data-live-word]");
    age.textContent = age.dataset.age.replace("%s", seconds);
    mark.dataset.word ??= word.textContent;
    mark.classList.toggle("lost", lost);
    const text = lost ? mark.dataset.lost : mark.dataset.word;
    if (word.textContent !== text) word.textContent = text;
  });
}
const polls = event => event.detail.elt?.matches?.("[data-poll]");
function heard(failed) {
  lost = failed;
  if (!failed) answered = Date.now();
  show();
}

document.addEventListener("htmx:beforeRequest", event => {
  if (polls(event) && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:afterRequest", event => {
  if (polls(event)) heard(!event.detail.successful);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && window.htmx) document.querySelectorAll("[data-poll]").forEach(element => window.htmx.trigger(element, "look"));
});
if (marks().length) {
  show();
  setInterval(() => { if (!document.hidden) show(); }, 1000);
}
