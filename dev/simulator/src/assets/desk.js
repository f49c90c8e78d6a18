import { call, draw, hideTyping, initials, make, onEnter, showTyping, soon, typingTeller, watch } from "/_pages/common.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
let me = query.get("operator");
let chosen = query.get("conversation");
let state = null;

const redraw = soon(show);
const operator = (id) => state.operators.find((o) => o.id === id);
const nameOf = (id) => operator(id)?.nick_name ?? "";

async function act(what, more = {}, conversation = chosen) {
  $("error").textContent = "";
  try {
    await call("POST", `operators/${me}/${what}`, { conversation, ...more });
    return true;
  } catch (error) {
    $("error").textContent = error.message;
    return false;
  }
}

function choose(id) {
  chosen = id;
  $("error").textContent = "";
  show();
}

function item(conversation, buttons) {
  const last = conversation.messages.findLast((m) => m.sender.kind !== "info" && !m.deleted);
  const brand = state.brands.find((b) => b.id === conversation.app_id)?.name;
  const attender = conversation.attender ? ` · ${nameOf(conversation.attender)}` : "";
  const box = make(
    "div",
    {
      className: `item${conversation.id === chosen ? " open" : ""}${buttons ? " ringing" : ""}`,
      onclick: () => choose(conversation.id),
    },
    make(
      "div",
      { className: "row" },
      make("span", { className: "title grow", textContent: conversation.visitor.name }),
      make("span", { className: `pill ${conversation.status}`, textContent: conversation.status }),
    ),
    make("div", { className: "muted", textContent: `${brand}${attender}` }),
    make("div", { className: "last", textContent: last?.content.text ?? last?.content.file?.name ?? "" }),
  );
  if (buttons) {
    if (conversation.transfer) {
      const { from, note } = conversation.transfer;
      box.append(make("div", { className: "muted", textContent: `Transfer from ${nameOf(from)}${note ? `: ${note}` : ""}` }));
    }
    const button = (label, what, className) =>
      make("button", {
        textContent: label,
        className,
        onclick: async (event) => {
          event.stopPropagation();
          if ((await act(what, {}, conversation.id)) && what === "accept") choose(conversation.id);
        },
      });
    box.append(
      make(
        "div",
        { className: "row", style: "margin-top: 8px" },
        button("Accept", "accept", "good"),
        button("Reject", "reject", ""),
        button("Ignore", "ignore", "quiet"),
      ),
    );
  }
  return box;
}

function fill(id, conversations, ringing) {
  const none = make("div", { className: "muted", textContent: "None" });
  $(id).replaceChildren(...(conversations.length ? conversations.map((c) => item(c, ringing)) : [none]));
  $(id).style.cssText = "display: grid; gap: 8px";
}

function options(select, rows, keep) {
  // Left alone while nothing changed, so that an open list stays open.
  const drawn = JSON.stringify(rows);
  if (select.drawn === drawn) return;
  select.drawn = drawn;
  const value = select.value;
  select.replaceChildren(...rows.map(([id, name]) => make("option", { value: id, textContent: name })));
  if (keep && rows.some(([id]) => id === value)) select.value = value;
}

function targets() {
  const department = $("to-department").value;
  const people = state.operators.filter((o) => !o.is_bot && o.id !== me && o.departments.includes(department));
  const label = (o) => `${o.nick_name} (${o.status}, ${o.load} chats)`;
  options($("to-operator"), [["", "Anyone available"], ...people.map((o) => [o.id, label(o)])], true);
}

async function show() {
  state = await call("GET", "state");
  const people = state.operators.filter((o) => !o.is_bot);
  const self = people.find((o) => o.id === me) ?? people.find((o) => o.nick_name === "Ben") ?? people[0];
  me = self.id;
  options($("me"), people.map((o) => [o.id, `${o.nick_name} ${o.last_name}`]));
  $("me").value = me;
  const departments = state.departments.filter((d) => self.departments.includes(d.id)).map((d) => d.name);
  $("about").textContent = `${self.role} · ${departments.join(", ")}`;
  $("load").textContent = `${self.load} of ${self.maximum_concurrent_chat} chats`;
  $("status").textContent = self.status;
  $("status").className = `toggle${self.status === "Available" ? " available" : ""}`;

  const all = [...state.conversations].reverse();
  const open = all.filter((c) => ["waiting", "connected"].includes(c.status));
  const ringing = open.filter((c) => c.ringing.includes(me));
  const mine = open.filter((c) => c.attender === me || c.participants.includes(me));
  fill("ringing", ringing, true);
  fill("mine", mine, false);
  fill("open", open.filter((c) => !ringing.includes(c) && !mine.includes(c)), false);
  fill("ended", all.filter((c) => !open.includes(c)).slice(0, 20), false);
  showChat(all.find((c) => c.id === chosen));
}

