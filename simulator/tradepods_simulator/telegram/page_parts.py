"""The page's looks and its few lines of script. Both are fixed: the page's policy lets nothing else run."""

STYLE = """
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: #e7ebf0; color: #17212b; font: 15px/1.4 system-ui, sans-serif; }
h1 { font-size: 1.2rem; margin: 0 0 1rem; } h2 { font-size: 1rem; margin: 0 0 .5rem; }
small { color: #707579; font-weight: normal; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); }
section, #start { background: #fff; border-radius: .75rem; padding: .75rem; }
#start { margin-bottom: 1rem; }
.bubbles { display: flex; flex-direction: column; gap: .4rem; max-height: 60vh; overflow-y: auto;
  background: #d5e2ee; border-radius: .5rem; padding: .6rem; min-height: 4rem; }
.bubble { max-width: 85%; padding: .4rem .6rem; border-radius: .75rem; background: #fff; align-self: flex-start;
  overflow-wrap: anywhere; }
.bubble.person { background: #e3fbcf; align-self: flex-end; }
.bubble.deleted .text { text-decoration: line-through; opacity: .5; }
.text { white-space: pre-wrap; }
.bubble img { display: block; max-width: 100%; border-radius: .5rem; margin-bottom: .3rem; }
.row { display: flex; gap: .3rem; margin-top: .3rem; }
.row > * { flex: 1; padding: .3rem; border: 0; border-radius: .4rem; background: #cfe0f1; color: #17569b;
  font: inherit; text-align: center; text-decoration: none; }
button { cursor: pointer; }
.press { font-size: .85em; color: #50626f; border-left: 3px solid #8fb4d6; padding-left: .4rem; margin-top: .3rem; }
.press.popup { border-color: #d98c2b; }
form { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .5rem; }
form [name=text] { flex: 1 1 12rem; } form input, form select, form button { padding: .35rem .5rem; font: inherit; }
form [name=user], form [name=chat] { width: 8rem; }
.said-wrong { color: #b3261e; min-height: 1.2em; font-size: .85em; }
.bold { font-weight: bold; } .italic { font-style: italic; }
.underline, .text_link, .url { text-decoration: underline; } .strikethrough { text-decoration: line-through; }
.code, .pre { font-family: ui-monospace, monospace; background: #eef2f5; }
.bot_command, .mention, .hashtag, .text_link, .url { color: #17569b; }
.spoiler { background: #b9c4cd; } .blockquote, .expandable_blockquote { border-left: 3px solid #8fb4d6; }
"""

SCRIPT = """
"use strict";
const send = async (path, body, place) => {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  const told = await answer.text();
  place.textContent = answer.ok ? JSON.parse(told).why || "" : told;
  if (answer.ok) await refresh();
  return answer.ok;
};
const refresh = async () => {
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const section of fresh.querySelectorAll("section")) {
    const known = document.getElementById(section.id);
    if (known === null) { document.querySelector("main").append(document.adoptNode(section)); continue; }
    known.querySelector("h2").replaceWith(section.querySelector("h2"));
    const [before, after] = [known.querySelector(".bubbles"), section.querySelector(".bubbles")];
    if (before.innerHTML === after.innerHTML) continue;
    before.replaceChildren(...after.childNodes);
    before.scrollTop = before.scrollHeight;
  }
};
const number = (text) => (/^[0-9]+$/.test(text) ? Number(text) : text);
document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, { bot, chat, text, user, thread } = form.elements;
  const body = { bot: bot.value, chat: Number(chat.value), text: text.value, user: number(user ? user.value : "") };
  if (thread && thread.value !== "0") body.thread = Number(thread.value);
  if (await send("/admin/type", body, form.querySelector(".said-wrong"))) text.value = "";
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-press]");
  if (button === null) return;
  const section = button.closest("section"), user = section.querySelector("[name=user]");
  const body = { ...JSON.parse(button.dataset.press), user: number(user ? user.value : "") };
  await send("/admin/press", body, section.querySelector(".said-wrong"));
});
document.querySelectorAll(".bubbles").forEach((bubbles) => { bubbles.scrollTop = bubbles.scrollHeight; });
setInterval(() => refresh().catch(() => undefined), 1000);
"""
