// The server renders a question open (<dialog class="ask" open>); with script it becomes a real modal, and the focus returns afterwards.
const $ = (selector, root = document) => root.querySelector(selector);
const KEY = "koppel-asked";

function open(dialog) {
  const before = document.activeElement;
  dialog.close();
  dialog.showModal();
  dialog.addEventListener("cancel", event => {
    const close = $("[data-close]", dialog);
    if (close?.href) { event.preventDefault(); close.click(); }
  });
  dialog.addEventListener("close", () => before?.focus());
}

function openAll() {
  document.querySelectorAll("dialog.ask[open]:not(:modal)").forEach(open);
}

/* Which button asked: the page is loaded anew for the question and again afterwards. */
document.addEventListener("click", event => {
  const button = event.target.closest("[data-act]");
  if (button && button.getAttribute("aria-disabled") !== "true") sessionStorage.setItem(KEY, button.dataset.act);
});
function giveBack() {
  const action = sessionStorage.getItem(KEY);
  if (!action || $("dialog[open]")) return;
  sessionStorage.removeItem(KEY);
  if (document.activeElement === document.body) $(`[data-act="${CSS.escape(action)}"]`)?.focus({ preventScroll: true, focusVisible: true });
}

document.addEventListener("htmx:afterSettle", openAll);
openAll();
giveBack();
