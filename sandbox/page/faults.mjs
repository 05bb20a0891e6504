// The faults: a switch for each that is worth one, and for each rule that somebody has added.

import { tell } from "./control.mjs";
import { byId, element, setText } from "./element.mjs";
import { counted } from "./format.mjs";
import { announce, attempt } from "./notice.mjs";
import { PRESETS } from "./presets.mjs";

const isPreset = (rule) => PRESETS.some((preset) => preset.name === rule.name);

// A rule as it was sent, with room to break lines.
function asSent({ id, name, off, seen, fired, ...rule }) {
  return JSON.stringify(rule, null, 1).replace(/\n */g, " ");
}

function state(rule) {
  if (!rule) return "";
  if (rule.times != null && rule.fired >= rule.times) return `used up after ${counted(rule.fired, "request", "requests")}`;
  return rule.fired > 0 ? `met ${counted(rule.fired, "request", "requests")}` : "";
}

// `turn(rule, on)` switches; `remove` is there for rules that somebody has added.
function entry(title, detail, turn, remove) {
  let rule;
  let busy = false;
  const knob = element("button", {
    type: "button", role: "switch", "aria-checked": "false", "aria-label": title, class: "switch",
    onclick: async () => {
      if (busy) return;
      busy = true;
      await turn(rule, knob.ariaChecked !== "true");
      busy = false;
    },
  });
  const met = element("span", { class: "met" });
  const item = element("li", {}, knob, element("span", { class: "rule" },
    met, element("span", { class: "title" }, title), detail ? element("code", {}, detail) : ""));
  if (remove) {
    item.append(element("button", { type: "button", "aria-label": `Remove ${title}`, onclick: () => remove(rule) },
      "Remove"));
  }
  return {
    item,
    show(now) {
      rule = now;
      knob.ariaChecked = String(rule !== undefined && !rule.off);
      setText(met, state(rule));
    },
  };
}

export function faults(askNow) {
  const change = (what, path, value) => attempt(what, async () => {
    await tell(path, value);
    announce(what);
    await askNow();
  });
  const turn = (title, preset) => (rule, on) => change(`${title}: ${on ? "on" : "off"}`,
    rule ? `/faults/${rule.id}` : "/faults", rule ? { on } : preset);
  const remove = (rule) => change("Rule removed", `/faults/${rule.id}`, { remove: true });

  const presets = PRESETS.map((preset) => [preset, entry(preset.name, null, turn(preset.name, preset))]);
  byId("rules").append(...presets.map(([, made]) => made.item));
  const added = new Map();

  function showAdded(rules) {
    for (const [id, made] of added) {
      if (!rules.some((rule) => rule.id === id)) {
        if (made.item.contains(document.activeElement)) byId("faults").focus();
        made.item.remove();
        added.delete(id);
      }
    }
    for (const rule of rules) {
      if (!added.has(rule.id)) {
        const title = rule.name ?? `Rule ${rule.id}`;
        added.set(rule.id, entry(title, asSent(rule), turn(title), remove));
        byId("rules").append(added.get(rule.id).item);
      }
      added.get(rule.id).show(rule);
    }
  }

  byId("rule-form").addEventListener("submit", (event) => {
    event.preventDefault();
    change("Rule added", "/faults", byId("rule").value);
  });

  return (news, anew) => {
    if (anew) {
      for (const made of added.values()) made.item.remove();
      added.clear();
    }
    for (const [preset, made] of presets) made.show(news.faults.findLast((rule) => rule.name === preset.name));
    showAdded(news.faults.filter((rule) => !isPreset(rule)));
    const on = news.faults.filter((rule) => !rule.off).length;
    setText(byId("faults-note"), on > 0 ? `${on} on` : "all off");
    byId("faults").dataset.on = on;
  };
}
