// One small script for every screen. Without it the forms still work; pages then read themselves anew.
(() => {
  "use strict";

  // ---- passwords and fields --------------------------------------------------------------------------------------
  function show(button, on) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    if (!input) return;
    // Text that was shown is ordinary text to a browser: it would go into its file of open windows, to be filled in again after a crash.
    input.dataset.autocomplete ??= input.autocomplete;
    input.autocomplete = on ? "off" : input.dataset.autocomplete;
    input.type = on ? "text" : "password";
    button.setAttribute("aria-pressed", String(on));
  }

  async function copy(button) {
    let words = button.dataset.copied;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      words = button.dataset.notCopied;
    }
    button.querySelector("span").textContent = words;
    const said = document.getElementById("said");
    if (said) said.textContent = words;
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const hit = (selector) => event.target.closest(selector);
    let el;
    if ((el = hit("[data-focus]"))) {
      const field = document.getElementById(el.dataset.focus);
      if (field) { field.focus(); event.preventDefault(); }
    }
    else if ((el = hit("[data-pw-show]"))) show(el, el.getAttribute("aria-pressed") !== "true");
    else if ((el = hit("[data-clear]"))) {
      const input = document.getElementById(el.getAttribute("aria-controls"));
      if (input) { input.value = ""; input.focus(); }
    }
    else if (hit("[data-print]")) window.print();
    else if ((el = hit("[data-copy]"))) copy(el);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // A password leaves the page hidden again, so that no browser remembers it as ordinary text.
    for (const button of form.querySelectorAll("[data-pw-show][aria-pressed=true]")) show(button, false);
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "true";
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy;
    }
  });

  // A page from the browser's memory shows what was true then, and may still hold a password.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- what happens meanwhile --------------------------------------------------------------------------------------
  let reading = false, again = false;
  async function readAnew() {
    if (reading) { again = true; return; }
    reading = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.href, { cache: "no-store", headers: { "Densai-Shown": "true" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const [now, then] = [document.querySelector("main"), page.querySelector("main")];
        if (!now || !then || now.dataset.screen !== then.dataset.screen) { location.replace(answer.url); return; }
        document.title = page.title;
        now.replaceWith(then);
        const [foot, nextFoot] = [document.querySelector(".app__foot"), page.querySelector(".app__foot")];
        if (foot && nextFoot) foot.replaceWith(nextFoot);
        document.querySelector("main [data-takes-focus]")?.focus();
      } while (again);
    } catch { /* the program has ended: the open answer says so */ }
    finally { reading = false; }
  }

  // Open browsers are ticked off while the person closes them; the rest of the page stays as it is.
  async function watch() {
    const now = document.querySelector("[data-watch]");
    if (!now) return;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const then = page.getElementById(now.id);
      if (then && then.outerHTML !== now.outerHTML) {
        const held = now.contains(document.activeElement);
        now.replaceWith(then);
        const [foot, nextFoot] = [document.querySelector(".app__foot"), page.querySelector(".app__foot")];
        if (foot && nextFoot && !foot.contains(document.activeElement)) foot.replaceWith(nextFoot);
        if (held) then.querySelector("button")?.focus();
      }
    } catch { return; }
    setTimeout(watch, 2000);
  }
  setTimeout(watch, 2000);

  const ended = document.querySelector("[data-window-close]");
  if (ended) {
    // Only a window that was opened for this page lets itself be closed; the page says the same in words.
    setTimeout(() => window.close(), 1500);
  } else {
    const events = new EventSource("/events");
    let lost = null;
    events.addEventListener("beat", () => { clearTimeout(lost); lost = null; });
    events.addEventListener("progress", () => { if (document.querySelector("main[data-live]")) readAnew(); });
    events.addEventListener("moved", () => location.replace("/moved"));
    events.addEventListener("error", () => {
      lost ??= setTimeout(() => {
        const gone = document.getElementById("gone");
        gone.textContent = gone.dataset.words;
        gone.hidden = false;
        events.close();
      }, 5000);
    });
    // What happened between the page's making and now.
    events.addEventListener("open", () => { if (document.querySelector("main[data-live]")) readAnew(); }, { once: true });
    window.addEventListener("pagehide", () => { clearTimeout(lost); events.close(); });
  }

  document.querySelector("[data-takes-focus]")?.focus();
})();
