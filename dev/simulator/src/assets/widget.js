import { call, draw, hideTyping, initials, make, onEnter, showTyping, soon, typingTeller, watch } from "/_pages/common.js";

const $ = (id) => document.getElementById(id);
// The chat survives a reload of the page; `?conversation=ID` opens any.
let id = new URLSearchParams(location.search).get("conversation") ?? sessionStorage.getItem("conversation");
let operators = [];
let brands = [];

const redraw = soon(show);
const path = (rest) => `visitors/conversations/${id}/${rest}`;

async function begin() {
  await list();
  await show();
}

// Brands and departments may come and go while the page is open; what is chosen stays.
async function list() {
  const state = await call("GET", "state");
  operators = state.operators;
  brands = state.brands;
  for (const [select, rows] of [[$("brand"), state.brands], [$("department"), state.departments]]) {
    const chosen = select.value;
    select.replaceChildren(...rows.map((row) => make("option", { value: row.id, textContent: row.name })));
    if (rows.some((row) => row.id === chosen)) select.value = chosen;
  }
}

async function show() {
  const conversation = id ? await call("GET", `conversations/${id}`).catch(() => null) : null;
  if (!conversation) {
    id = null;
    sessionStorage.removeItem("conversation");
  }
  const open = conversation && ["waiting", "connected"].includes(conversation.status);
  $("start").hidden = Boolean(conversation);
  $("messages").hidden = $("typing").hidden = $("composer").hidden = !conversation;
  $("end").hidden = !open;
  $("again").hidden = !conversation || open;
  $("rating").hidden = !conversation || open || Boolean(conversation.rating);
  if (!conversation) {
    $("agent-name").textContent = "Chat with us";
    $("status").textContent = "We are here to help";
    $("agent-avatar").textContent = "?";
    return;
  }
  $("site-name").textContent = brands.find((b) => b.id === conversation.app_id)?.name ?? "";
  const attender = operators.find((o) => o.id === conversation.attender);
  $("agent-name").textContent = attender?.nick_name ?? "Connecting you…";
  $("agent-avatar").textContent = attender ? initials(attender.nick_name) : "…";
  $("status").textContent = {
    waiting: "Waiting for an operator",
    connected: "Online",
    missed: "Nobody was free. We have your message.",
    closed: "This chat has ended",
  }[conversation.status];
  draw($("messages"), conversation, (message) => message.sender.kind === "visitor", null);
}

$("start").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("start-error").textContent = "";
  try {
    const custom = $("custom").value.trim();
    const conversation = await call("POST", "visitors/conversations", {
      brand_id: $("brand").value,
      department_id: $("department").value,
      question: $("question").value,
      visitor: { name: $("name").value, email: $("email").value },
      page_url: $("page").value,
      customer_info: custom ? JSON.parse(custom) : {},
    });
    id = conversation.id;
    sessionStorage.setItem("conversation", id);
    $("question").value = "";
    await show();
    $("text").focus();
  } catch (error) {
    $("start-error").textContent = error.message;
  }
});

$("brand").addEventListener("change", () => {
  $("site-name").textContent = $("brand").selectedOptions[0].textContent;
});

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  await call("POST", path("messages"), { text });
});
onEnter($("text"), $("composer"));
$("text").addEventListener("input", typingTeller(() => call("POST", path("typing"), {})));

$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const form = new FormData();
  form.append("file", $("file").files[0]);
  $("file").value = "";
  await call("POST", path("messages"), form);
});

$("end").addEventListener("click", () => call("POST", path("end"), {}));
$("again").addEventListener("click", () => {
  id = null;
  history.replaceState(null, "", "/widget");
  show();
});
$("stars").replaceChildren(
  ...[1, 2, 3, 4, 5].map((rating) =>
    make("button", {
      textContent: "★",
      title: `${rating} of 5`,
      onclick: () => call("POST", path("rate"), { rating, feedback: "" }),
    }),
  ),
);

watch((change) => {
  if (change.kind === "typing" && change.id.conversation === id && change.id.who !== "visitor") {
    showTyping($("typing"), operators.find((o) => o.id === change.id.who)?.nick_name ?? "Operator");
  } else if (change.kind === "portal") {
    list();
  } else if (change.kind === "reset" || (change.kind === "conversation" && change.id === id)) {
    hideTyping($("typing"));
    redraw();
  }
});
begin();
