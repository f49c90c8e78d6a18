// What pages need beyond htmx: times in the reader's zone, running clocks, messages, dialogs, the menu on phones.
"use strict";
(() => {
  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  // <time datetime data-local>: date and time in the reader's zone.
  const localTime = (node) => {
    const date = new Date(node.dateTime);
    if (Number.isNaN(date.valueOf())) return;
    const today = new Date().toDateString() === date.toDateString();
    const style = today ? { hour: "2-digit", minute: "2-digit" } : { dateStyle: "medium", timeStyle: "short" };
    node.textContent = date.toLocaleString([], style);
    node.title = date.toLocaleString();
  };

  // <time datetime data-since> and data-until: how long since, or until then; runs.
  const lasting = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  };
  const tick = () => {
    const now = Date.now();
    document.querySelectorAll("time[data-since]").forEach((node) => {
      node.textContent = lasting((now - new Date(node.dateTime)) / 1000);
    });
    document.querySelectorAll("time[data-until]").forEach((node) => {
      node.textContent = lasting((new Date(node.dateTime) - now) / 1000);
    });
  };
  setInterval(tick, 1000);

  // A button with data-dialog opens the <dialog> of that id; one with data-close closes the one it is in.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && dialog.showModal) dialog.showModal();
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    const copier = event.target.closest("[data-copy]");
    if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => toast("Copied."));
  });

  // Messages: the server sends the event `toast`, or an error with a text.
  const toast = (text, bad) => {
    const place = document.getElementById("toasts");
    if (!place) return;
    const node = document.createElement("p");
    node.className = bad ? "toast bad" : "toast";
    node.textContent = text;
    place.append(node);
    setTimeout(() => node.remove(), bad ? 12000 : 6000);
  };
  document.addEventListener("toast", (event) => toast(event.detail.value ?? String(event.detail)));
  document.addEventListener("htmx:responseError", (event) => {
    if (isRepeated(event)) return;
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText || "", "text/html");
    const said = [...page.querySelectorAll("h1, main p:not(.code)")].map((node) => node.textContent.trim());
    toast(said.slice(0, 2).join(": ") || "That did not work. Try again.", true);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!isRepeated(event)) toast("The console can't be reached. Check the connection.", true);
  });

  // What refreshes itself fails every few seconds while something is wrong: that is told once.
  let told = false;
  const isRepeated = (event) => {
    if (!event.target.closest?.("[data-poll]")) return false;
    const before = told;
    told = true;
    return before;
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) told = false;
  });

  // [data-poll] asks for news while it is seen, and at once when it is seen again; the server answers 204 when there are none.
  const poll = () => {
    if (document.hidden || !window.htmx) return;
    document.querySelectorAll("[data-poll]").forEach((node) => htmx.trigger(node, "poll"));
  };
  setInterval(poll, 3000);
  document.addEventListener("visibilitychange", poll);

  // A form that came back with what is wrong takes the place that the server names.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 422 && xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // What is refreshed keeps the focus, and new rows of it are announced: [data-news-of] names the part, [data-row] the rows.
  let focused = null;
  let rows = new Map();
  const rowsOf = (id) => [...document.querySelectorAll(`#${id} [data-row]`)];
  document.addEventListener("htmx:beforeSwap", (event) => {
    focused = document.activeElement?.id || null;
    rows = new Map();
    if (event.detail.requestConfig?.triggeringEvent?.type !== "poll") return;
    document.querySelectorAll("[data-news-of]").forEach((news) => {
      const ids = rowsOf(news.dataset.newsOf).map((row) => row.id);
      if (ids.length) rows.set(news, new Set(ids));
    });
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (focused && document.activeElement === document.body) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    rows.forEach((before, news) => {
      const fresh = rowsOf(news.dataset.newsOf).filter((row) => !before.has(row.id));
      if (fresh.length) news.textContent = `New: ${fresh.map((row) => row.dataset.row).slice(0, 3).join(", ")}`;
    });
    rows = new Map();
  });

  // [data-stick] shows its end, and stays there unless somebody scrolled up to read.
  const atEnd = new WeakMap();
  const stick = () => document.querySelectorAll("[data-stick]").forEach((node) => {
    if (atEnd.get(node) !== false) node.scrollTop = node.scrollHeight;
  });
  document.addEventListener("scroll", ({ target }) => {
    if (target.matches?.("[data-stick]")) atEnd.set(target, target.scrollHeight - target.scrollTop - target.clientHeight < 40);
  }, true);
  document.addEventListener("htmx:afterSettle", stick);
  document.addEventListener("DOMContentLoaded", stick);

  // A form that was taken is empty again (data-reset), and what it sends next is another request.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (!form || !event.detail.successful || event.detail.requestConfig?.verb !== "post") return;
    if (form.hasAttribute("data-reset")) {
      form.reset();
      form.querySelectorAll("[data-count]").forEach(count);
    }
    const request = form.querySelector("input[name=request]");
    if (request && crypto.randomUUID) request.value = crypto.randomUUID();
  });

  // [data-count] tells how many characters were typed of those that are allowed.
  const count = (field) => {
    const place = document.getElementById(field.dataset.count);
    if (place) place.textContent = `${field.value.length} of ${field.maxLength} characters`;
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-count]")) count(event.target);
    // Whoever types mends it.
    event.target.removeAttribute("aria-invalid");
  });

  // A form in a dialog that was taken closes the dialog.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) event.target.closest?.("dialog")?.close();
  });

  // Filters send themselves.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });

  // A file is read into the text field that its input names: what is sent is what can be seen.
  document.addEventListener("change", (event) => {
    const [file, target] = [event.target.files?.[0], document.getElementById(event.target.dataset?.into ?? "")];
    if (file && target) file.text().then((text) => { target.value = text; });
  });

  const prepare = (root) => {
    each(root, "time[data-local]", localTime);
    tick();
  };
  document.addEventListener("DOMContentLoaded", () => {
    // The menu is open without scripts, and folded on phones with them.
    const menu = document.querySelector("details.menu");
    const narrow = window.matchMedia("(max-width: 60rem)");
    const fold = () => menu && (menu.open = !narrow.matches);
    fold();
    narrow.addEventListener("change", fold);
    prepare(document.body);
  });
  document.addEventListener("htmx:afterSettle", (event) => prepare(event.target));
})();
