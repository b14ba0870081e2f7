// The chat page. All words come from the server's catalogs; everything a person or a server wrote is set as text,
// never as markup.

const SLOW = 30_000; // milliseconds until a request counts as failed
const CHOICE = "chosen-language";
const ASKER = "asker";
const EXAMPLES = 4;
const MAIN_TOPIC = "meeting"; // what most people come for
const SCRIPTS = [
  [/\p{Script=Thai}/u, "th"], [/\p{Script=Khmer}/u, "km"], [/\p{Script=Lao}/u, "lo"], [/\p{Script=Myanmar}/u, "my"],
  [/\p{Script=Tamil}/u, "ta"], [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, "ja"], [/\p{Script=Han}/u, "zh"],
];

const page = document.documentElement;
const byId = (id) => document.getElementById(id);
const log = byId("log");
const composer = byId("composer");
const input = byId("question");
const menu = byId("language");

const conversation = randomId();
const asker = remembered(ASKER) ?? remember(ASKER, randomId());
const interfaces = new Map();
let spoken = JSON.parse(page.dataset.interface); // the interface the page's chrome is in
let chosen = ""; // the language chosen in the menu; empty: that of each question
let busy = false;

// --- Browser storage: may be switched off, then nothing outlives the page -------------------------------------------

function remembered(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* the page works without */ }
  return value;
}

