"use strict";
// What the widget and the desk share: calls, drawing of lines, and the stream of changes.

export async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/_control/${path}`, options);
  const value = await answer.json();
  if (!answer.ok) {
    const error = value.error ?? {};
    throw new Error(error.field ? `${error.field} ${error.problem}: ${error.fix}` : `${error.code} ${error.message}`);
  }
  return value;
}

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function initials(name) {
  return name.split(" ").map((part) => part[0] ?? "").slice(0, 2).join("").toUpperCase();
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function content(conversation, message) {
  if (message.content.text !== undefined) return message.content.text;
  const file = message.content.file;
  const href = `/_control/conversations/${conversation.id}/attachments/${file.attachment_id}`;
  return make("span", {}, make("a", { href, textContent: file.name }), file.comment ? ` ${file.comment}` : "");
}

// Draws the lines of a conversation; `isMine` decides on which side, `withNotes` adds the operators' notes.
export function draw(box, conversation, isMine, withNotes) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const lines = conversation.messages.map((message) => ({ at: message.time, message }));
  if (withNotes) lines.push(...conversation.notes.map((note) => ({ at: note.created_time, note })));
  lines.sort((a, b) => a.at - b.at);
  let before = "";
  box.replaceChildren(
    ...lines.map(({ at, message, note }) => {
      if (note) {
        before = "";
        const who = withNotes(note.operator_id);
        return make("div", { className: "line note", textContent: `Note by ${who}, ${clock(at)}\n${note.note}` });
      }
      if (message.sender.kind === "info") {
        before = "";
        return make("div", { className: "line info", textContent: message.content.text });
      }
      const mine = isMine(message) ? " mine" : "";
      const line = make("div", { className: `line${mine}${message.deleted ? " deleted" : ""}` });
      if (before !== message.sender.id) {
        line.append(make("div", { className: "who", textContent: `${message.sender.name} · ${clock(at)}` }));
      }
      before = message.sender.id;
      const bubble = make("div", { className: "bubble" });
      bubble.append(content(conversation, message));
      if (message.edited) bubble.append(" (edited)");
      line.append(bubble);
      return line;
    }),
  );
  if (atEnd) box.scrollTop = box.scrollHeight;
}

// Calls back for each change, and with {kind: "reset"} when some may have been missed.
export function watch(onChange) {
  const source = new EventSource("/_pages/events");
  let opened = false;
  source.onopen = () => {
    if (opened) onChange({ kind: "reset" });
    opened = true;
  };
  source.onmessage = (event) => onChange(JSON.parse(event.data));
}

// Runs `work` soon, once, however often it is asked for meanwhile.
export function soon(work) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      work().catch((error) => console.warn(error));
    }, 60);
  };
}

// Tells the other side that someone types, at most every two seconds.
export function typingTeller(tell) {
  let last = 0;
  return () => {
    if (Date.now() - last < 2000) return;
    last = Date.now();
    tell().catch(() => {});
  };
}

export function showTyping(element, name) {
  element.textContent = `${name} is typing…`;
  clearTimeout(element.timer);
  element.timer = setTimeout(() => (element.textContent = ""), 3000);
}

export function hideTyping(element) {
  clearTimeout(element.timer);
  element.textContent = "";
}

export function onEnter(textarea, form) {
  textarea.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
