"""A visitor who has only a keyboard: moves the focus, and looks each time whether it can be seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

MAX_STOPS = 200  # on one page

# The element with the focus, and what is wrong with how it shows: outline, place in the window, hidden by something.
LOOK = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const name = element.getAttribute("aria-label") || element.textContent.trim() || element.name || element.tagName;
  const drawn = [element, ...(element.closest(".find") ? [element.closest(".find")] : [])].some(each => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  });
  const box = element.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const seen = left < right && top < bottom && [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]].some(([x, y]) => {
    const there = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    return there && (element.contains(there) || there.contains(element) || there.closest("label")?.contains(element));
  });
  const faults = [drawn ? "" : "has no outline", seen ? "" : "cannot be seen"].filter(Boolean);
  return {name: name.slice(0, 60), fault: faults.join(", ")};
}"""


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def step(self, back: bool = False) -> str:
        """To the next stop, whose name is the answer; empty when the page has been walked through."""
        self.press("Shift+Tab" if back else "Tab")
        found = self.page.evaluate(LOOK)
        if not found:
            return ""
        assert not found["fault"], f"the focus on “{found['name']}” {found['fault']}"
        return str(found["name"])

    def to(self, there: Locator, back: bool = False) -> None:
        """Step until the focus is there."""
        walked = []
        while len(walked) < MAX_STOPS:
            walked.append(self.step(back))
            if there.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"the keyboard does not come there; it came to {walked}")

    def go(self, key: str) -> None:
        """Press a key that leads to a page, and be there."""
        with self.page.expect_navigation():
            self.press(key)

    def is_on(self, there: Locator) -> None:
        expect(there).to_be_focused()
        assert not self.page.evaluate(LOOK)["fault"]