function randomId() { // crypto.randomUUID exists only over HTTPS and on localhost
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- Building elements ----------------------------------------------------------------------------------------------

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const paragraph = (text, kind, lang) => element("p", { class: kind, lang, dir: "auto" }, text);
const button = (label, onclick, attributes = {}) => element("button", { type: "button", onclick, ...attributes }, label);
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const nameOf = (tag) => spoken.languages.find((language) => language.tag === tag)?.name ?? tag;

function scriptLanguage(text) { // by script only; null where the script says nothing
  return SCRIPTS.find(([script]) => script.test(text))?.[1] ?? null;
}

// --- The server -----------------------------------------------------------------------------------------------------

class Failure extends Error {} // its message is already in the reader's language

async function call(path, body) {
  const options = { signal: AbortSignal.timeout(SLOW), headers: { Accept: "application/json" } };
  if (body) {
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
    options.headers["Content-Type"] = "application/json";
  }
  const response = await fetch(path, options);
  const document = await response.json();
  if (!response.ok) throw new Failure(document?.error?.message ?? "");
  return document;
}

const messageOf = (error) => (error instanceof Failure && error.message) || spoken.messages.failed;
const language = () => chosen || null;

function interfaceIn(locale) { // for the words around a reply in another language than the page's
  if (locale === spoken.locale) return Promise.resolve(spoken);
  if (!interfaces.has(locale)) {
    const coming = call(`api/interface?language=${encodeURIComponent(locale)}`);
    interfaces.set(locale, coming);
    coming.catch(() => interfaces.delete(locale));
  }
  return interfaces.get(locale).catch(() => spoken);
}

// --- The page's own words -------------------------------------------------------------------------------------------

function showInterface(next) {
  spoken = next;
  page.lang = next.locale;
  for (const place of document.querySelectorAll("[data-say]")) place.textContent = next.messages[place.dataset.say];
  showLanguages();
  showExamples();
}

function showLanguages() {
  const options = spoken.languages.map(({ tag, name }) => element("option", { value: tag, lang: tag }, name));
  menu.replaceChildren(menu.options[0], ...options);
  menu.value = chosen;
}

async function chooseLanguage(tag) {
  chosen = remember(CHOICE, tag);
  try {
    showInterface(await call(tag ? `api/interface?language=${encodeURIComponent(tag)}` : "api/interface"));
  } catch (error) {
    showLanguages();
    log.append(trouble(messageOf(error), null));
  }
}

async function topicsNow() {
  return call(`api/topics?language=${encodeURIComponent(spoken.locale)}`);
}

async function showExamples() {
  try {
    const { topics, locale } = await topicsNow();
    const main = topics.filter(({ id }) => id === MAIN_TOPIC).flatMap((topic) => topic.questions.slice(0, EXAMPLES));
    const others = topics.filter(({ id }) => id !== MAIN_TOPIC).flatMap((topic) => topic.questions.slice(0, 1));
    const questions = [...main, ...others].slice(0, EXAMPLES);
    byId("examples").querySelector("ul").replaceChildren(...questions.map((option) => item(option, locale)));
    byId("examples").hidden = questions.length === 0;
  } catch {
    byId("examples").hidden = true; // only a courtesy: asking works without it
  }
}

function item(option, locale, { reader = locale, before = () => {} } = {}) {
  const press = () => { before(); openAnswer(option, locale, reader); };
  return element("li", {}, button(option.label, press, { lang: locale, dir: "auto" }));
}

// --- The conversation -----------------------------------------------------------------------------------------------

function showAsked(text, lang) {
  const turn = element("article", { class: "turn asked" },
    element("h3", { class: "who" }, spoken.messages.you), paragraph(text, "text", lang));
  log.append(turn);
  return turn;
}

function showWaiting() {
  const dots = element("span", { class: "dots", "aria-hidden": "true" }, ...[1, 2, 3].map(() => element("i")));
  const turn = element("div", { class: "turn waiting" }, dots, element("span", {}, spoken.messages.wait));
  log.append(turn);
  return turn;
}

function setBusy(state) {
  busy = state;
  log.setAttribute("aria-busy", String(state));
  composer.querySelector("button").setAttribute("aria-disabled", String(state));
}

// One turn: at most one is under way, so a second press or a key held down asks nothing twice.
async function converse(asked, request, onFailure = () => {}) {
  if (busy) return;
  setBusy(true);
  const waiting = showWaiting();
  asked.scrollIntoView({ block: "start" });
  try {
    const reply = await request();
    const words = await interfaceIn(chosen || reply.locale);
    waiting.replaceWith(showReply(reply, words, asked));
  } catch (error) {
    waiting.replaceWith(trouble(messageOf(error), () => converse(asked, request, onFailure)));
    onFailure();
  } finally {
    setBusy(false);
    asked.scrollIntoView({ block: "start" });
  }
}

function trouble(message, retry) {
  const turn = element("div", { class: "turn told" }, paragraph(message, "trouble", scriptLanguage(message) ?? spoken.locale));
  const again = () => {
    if (busy) return;
    turn.remove();
    input.focus({ preventScroll: true });
    retry();
  };
  if (retry) turn.append(element("div", { class: "actions" }, button(spoken.messages.retry, again)));
  return turn;
}

function ask(text, tag = language()) {
  const asked = showAsked(text, scriptLanguage(text) ?? tag);
  asked.dataset.text = text;
  const request = () => {
    if (input.value === text) setInput(""); // a retry: the question is on its way again
    return call("api/ask", { text, language: tag, conversation, asker });
  };
  const keepTyped = () => { if (!input.value) setInput(text); };
  converse(asked, request, keepTyped);
}

// `locale` is the label's language, `reader` the one to answer in: they differ where only English was to be had.
function openAnswer(option, locale, reader) {
  if (busy) return;
  const asked = showAsked(option.label, locale);
  input.focus({ preventScroll: true });
  converse(asked, () => call("api/open", { key: option.key, language: reader, conversation }));
}

// --- A reply --------------------------------------------------------------------------------------------------------

function showReply(reply, words, asked) {
  const turn = element("article", { class: "turn told", lang: reply.locale },
    element("h3", { class: "who", lang: spoken.locale }, spoken.messages.bot),
    reply.notice && paragraph(reply.notice, "notice", reply.notice_locale ?? scriptLanguage(reply.notice)),
    paragraph(reply.text, "text", reply.locale),
    choices(reply, words, asked),
    reply.attribution && paragraph(reply.attribution, "attribution", reply.locale),
    sources(reply.sources, words),
    actions(reply, words, asked),
    related(reply, words));
  if (reply.outcome === "answer" && reply.question_id) turn.append(feedback(reply, words));
  if (!chosen) nameLanguage(asked, reply);
  return turn;
}

function nameLanguage(asked, reply) { // Latin letters do not tell; the reply does, when it followed the question
  const text = asked.querySelector(".text");
  if (!text.lang) text.lang = reply.locale;
}

function choices(reply, words, asked) {
  if (!reply.choices.length) return null;
  const list = element("ul", { class: "options" });
  const settle = (pressed) => {
    for (const each of list.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
    pressed.setAttribute("aria-pressed", "true");
  };
  const pick = (option) => (event) => {
    if (busy || event.currentTarget.getAttribute("aria-disabled")) return;
    settle(event.currentTarget);
    openAnswer(option, reply.locale, words.locale);
  };
  const none = (event) => {
    if (!event.currentTarget.getAttribute("aria-disabled")) refuse(reply, words, asked, event.currentTarget, settle);
  };
  const rows = reply.choices.map((option) => button(option.label, pick(option), { dir: "auto" }));
  rows.push(button(words.messages.none_of_these, none, { lang: words.locale }));
  list.append(...rows.map((row) => element("li", {}, row)));
  return list;
}

async function refuse(reply, words, asked, pressed, settle) {
  const body = { question_id: reply.question_id, language: words.locale, text: asked.dataset.text ?? null };
  await inPlace(pressed, async () => {
    const thanks = await call("api/refuse", body);
    settle(pressed);
    pressed.closest("ul").after(paragraph(thanks.text, "prompt", thanks.locale));
  });
}

function sources(list, words) {
  if (!list.length) return null;
  return element("details", { class: "sources" },
    element("summary", { lang: words.locale }, `${words.messages.sources} (${list.length})`),
    element("ul", {}, ...list.map((source) => sourceItem(source, words))));
}

function sourceItem(source, words) {
  const lang = scriptLanguage(source.title);
  const note = element("span", { class: "hidden", lang: words.locale }, ` (${words.messages.new_tab})`);
  const safe = /^https?:\/\//i.test(source.url);
  const link = safe
    ? element("a", { href: source.url, target: "_blank", rel: "noopener noreferrer" },
        element("span", { lang, dir: "auto" }, source.title), note)
    : element("span", { lang, dir: "auto" }, source.title);
  return element("li", {}, link, element("span", { class: "when" }, `${source.publisher}, ${source.date}`));
}

function actions(reply, words, asked) {
  const row = element("div", { class: "actions", lang: words.locale });
  const translated = reply.key && reply.locale !== "en" && ["reviewed", "unreviewed"].includes(reply.review);
  if (translated) row.append(originalButton(reply, words));
  if (reply.offer_locale) row.append(readInButton(reply, words, asked));
  return row.children.length ? row : null;
}

function originalButton(reply, words) {
  const toggle = button(words.messages.show_original, () => inPlace(toggle, () => toggleOriginal(toggle, reply, words)),
    { "aria-expanded": "false" });
  return toggle;
}

async function toggleOriginal(toggle, reply, words) {
  const row = toggle.parentElement;
  const shown = row.nextElementSibling?.classList.contains("original") ? row.nextElementSibling : null;
  if (shown) shown.hidden = !shown.hidden;
  else {
    const english = await call("api/open", { key: reply.key, language: "en" });
    row.after(element("div", { class: "original" },
      element("h4", { class: "who", lang: words.locale }, words.messages.original_heading),
      paragraph(english.text, "text", english.locale),
      english.attribution && paragraph(english.attribution, "attribution", english.locale)));
  }
  toggle.setAttribute("aria-expanded", String(!(shown?.hidden ?? false)));
}

function readInButton(reply, words, asked) {
  const tag = reply.offer_locale;
  const parts = words.messages.read_in.split("{language}");
  const label = element("span", {}, parts[0], element("span", { lang: tag }, nameOf(tag)), parts[1] ?? "");
  const text = asked.dataset.text ?? asked.querySelector(".text").textContent;
  return button(label, () => {
    if (busy) return;
    if (reply.key) converse(showAsked(text, tag), () => call("api/open", { key: reply.key, language: tag, conversation }));
    else ask(text, tag);
  });
}

function related(reply, words) {
  if (!reply.related.length) return null;
  const prompt = reply.outcome === "answer" ? paragraph(words.messages.related, "prompt", words.locale) : null;
  const list = element("ul", { class: "options" }, ...reply.related.map((option) => item(option, reply.locale, { reader: words.locale })));
  return element("div", { class: reply.outcome === "answer" ? "related" : "nearest" }, prompt, list);
}

function feedback(reply, words) {
  const row = element("div", { class: "actions", role: "group", "aria-label": words.messages.helpful, lang: words.locale });
  const vote = (helpful) => (event) => inPlace(event.currentTarget, async () => {
    const thanks = await call("api/feedback", { question_id: reply.question_id, helpful, language: words.locale });
    const line = element("p", { class: "prompt", lang: thanks.locale, tabindex: "-1" }, thanks.text);
    row.replaceWith(line);
    line.focus({ preventScroll: true }); // the pressed button is gone
  });
  row.append(element("span", { class: "prompt", "aria-hidden": "true" }, words.messages.helpful),
    button(words.messages.yes, vote(true)), button(words.messages.no, vote(false)));
  return row;
}

// A small request behind a button, once at a time; a failure is told beside it and the button works again.
async function inPlace(pressed, work) {
  if (pressed.dataset.busy) return;
  pressed.dataset.busy = "yes";
  const row = pressed.parentElement;
  try {
    row.querySelector(":scope > .trouble")?.remove();
    await work();
  } catch (error) {
    row.append(paragraph(messageOf(error), "trouble", spoken.locale));
  } finally {
    delete pressed.dataset.busy;
  }
}

// --- Topics and summary ---------------------------------------------------------------------------------------------

// A panel that is filled again before its content has come shows what was wanted last, whatever comes last.
const fillings = new WeakMap();

async function fillPanel(place, load) {
  const filling = Symbol("filling");
  fillings.set(place, filling);
  place.replaceChildren(paragraph(spoken.messages.wait, "prompt", spoken.locale));
  let content;
  try {
    content = await load();
  } catch (error) {
    content = [paragraph(messageOf(error), "trouble", spoken.locale),
      button(spoken.messages.retry, () => fillPanel(place, load))];
  }
  if (fillings.get(place) === filling) place.replaceChildren(...content);
}

function openTopics() {
  const panel = byId("topics");
  panel.showModal();
  fillPanel(byId("topic-list"), async () => {
    const { topics, locale } = await topicsNow();
    const close = () => panel.close();
    return topics.map((topic) => element("details", { lang: locale }, element("summary", {}, topic.label),
      element("ul", { class: "options" }, ...topic.questions.map((option) => item(option, locale, { before: close })))));
  });
}

function openSummary() {
  byId("summary").showModal();
  fillPanel(byId("summary-text"), loadSummary);
}

async function listSummaries() {
  const { summaries, locale } = await topicsNow();
  const topic = byId("summary-topic");
  const before = topic.value;
  topic.replaceChildren(...summaries.map(({ key, label }) => element("option", { value: key, lang: locale }, label)));
  if (summaries.some(({ key }) => key === before)) topic.value = before;
}

// A length can be picked before the topics have come, so every load lists them first.
async function loadSummary() {
  await listSummaries();
  const query = new URLSearchParams({
    language: spoken.locale, topic: byId("summary-topic").value, length: byId("summary-length").value,
  });
  const summary = await call(`api/summary?${query}`);
  const words = await interfaceIn(summary.locale);
  return [element("article", { class: "turn", lang: summary.locale },
    element("h3", {}, summary.title),
    summary.notice && paragraph(summary.notice, "notice", summary.notice_locale),
    ...summary.sections.map((section) => summarySection(section, words)),
    paragraph(summary.attribution, "attribution", summary.locale))];
}

function summarySection(section, words) {
  const texts = section.paragraphs.map((text) => paragraph(text, "text", words.locale));
  return element("section", {}, element("h4", { class: "who" }, section.title), ...texts, sources(section.sources, words));
}

// --- Keys, buttons, first paint -------------------------------------------------------------------------------------

function setInput(text) {
  input.value = text;
  nameInput();
}

function nameInput() { // the fonts and the dictionary of the script being typed
  const lang = scriptLanguage(input.value);
  if (lang) input.lang = lang;
  else input.removeAttribute("lang");
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (busy || !text) return;
  setInput("");
  ask(text);
});

input.addEventListener("input", nameInput);
input.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // Enter then picks a word in an input method
  if (event.key === "Enter" && !event.shiftKey && !composing) {
    event.preventDefault();
    if (!event.repeat) composer.requestSubmit();
  }
});

menu.addEventListener("change", () => chooseLanguage(menu.value));
byId("open-topics").addEventListener("click", openTopics);
byId("open-summary").addEventListener("click", openSummary);
for (const id of ["summary-topic", "summary-length"]) {
  byId(id).addEventListener("change", () => fillPanel(byId("summary-text"), loadSummary));
}
for (const close of document.querySelectorAll("[data-close]")) {
  close.addEventListener("click", () => close.closest("dialog").close());
}

const before = remembered(CHOICE);
if (before && spoken.languages.some(({ tag }) => tag === before)) {
  chosen = before;
  if (before === spoken.locale) showInterface(spoken);
  else chooseLanguage(before);
} else showInterface(spoken);