function showChat(conversation) {
  for (const id of ["head", "messages", "composer", "side"]) $(id).hidden = !conversation;
  $("empty").hidden = Boolean(conversation);
  if (!conversation) return;
  const visitor = conversation.visitor;
  const connected = conversation.status === "connected";
  const inside = conversation.attender === me || conversation.participants.includes(me);
  const department = state.departments.find((d) => d.id === conversation.department_id)?.name;
  $("avatar").textContent = initials(visitor.name);
  $("visitor").textContent = visitor.name;
  $("where").textContent = `${state.brands.find((b) => b.id === conversation.app_id)?.name} · ${department}`;
  $("state").textContent = conversation.attender ? `${conversation.status}: ${nameOf(conversation.attender)}` : conversation.status;
  $("state").className = `pill ${conversation.status}`;
  $("join").hidden = !connected || inside;
  $("hand-back").hidden = $("close").hidden = !connected || conversation.attender !== me;
  $("transfer").disabled = !connected || conversation.attender !== me || Boolean(conversation.transfer);
  $("transfer").textContent = conversation.transfer ? "Ringing…" : "Transfer";
  const isMine = (message) => message.sender.kind === "operator" || message.sender.kind === "bot";
  draw($("messages"), conversation, isMine, nameOf);
  const custom = Object.entries(conversation.customer_info).map(([key, value]) => [key, String(value)]);
  const tags = conversation.tags.map((id) => state.tags.find((t) => t.id === id)?.name).join(", ");
  const rows = [
    ["Email", visitor.email], ["Phone", visitor.phone], ["Country", visitor.country_code], ["Page", conversation.page_url],
    ...custom, ["Tags", tags], ["Thread", String(conversation.thread_number)],
    ["Rating", conversation.rating ? "★".repeat(conversation.rating.rating) : ""], ["Id", conversation.id],
  ];
  $("details").replaceChildren(
    ...rows.filter(([, value]) => value).flatMap(([key, value]) => [
      make("dt", { textContent: key }),
      make("dd", { textContent: value }),
    ]),
  );
  options($("to-department"), state.departments.map((d) => [d.id, d.name]), true);
  targets();
}

$("me").addEventListener("change", () => {
  me = $("me").value;
  history.replaceState(null, "", `/desk?operator=${me}`);
  show();
});
$("status").addEventListener("click", async () => {
  const status = operator(me).status === "Available" ? "Busy" : "Available";
  await call("POST", `operators/${me}/status`, { status });
});
$("to-department").addEventListener("change", targets);
$("transfer").addEventListener("click", async () => {
  const more = { department_id: $("to-department").value, note: $("to-note").value };
  if ($("to-operator").value) more.operator_id = $("to-operator").value;
  if (await act("transfer", more)) $("to-note").value = "";
});
for (const what of ["join", "close", "hand-back"]) $(what).addEventListener("click", () => act(what));
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text && (await act("messages", { text }))) $("text").value = "";
});
$("note").addEventListener("click", async () => {
  const text = $("text").value.trim();
  if (text && (await act("notes", { text }))) $("text").value = "";
});
onEnter($("text"), $("composer"));
$("text").addEventListener("input", typingTeller(() => call("POST", `operators/${me}/typing`, { conversation: chosen })));

watch((change) => {
  if (change.kind === "typing") {
    if (change.id.conversation === chosen && change.id.who === "visitor") showTyping($("typing"), "Visitor");
  } else {
    if (change.id === chosen) hideTyping($("typing"));
    redraw();
  }
});
show();
